"""Selection of the rows and beats that figures show."""

from collections.abc import Collection

import pandas as pd
import xarray as xr


def shown_rows(
    table: pd.DataFrame,
    methods: Collection[str],
    beats: str,
    conditions: Collection[str] | None = None,
    first_seed: bool = False,
) -> pd.DataFrame:
    """Rows of the table of metrics on test beats.

    Parameters
    ----------
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`.
    methods : collection of str
        Methods to show.
    beats : str
        Group of beats.
    conditions : collection of str, optional
        Conditions to show; all by default.
    first_seed : bool
        Whether to show one training seed of each method, the lowest.

    Returns
    -------
    pandas.DataFrame
        The rows, in their order.
    """
    shown = (table["split"] == "test") & table["method"].isin(methods) & (table["beats"] == beats)
    if conditions is not None:
        shown &= table["condition"].isin(conditions)
    if first_seed:
        shown &= table["seed"] == table.groupby("method")["seed"].transform("min")
    return table[shown]


def shown_beat(prediction: xr.Dataset, index: int) -> int:
    """Number of a test beat of a prediction.

    Parameters
    ----------
    prediction : xarray.Dataset
        With coordinates ``beat`` and ``split``.
    index : int
        Index among its test beats.

    Returns
    -------
    int
        Value of ``beat``.
    """
    return int(prediction["beat"].values[prediction["split"].values == "test"][index])
