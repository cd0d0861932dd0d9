"""Figures of training and of transfer to a new heart."""

from collections.abc import Mapping, Sequence

import matplotlib
import matplotlib.ticker
import numpy as np
import pandas as pd

from ..labels import spelled
from .style import FULL_WIDTH, INPUT, MM, OUTPUT, Paths, letter, saved


def training_curves(paths: Paths, histories: Mapping[str, Sequence[pd.DataFrame]]) -> None:
    """Training and validation loss of each variant, one line per seed.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    histories : mapping of str to sequence of pandas.DataFrame
        Columns epoch, loss and val_loss, a table per seed, of each variant.
    """
    columns = min(3, len(histories))
    rows = -(-len(histories) // columns)
    with saved(paths, (FULL_WIDTH, 0.3 + 1.9 * rows)) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, (axis, (name, runs)) in enumerate(zip(axes, histories.items(), strict=False)):
            for index, history in enumerate(runs):
                label = ("training", "validation") if index == 0 else (None, None)
                axis.plot(history["epoch"], history["loss"], color=INPUT, lw=1, label=label[0])
                axis.plot(history["epoch"], history["val_loss"], color=OUTPUT, lw=1, label=label[1])
            letter(axis, panel, spelled(name))
            axis.set(yscale="log", xlabel="epoch")
            axis.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
            axis.yaxis.set_major_locator(_ticks_between(*axis.get_ylim()))
            axis.yaxis.set_major_formatter(
                matplotlib.ticker.FuncFormatter(lambda y, _: np.format_float_positional(y, 6, trim="-"))
            )
            axis.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        for axis in axes[len(histories) :]:
            axis.set_axis_off()
        for axis in axes[::columns]:
            axis.set_ylabel("loss")
        axes[0].legend(frameon=False)


def _ticks_between(low: float, high: float) -> matplotlib.ticker.Locator:
    """About six ticks of a logarithmic axis."""
    decades = np.log10(high / low)
    if decades < 1:
        return matplotlib.ticker.MaxNLocator(6)
    return matplotlib.ticker.LogLocator(subs=(1, 2, 5) if decades < 3 else (1,), numticks=7)


def transfer(paths: Paths, table: pd.DataFrame) -> None:
    """Error on a new heart over the number of its beats that a model is fine-tuned on.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    table : pandas.DataFrame
        Columns beats, the number of beats used for fine-tuning, and mae_ms; a row per test beat.
    """
    counts = sorted(table["beats"].unique())
    errors = [table.loc[table["beats"] == count, "mae_ms"].to_numpy() for count in counts]
    with saved(paths, (FULL_WIDTH / 2, 60 * MM)) as figure:
        axis = figure.subplots()
        axis.boxplot(errors, widths=0.5, showfliers=True, flierprops={"ms": 2}, medianprops={"color": OUTPUT})
        axis.plot(range(1, len(counts) + 1), [error.mean() for error in errors], "o-", ms=3, color=INPUT)
        axis.set_xticks(range(1, len(counts) + 1), [str(count) for count in counts])
        axis.set(xlabel="beats of the new heart used for training", ylabel="mean absolute error (ms)")
        axis.set_ylim(bottom=0)
