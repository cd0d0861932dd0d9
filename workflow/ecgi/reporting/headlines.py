"""What a run ends with: its headline figures beside the paper's."""

from collections.abc import Sequence

import pandas as pd

BESIDE_THE_PAPER = ("bsp_correlation", "bsp_area_difference", "mse_wall_01", "mse_wall_11")


def headlines(table: pd.DataFrame, inverse: Sequence[str]) -> list[str]:
    """Test figures that have one of the paper beside them, and the best map from BSP; a line each.

    Parameters
    ----------
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`.
    inverse : sequence of str
        Methods that make maps from BSP.

    Returns
    -------
    list of str
        Means over seeds; a metric in the order of `BESIDE_THE_PAPER`, its methods in that of the table.
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
    return lines + [f"{_figure(row)}   least of all maps from BSP" for row in best]


def _figure(row):
    unit = "" if row.unit == "1" else row.unit
    return f"{row.metric:<20} {row.method:<22} {row.value:>9.4g} {unit:<2}"
