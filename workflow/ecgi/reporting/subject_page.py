"""One-page summary of a prediction: the map, its uncertainty and its fit to the recording."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import Normalize

from ..evaluation.goodness_of_fit import Fit, fit
from .colours import ACTIVATION, ISOCHRONE_MS, SPREAD
from .figures.style import (
    INPUT,
    MM,
    OUTPUT,
    extent_of,
    saved,
    scale_bar,
    show_map,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

A4 = (210 * MM, 297 * MM)
MARGINS = {"rect": (0.03, 0.03, 0.94, 0.94)}
HEADING = {"fontsize": 9, "fontweight": "bold", "x": 0.03, "ha": "left"}
SLICES = 6
LEADS = 6
NOT_A_DEVICE = "Research software, not a medical device. Not for diagnosis or treatment."
MODEL = (
    "BSP are re-simulated from each sample with the dipole model in an infinite homogeneous torso and a "
    "fitted amplitude; numbers are medians over samples. A close fit does not prove the map: different maps "
    "can give nearly the same BSP. The spread of the samples is the uncertainty under this model; it does "
    "not include errors of the model itself."
)


def page(
    path: str | PathLike,
    anatomy: Anatomy,
    mean: NDArray,
    spread: NDArray,
    sites: pd.DataFrame,
    prediction: xr.Dataset,
    recording: Mapping[Any, Any],
) -> None:
    """Write the summary of a prediction as a PDF of one page.

    Parameters
    ----------
    path : path-like
        File to write.
    anatomy : Anatomy
        Heart in its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    sites : pandas.DataFrame
        See `export.earliest_sites`.
    prediction : xarray.Dataset
        With ``bsp`` (sample, electrode, time) and ``bsp_recorded`` (electrode, time) in mV.
    recording : mapping
        Attributes of the store of the recording.
    """
    goodness = fit(prediction["bsp_recorded"].values, prediction["bsp"].values)
    with saved([path], A4) as figure:
        figure.set_layout_engine("constrained", **MARGINS)
        heights = (0.5, 3.7, 3.9, 3.3)
        title, maps, signals, text = figure.subfigures(4, 1, squeeze=False, height_ratios=heights)[:, 0]
        _title(title, prediction.attrs)
        _maps(maps, anatomy, mean, spread)
        _signals(signals, prediction, goodness)
        _text(text, mean, spread, sites, goodness, prediction.attrs, recording)


def _title(figure: SubFigure, attributes: Mapping[Any, Any]) -> None:
    """Draw the heading and the disclaimer."""
    case, method = attributes["case"], attributes["method"].replace("_", " ")
    figure.text(0.03, 0.62, f"Activation of {case} by {method}", fontsize=13, fontweight="bold")
    figure.text(0.03, 0.18, NOT_A_DEVICE, fontsize=9, color=OUTPUT, fontweight="bold")


def _maps(figure: SubFigure, anatomy: Anatomy, mean: NDArray, spread: NDArray) -> None:
    """Draw short-axis slices of the map and of its SD, from base to apex."""
    volumes = [np.full(anatomy.labels.shape, np.nan) for _ in range(2)]
    for volume, values in zip(volumes, (mean, spread), strict=True):
        volume[anatomy.wall] = values
    filled = np.flatnonzero(np.isfinite(volumes[0]).any((0, 1)))
    planes = filled[_spaced(len(filled), SLICES, 0.08)]
    base = np.flatnonzero(anatomy.wall.any((0, 1)))[0]
    step = float(anatomy.spacing[0])
    box = [
        slice(part[0], part[-1] + 1)
        for part in (np.flatnonzero(anatomy.wall.any(a)) for a in ((1, 2), (0, 2)))
    ]
    extent = extent_of(*(np.arange(part.start, part.stop) * step for part in box))
    rows = ["activation", "SD of samples"] if np.isfinite(spread).any() else ["activation"]
    axes = figure.subplots(len(rows), len(planes), squeeze=False)
    scales = (
        (ACTIVATION, Normalize(0, np.nanmax(mean))),
        (SPREAD, Normalize(0, _upper_limit(spread))),
    )
    for row, (name, volume, (cmap, norm)) in enumerate(zip(rows, volumes, scales, strict=False)):
        for axis, plane in zip(axes[row], planes, strict=True):
            image = show_map(axis, volume[*box, plane].T, extent, cmap, norm, isochrones=row == 0)
            if row == 0:
                axis.set_title(f"{(plane - base) * step:.0f} mm from base")
        figure.colorbar(image, ax=axes[row], shrink=0.8, pad=0.01, label=f"{name} (ms)")
    scale_bar(axes[-1, 0])
    figure.suptitle(
        f"Short-axis slices, anterior up and the RV at the left; isochrones every {ISOCHRONE_MS} ms",
        **HEADING,
    )


def _spaced(count: int, wanted: int, margin: float = 0.0) -> NDArray[np.int_]:
    """At most `wanted` evenly spaced indices below `count`, without a share `margin` at either end."""
    return np.unique(np.rint(np.linspace(margin, 1 - margin, wanted) * (count - 1)).astype(int))


def _upper_limit(spread: NDArray) -> float:
    """Upper limit of the colour scale of an SD."""
    return max(float(np.nanmax(spread)), 1e-3) if np.isfinite(spread).any() else 1.0


def _signals(figure: SubFigure, prediction: xr.Dataset, goodness: Fit) -> None:
    """Draw recorded and re-simulated potentials of some leads, from the best to the worst fit."""
    time, recorded = prediction["time"].values, prediction["bsp_recorded"].values
    simulated = goodness.amplitude * prediction["bsp"].values
    order = np.argsort(-goodness.lead_correlation)
    shown = order[_spaced(len(order), LEADS)]
    axes = figure.subplots(2, -(-len(shown) // 2), sharex=True, squeeze=False)
    for axis, lead in zip(axes.ravel(), shown, strict=False):
        axis.axhline(0, color="0.85", lw=0.6)
        axis.plot(time, recorded[lead], color=INPUT, lw=1.4, label="recorded")
        for number, sample in enumerate(simulated):
            label = "re-simulated from each sample" if number == 0 else None
            axis.plot(time, sample[lead], color=OUTPUT, lw=0.6, alpha=0.7, label=label)
        name = prediction["name"].values[lead]
        axis.set_title(f"lead {name}, correlation {goodness.lead_correlation[lead]:.2f}")
    for axis in axes[-1]:
        axis.set_xlabel("time after the onset (ms)")
    for axis in axes[:, 0]:
        axis.set_ylabel("potential (mV)")
    figure.suptitle("Recorded and re-simulated potentials, leads from the best to the worst fit", **HEADING)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def _text(
    figure: SubFigure,
    mean: NDArray,
    spread: NDArray,
    sites: pd.DataFrame,
    goodness: Fit,
    attributes: Mapping[Any, Any],
    recording: Mapping[Any, Any],
) -> None:
    """Write numbers, notes on the recording, and versions."""
    x, y, z = sites.loc[0, ["x_mm", "y_mm", "z_mm"]]
    samples = len(sites) - 1
    if samples > 1:
        scatter = sites.loc[0, "spread_mm"]
        uncertainty = f"{scatter:.1f} mm RMS over {samples} samples; SD of times {np.nanmean(spread):.1f} ms"
    else:
        uncertainty = "not given by this method"
    numbers = [
        ("fit", goodness.verdict),
        ("relative error", f"{goodness.relative_error:.2f}  (0: perfect, 1: no better than zero potentials)"),
        (
            "correlation",
            f"{goodness.correlation:.2f}; median of leads {np.median(goodness.lead_correlation):.2f}",
        ),
        ("amplitude", f"recorded is {goodness.amplitude:.2f} times the re-simulated"),
        ("earliest site", f"({x:.1f}, {y:.1f}, {z:.1f}) mm, patient RAS"),
        ("its spread", uncertainty),
        ("latest activation", f"{np.nanmax(mean):.0f} ms"),
    ]
    if np.isnan(mean).any():
        numbers.append(("gaps", f"{100 * np.isnan(mean).mean():.0f} % of the wall; filled in to simulate"))
    lines = [f"{name:<18}{value}" for name, value in numbers]
    figure.text(0.03, 0.97, "\n".join(lines), va="top", fontsize=7.5, family="monospace", linespacing=1.5)
    notes = [f"recording {recording['recording']}", *recording["notes"], MODEL]
    notes.append(
        f"ecgi {attributes['ecgi_version']}, experiment {attributes['experiment']}, settings "
        f"{attributes['settings_sha256'][:12]}, recording settings {recording['settings_sha256'][:12]}."
    )
    wrapped = [line for note in notes for line in textwrap.wrap(note, 132, subsequent_indent="   ")]
    figure.text(0.03, 0.54, "\n".join(wrapped), va="top", fontsize=7, linespacing=1.35)
