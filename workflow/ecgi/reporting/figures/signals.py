"""Figure of input and output signals of the BSP models."""

from collections.abc import Mapping, Sequence

import xarray as xr
from numpy.typing import NDArray

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
    """Simulated and reconstructed BSP of a test beat, see `signals`.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    dataset : xarray.Dataset
        Dataset of a heart.
    predictions : mapping of str to xarray.Dataset
        Predictions of each BSP model.
    index : int
        Index among the test beats.
    electrodes : sequence of int
        Indices of the electrodes to show.
    """
    beat = shown_beat(next(iter(predictions.values())), index)
    outputs = {name: prediction["bsp"].sel(beat=beat).values for name, prediction in predictions.items()}
    truth = dataset["bsp"].sel(beat=beat).values
    signals(paths, dataset["time"].values, truth, outputs, electrodes)


def signals(
    paths: Paths, time: NDArray, truth: NDArray, outputs: Mapping[str, NDArray], electrodes: Sequence[int]
) -> None:
    """Input and output of BSP models at some electrodes (the paper's figure 4).

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    time : numpy.ndarray, shape (time,)
        Sampling times in ms.
    truth : numpy.ndarray, shape (electrode, time)
        Simulated BSP in mV.
    outputs : mapping of str to numpy.ndarray, shape (electrode, time)
        Reconstruction by each model, mV.
    electrodes : sequence of int
        Indices of the electrodes to show.
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
