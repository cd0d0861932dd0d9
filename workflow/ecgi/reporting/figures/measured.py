"""Figures of a measured beat: electrograms, activation times on the heart, potentials around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from ...anatomy.interpolation import spread_out
from ...anatomy.triangles import Shape
from ...anatomy.triangulation import graph_laplacian
from ...data.measured import referenced_to_mean
from ...evaluation.activation_operators import OPERATORS
from ...evaluation.measured import SCORED
from ...evaluation.reconstruction import filled
from ..colours import ACTIVATION, ERROR
from .style import FULL_WIDTH, INPUT, OTHER, OUTPUT, Paths, letter, saved
from .views import View, view_of_surface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Sides of the tank by its own axes, as its files name none of the patient.
SIDES = (
    View("from -y", (1, 0, 0), (0, -1, 0), "-x", "+x"),
    View("from +y", (-1, 0, 0), (0, 1, 0), "+x", "-x"),
)
ELECTROGRAMS = (4, 3)  # rows and columns
COLOURS = (INPUT, OTHER, OUTPUT)


def figures(
    paths: Mapping[str, Paths],
    beats: xr.Dataset,
    transfers: xr.Dataset,
    estimates: xr.Dataset,
    shown_ms: Sequence[float],
) -> None:
    """Draw all figures of a measured beat.

    Parameters
    ----------
    paths : mapping of str to iterable of path-like
        Files of ``electrograms``, ``activation`` and ``potentials``.
    beats, transfers, estimates : xarray.Dataset
        See `ecgi.data.measured.MeasuredBeats.as_store`, `ecgi.evaluation.measured.transfers` and
        `ecgi.evaluation.measured_estimates.as_store`.
    shown_ms : sequence of float
        Instants of the potentials, after the onset.
    """
    heart = Shape(beats["heart_point"].values, beats["heart_triangle"].values)
    of_heart(paths, heart, estimates, "estimate, heart as")
    frames = [int(np.abs(beats["time"].values - instant).argmin()) for instant in shown_ms]
    around = beats["torso_potential"].values[SCORED]
    laplacian = graph_laplacian(heart.triangles, len(heart.points))
    whole = filled(beats["heart_potential"].values[SCORED].astype(float), laplacian)
    rows = {"measured": around}
    for pose, matrices in zip(transfers["pose"].values, transfers["transfer"].values, strict=True):
        rows[f"heart as {pose}"] = referenced_to_mean(matrices[0] @ whole)
    electrodes = Shape(beats["electrode_position"].values, beats["electrode_triangle"].values)
    potential_maps(
        paths["potentials"],
        electrodes,
        {name: [of[:, frame] for frame in frames] for name, of in rows.items()},
        shown_ms,
    )


def of_heart(paths: Mapping[str, Paths], heart: Shape, estimates: xr.Dataset, label: str) -> None:
    """Draw electrograms and activation times, measured and by the best methods.

    Parameters
    ----------
    paths : mapping of str to iterable of path-like
        Files of ``electrograms`` and ``activation``.
    heart : Shape
        Its first points are the electrodes.
    estimates : xarray.Dataset
        See `ecgi.evaluation.measured_estimates.as_store`.
    label : str
        Of an estimate, before the name of its pose.
    """
    best = estimates.isel(row=estimates["kind"].values == "best")
    named = {f"{label} {pose}": best.isel(row=row) for row, pose in enumerate(best["pose"].values)}
    scored = np.flatnonzero(np.isfinite(estimates["measured"].values).all(1))
    signals = {"measured": estimates["measured"]} | {name: one["estimate"] for name, one in named.items()}
    electrograms(
        paths["electrograms"],
        estimates["time"].values,
        {name: one.values[scored] for name, one in signals.items()},
        heart.points[scored],
        scored + 1,
    )
    times = {"measured": estimates["measured_time"]} | {
        name: one["estimate_time"] for name, one in named.items()
    }
    maps = {name: one.isel(operator=OPERATORS.index("steepest")).values for name, one in times.items()}
    activation_maps(paths["activation"], heart, maps)


def electrograms(
    paths: Paths, times: NDArray, signals: Mapping[str, NDArray], points: NDArray, numbers: NDArray
) -> None:
    """Electrograms at nodes far from each other, measured and estimated.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    times : numpy.ndarray, shape (time,)
        ms after the onset.
    signals : mapping of str to numpy.ndarray, shape (node, time)
        mV; up to three by their names, the measured first.
    points : numpy.ndarray, shape (node, 3)
        mm.
    numbers : numpy.ndarray of int, shape (node,)
        Numbers of the leads.
    """
    rows, columns = ELECTROGRAMS
    with saved(paths, (FULL_WIDTH, 1.3 * rows)) as figure:
        axes = figure.subplots(rows, columns, sharex=True, sharey=True)
        for axis, node in zip(axes.ravel(), sorted(spread_out(points, rows * columns)), strict=True):
            axis.axhline(0, color="0.8", lw=0.6)
            for (name, of), colour in zip(signals.items(), COLOURS, strict=False):
                axis.plot(times, of[node], color=colour, lw=1.3, label=name)
            axis.set_title(f"lead {numbers[node]}")
        for axis in axes[-1]:
            axis.set_xlabel("time after the onset (ms)")
        for axis in axes[:, 0]:
            axis.set_ylabel("potential (mV)")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)


def activation_maps(paths: Paths, heart: Shape, maps: Mapping[str, NDArray]) -> None:
    """Activation times on the heart from two sides.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    heart : Shape
    maps : mapping of str to numpy.ndarray, shape (node,)
        ms; NaN where nothing was measured. All have the colours of the range of the first.
    """
    first = next(iter(maps.values()))
    norm = Normalize(np.nanmin(first), np.nanmax(first))
    with saved(paths, (FULL_WIDTH, 4.6)) as figure:
        axes = figure.subplots(len(SIDES), len(maps), squeeze=False)
        for column, (name, values) in enumerate(maps.items()):
            for row, view in enumerate(SIDES):
                view_of_surface(axes[row, column], heart, values, view, ACTIVATION, norm)
                axes[row, column].set_title("")
            letter(axes[0, column], column, name)
        for row, view in enumerate(SIDES):
            axes[row, 0].text(-0.08, 0.95, view.name, rotation=90, va="top", transform=axes[row, 0].transAxes)
        _bar(figure, axes, ACTIVATION, norm, "activation time, early to late (ms)")


def potential_maps(
    paths: Paths, electrodes: Shape, maps: Mapping[str, Sequence[NDArray]], instants: Sequence[float]
) -> None:
    """Potentials around the heart at some instants, a row for each kind.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    electrodes : Shape
    maps : mapping of str to sequence of numpy.ndarray, shape (electrode,)
        mV, at each instant.
    instants : sequence of float
        ms after the onset.
    """
    largest = max(np.nanmax(np.abs(one)) for of in maps.values() for one in of)
    norm = Normalize(-largest, largest)
    with saved(paths, (FULL_WIDTH, 1.05 * len(maps) + 0.7)) as figure:
        axes = figure.subplots(len(maps), 2 * len(instants), squeeze=False)
        for row, (name, of) in enumerate(maps.items()):
            for column, one in enumerate(of):
                for side, view in enumerate(SIDES):
                    axis = axes[row, 2 * column + side]
                    view_of_surface(axis, electrodes, one, view, ERROR, norm)
                    axis.set_title(f"{instants[column]:.0f} ms, {view.name}" if row == 0 else "")
            first = axes[row, 0]
            first.text(-0.1, 0.5, name, rotation=90, va="center", ha="right", transform=first.transAxes)
        _bar(figure, axes, ERROR, norm, "potential (mV)")


def _bar(figure: Figure, axes: NDArray, cmap: str, norm: Normalize, label: str) -> None:
    """Colour bar below all panels."""
    colours = ScalarMappable(norm, colormaps[cmap])
    figure.colorbar(colours, ax=axes, location="bottom", shrink=0.5, pad=0.02, label=label, extend="both")
