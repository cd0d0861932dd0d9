from pathlib import Path

import pytest
import yaml
from recorded_subjects import OWN

from ecgi.config.cases import read_cases
from ecgi.config.experiment import read_experiment
from ecgi.config.hearts import LabelMap
from ecgi.config.messages import ConfigError
from ecgi.config.reference import config_docs
from ecgi.inverse import registry

CONFIG = Path(__file__).parents[2] / "config"
EXPERIMENTS = sorted(CONFIG.glob("*.yaml"))


def overlaid(path):
    """Settings of an experiment as Snakemake sees them: over the paper's, a small one over its large one."""

    def lay(over, under):
        return {**under, **over} | {
            key: lay(over[key], under[key])
            for key in over
            if isinstance(over[key], dict) and isinstance(under.get(key), dict)
        }

    small = path.with_stem(f"{path.stem}-small")
    layers = [CONFIG / "config.yaml", *([small] if small in EXPERIMENTS else []), path]
    settings = {}
    for layer in layers:
        settings = lay(yaml.safe_load(layer.read_text()), settings)
    return settings


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_experiment_in_the_repository_is_valid(path, monkeypatch):
    monkeypatch.chdir(CONFIG.parent)
    experiment = read_experiment(overlaid(path))
    assert set(read_cases(experiment)) == set(experiment.parts) >= set(experiment.cases)


LIFTED = {"lifted": {"family": "map_backprojection"}}
REFINEMENT = {"kind": "refinement", "proposer": "lifted"}


def test_experiments_have_names_of_their_own():
    names = [overlaid(path)["experiment"] for path in EXPERIMENTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"protocol": {"baets": 5}}, "protocol.baets: unknown key; did you mean beats?"),
        (
            {"protocol": {"velocities": {"lv": {"median_m_per_s": -0.6}}}},
            "protocol.velocities.lv.median_m_per_s: Input should be greater than 0, not -0.6",
        ),
        ({"anatomy": {"spacing_mm": float("nan")}}, "anatomy.spacing_mm"),
        ({"experiment": "../elsewhere"}, "experiment: String should match"),
        ({"compared": ["magic"]}, "compared: 'magic' is neither a variant nor one of training_mean, "),
        ({"slices": {"pixel_mm": 2.5}}, "slices.pixel_mm must be a whole multiple of anatomy.spacing_mm"),
        ({"bsp": {"samples": 500}}, "bsp.samples must be a whole multiple of dataset.network_samples"),
        ({"evaluation": {"shown_slice": 8}}, "evaluation.shown_slice must be less than the 8 slices"),
        (
            {"slices": {"volume": True, "pixels": 16}, "evaluation": {"shown_slice": 16}},
            "evaluation.shown_slice must be less than the 16 slices",
        ),
        ({"electrodes": {"layout": "csv"}}, "electrodes: file must name the table"),
        ({"electrodes": {"file": "mine.csv"}}, "electrodes: file is for layout csv, and layout is grid"),
        ({"electrodes": {"layout": "twelve_lead"}}, "shown_electrodes must be less than the 9 electrodes"),
        ({"electrodes": {"rows": 6}}, "shown_electrodes must be less than the 60 electrodes"),
        ({"action_potential": {"apd_range_ms": 200}}, "action_potential.apd_range_ms"),
        ({"variants": {"kernel_ridge": {"family": "bsp_vae"}}}, "is the name of a method; choose another"),
        ({"variants": {"tsvd": {"family": "bsp_vae"}}}, "'tsvd' is the name of a method; choose another"),
        ({"variants": {"mine": {"family": "gan"}}}, "variants.mine.family"),
        ({"protocol": {"kinds": {"sinsu": 1}}}, "protocol.kinds.sinsu"),
        ({"protocol": {"kinds": {}}}, "protocol.kinds"),
        ({"conditions": {"nominal": {}}}, "'nominal' is the condition of the training beats"),
        (
            {"conditions": {"loud": {"snr_bd": 10}}},
            "conditions.loud.snr_bd: unknown key; did you mean snr_db?",
        ),
        ({"conduction": {"reach": 5}}, "conduction.reach"),
        ({"action_potential": {"tau_in_ms": 2}}, "tau_in_ms must be less than a quarter of tau_out_ms"),
        ({"protocol": {"pacing_radius_mm": 1}}, "protocol.pacing_radius_mm must be at least 1.5"),
        ({"electrodes": {"lead_field": "a.zarr"}}, "conditions.realistic: a lead field from a file holds"),
        (
            {"electrodes": {"lead_field": "a.zarr"}, "conditions": {"few": {"electrodes": "twelve_lead"}}},
            "conditions.few: a lead field from a file holds",
        ),
        ({"electrodes": {"place": {"up_mm": 5}}}, "place is for electrodes on the torso, and layout is grid"),
        (
            {"conditions": {"hurt": {"scar_radius_mm": 9}}, "protocol": {"velocities": {"scar": None}}},
            "conditions.hurt: a scar needs a velocity; set protocol.velocities.scar, or scar_radius_mm to 0",
        ),
        (
            {"conditions": {"off": {"known_sigma_blood_factor": 0.7}}},
            "conditions.off.known_sigma_blood_factor needs known_conductor",
        ),
        (
            {"conditions": {"pose": {"heart_shift_mm": 10}}},
            "conditions.pose: a heart off its place needs a conductor that is made around it; set conductor "
            "to infinite, hull or hull_and_blood",
        ),
        (
            {"slices": {"pixels": 60}, "variants": LIFTED, "compared": ["lifted"]},
            "slices.pixels to be a multiple of 8, not 60",
        ),
        (
            {
                "slices": {"pixels": 60},
                "variants": LIFTED,
                "methods": {"both": REFINEMENT},
                "subject": OWN | {"methods": ["both"]},
            },
            "slices.pixels to be a multiple of 8, not 60",
        ),
        (
            {
                "dataset": {"blends": 0},
                "methods": {"ridge": {"kind": "kernel_ridge", "blends": True}},
                "compared": ["ridge"],
            },
            "methods.ridge.blends needs dataset.blends to be more than 0",
        ),
        (
            {"methods": {"tikhonov": {"kind": "tsvd"}}, "compared": ["tikhonov"]},
            "methods.tikhonov: this is the name of another kind than tsvd; choose another",
        ),
        ({"cases": []}, "cases: name at least one heart"),
        (
            {"cohort": {}, "compared": ["lifted", "kernel_ridge"], "variants": LIFTED},
            "compared: kernel_ridge takes only the heart that it was fitted on, and a cohort is",
        ),
        (
            {"cohort": {}, "compared": ["both"], "variants": LIFTED, "methods": {"both": REFINEMENT}},
            "methods.both: add lifted, whose maps it refines, to compared",
        ),
        (
            {
                "compared": ["training_mean"],
                "methods": {"both": {"kind": "refinement", "proposer": "bsp"}},
                "variants": {"bsp": {"family": "bsp_vae"}},
            },
            "methods.both: 'bsp' is no variant that makes maps from BSP",
        ),
        (
            {
                "transfer": {"variant": "lifted", "case": "rodero01"},
                "compared": ["lifted"],
                "variants": LIFTED,
            },
            "transfer.case: 'rodero01' must be one of the cases that a cohort is tested on",
        ),
        (
            {"cohort": {}, "compared": ["greensite"], "cases": ["train0003"]},
            "cases: 'train0003' is the name of a phantom of the cohort; choose another",
        ),
        (
            {
                "cohort": {"test": {"hearts": 1, "beats": 2}},
                "compared": ["greensite"],
                "evaluation": {"shown_beat": 2},
            },
            "evaluation.shown_beat must be less than the 2 beats of a test heart",
        ),
        (
            {"cohort": {"training": {"hearts": 0, "beats": 2}}},
            "cohort.training.hearts: Input should",
        ),
        (
            {"cohort": {"training": {"hearts": 3, "beats": 2, "first": 9999}}},
            "first 9999 and hearts 3 make the last phantom number 10001; 9999 is the highest",
        ),
    ],
)
def test_a_wrong_setting_gets_one_line_that_names_it(settings, message):
    with pytest.raises(ConfigError) as mistake:
        read_experiment(settings, "config.yaml")
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("electrodes", "family", "message"),
    [
        (
            {"layout": "twelve_lead"},
            "bsp_vae",
            "variants.mine: bsp_vae needs a multiple of 4 electrodes, not 9",
        ),
        (
            {"rows": 3, "columns": 3},
            "bsp_vae",
            "variants.mine: bsp_vae needs a multiple of 4 electrodes, not 9",
        ),
        (
            {"layout": "twelve_lead"},
            "map_cvae",
            "variants.mine: map_cvae takes the BSP as maps of the electrode grid",
        ),
    ],
)
def test_a_variant_that_can_not_take_the_layout_is_refused_if_it_is_used(electrodes, family, message):
    settings = {
        "electrodes": electrodes,
        "variants": {"mine": {"family": family}},
        "evaluation": {"shown_electrodes": [0, 8]},
    }
    assert read_experiment(settings)
    with pytest.raises(ConfigError) as mistake:
        read_experiment({**settings, "compared": ["mine"]})
    assert message in str(mistake.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"methods": ["tsvd"]}, "methods: the list of what is compared is `compared` now"),
        (
            {"refinements": {"both": "lifted"}},
            "refinements: these are entries of methods, such as lifted_refined: {kind: refinement, proposer: "
            "lifted} now",
        ),
        ({"protocol": {"activations": 9}}, "protocol.activations: unknown key; it is beats now"),
        ({"evaluation": {"draws": 9}}, "evaluation.draws: unknown key; it is samples now"),
        (
            {"evaluation": {"shown_activation": 1}},
            "evaluation.shown_activation: unknown key; it is shown_beat now",
        ),
        (
            {"protocol": {"velocities": {"rv": {"mean_m_per_s": 0.6}}}},
            "protocol.velocities.rv.mean_m_per_s: unknown key; it is median_m_per_s now",
        ),
        (
            {"variants": {"lifted": {"family": "map_lifted"}}},
            "variants.lifted.family: there is no 'map_lifted'; it is map_backprojection now",
        ),
        (
            {"variants": {"lifted": {"family": "map_backprojection", "variety": {"onset": 1}}}},
            "variants.lifted.variety: unknown key; it is augmentation now",
        ),
    ],
)
def test_a_key_of_an_earlier_version_is_refused_and_its_new_name_given(settings, message):
    with pytest.raises(ConfigError) as mistake:
        read_experiment(settings, "config.yaml")
    assert str(mistake.value) == f"config.yaml: {message}" or message.startswith("methods: the list")
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ({"kind": "tikhonv"}, "methods.mine.kind: there is no 'tikhonv'; there are training_mean, "),
        ({"order": 2}, "methods.mine.kind: is needed"),
        ({"kind": "tikhonov", "oder": 2}, "methods.mine.oder: unknown key; did you mean order?"),
        ({"kind": "tikhonov", "order": 3}, "methods.mine.order: Input should be less than or equal to 2"),
        ({"kind": "tikhonov", "choice": "curve"}, "methods.mine.choice: must be gcv, l_curve, creso or a"),
        ({"kind": "tikhonov", "choice": -1}, "methods.mine.choice: must be gcv, l_curve, creso or a number"),
        ({"kind": "refinement"}, "methods.mine.proposer: Field required"),
        ({"kind": "refinement", "proposer": "tsvd"}, "methods.mine: 'tsvd' is no variant that makes maps"),
        (
            {"kind": "physics_search", "radius_mm": 0},
            "methods.mine.radius_mm: Input should be greater than 0",
        ),
    ],
)
def test_a_wrong_method_gets_one_line_that_names_it(method, message):
    with pytest.raises(ConfigError) as mistake:
        read_experiment({"methods": {"mine": method}}, "config.yaml")
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_methods_of_one_kind_stand_beside_each_other_and_each_kind_under_its_own_name():
    settings = yaml.safe_load(
        "methods: {tikhonov_l: {kind: tikhonov, choice: l_curve}, weak: {kind: tikhonov, choice: 1e-4}, "
        "tsvd: {kind: tsvd, order: 1}}\ncompared: [tikhonov, tikhonov_l, weak, tsvd]"
    )
    experiment = read_experiment(settings)
    methods = experiment.all_methods
    assert [methods[name].choice for name in experiment.inverse_methods] == [
        "l_curve",
        "l_curve",
        1e-4,
        "l_curve",
    ]
    assert [methods[name].order for name in experiment.inverse_methods] == [2, 2, 2, 1]
    assert methods.keys() == {*registry.KINDS, "tikhonov_l", "weak"} - {"refinement"}
    assert {methods[name].kind for name in registry.KINDS if name != "refinement"} < set(registry.KINDS)


def test_a_refinement_takes_the_hearts_and_seeds_of_the_variant_that_it_refines():
    variants = {**LIFTED, "prior": {"family": "map_prior_cvae"}}
    methods = {"both": REFINEMENT, "one": {"kind": "refinement", "proposer": "prior"}}
    experiment = read_experiment(
        {"variants": variants, "methods": methods, "training_seeds": [3, 4], "subject": OWN}
    )
    assert experiment.takes_any_heart("both")
    assert not experiment.takes_any_heart("one")
    assert [experiment.variant_behind(name) for name in ("both", "lifted", "tsvd")] == ["lifted"] * 2 + [None]
    assert experiment.seeds_of("both") == [3, 4]
    assert experiment.seeds_of("tsvd") == [0]
    assert {"both", "lifted", "tsvd"} <= set(experiment.methods_of_any_heart)
    assert not {"one", "prior", "kernel_ridge"} & set(experiment.methods_of_any_heart)


@pytest.mark.parametrize("family", ["bsp_signal_vae", "map_vae", "map_prior_cvae"])
def test_other_variants_take_any_number_of_electrodes(family):
    settings = {
        "electrodes": {"layout": "twelve_lead"},
        "variants": {"mine": {"family": family, "latent": 32}},
        "compared": ["mine"],
        "evaluation": {"shown_electrodes": [0, 8]},
    }
    assert read_experiment(settings)


def test_a_table_of_electrodes_is_counted_if_it_is_there(tmp_path):
    settings = {
        "cases": ["a", "b"],
        "electrodes": {"layout": "csv", "file": str(tmp_path / "{case}.csv")},
        "evaluation": {"shown_electrodes": [0, 3]},
    }
    assert read_experiment(settings)
    (tmp_path / "a.csv").write_text("# a vest\nx_mm,y_mm,z_mm\n1,2,3\n4,5,6\n7,8,9\n\n")
    with pytest.raises(ConfigError, match="shown_electrodes must be less than the 3 electrodes"):
        read_experiment(settings)
    (tmp_path / "b.csv").write_text("x_mm,y_mm,z_mm\n1,2,3\n")
    with pytest.raises(ConfigError, match=r"equally many electrodes; there are 3 in .*a.csv, 1 in .*b.csv"):
        read_experiment(settings)


def test_every_mistake_is_named_at_once():
    with pytest.raises(ConfigError) as mistake:
        read_experiment({"seed": -1, "protocol": {"chunk": 0}})
    assert len(str(mistake.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("heart\tvolume\tnowhere.nii.gz\tlabels\t", "neither a file nor a download"),
        ("heart\tvolume\ttable.tsv\tother\t", "label_map 'other' is not in label_maps: labels"),
        ("heart\tvolume\ttable.tsv\tlabels\tthick", "rv_wall_mm"),
        ("heart\tmesh\theart.vtu\tlabels\t", "needs label_array"),
        ("heart\tpicture\ttable.tsv\tlabels\t", "kind"),
        ("other\tphantom\t\t\t", "'heart' is not in"),
    ],
)
def test_a_wrong_row_of_the_cases_table_gets_one_line(tmp_path, monkeypatch, row, message):
    monkeypatch.chdir(tmp_path)
    Path("heart.vtu").write_text("<VTKFile/>")
    Path("table.tsv").write_text(f"# hearts\ncase\tkind\tsource\tlabel_map\trv_wall_mm\n{row}\n")
    experiment = read_experiment(
        {"cases_table": "table.tsv", "cases": ["heart"], "label_maps": {"labels": {"lv_wall": [1]}}}
    )
    with pytest.raises(ConfigError) as mistake:
        read_cases(experiment)
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_the_key_table_is_in_step_with_the_settings():
    assert (CONFIG / "README.md").read_text() == config_docs(), "run `make docs`"


@pytest.mark.parametrize(
    ("beats", "chunk", "sizes"),
    [(120, None, [30] * 4), (50, None, [13, 13, 13, 11]), (5000, None, [1250] * 4), (20, 12, [12, 8])],
)
def test_jobs_share_the_beats_without_gap_or_overlap(beats, chunk, sizes):
    chunks = read_experiment({"protocol": {"chunk": chunk}}).protocol.chunks(beats)
    covered = [beat for first, last in chunks for beat in range(first, last + 1)]
    assert covered == list(range(beats))
    assert [last - first + 1 for first, last in chunks] == sizes


def test_labels_are_numbers_even_where_the_command_line_makes_text_of_them():
    labels = LabelMap(lv_wall=["1", 7, "myocardium"], rv_wall=["rv_wall.nii.gz"])
    assert labels.tissues() == {"lv_wall": [1, 7, "myocardium"], "rv_wall": ["rv_wall.nii.gz"]}


def test_what_is_not_said_of_a_tissue_keeps_that_tissues_default():
    velocities = read_experiment(
        {"protocol": {"velocities": {"scar": {"spread": 0}, "border_zone": {"spread": 0.1}}}}
    ).protocol.velocities
    assert velocities.distributions()["scar"] == (0.2, 0)
    assert velocities.distributions()["border_zone"] == (0.3, 0.1)


@pytest.mark.parametrize("name", ["file", "lead_field"])
def test_a_missing_file_of_the_electrodes_is_named_with_its_setting(name):
    layout = {name: "nowhere/{case}.csv", "layout": "csv" if name == "file" else "grid"}
    experiment = read_experiment({"electrodes": layout, "conditions": {}, "cases": ["phantom01"]})
    with pytest.raises(ConfigError, match=rf"electrodes\.{name}: nowhere/phantom01\.csv does not exist"):
        read_cases(experiment)
