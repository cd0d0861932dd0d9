"""Figures of activation maps: reconstructions, and predictions with their uncertainty."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.colors import Normalize, TwoSlopeNorm
from numpy.typing import NDArray

from ...io.stores import grid_of
from ..colours import ACTIVATION, ERROR, ISOCHRONE_MS, SPREAD
from ..labels import spelled
from .selection import shown_beat
from .style import (
    FULL_WIDTH,
    Extent,
    Paths,
    _colour_bar,
    _label_activation,
    extent_of,
    height_of,
    letter,
    limits_of,
    panels_of,
    refuse_empty_slice,
    saved,
    scale_bar,
    show_map,
)

SLICES = 4  # of reconstructions at most


def reconstructions_of_dataset(paths: Paths, dataset: xr.Dataset, prediction: xr.Dataset, index: int) -> None:
    """Simulated and reconstructed maps of a test beat on some slices, see `reconstructions`.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    dataset : xarray.Dataset
        Dataset of a heart.
    prediction : xarray.Dataset
        Prediction of a model of maps.
    index : int
        Index among the test beats.
    """
    beat = shown_beat(prediction, index)
    some = np.unique(np.linspace(0, dataset.sizes["slice"] - 1, SLICES).round().astype(int))
    output = prediction["activation_time"].sel(beat=beat).mean("sample").where(dataset["tissue"] > 0)
    reconstructions(
        paths,
        dataset["activation_time"].sel(beat=beat).values[some],
        output.values[some],
        extent_of(dataset["x"].values, dataset["y"].values),
        dataset["z"].values[some],
    )


def uncertainty_of_dataset(
    paths: Paths, dataset: xr.Dataset, predictions: Mapping[str, xr.Dataset], index: int, number: int
) -> None:
    """Predictions of a test beat on a slice, see `uncertainty`.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    dataset : xarray.Dataset
        Dataset of a heart.
    predictions : mapping of str to xarray.Dataset
        Predictions of each method with samples.
    index : int
        Index among the test beats.
    number : int
        Index of the slice.

    Raises
    ------
    InputError
        If the slice holds no wall.
    """
    refuse_empty_slice(grid_of(dataset), number)
    plane = dataset.isel(slice=number)
    beat = shown_beat(next(iter(predictions.values())), index)
    samples = {
        name: prediction["activation_time"]
        .isel(slice=number)
        .sel(beat=beat)
        .where(plane["tissue"] > 0)
        .values
        for name, prediction in predictions.items()
    }
    truth = plane["activation_time"].sel(beat=beat).values
    uncertainty(paths, truth, samples, extent_of(plane["x"].values, plane["y"].values))


def reconstructions(
    paths: Paths,
    truth: NDArray,
    prediction: NDArray,
    extent: Extent,
    from_base_mm: Sequence[float] | NDArray,
) -> None:
    """Simulated and reconstructed maps of some slices (the paper's figure 5).

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    truth, prediction : numpy.ndarray, shape (slice, y, x)
        Activation times in ms.
    extent : tuple of 4 float
        See `extent_of`.
    from_base_mm : numpy.ndarray, shape (slice,)
        Distance of each slice from the base.
    """
    norm = Normalize(0, np.nanmax(truth))
    limits = limits_of(extent, truth)
    with saved(paths, (FULL_WIDTH, 1.6 + height_of(2, len(truth), limits))) as figure:
        axes = panels_of(figure, 2, len(truth), limits)
        for row, maps in zip(axes, (truth, prediction), strict=True):
            for axis, values in zip(row, maps, strict=True):
                image = show_map(axis, values, extent, ACTIVATION, norm, ISOCHRONE_MS)
        for axis, distance in zip(axes[0], from_base_mm, strict=True):
            axis.set_xlabel(f"{distance:.0f} mm from base")
        letter(axes[0, 0], 0, "simulated")
        letter(axes[1, 0], 1, "reconstructed")
        scale_bar(axes[1, 0])
        _label_activation(_colour_bar(figure, image, axes, prediction, shrink=0.6))


def uncertainty(paths: Paths, truth: NDArray, predictions: Mapping[str, NDArray], extent: Extent) -> None:
    """Simulated map, predicted mean, SD and error per method (the paper's figure 6).

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    truth : numpy.ndarray, shape (y, x)
        Simulated activation times in ms.
    predictions : mapping of str to numpy.ndarray, shape (sample, y, x)
        Samples of each method, ms.
    extent : tuple of 4 float
        See `extent_of`.
    """
    rows = len(predictions)
    means = {name: samples.mean(0) for name, samples in predictions.items()}
    spreads = {name: samples.std(0, ddof=1) for name, samples in predictions.items()}
    worst = max(np.nanmax(np.abs(mean - truth)) for mean in means.values())
    widest = max(np.nanmax(spread) for spread in spreads.values())
    times = Normalize(0, np.nanmax(truth))
    errors, widths = TwoSlopeNorm(0, -worst, worst), Normalize(0, widest)
    limits = limits_of(extent, truth)
    with saved(paths, (FULL_WIDTH, 1.1 + height_of(rows, 4, limits))) as figure:
        axes = panels_of(figure, rows, 4, limits)
        for row, name in enumerate(predictions):
            first = show_map(axes[row, 0], truth, extent, ACTIVATION, times, ISOCHRONE_MS)
            show_map(axes[row, 1], means[name], extent, ACTIVATION, times, ISOCHRONE_MS)
            second = show_map(axes[row, 2], spreads[name], extent, SPREAD, widths)
            third = show_map(axes[row, 3], means[name] - truth, extent, ERROR, errors)
            axes[row, 0].set_ylabel(spelled(name))
        scale_bar(axes[-1, 0])
        for index, text in enumerate(("simulated", "predicted mean", "SD of samples", "error")):
            letter(axes[0, index], index, text)
        _label_activation(_colour_bar(figure, first, axes[:, :2], np.stack(list(means.values())), shrink=0.9))
        _colour_bar(figure, second, axes[:, 2]).set_label("SD (ms)")
        _colour_bar(figure, third, axes[:, 3]).set_label("predicted − simulated (ms)")
