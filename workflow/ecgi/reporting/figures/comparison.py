"""Figures that compare methods: error, robustness, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from ..labels import spelled
from .style import FULL_WIDTH, MM, Paths, letter, saved

COMPARISON = {
    "mae": "mean absolute error (ms)",
    "r2": "R² against the mean map",
    "earliest_site_distance": "earliest-site distance (mm)",
}
ROBUSTNESS = {
    "mae": "mean absolute error (ms)",
    "earliest_site_distance_median": "earliest-site distance, median (mm)",
}


def comparison(paths: Paths, table: pd.DataFrame, metrics: Mapping[str, str]) -> None:
    """Metrics of all inverse methods under each condition, with their intervals.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`; rows of one part of the data.
    metrics : mapping of str to str
        Axis label of each metric; one panel per metric.
    """
    methods = [m for m in table["method"].unique() if (table.query("method == @m")["metric"] == "mae").any()]
    conditions = list(table["condition"].unique())
    offsets = 0.3 * (np.arange(len(conditions)) - (len(conditions) - 1) / 2) / len(conditions)
    colours = sns.color_palette("colorblind", len(conditions))
    with saved(paths, (FULL_WIDTH, 1.1 + 0.3 * len(methods))) as figure:
        axes = figure.subplots(1, len(metrics), sharey=True)
        for index, (axis, (metric, label)) in enumerate(zip(axes, metrics.items(), strict=True)):
            rows = table[table["metric"] == metric]
            for offset, condition, colour in zip(offsets, conditions, colours, strict=True):
                for position, method in enumerate(methods):
                    own = rows[(rows["method"] == method) & (rows["condition"] == condition)]
                    level = np.full(len(own), position + offset)
                    axis.hlines(level, own["low"], own["high"], color="0.5", lw=1.2, zorder=1)
                    named = condition if position == 0 else None
                    axis.plot(own["value"], level, "o", ms=4, color=colour, zorder=2, label=named)
            axis.set_xlabel(label)
            axis.set_ylim(len(methods) - 0.5, -0.5)
            axis.grid(axis="x", color="0.9", lw=0.6)
            letter(axis, index)
        axes[0].set_yticks(range(len(methods)), [spelled(method) for method in methods])
        if len(conditions) > 1:
            handles = axes[0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=len(conditions), frameon=False)


def robustness(paths: Paths, table: pd.DataFrame, metrics: Mapping[str, str]) -> None:
    """Metrics of the methods under conditions that differ from those of training.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`; rows of one part of the data.
    metrics : mapping of str to str
        Axis label of each metric; one panel per metric.
    """
    conditions, methods = list(table["condition"].unique()), list(table["method"].unique())
    colours = dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
    offsets = dict(zip(methods, np.linspace(-0.3, 0.3, len(methods)), strict=True))
    with saved(paths, (FULL_WIDTH, 1.3 + 0.32 * len(conditions))) as figure:
        axes = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for index, (axis, (metric, label)) in enumerate(zip(axes, metrics.items(), strict=True)):
            for method in methods:
                rows = table[(table["metric"] == metric) & (table["method"] == method)]
                level = rows["condition"].map(conditions.index) + offsets[method]
                axis.hlines(level, rows["low"], rows["high"], color=colours[method], lw=0.8)
                axis.plot(
                    rows["value"],
                    level,
                    "o",
                    ms=3,
                    color=colours[method],
                    label=spelled(method),
                    clip_on=False,
                )
            for level in range(1, len(conditions)):
                axis.axhline(level - 0.5, color="0.92", lw=0.6, zorder=0)
            axis.set_xlabel(label)
            axis.set_xlim(left=0)
            axis.set_ylim(len(conditions) - 0.5, -0.5)
            letter(axis, index)
        axes[0].set_yticks(range(len(conditions)), [spelled(condition) for condition in conditions])
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
        )


def calibration(paths: Paths, table: pd.DataFrame, levels: Sequence[int]) -> None:
    """Empirical over nominal coverage of credible intervals (reliability diagram).

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    table : pandas.DataFrame
        See `bootstrap.COLUMNS`; rows of one part of the data and of methods with samples.
    levels : sequence of int
        Nominal coverage in percent.
    """
    conditions, methods = list(table["condition"].unique()), list(table["method"].unique())
    colours = dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
    with saved(paths, (FULL_WIDTH, 75 * MM)) as figure:
        axes = figure.subplots(1, len(conditions), sharey=True, squeeze=False)[0]
        for index, (axis, condition) in enumerate(zip(axes, conditions, strict=True)):
            axis.plot([0, 100], [0, 100], color="0.7", lw=0.8)
            for method in methods:
                rows = table[(table["condition"] == condition) & (table["method"] == method)]
                rows = rows.set_index("metric").loc[[f"coverage_{level}" for level in levels]]
                error = np.abs(rows[["low", "high"]].T.to_numpy() - rows["value"].to_numpy())
                axis.errorbar(
                    levels,
                    rows["value"],
                    error,
                    marker="o",
                    ms=3,
                    lw=1,
                    color=colours[method],
                    label=spelled(method),
                )
            axis.set(xlim=(0, 100), ylim=(0, 100), aspect="equal", xlabel="nominal coverage (%)")
            letter(axis, index, spelled(condition))
        axes[0].set_ylabel("empirical coverage (%)")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
