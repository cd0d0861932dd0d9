"""Main metrics of an experiment beside those of the paper."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

BESIDE_THE_PAPER = ("bsp_correlation", "bsp_area_difference", "mse_wall_01", "mse_wall_11")


def headlines(table: pd.DataFrame, inverse: Sequence[str]) -> list[str]:
    """Test metrics that the paper reports too, and the lowest error of a map from BSP; a line each.

    Parameters
    ----------
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`.
    inverse : sequence of str
        Methods that make maps from BSP.

    Returns
    -------
    list of str
        Means over seeds; metrics in the order of `BESIDE_THE_PAPER`, methods in the order of the table.
    """
    test = table[(table["condition"] == "nominal") & (table["split"] == "test")]
    test = test[test["beats"] == test["beats"].iloc[0]]
    means = test.groupby(["metric", "method"], sort=False, as_index=False).agg(
        value=("value", "mean"), unit=("unit", "first"), paper=("paper", "first")
    )
    lines = [
        f"{_figure(row)}   paper {row.paper:g}"
        for metric in BESIDE_THE_PAPER
        for row in means[means["metric"] == metric].dropna(subset="paper").itertuples()
    ]
    maps = means[(means["metric"] == "mae") & means["method"].isin(inverse)]
    best = maps.nsmallest(1, "value").itertuples()
    return lines + [f"{_figure(row)}   lowest of all maps from BSP" for row in best]


def _figure(row: Any) -> str:
    """A row of metrics, as `DataFrame.itertuples` gives it, as text."""
    unit = "" if row.unit == "1" else row.unit
    return f"{row.metric:<20} {row.method:<22} {row.value:>9.4g} {unit:<2}"
