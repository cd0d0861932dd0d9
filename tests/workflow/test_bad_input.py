"""Mistakes of a user are reported in one line, before anything is computed."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from corpus import CORPUS
from corpus.recordings import own_heart, recording
from snakemake.utils import update_config

from ecgi.config.cases import read_cases, read_subjects
from ecgi.config.experiment import read_experiment
from ecgi.core.errors import InputError
from ecgi.data.recorded_beats import recorded_beat
from ecgi.io.electrodes import place_electrodes
from ecgi.io.hearts import import_heart
from ecgi.io.lead_fields import read_lead_field
from ecgi.io.volumes import read_velocity
from ecgi.physics.electrodes import COORDINATES

CONFIGS = [Path(__file__).parents[2] / "config/config.yaml", Path(__file__).with_name("tiny.yaml")]
LONGEST_S = 300  # after which a run counts as hung; it takes a few seconds
LAST_LINES = 12
IN_EVERY_TEST = ("vtu in metres", "a case twice", "a recording of dead leads")
IN_EVERY_SLOW_TEST = (
    "nifti cut short",
    "electrodes in the wall",
    "lead field with a pickling codec",
    "a billion words",
    "a link to itself",
)
MANY = [pytest.param(entry, id=entry.name) for entry in CORPUS]
FEW = [
    pytest.param(entry, id=entry.name, marks=() if entry.name in IN_EVERY_TEST else pytest.mark.slow)
    for entry in CORPUS
    if entry.name in IN_EVERY_TEST + IN_EVERY_SLOW_TEST
]


def settings_over_tiny(settings):
    """Settings as Snakemake lays them over the tiny experiment's."""
    laid = {}
    for layer in (*(yaml.safe_load(path.read_text()) for path in CONFIGS), settings):
        update_config(laid, layer)
    return laid


def read_all(settings):
    """Read what an experiment names, in the order and by the functions of the workflow."""
    experiment = read_experiment(settings)
    hearts = read_cases(experiment) | read_subjects(experiment)
    maps = experiment.label_maps | ({subject.case: subject.labels} if (subject := experiment.subject) else {})
    for name, case in hearts.items():
        label_map = maps[case.label_map].tissues() if case.label_map else {}
        spacing = experiment.anatomy.spacing_mm
        heart = import_heart(
            case.model_dump(), case.source, label_map, spacing, experiment.anatomy.stray_pieces
        ).labels
        wall = heart.positions(heart.wall)
        layout = experiment.layout_of(name)
        table = place_electrodes(wall, layout.model_dump(), spacing, layout.of_case("file", name))
        if layout.lead_field:
            read_lead_field(layout.of_case("lead_field", name), wall, table[COORDINATES].to_numpy(), spacing)
        if case.velocity_map:
            read_velocity(case.velocity_map, heart, name)
        if subject and name == subject.case:
            sampling = experiment.bsp.model_dump(include={"samples", "time_step_ms"})
            recorded_beat(subject.bsp, table, wall, subject.model_dump(), sampling)


def files_in(folder):
    """Files that are not a run's own."""
    own = ("results", "logs", ".snakemake", "__pycache__")
    return {path for path in folder.rglob("*") if not set(own) & set(path.relative_to(folder).parts)}


def test_the_corpus_is_large_and_its_names_are_its_own():
    assert len({entry.name for entry in CORPUS}) == len(CORPUS) >= 60
    assert {*IN_EVERY_TEST, *IN_EVERY_SLOW_TEST} <= {entry.name for entry in CORPUS}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("entry", MANY)
def test_a_reader_refuses_it_in_one_line(entry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = settings_over_tiny(entry.write())
    before = files_in(tmp_path)
    with pytest.raises(InputError) as mistake:
        read_all(settings)
    assert entry.line in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("write", [recording(), own_heart()])
def test_the_recordings_that_are_changed_here_are_sound(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read_all(settings_over_tiny(write()))


def refused_by_the_workflow(entry, checkout, monkeypatch):
    monkeypatch.chdir(checkout.folder)
    settings = entry.write()
    Path("entry.yaml").write_text(yaml.safe_dump(settings))
    before = files_in(checkout.folder)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--configfile",
        str(CONFIGS[1]),
        "entry.yaml",
        *(["--", "predict"] if "subject" in settings else []),
    ]
    run = subprocess.run(command, text=True, capture_output=True, timeout=LONGEST_S)
    printed = (run.stdout + run.stderr).splitlines()
    assert run.returncode != 0
    assert sum(entry.line in line for line in printed[-LAST_LINES:]) == 1, "\n".join(printed)
    assert "Traceback" not in run.stdout + run.stderr
    assert files_in(checkout.folder) == before
    assert not list(checkout.folder.glob("results/*/simulation/*/beats/*"))
    assert not list(checkout.folder.glob("results/*/subjects/*/*"))


@pytest.mark.parametrize("entry", FEW)
def test_the_workflow_refuses_it_in_one_line_at_the_end(entry, checkout, monkeypatch):
    refused_by_the_workflow(entry, checkout, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("entry", MANY[::5])  # all of them would take half an hour
def test_the_workflow_refuses_every_fifth_of_them(entry, checkout, monkeypatch):
    refused_by_the_workflow(entry, checkout, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "experiment: !!python/object/apply:os.system [touch ran]\n",
        "experiment: !mine tiny\n",
        "experiment: one\n---\nexperiment: two\n",
        "- one\n- two\n",
        "experiment: [one\n",
        "",
    ],
)
def test_yaml_that_snakemake_itself_refuses_runs_nothing(text, checkout):
    (checkout.folder / "entry.yaml").write_text(text)
    before = files_in(checkout.folder)
    printed = checkout.snakemake("--configfile", "entry.yaml", check=False)
    assert "onfig file" in printed.splitlines()[-1]
    assert "Traceback" not in printed
    assert files_in(checkout.folder) == before
    assert not (checkout.folder / "results").exists()
