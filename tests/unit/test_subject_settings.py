import pytest
from recorded_subjects import OWN, RECORDED

from ecgi.config.cases import read_subjects
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ({"case": "patient7", **RECORDED}, "subject.segmentation is needed, as 'patient7' is none of cases"),
        ({**OWN, "labels": None}, "subject.labels is needed"),
        ({**OWN, "case": "rodero01"}, "subject.electrodes: 'rodero01' is one of cases and has its own"),
        (
            {"case": "rodero01", **RECORDED, "cap_apex_mm": 3},
            "subject.cap_apex_mm: 'rodero01' is one of cases",
        ),
        ({**OWN, "units": "volts"}, "subject.units: Input should be 'mV', 'uV' or 'V', not 'volts'"),
        ({**OWN, "sampling_hz": 0}, "subject.sampling_hz: Input should be greater than 0"),
        ({**OWN, "unit": "mV"}, "subject.unit: unknown key; did you mean units?"),
        (
            {**OWN, "methods": ["kernel_ridge"]},
            "kernel_ridge was trained on rodero01 and can't take 'patient7'; ",
        ),
        (
            {**OWN, "methods": ["cvae"]},
            "cvae was trained on rodero01 and can't take 'patient7'; mean_of_sites, physics_search",
        ),
        (
            {"case": "rodero01", **RECORDED, "methods": ["vae"]},
            "'vae' has no maps from BSP; there are training_mean, nearest_neighbour",
        ),
        ({**OWN, "methods": ["magic"]}, "subject.methods: 'magic' is no method"),
        ({**OWN, "methods": ["tsvd", "tsvd"]}, "methods names something twice"),
    ],
)
def test_a_wrong_subject_gets_one_line_that_names_it(subject, message):
    variants = {"cvae": {"family": "map_prior_cvae"}, "vae": {"family": "bsp_vae"}}
    with pytest.raises(ConfigError) as mistake:
        read_experiment({"subject": subject, "variants": variants})
    assert message in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (
            {"case": "rodero01", **RECORDED, "methods": ["kernel_ridge"]},
            "kernel_ridge is fitted on training beats of the subject's heart, and with a cohort 'rodero01' ",
        ),
        ({**OWN, "methods": ["cvae"]}, "cvae was trained on the phantoms of the cohort and can't take"),
    ],
)
def test_with_a_cohort_a_subject_is_predicted_by_methods_that_take_its_heart(subject, message):
    variants = {"cvae": {"family": "map_prior_cvae"}}
    with pytest.raises(ConfigError, match=message):
        read_experiment({"cohort": {}, "compared": ["tsvd"], "variants": variants, "subject": subject})


def test_a_subject_brings_its_electrodes_and_leaves_those_of_the_cases():
    experiment = read_experiment({"subject": OWN})
    assert experiment.layout_of("patient7").of_case("file", "patient7") == "electrodes.csv"
    assert experiment.layout_of("rodero01").layout == "grid"


def test_of_one_of_the_cases_a_subject_sets_how_it_is_recorded_fitted_and_drawn():
    keys = {"beat": 2, "end_ms": 300, "fit": "beat", "colours": "colour_blind_safe"}
    subject = read_experiment({"subject": {"case": "rodero01", **RECORDED, **keys}}).subject
    assert {key: getattr(subject, key) for key in keys} == keys


@pytest.mark.parametrize("missing", ["bsp", "segmentation", "electrodes"])
def test_a_missing_file_of_the_subject_is_named(missing, tmp_path):
    paths = {name: tmp_path / OWN[name] for name in ("bsp", "segmentation", "electrodes")}
    for name, path in paths.items():
        if name != missing:
            path.write_text("there")
    experiment = read_experiment({"subject": {**OWN, **{name: str(path) for name, path in paths.items()}}})
    named = rf"(subject\.{missing}|electrodes\.file):? .* (does not exist|is no file)"
    with pytest.raises(ConfigError, match=named):
        read_subjects(experiment)


def test_the_heart_of_a_subject_is_a_case_of_its_own(tmp_path):
    for name in ("bsp", "segmentation", "electrodes"):
        (tmp_path / OWN[name]).write_text("there")
    paths = {name: str(tmp_path / OWN[name]) for name in ("bsp", "segmentation", "electrodes")}
    experiment = read_experiment({"subject": {**OWN, **paths, "rv_wall_mm": 3}})
    (case,) = read_subjects(experiment).values()
    assert (case.case, case.kind, case.source, case.rv_wall_mm) == (
        "patient7",
        "volume",
        paths["segmentation"],
        3,
    )
    assert read_subjects(read_experiment({})) == {}


def table_of(tmp_path, *rows):
    path = tmp_path / "subjects.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return str(path)


def test_rows_of_the_subjects_table_are_completed_by_what_they_share(tmp_path):
    header = ("name", "case", "bsp", "beat", "methods", "label_map")
    second = ("b", "other", "b.csv", "2", "tsvd, greensite", "mine")
    table = table_of(tmp_path, header, ("a", "", "a.csv", "", "", ""), second)
    maps = {"mine": {"lv_wall": [1]}}
    experiment = read_experiment({"subject": OWN, "subjects": table, "label_maps": maps})
    first, second = experiment.recordings.values()
    assert list(experiment.recordings) == ["a", "b"]
    assert (first.case, first.bsp, first.beat, first.labels) == (
        OWN["case"],
        "a.csv",
        None,
        read_experiment({"subject": OWN}).subject.labels,
    )
    assert (second.case, second.beat, second.methods) == ("other", 2, ["tsvd", "greensite"])
    assert second.labels.lv_wall == [1]
    assert set(experiment.own_hearts) == {OWN["case"], "other"}


def test_subjects_without_a_case_are_hearts_of_their_own():
    own = {key: value for key, value in OWN.items() if key != "case"}
    experiment = read_experiment({"subject": own, "subjects": {"a": {}, "b": {"bsp": "b.csv"}}})
    assert {name: subject.case for name, subject in experiment.recordings.items()} == {"a": "a", "b": "b"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("case", "bsp"), ("a", "a.csv")], "has no column name, only case, bsp"),
        ([("name", "bsp"), ("a", "a.csv"), ("a", "b.csv")], "line 3: another row has the name"),
        ([("name", "bsp"), ("", "a.csv")], "line 2: the name is missing"),
        ([("name", "bsp")], "has no rows"),
        ([("name", "label_map"), ("a", "odd")], "a: label_map 'odd' is not in label_maps: there are none"),
        ([("name", "bspp"), ("a", "a.csv")], r"subjects\.a\.bspp: unknown key; did you mean bsp"),
        ([("name", "electrodes"), ("a", "x.csv"), ("b", "y.csv")], "other settings of its heart"),
        ([("name", "methods"), ("a", "magic")], r"subjects\.a\.methods: 'magic' is no method"),
    ],
)
def test_a_wrong_subjects_table_is_refused_with_its_row(tmp_path, rows, message):
    with pytest.raises(ConfigError, match=message) as raised:
        read_experiment({"subject": OWN, "subjects": table_of(tmp_path, *rows)})
    assert "\n" not in str(raised.value)


def test_a_missing_subjects_table_is_named():
    with pytest.raises(ConfigError, match=r"subjects: nowhere\.tsv does not exist"):
        read_experiment({"subject": OWN, "subjects": "nowhere.tsv"})
