"""Metrics with bootstrap intervals over beats, as tidy tables."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .metrics import METRICS, QUANTILES

KEYS = ["method", "condition", "beats", "split", "seed"]
COLUMNS = [*KEYS, "n", "metric", "value", "unit", "low", "high", "paper"]
LEVEL = 0.95


def summarise(
    sums: pd.DataFrame, hearts: NDArray, family: str, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Compute the metrics of one method on one part of the data, with bootstrap intervals.

    Parameters
    ----------
    sums : pandas.DataFrame
        A row per beat, see `metrics`; metrics whose sums are missing are omitted.
    hearts : numpy.ndarray of str, shape (beat,)
        Name of each beat's heart. Where there are several, whole hearts are resampled (cluster bootstrap),
        as beats of one heart are not independent.
    family : str
        Model family of the method, which selects the paper's values; empty for a method without a model.
    resamples : int
        Number of bootstrap resamples.
    rng : numpy.random.Generator
        Source of the resamples.

    Returns
    -------
    pandas.DataFrame
        Columns metric, value, unit, low, high, paper, n; the interval holds 95 % of the resamples.
    """
    beats = len(sums)
    counts = _resampled(hearts, resamples, rng)
    filled = sums.fillna(0)  # sums that are undefined for a beat
    totals = {name: filled[name].sum() for name in sums}
    resampled = {name: counts @ filled[name].to_numpy() for name in sums}
    found: dict[str, tuple[Any, NDArray, str, float | None]] = {
        name: (metric.of(totals), metric.of(resampled), metric.unit, metric.paper.get(family))
        for name, metric in METRICS.items()
        if metric.needs in sums
    }
    for name, (needs, share, unit) in QUANTILES.items():
        if needs in sums:
            values = sums[needs].to_numpy()
            value = quantiles(values, np.ones((1, beats), int), share)[0]
            found[name] = (value, quantiles(values, counts, share), unit, None)
    rows = []
    for name, (value, spread, unit, paper) in found.items():
        low, high = np.nanquantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        row = {"n": beats, "metric": name, "value": float(value), "unit": unit}
        rows.append(row | {"low": low, "high": high, "paper": paper})
    return pd.DataFrame(rows)


def _resampled(hearts: NDArray, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Count of each beat in each resample, shape (resample, beat)."""
    names, heart = np.unique(hearts, return_inverse=True)
    if len(names) == 1:
        heart = np.arange(len(hearts))
    count = heart.max() + 1
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples)[:, heart]


def quantiles(values: NDArray, counts: NDArray, share: float) -> NDArray:
    """Quantile of each resample: the smallest value that at least a share of the values do not exceed.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
    counts : numpy.ndarray, shape (resample, n)
        How often each value counts.
    share : float
        0.5 for the median, which of an even number of values is the lower of the middle two.

    Returns
    -------
    numpy.ndarray, shape (resample,)
    """
    order = np.argsort(values)
    passed = counts[:, order].cumsum(1)
    found: NDArray = values[order][(passed >= share * passed[:, -1:]).argmax(1)]
    return found


def readable(table: pd.DataFrame, split: str = "test") -> pd.DataFrame:
    """Format a table of metrics for publication, a row per method and metric.

    Parameters
    ----------
    table : pandas.DataFrame
        Tidy table with the columns `COLUMNS`.
    split : str
        Part of the data to show.

    Returns
    -------
    pandas.DataFrame of str
        The value is the mean over seeds, the interval the union of those of all seeds.
    """
    shown = table[table["split"] == split]
    keys = ["method", "condition", "beats", "metric", "unit"]
    gathered = shown.groupby(keys, sort=False, dropna=False).agg(
        value=("value", "mean"),
        low=("low", "min"),
        high=("high", "max"),
        paper=("paper", "first"),
        n=("n", "first"),
        seeds=("seed", "nunique"),
    )
    rows = gathered.reset_index()
    return pd.DataFrame(
        {
            "method": rows["method"],
            "condition": rows["condition"],
            "beats": rows["beats"],
            "metric": rows["metric"],
            "value": rows["value"].map("{:.4g}".format),
            "95 % interval": [
                f"{low:.4g} to {high:.4g}" for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
            "unit": rows["unit"],
            "paper": ["" if pd.isna(value) else f"{value:g}" for value in rows["paper"]],
            "n": rows["n"].map("{:.0f}".format),
            "seeds": rows["seeds"].map("{:.0f}".format),
        }
    )
