"""Tables of metrics for publication."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import pandas as pd
from numpy.typing import NDArray

from .labels import spelled

OVERVIEW = {  # column: metric, digits, subset of the group of beats
    "MAE (ms)": ("mae", 1, ""),
    "MAE (%)": ("mae_share", 1, ""),
    "SD (ms)": ("mae_sd_over_beats", 1, ""),
    "one site (ms)": ("mae", 1, ", single_site"),
    "other (ms)": ("mae", 1, ", all but single_site"),
    "site (mm)": ("earliest_site_distance_median", 1, ""),
    "segment (%)": ("segment_accuracy", 0, ""),
    "cover (%)": ("coverage_90", 0, ""),
    "width (ms)": ("interval_width_90", 1, ""),
}
INTERVAL = "MAE (ms)"
TOLD = "RDM* told"
NAMES = ("beats", "method", "condition")  # columns without numbers
PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<title>Metrics</title>
<style>body {{font: 14px sans-serif}} td, th {{padding: 2px 10px 2px 0}}</style>
{}
"""


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """Main metrics of each method on the test beats under the nominal condition.

    Mean absolute error, in ms and as a share of the activation duration, its SD over beats, and the error on
    beats of a single site and on all others; median distance of the earliest site and accuracy of its
    segment; coverage and width of the 90 % intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`.

    Returns
    -------
    pandas.DataFrame of str
        A row per method. Means over seeds; the error with an interval that spans those of all seeds. Each
        group of hearts has its own rows if there are several; a column that no method has is left out.
    """
    found = _gathered(table[table["condition"] == "nominal"])
    rows = []
    for beats, method in _with_maps(found, ["beats", "method"]):
        row = {"beats": beats, "method": spelled(method)}
        for column, (metric, digits, part) in OVERVIEW.items():
            if ("nominal", beats + part, method, metric) in found.index:
                figure = found.loc["nominal", beats + part, method, metric]
                row[column] = f"{figure['value']:.{digits}f}"
                if column == INTERVAL:
                    row[column] += f" ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"
        rows.append(row)
    shown = pd.DataFrame(rows, columns=["beats", "method", *OVERVIEW]).dropna(axis=1, how="all").fillna("")
    return _without_constant(shown, "beats")


def by_condition(table: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute error of each method on the test beats under each condition, in ms.

    Parameters
    ----------
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`.

    Returns
    -------
    pandas.DataFrame of str
        A row per condition and a column per method, then RDM* of the BSP that what methods are told would
        give, if a condition tells them wrongly. Means over seeds; empty where a method does not apply. Each
        group of hearts has its own rows if there are several.
    """
    found = _gathered(table)
    rows: dict[tuple, dict] = {}
    for beats, condition, method in _with_maps(found, ["beats", "condition", "method"]):
        row = rows.setdefault((beats, condition), {"beats": beats, "condition": spelled(condition)})
        row[spelled(method)] = f"{found.loc[(condition, beats, method, 'mae'), 'value']:.1f}"
    told = found[found.index.get_level_values("metric") == "told_rdm"]
    for (condition, beats, _, _), value in told["value"].items():
        if (beats, condition) in rows:
            rows[beats, condition][TOLD] = f"{value:.2f}"
    shown = pd.DataFrame(rows.values()).fillna("")
    if TOLD in shown:
        shown[TOLD] = shown.pop(TOLD)
    return _without_constant(shown, "beats")


def write(shown: pd.DataFrame, markdown: str | PathLike, latex: str | PathLike) -> None:
    """Write a table as Markdown and as LaTeX with booktabs.

    Parameters
    ----------
    shown : pandas.DataFrame of str
        See `overview` and `by_condition`.
    markdown, latex : path-like
        Files to write; headings of the LaTeX table are in two lines.
    """
    sides = ["l" if column in NAMES else "r" for column in shown]
    colalign = [{"l": "left", "r": "right"}[side] for side in sides]
    text = shown.to_markdown(index=False, disable_numparse=True, colalign=colalign)
    Path(markdown).write_text(f"{text}\n", encoding="utf-8")
    headings = pd.MultiIndex.from_tuples([_in_two_lines(column) for column in shown], names=[None, None])
    stacked = shown.set_axis(headings, axis=1)
    stacked.to_latex(latex, index=False, escape=True, column_format="".join(sides), multicolumn_format="c")


def write_page(tables: Mapping[str, pd.DataFrame], path: str | PathLike) -> None:
    """Write tables to an HTML page, each below its heading.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Tables by heading.
    path : path-like
        File to write.
    """
    parts = [
        f"<h2>{heading}</h2>\n{shown.to_html(index=False, border=0, justify='left')}"
        for heading, shown in tables.items()
    ]
    Path(path).write_text(PAGE.format("\n".join(parts)), encoding="utf-8")


def _gathered(table: pd.DataFrame) -> pd.DataFrame:
    """Metrics on the test beats, averaged over seeds, with the widest interval."""
    keys = ["condition", "beats", "method", "metric"]
    test = table[table["split"] == "test"]
    return test.groupby(keys, sort=False).agg(
        value=("value", "mean"), low=("low", "min"), high=("high", "max")
    )


def _with_maps(found: pd.DataFrame, levels: list[str]) -> list[NDArray]:
    """Distinct values of some index levels of methods with maps, group of hearts by group, in table order."""
    keys = found.index.to_frame(index=False)
    rows = keys.loc[(keys["metric"] == "mae") & ~keys["beats"].str.contains(", "), levels]
    return [
        row for _, group in rows.drop_duplicates().groupby("beats", sort=False) for row in group.to_numpy()
    ]


def _in_two_lines(heading: str) -> tuple[str, str]:
    """Heading split before its last word."""
    above, _, below = heading.rpartition(" ")
    return above, below


def _without_constant(shown: pd.DataFrame, column: str) -> pd.DataFrame:
    """Table without a column that has one value only."""
    return shown.drop(columns=column) if column in shown and shown[column].nunique() == 1 else shown
