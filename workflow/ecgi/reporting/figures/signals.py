"""Figure of input and output signals of the BSP models."""

from collections.abc import Mapping, Sequence

import xarray as xr

from ..labels import spelled
from .selection import shown_beat
from .style import FULL_WIDTH, INPUT, OUTPUT, Paths, letter, saved


def signals_of_dataset(
    paths: Paths,
    dataset: xr.Dataset,
    predictions: Mapping[str, xr.Dataset],
    index: int,
    electrodes: Sequence[int],
) -> None:
    """Signals of a test beat of a dataset, see `signals`.

    Parameters
    ----------
    paths : sequence of path-like
    dataset : xarray.Dataset
        Dataset of a heart.
    predictions : mapping of str to xarray.Dataset
        Of each BSP model.
    index : int
        Which of the test beats.
    electrodes : sequence of int
    """
    beat = shown_beat(next(iter(predictions.values())), index)
    outputs = {name: prediction["bsp"].sel(beat=beat).values for name, prediction in predictions.items()}
    truth = dataset["bsp"].sel(beat=beat).values
    signals(paths, dataset["time"].values, truth, outputs, electrodes)


def signals(paths, time, truth, outputs, electrodes):
    """Input and output of BSP models at two electrodes (the paper's figure 4).

    Parameters
    ----------
    paths : sequence of path-like
    time : numpy.ndarray
        ms.
    truth : numpy.ndarray, shape (electrode, time)
        mV.
    outputs : dict of str to numpy.ndarray
        What each model made of it.
    electrodes : sequence of int
    """
    rows = len(outputs)
    with saved(paths, (FULL_WIDTH, 0.5 + 1.7 * rows)) as figure:
        axes = figure.subplots(rows, len(electrodes), sharex=True, sharey=True, squeeze=False)
        for row, (name, output) in enumerate(outputs.items()):
            for column, electrode in enumerate(electrodes):
                axis = axes[row, column]
                axis.axhline(0, color="0.8", lw=0.6)
                axis.plot(time, truth[electrode], color=INPUT, lw=1.4, label="simulated")
                axis.plot(time, output[electrode], color=OUTPUT, lw=1.4, ls="--", label=spelled(name))
                axis.set_title(f"electrode {electrode}")
                letter(axis, row * len(electrodes) + column)
                if column == len(electrodes) - 1:
                    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
        for axis in axes[-1]:
            axis.set_xlabel("time after the earliest activation (ms)")
        for axis in axes[:, 0]:
            axis.set_ylabel("potential (mV)")
