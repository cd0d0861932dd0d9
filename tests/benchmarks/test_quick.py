import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from rows import COLUMNS, met
from run import BENCHMARKS, PROJECT

COMMITTED = PROJECT / "workflow/report"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """What the driver writes when it is in a hurry."""
    folder = tmp_path_factory.mktemp("bench")
    driver = Path(__file__).with_name("run.py")
    done = subprocess.run(
        [sys.executable, driver, "--quick", "--output", folder], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def figures(folder):
    return pd.read_csv(folder / "physics/figures.csv", keep_default_na=False)


def test_every_benchmark_gives_a_table_of_finite_figures(output):
    table = figures(output)
    assert list(table.columns) == [*COLUMNS, "benchmark"]
    assert list(dict.fromkeys(table["benchmark"])) == list(BENCHMARKS)
    assert not table.duplicated(["benchmark", "check", "quantity", "setting"]).any()
    assert table["value"].map(lambda value: abs(float(value)) < 1e12).all()


def test_page_shows_every_check_and_its_plots(output):
    for folder in (output, COMMITTED):
        text, whole = ((folder / name).read_text() for name in ("physics.md", "physics.html"))
        for check in figures(folder)["check"].unique():
            assert f"| {check} |" in text
            assert f"<th>{check}</th>" in whole
        plots = re.findall(r"\]\((physics/\w+\.svg)\)", text)
        assert len(plots) == whole.count("<svg") > 0
        assert all((folder / plot).is_file() for plot in plots)


def test_committed_page_has_the_checks_of_the_code(output):
    names = ["benchmark", "check"]
    expected, found = (set(map(tuple, figures(folder)[names].to_numpy())) for folder in (output, COMMITTED))
    assert found == expected, "run `make bench`"


@pytest.mark.parametrize(
    ("value", "aim", "answer"),
    [(0.5, "≤ 0.6", True), (0.7, "≤ 0.6", False), (2.5, "≥ 2.5", True), (2.4, "≥ 2.5", False), (1, "", None)],
)
def test_an_aim_is_met_or_not(value, aim, answer):
    assert met(value, aim) is answer
