import re

import pandas as pd
import pytest

from ecgi.evaluation.bootstrap import COLUMNS
from ecgi.reporting.publication_tables import by_condition, overview, write, write_page

FILLED = {"split": "test", "seed": 0, "n": 30, "unit": "ms", "paper": None}


def table(*rows):
    """Rows of condition, beats, method, metric, value; intervals reach 1 to either side."""
    named = [
        dict(zip(("condition", "beats", "method", "metric", "value"), row, strict=False)) for row in rows
    ]
    spread = [row | {"low": row["value"] - 1, "high": row["value"] + 1} for row in named]
    return pd.DataFrame([FILLED | row for row in spread], columns=COLUMNS)


@pytest.fixture
def cohort():
    return table(
        ("nominal", "phantoms", "tikhonov", "mae", 17.04),
        ("nominal", "phantoms", "lifted", "mae", 4.56),
        ("nominal", "phantoms", "lifted", "coverage_90", 92.4),
        ("nominal", "phantoms, single_site", "lifted", "mae", 4.23),
        ("nominal", "phantoms, sinus", "lifted", "mae", 5.5),
        ("nominal", "patient7", "lifted", "mae", 8.1),
        ("snr_10_db", "phantoms", "tikhonov", "mae", 25.6),
        ("twelve_lead", "phantoms", "lifted", "mae", 10.3),
    )


def test_the_overview_has_a_row_per_method_for_each_group_of_hearts(cohort):
    shown = overview(cohort)
    assert shown[["beats", "method"]].to_numpy().tolist() == [
        ["phantoms", "Tikhonov"],
        ["phantoms", "lifted"],
        ["patient7", "lifted"],
    ]
    lifted = shown.iloc[1]
    assert lifted["MAE (ms)"] == "4.6 (3.6 to 5.6)"
    assert lifted["one site (ms)"] == "4.2"
    assert lifted["cover (%)"] == "92"
    assert shown["cover (%)"].tolist() == ["", "92", ""]


def test_a_column_that_no_method_has_is_left_out(cohort):
    assert "segment (%)" not in overview(cohort)
    assert "other (ms)" not in overview(cohort)


def test_errors_stand_by_condition_and_method_for_each_group_of_hearts(cohort):
    shown = by_condition(cohort)
    assert list(shown) == ["beats", "condition", "Tikhonov", "lifted"]
    assert shown.to_numpy().tolist() == [
        ["phantoms", "nominal", "17.0", "4.6"],
        ["phantoms", "SNR 10 dB", "25.6", ""],
        ["phantoms", "twelve lead", "", "10.3"],
        ["patient7", "nominal", "", "8.1"],
    ]


def test_how_wrongly_methods_are_told_stands_last_and_once_per_condition(cohort):
    told = table(
        *(("snr_10_db", "phantoms", method, "told_rdm", 0.104) for method in ("tikhonov", "lifted")),
        ("snr_10_db", "phantoms, sinus", "lifted", "told_rdm", 0.2),
    )
    shown = by_condition(pd.concat([cohort, told]))
    assert list(shown) == ["beats", "condition", "Tikhonov", "lifted", "RDM* told"]
    assert shown["RDM* told"].tolist() == ["", "0.10", "", ""]


def test_one_group_of_hearts_needs_no_column_to_say_so(cohort):
    phantoms = cohort[cohort["beats"] != "patient7"]
    assert "beats" not in overview(phantoms)
    assert "beats" not in by_condition(phantoms)


def test_seeds_are_taken_together_and_other_parts_of_the_data_left_out():
    first = table(("nominal", "all", "cvae", "mae", 10.0))
    seeds = pd.concat([first, table(("nominal", "all", "cvae", "mae", 14.0)).assign(seed=1)])
    both = pd.concat([seeds, table(("nominal", "all", "cvae", "mae", 1.0)).assign(split="validation")])
    assert overview(both)["MAE (ms)"].tolist() == ["12.0 (9.0 to 15.0)"]
    assert by_condition(both)["CVAE"].tolist() == ["12.0"]


def test_figures_stand_flush_right_and_latex_is_escaped(cohort, tmp_path):
    write(overview(cohort), tmp_path / "table.md", tmp_path / "table.tex")
    text = (tmp_path / "table.md").read_text()
    assert text.splitlines()[1].count("-:") == 3
    assert text.endswith("|\n")
    latex = (tmp_path / "table.tex").read_text()
    assert r"\begin{tabular}{llrrr}" in latex
    assert r"(\%)" in latex


def test_a_page_holds_each_table_below_its_heading(cohort, tmp_path):
    tables = {"in brief": overview(cohort), "by condition": by_condition(cohort)}
    write_page(tables, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    parts = re.split("<h2>(.+?)</h2>", page)[1:]
    assert parts[::2] == list(tables)
    for shown, part in zip(tables.values(), parts[1::2], strict=True):
        assert re.findall("<td>(.*?)</td>", part) == shown.to_numpy().ravel().tolist()


def test_an_experiment_whose_methods_make_no_maps_has_empty_tables(tmp_path):
    signals = table(("nominal", "all", "bsp_vae", "bsp_correlation", 0.9))
    for shown in (overview(signals), by_condition(signals)):
        assert shown.empty
        write(shown, tmp_path / "table.md", tmp_path / "table.tex")
        write_page({"none": shown}, tmp_path / "page.html")
