import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from rows import COLUMNS, met
from run import BENCHMARKS, PROJECT

COMMITTED = PROJECT / "workflow/report"


def in_a_hurry(script, folder):
    """Output of a script run with --quick."""
    command = [sys.executable, Path(__file__).with_name(script), "--quick", "--output", folder]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return in_a_hurry("run.py", tmp_path_factory.mktemp("bench"))


def figures(folder):
    return pd.read_csv(folder / "physics/figures.csv", keep_default_na=False)


@pytest.mark.slow
def test_every_benchmark_gives_a_table_of_finite_figures(output):
    table = figures(output)
    assert list(table.columns) == [*COLUMNS, "benchmark"]
    assert list(dict.fromkeys(table["benchmark"])) == list(BENCHMARKS)
    assert not table.duplicated(["benchmark", "check", "quantity", "setting"]).any()
    assert table["value"].map(lambda value: abs(float(value)) < 1e12).all()


@pytest.mark.slow
def test_page_shows_every_check_and_its_plots(output):
    for folder in (output, COMMITTED):
        text, whole = ((folder / name).read_text() for name in ("physics.md", "physics.html"))
        for check in figures(folder)["check"].unique():
            assert f"| {check} |" in text
            assert f"<th>{check}</th>" in whole
        plots = re.findall(r"\]\((physics/\w+\.svg)\)", text)
        assert len(plots) == whole.count("<svg") > 0
        assert all((folder / plot).is_file() for plot in plots)


@pytest.mark.slow
def test_committed_page_has_the_checks_of_the_code(output):
    names = ["benchmark", "check"]
    expected, found = (set(map(tuple, figures(folder)[names].to_numpy())) for folder in (output, COMMITTED))
    assert found == expected, "run `make bench`"


def columns(page):
    """Titles of the columns of each table of figures."""
    tables = re.findall(r"\| (.+) \|\n\| --- (?:\| --: )+\|\n", page)
    return [table.split(" | ") for table in tables]


@pytest.mark.slow
def test_the_page_of_training_compares_steps_and_two_jobs(tmp_path):
    quick, committed = (
        (folder / "training.md").read_text() for folder in (in_a_hurry("training.py", tmp_path), COMMITTED)
    )
    assert columns(quick) == columns(committed), "run `make bench`"
    for variant in ("bsp_vae", "activation_vae", "activation_cvae"):
        times = re.findall(rf"\| {variant}, batch (\d+) \| (\S+) \|", committed)
        assert [batch for batch, _ in times] == ["1", "32", "256"]
        assert f"| {variant}, batch 1 |" in quick
    assert not re.search(r"\b(nan|inf)\b", quick + committed)


@pytest.mark.slow
def test_the_page_of_inverse_methods_compares_learnt_ones_with_those_of_physics(tmp_path):
    quick, committed = (
        (folder / "inverse.md").read_text() for folder in (in_a_hurry("inverse.py", tmp_path), COMMITTED)
    )
    assert columns(quick) == columns(committed), "run `make bench`"
    for method in ("lifted", "lifted_refined", "physics_search", "tikhonov"):
        assert f"| {method}, " in quick
        assert f"| {method}, " in committed
    assert not re.search(r"\b(nan|inf)\b", quick + committed)


@pytest.mark.slow
def test_the_page_of_recordings_has_onsets_and_ends(tmp_path):
    quick, committed = (
        (folder / "recordings.md").read_text()
        for folder in (in_a_hurry("recordings.py", tmp_path), COMMITTED)
    )
    for check in ("onset, chosen", "onset, confirmed", "end, chosen", "end, confirmed"):
        titles = [
            [table for table in columns(page) if table[0].startswith(check)] for page in (quick, committed)
        ]
        assert titles[0] == titles[1] != [], "run `make bench`"
    for plot in re.findall(r"\]\((recordings/\w+\.svg)\)", committed):
        assert (COMMITTED / plot).is_file()


@pytest.mark.parametrize(
    ("value", "aim", "answer"),
    [(0.5, "≤ 0.6", True), (0.7, "≤ 0.6", False), (2.5, "≥ 2.5", True), (2.4, "≥ 2.5", False), (1, "", None)],
)
def test_an_aim_is_met_or_not(value, aim, answer):
    assert met(value, aim) is answer
