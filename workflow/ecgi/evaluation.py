"""Metrics with bootstrap intervals over beats, as tidy tables."""

import numpy as np
import pandas as pd

from .metrics import METRICS

COLUMNS = ["method", "condition", "split", "seed", "n", "metric", "value", "unit", "low", "high", "paper"]
LEVEL = 0.95


def summarise(sums, family, resamples, draw):
    """Metrics of one method on one part of the data.

    Parameters
    ----------
    sums : pandas.DataFrame
        A row per beat, see `metrics`; a metric whose sums are missing is left out.
    family : str
        Family of the method, which decides what of the paper it stands beside.
    resamples : int
        Bootstrap resamples of the beats.
    draw : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        Columns metric, value, unit, low, high, paper, n; the interval holds 95 % of the resamples.
    """
    beats = len(sums)
    counts = draw.multinomial(beats, np.full(beats, 1 / beats), size=resamples)
    totals = {name: sums[name].sum() for name in sums}
    resampled = {name: counts @ sums[name].to_numpy() for name in sums}
    rows = []
    for name, metric in METRICS.items():
        if metric.needs not in sums:
            continue
        low, high = np.quantile(metric.of(resampled), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        rows.append(
            {
                "n": beats,
                "metric": name,
                "value": float(metric.of(totals)),
                "unit": metric.unit,
                "low": low,
                "high": high,
                "paper": metric.paper.get(family),
            }
        )
    return pd.DataFrame(rows)


def readable(table, split="test"):
    """The table as people read it: a row per method and metric, seeds gathered.

    Parameters
    ----------
    table : pandas.DataFrame
        See `COLUMNS`.
    split : str
        Part of the data to show.

    Returns
    -------
    pandas.DataFrame of str
        The value is the mean over seeds, the interval spans those of all seeds.
    """
    shown = table[table["split"] == split]
    keys = ["method", "condition", "metric", "unit"]
    gathered = shown.groupby(keys, sort=False, dropna=False).agg(
        value=("value", "mean"),
        low=("low", "min"),
        high=("high", "max"),
        paper=("paper", "first"),
        beats=("n", "first"),
        seeds=("seed", "nunique"),
    )
    rows = gathered.reset_index()
    return pd.DataFrame(
        {
            "method": rows["method"],
            "condition": rows["condition"],
            "metric": rows["metric"],
            "value": rows["value"].map("{:.4g}".format),
            "95 % interval": [
                f"{low:.4g} to {high:.4g}" for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
            "unit": rows["unit"],
            "paper": ["" if pd.isna(value) else f"{value:g}" for value in rows["paper"]],
            "beats": rows["beats"].map("{:.0f}".format),
            "seeds": rows["seeds"].map("{:.0f}".format),
        }
    )
