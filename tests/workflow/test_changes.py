"""A change of a setting or of a module reruns exactly the rules that depend on it."""

import re
from pathlib import Path

import pytest

import ecgi
from ecgi.config.experiment import Experiment
from ecgi.core.code_digest import CodeDigests
from ecgi.inverse import registry as inverse
from ecgi.models import registry as models

WORKFLOW = Path(ecgi.__file__).parents[1]
SCRIPTS = {path.stem for path in (WORKFLOW / "scripts").glob("*.py")}
CODE = CodeDigests(WORKFLOW)

# Modules that a rule imports by name, as its variant or method asks.
OF_FAMILIES = sorted({models.module_of(name) for name in models.FAMILIES})
OF_METHODS = [*OF_FAMILIES, *sorted({inverse.module_of(name) for name in inverse.KINDS})]
NAMED = {
    "train_variant": OF_FAMILIES,
    "transfer_variant": OF_FAMILIES,
    "predict_beats": OF_METHODS,
    "predict_subject": OF_METHODS,
}

# What runs again from a stage on.
TABLES = {"tabulate_metrics", "figure_comparison"}
SCORES = {"score", *TABLES}
FIGURES = {"figure_reconstructions", "figure_signals", "figure_uncertainty"}
SHOWN = {"view_case", *FIGURES}
PREDICTIONS = {"predict_beats", *SHOWN, *SCORES}
CONDITIONS = {"simulate_condition", *PREDICTIONS}
MODELS = {"train_variant", "figure_training", *PREDICTIONS}
BLENDS = {"blend_beats", *MODELS} - {"figure_reconstructions"}
NORMALISATION = {"describe_dataset", *MODELS}
DATASET = {"build_dataset", "figure_heart", *NORMALISATION, *CONDITIONS, *BLENDS}
BEATS = {"simulate_beats", *DATASET}
DRAWN = {"plan_beats", *BEATS}
ELECTRODES = {"place_electrodes", *BEATS}
SLICES = {"slice_anatomy", *DATASET}
ANATOMY = {"import_anatomy", "show_anatomy", *SLICES, *DRAWN, *ELECTRODES}
NOTHING = set()

SETTINGS = [
    ("experiment=other", {"physics_page", *ANATOMY}),
    ("cases=[phantom01]", ANATOMY),
    ("cases_table=./config/cases.tsv", NOTHING),
    ("measured={}", NOTHING),
    ("challenge={folder: ward}", NOTHING),
    ("cohort={} & compared=[tsvd]", ANATOMY - {"blend_beats", "train_variant", "figure_training", *FIGURES}),
    (
        "transfer={variant: lifted, case: phantom02} & cohort={} & compared=[lifted] & "
        "variants={lifted: {family: map_backprojection}}",
        (ANATOMY - {"blend_beats", "figure_reconstructions", "figure_signals"})
        | {"transfer_variant", "figure_transfer"},
    ),
    ("subject={case: phantom02, bsp: config/cases.tsv, units: mV}", NOTHING),
    ("subjects={one: {case: phantom02, bsp: config/cases.tsv, units: mV}}", NOTHING),
    ("label_maps={rodero: {lv_wall: [1]}}", NOTHING),
    ("downloads={rodero_01_fullheart: {version: 0.0.0}}", NOTHING),
    ("anatomy={stray_pieces: refuse}", ANATOMY),
    ("slices={first: 0.25}", SLICES),
    ("seed=2020", DRAWN | ELECTRODES),
    ("electrodes={distance_mm: 45}", ELECTRODES),
    ("bsp={sigma_i_s_per_m: 0.3}", ELECTRODES),
    ("protocol={beats: 21}", DRAWN),
    ("protocol={velocities: {lv: {median_m_per_s: 0.7}}}", DRAWN),
    ("protocol={pacing_radius_mm: 9}", BEATS),
    ("conduction={velocity_ratio: 3}", BEATS),
    ("action_potential={tau_open_ms: 121}", BEATS),
    ("bsp={time_step_ms: 5}", BEATS),
    ("dataset={test_fraction: 0.3}", DATASET),
    ("dataset={background: -0.1}", NORMALISATION),
    ("dataset={blends: 9}", BLENDS),
    ("conditions={realistic: {snr_db: 10}}", CONDITIONS),
    ("conditions={realistic: {}, quiet: {spacing_factor: 1}}", CONDITIONS | {"figure_robustness"}),
    ("variants={bsp_vae: {epochs: 4}}", (MODELS - SHOWN) | {"figure_signals"}),
    ("variants={activation_cvae: {epochs: 2}}", MODELS - {"figure_reconstructions", "figure_signals"}),
    ("training_seeds=[1]", MODELS),
    ("training_seeds=[0, 1]", MODELS - SHOWN),
    ("methods={refined: {kind: refinement, proposer: activation_cvae_prior}}", NOTHING),
    ("compared=[training_mean, nearest_neighbour]", {"view_case", *TABLES}),
    ("evaluation={samples: 4}", PREDICTIONS),
    ("evaluation={bootstrap: 200}", TABLES),
    ("evaluation={shown_beat: 1}", FIGURES),
    ("evaluation={shown_slice: 1}", {"figure_uncertainty"}),
    ("evaluation={shown_electrodes: [1, 2]}", {"figure_signals"}),
]

PREDICTED = {"predict_beats", "predict_subject"}
EXAMINED = {*PREDICTED, "cross_examine"}
APART = {script for script in SCRIPTS if script.endswith(("_measured", "_placed", "_challenge"))}
RELATED = {"transfer_measured", "place_measured"}
DRAWINGS = {f"figure_{path.stem}" for path in (WORKFLOW / "report").glob("*.rst")} & SCRIPTS
SHOWING = {"export_subject", "show_anatomy", *DRAWINGS}
VIEWING = {"view_case", "view_subject"}
EXCHANGED = {"exchange_beat", "exchange_subject"}
JUDGED = {"score", "compare_contact_map"}
MAPS = {"figure_reconstructions", "figure_uncertainty"}
OF_TRAINING = {"figure_training", "figure_transfer"}
OF_TABLES = {"figure_calibration", "figure_comparison", "figure_robustness"}

# What runs first after an edit of a file of the package, by folder and, where they differ from the most of
# it, by file; what depends on these rules follows.
FIRST = {
    "": {"fetch_download", "physics_page"},
    "py.typed": NOTHING,
    "core": {"fetch_download", "physics_page"},
    "core/run_lock.py": NOTHING,
    "core/code_digest.py": NOTHING,
    "core/fields.py": {"train_variant", "cross_examine"},
    "core/progress.py": {"simulate_beats", "cross_examine"},
    "core/seeds.py": {"import_anatomy"},
    "core/tables.py": {"place_electrodes"},
    "core/text.py": {"place_electrodes"},
    "anatomy": {"import_anatomy"},
    "anatomy/coordinates.py": {"find_fibres", "plan_beats", "cross_examine"},
    "anatomy/epicardium.py": PREDICTED,
    "anatomy/fibres.py": {"find_fibres"},
    "anatomy/geodesics.py": {"simulate_beats", "cross_examine"},
    "anatomy/interpolation.py": {"place_electrodes"},
    "anatomy/short_axis_slices.py": {"slice_anatomy"},
    "anatomy/slicing.py": {"find_fibres", "place_electrodes", "slice_anatomy"},
    "anatomy/solid_angles.py": {"place_electrodes"},
    "anatomy/torso.py": {"place_electrodes"},
    "anatomy/torso_shapes.py": {"place_electrodes"},
    "anatomy/triangles.py": {"place_electrodes"},
    "anatomy/site_names.py": {*VIEWING, "export_subject"},
    "anatomy/wall_surface.py": {*VIEWING, *EXCHANGED, "export_subject", "figure_heart"},
    "physics": {"simulate_beats", "cross_examine"},
    "physics/action_potential.py": {"read_recording", "simulate_beats"},
    "physics/bsp.py": {"read_recording", "simulate_beats"},
    "physics/conditions.py": {"simulate_condition"},
    "physics/boundary_elements.py": {"place_electrodes"},
    "physics/conductor.py": {"place_electrodes"},
    "physics/conductors_of_cases.py": {"place_electrodes"},
    "physics/layouts.py": {"place_electrodes"},
    "physics/__init__.py": {"place_electrodes", "plan_beats"},
    "physics/eikonal_sensitivity.py": EXAMINED,
    "physics/electrode_frame.py": {"place_electrodes"},
    "physics/electrodes.py": {"place_electrodes"},
    "physics/lead_field.py": {"place_electrodes"},
    "physics/measurement.py": {"simulate_condition"},
    "physics/triangle_integrals.py": {"place_electrodes"},
    "physics/pacing.py": {"plan_beats", "cross_examine"},
    "physics/heart_transfer.py": PREDICTED,
    "physics/torso_conductor.py": {"place_electrodes"},
    "io": {"import_anatomy"},
    "io/__init__.py": {"fetch_download"},
    "io/contact_maps.py": {"compare_contact_map"},
    "io/ecgsim.py": {"read_recording", "exchange_beat"},
    "io/igb.py": {"read_recording", "exchange_beat"},
    "io/opencarp.py": {*EXCHANGED, "compare_contact_map"},
    "io/conductors.py": {"place_electrodes"},
    "io/downloads.py": {"fetch_download"},
    "io/electrodes.py": {"place_electrodes"},
    "io/fibres.py": {"find_fibres"},
    "io/lead_fields.py": {"place_electrodes"},
    "io/torso_files.py": {"place_electrodes"},
    "io/torso_tables.py": {"place_electrodes"},
    "io/challenge_answers.py": {"answer_challenge"},
    "io/torso_electrodes.py": {"read_challenge"},
    "io/clocks.py": {"read_recording"},
    "io/lead_names.py": {"read_recording"},
    "io/recordings": {"read_recording"},
    "io/stores.py": {"find_fibres", "place_electrodes"},
    "data": {"train_variant"},
    "data/blocks.py": {"build_dataset"},
    "data/boundary_kernels.py": {"build_dataset"},
    "data/description.py": {"describe_dataset"},
    "data/network_beats.py": {"build_dataset"},
    "data/recorded_beats.py": {"read_recording"},
    "data/__init__.py": {"build_dataset", "read_recording"},
    "data/blending.py": {"blend_beats"},
    "data/ecg": {"read_recording"},
    "data/ecg/activity.py": {"read_recording", "predict_beats"},
    "data/ecg/interval.py": {"read_recording", "predict_beats"},
    "data/ecg/qrs_end.py": {"read_recording", "predict_beats"},
    "data/ecg/resampling.py": {"read_recording", "predict_beats"},
    "data/ecg/__init__.py": {"read_recording", "predict_beats"},
    "data/heart_transfers.py": {"transfer_challenge"},
    "data/whole_recordings.py": {"answer_challenge"},
    "data/measured.py": {"read_measured"},
    "data/normalisation.py": {"describe_dataset"},
    "data/lead_consistency.py": {"read_recording"},
    "data/lead_faults.py": {"read_recording"},
    "data/preprocessing.py": {"read_recording"},
    "data/splits.py": {"build_dataset"},
    "data/summary.py": {"build_dataset"},
    "models": {"train_variant"},
    "models/reconstruction.py": {"predict_beats"},
    "models/training": {"train_variant"},
    "inverse": PREDICTED,
    "inverse/__init__.py": {*EXAMINED, "transfer_variant"},
    "inverse/base.py": {*EXAMINED, "transfer_variant"},
    "inverse/heart_pose.py": RELATED,
    "inverse/paced_beat_fit.py": EXAMINED,
    "inverse/generative.py": {*PREDICTED, "transfer_variant"},
    "inverse/transfer.py": {"transfer_variant"},
    "evaluation": {"score", "export_subject"},
    "evaluation/__init__.py": {*VIEWING, *JUDGED, *EXCHANGED, "cross_examine"},
    "evaluation/activation_operators.py": {"score_measured"},
    "evaluation/challenge_scores.py": {"score_challenge"},
    "evaluation/contact_map.py": {"compare_contact_map"},
    "evaluation/electrograms.py": RELATED,
    "evaluation/measured.py": RELATED,
    "evaluation/measured_estimates.py": {"score_measured"},
    "evaluation/measured_scores.py": {"score_measured"},
    "evaluation/placed.py": {"place_measured"},
    "evaluation/placed_estimates.py": {"score_placed"},
    "evaluation/reconstruction.py": RELATED,
    "evaluation/metrics.py": {*JUDGED, "view_subject"},
    "evaluation/field_errors.py": {*JUDGED, "view_subject"},
    "evaluation/uncertainty.py": {*VIEWING, *JUDGED, "exchange_subject"},
    "evaluation/bootstrap.py": {"tabulate_metrics"},
    "evaluation/scoring.py": {"score"},
    "evaluation/tabulation.py": {"tabulate_metrics"},
    "evaluation/cross_examination.py": {"cross_examine"},
    "evaluation/electrode_placements.py": {"cross_examine"},
    "evaluation/lead_examination.py": {"cross_examine"},
    "evaluation/goodness_of_fit.py": {"export_subject", "view_subject"},
    "evaluation/ratings.py": {"cross_examine", "view_subject"},
    "evaluation/sites.py": {*VIEWING, *EXCHANGED, "compare_contact_map"},
    "config": NOTHING,
    "reporting": NOTHING,
    "reporting/__init__.py": {"tabulate_metrics", "export_electrograms", *VIEWING, *EXCHANGED, *SHOWING}
    - OF_TABLES,
    "reporting/electrogram_files.py": {"export_electrograms"},
    "reporting/colours.py": {*VIEWING, *SHOWING},
    "reporting/exchange.py": EXCHANGED,
    "reporting/export.py": {*VIEWING, *EXCHANGED, "export_subject"},
    "reporting/labels.py": {"tabulate_metrics", "figure_signals", *MAPS, *OF_TRAINING},
    "reporting/challenge_tables.py": {"score_challenge"},
    "reporting/measured_tables.py": {"score_measured"},
    "reporting/publication_tables.py": {"tabulate_metrics"},
    "reporting/shapes.py": {*VIEWING, *EXCHANGED},
    "reporting/site_sentences.py": {*VIEWING, "export_subject"},
    "reporting/recording_figure.py": {"export_subject"},
    "reporting/sheets.html": {"export_subject"},
    "reporting/sheets.py": {"export_subject"},
    "reporting/subject_export.py": {"export_subject"},
    "reporting/subject_map.py": {"export_subject"},
    "reporting/subject_page.py": {"export_subject"},
    "reporting/verdict.py": {"export_subject"},
    "reporting/figures": SHOWING,
    "reporting/figures/anatomy.py": {"export_subject", "show_anatomy"},
    "reporting/figures/bullseye.py": {"export_subject"},
    "reporting/figures/projection.py": {"export_subject"},
    "reporting/figures/views.py": {"export_subject"},
    "reporting/figures/comparison.py": OF_TABLES,
    "reporting/figures/heart.py": {"figure_heart"},
    "reporting/figures/measured.py": {"figure_measured", "figure_placed"},
    "reporting/figures/maps.py": MAPS,
    "reporting/figures/selection.py": {"figure_signals", *MAPS, *OF_TABLES},
    "reporting/figures/signals.py": {"figure_signals"},
    "reporting/figures/training.py": OF_TRAINING,
    "reporting/viewer": VIEWING,
    "reporting/viewer/subject_view.py": {"view_subject"},
}

# An experiment that has every rule: a cohort, a new heart, fibres, several conditions, a subject.
WHOLE = """
experiment=whole
cases=[rodero01]
cohort={}
compared=[bsp_vae, activation_vae, bsp_vae_blends, lifted, tikhonov]
variants={lifted: {family: map_backprojection}}
transfer={variant: lifted, case: rodero01}
conduction={fibres: rule}
conditions={realistic: {}, quiet: {snr_db: 30}}
evaluation={samples: 40}
""".strip().splitlines()
WHOLE.append(
    "subject={case: rodero01, bsp: config/cases.tsv, units: mV, methods: [lifted, epicardial], "
    "exports: [opencarp], contact_map: config/cases.tsv}"
)

QUICK = {
    "evaluation={shown_slice: 1}",
    "conditions={realistic: {snr_db: 10}}",
    "variants={bsp_vae: {epochs: 4}}",
    "dataset={background: -0.1}",
}


def table(changes):
    """Rows of a test; most of them take their time."""
    return [
        pytest.param(change, rules, id=change, marks=() if change in QUICK else pytest.mark.slow)
        for change, rules in changes
    ]


def reruns(checkout, *arguments):
    """Rules that would run again."""
    return set(checkout.planned(*arguments)) - {"all", "total"}


def give_ward(folder):
    """Files of a challenge, of which only the names are read by a plan."""
    (folder / "ward").mkdir(exist_ok=True)
    for name in ("P1_EndoEpi.mat", "P1_torso.mat", "P1-a-ts.mat", "P1-a-cs.mat"):
        (folder / "ward" / name).write_text("only planned")


@pytest.mark.parametrize(("setting", "rules"), table(SETTINGS))
def test_a_setting_reruns_the_rules_that_depend_on_it(finished, setting, rules):
    give_ward(finished.folder)
    assert reruns(finished, "--config", *setting.split(" & ")) == rules


def test_every_section_of_the_config_is_in_the_table():
    assert {setting.split("=")[0] for setting, _ in SETTINGS} == set(Experiment.model_fields)


def test_one_variants_setting_retrains_that_variant_alone(finished):
    assert finished.planned("--config", "variants={bsp_vae: {epochs: 4}}")["train_variant"] == 1


@pytest.fixture(scope="module")
def following(copied):
    """For each rule the rules that depend on it, directly or through others, and the rule itself."""
    checkout = copied()
    edges: set[tuple[str, str]] = set()
    beat = "results/whole/simulation/rodero01/ecgsim/0"
    whole, tank = ["--config", *WHOLE, "--", "all", "predict", beat], ["--configfile", "config/tank.yaml"]
    give_ward(checkout.folder)
    of_folder = ["--config", "challenge={folder: ward}", "--", "challenge"]
    for of_experiment in (whole, tank, of_folder):
        graph = checkout.snakemake("--rulegraph", "dot", *of_experiment)
        names = dict(re.findall(r'(\d+)\[label ?= ?"(\w+)', graph))
        edges |= {(names[rule], names[after]) for rule, after in re.findall(r"(\d+) -> (\d+)", graph)}
    rules = {rule: {rule} for edge in edges for rule in edge}
    while any(not rules[after] <= rules[rule] for rule, after in edges):
        for rule, after in edges:
            rules[rule] |= rules[after]
    return rules


def files_of_the_package():
    files = (path.relative_to(WORKFLOW / "ecgi") for path in (WORKFLOW / "ecgi").rglob("*.*"))
    return sorted(str(path) for path in files if "__pycache__" not in path.parts and path.suffix)


def importing(file):
    """Rules whose scripts import a file of the package."""
    return {script for script in SCRIPTS if f"ecgi/{file}" in CODE.files(script, *NAMED.get(script, ()))}


def first(file):
    """Row of the table for a file."""
    folder = str(Path(file).parent)
    return FIRST.get(file, FIRST["" if folder == "." else folder])


@pytest.mark.parametrize("file", files_of_the_package())
def test_an_edit_of_a_file_reruns_the_rules_that_import_it(following, file):
    found = importing(file)
    if not found <= APART:  # its rules share most of the package, and have one row for what is their own
        found -= APART
    later = {rule for rule in found if any(rule in following[other] for other in found - {rule})}
    assert found - later == first(file)


def test_the_table_has_every_folder_and_no_row_too_many():
    files = files_of_the_package()
    folders = {str(Path(file).parent).removeprefix(".") for file in files}
    assert FIRST.keys() - set(files) == folders
    assert not [
        file for file in FIRST if file in files and FIRST[file] == first(f"{Path(file).parent}/other")
    ]


def test_every_rule_is_in_the_graph_and_names_its_code(following):
    text = "".join(path.read_text() for path in (WORKFLOW / "rules").glob("*.smk"))
    rules = re.findall(r'digest_of\(\s*"(\w+)".*?script:\s+"../scripts/(\w+)\.py"', text, re.DOTALL)
    figures = {script for script in SCRIPTS if script.startswith("figure_")} - APART
    assert all(code == script for code, script in rules)
    assert {script for _, script in rules} == SCRIPTS - figures
    assert 'digest_of(f"figure_{name}")' in text
    assert SCRIPTS ^ following.keys() == {"all", "predict", "challenge"}


@pytest.mark.parametrize("folder", ["evaluation", "reporting"])
def test_an_edit_of_metrics_or_of_drawings_retrains_and_predicts_nothing(following, folder):
    files = [file for file in files_of_the_package() if file.startswith(f"{folder}/")]
    rerun = set().union(*(following[rule] for file in files for rule in importing(file) - APART))
    assert rerun >= {"tabulate_metrics", "export_subject"}
    judging = {*JUDGED, "tabulate_metrics", "export_electrograms", *EXCHANGED, *VIEWING, *SHOWING}
    assert rerun <= judging | {"cross_examine", "all", "predict", "challenge"}


@pytest.mark.parametrize(
    ("file", "rules"),
    {
        "ecgi/physics/eikonal.py": BEATS,
        "ecgi/models/training/loop.py": MODELS,
        "ecgi/evaluation/metrics.py": SCORES,
        "ecgi/reporting/viewer/heart_page.js": {"view_case"},
        "ecgi/config/experiment.py": NOTHING,
        "report/physics.html": {"physics_page"},
        "scripts/predict_beats.py": PREDICTIONS,
    }.items(),
)
def test_an_edit_is_noticed_by_the_next_run(finished, file, rules):
    path = finished.folder / "workflow" / file
    text = path.read_text()
    path.write_text(text + "\n")
    try:
        assert reruns(finished) == rules
    finally:
        path.write_text(text)


def test_in_a_copy_of_a_run_nothing_is_to_be_done(finished):
    assert reruns(finished) == NOTHING


def test_through_a_symlink_nothing_is_to_be_done(finished, tmp_path):
    (tmp_path / "link").symlink_to(finished.folder)
    assert reruns(finished, "--snakefile", str(tmp_path / "link/Snakefile")) == NOTHING


def test_by_another_clone_nothing_is_to_be_done(finished, copied):
    assert reruns(copied(), "--directory", str(finished.folder)) == NOTHING


def test_in_a_fresh_clone_with_the_results_of_another_nothing_is_to_be_done(finished, copied):
    clone = copied()
    for path in clone.folder.rglob("*"):
        path.touch()
    for name in ("results", ".snakemake"):
        (clone.folder / name).symlink_to(finished.folder / name)
    assert reruns(clone) == NOTHING
