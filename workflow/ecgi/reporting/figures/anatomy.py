"""Sections of a heart with its long axis, base, apex and septum, and what its check found."""

import textwrap
from collections.abc import Mapping
from typing import Any, Literal

import matplotlib.colors
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ...anatomy.heart import LV_MUSCLE, Anatomy, Tissue
from ...anatomy.plausibility import lines_of_check
from .style import FULL_WIDTH, INPUT, TISSUES, Paths, letter, saved, scale_bar

COLOURS = {tissue: colour for tissue, (_, colour) in TISSUES.items()} | {
    Tissue.BACKGROUND: "white",
    Tissue.LV_CAVITY: "#f3dede",
    Tissue.RV_CAVITY: "#dde8f3",
    Tissue.DENSE_SCAR: "#887733",
    Tissue.VESSELS: "0.9",
}
LINE = {"color": INPUT, "lw": 1.0}


def anatomy_check(paths: Paths, heart: Anatomy, check: Mapping[str, Any]) -> None:
    """Two sections along the long axis and one across it, over the lines of the check.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    heart : Anatomy
        In its short-axis frame.
    check : mapping
        See `io.hearts.import_heart`.
    """
    with saved(paths, (FULL_WIDTH, 4.6)) as figure:
        above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(3, 1.6))[:, 0]
        panels = above.subplots(1, 3)
        long_axis_view(panels[0], heart, 0)
        letter(panels[0], 0, "through the septum")
        long_axis_view(panels[1], heart, 1)
        letter(panels[1], 1, "across it")
        short_axis_view(panels[2], heart)
        letter(panels[2], 2, "mid-ventricular")
        scale_bar(panels[0])
        lines = [f"{check['case']}, {check['species']}", *lines_of_check(check)]
        wrapped = [line for text in lines for line in textwrap.wrap(text, 125, subsequent_indent="   ")]
        below.text(0.02, 0.98, "\n".join(wrapped), va="top", fontsize=7, linespacing=1.35)


def long_axis_view(axes: Axes, heart: Anatomy, across: int) -> None:
    """Draw a section along the long axis, base at the top.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    heart : Anatomy
        In its short-axis frame.
    across : {0, 1}
        Axis of the frame in the plane: 0 from septum to free wall, 1 from the inferior to the anterior wall.
    """
    step = float(heart.spacing[0])
    centre, base, apex = _landmarks(heart)
    plane = heart.labels[:, round(centre[1])] if across == 0 else heart.labels[round(centre[0])]
    _show(axes, plane.T, step, origin="upper")
    middle = centre[across] * step
    axes.plot([middle, middle], [base * step, apex * step], **LINE)
    axes.annotate("apex", (middle, apex * step), (0, -2), textcoords="offset points", ha="center", va="top")
    axes.axhline(base * step, ls="--", **LINE)
    axes.annotate("base", (axes.get_xlim()[0], base * step), (1, 2), textcoords="offset points")
    if across == 0:
        _mark_septum(axes, plane[:, round((base + apex) / 2)], (base + apex) / 2 * step, middle, step)


def short_axis_view(axes: Axes, heart: Anatomy) -> None:
    """Draw the section half-way between base and apex, the septum at the left and the anterior wall on top.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    heart : Anatomy
        In its short-axis frame.
    """
    step = float(heart.spacing[0])
    centre, base, apex = _landmarks(heart)
    plane = heart.labels[:, :, round((base + apex) / 2)]
    _show(axes, plane.T, step, origin="lower")
    axes.plot(centre[0] * step, centre[1] * step, "+", color=INPUT)
    _mark_septum(axes, plane[:, round(centre[1])], centre[1] * step, centre[0] * step, step)


def _landmarks(heart: Anatomy) -> tuple[NDArray, int, int]:
    """Centroid of the LV in voxels, and the levels of its base and its apex."""
    ventricle = np.isin(heart.labels, (*LV_MUSCLE, Tissue.LV_CAVITY))
    levels = np.flatnonzero(np.isin(heart.labels, LV_MUSCLE).any((0, 1)))
    return np.argwhere(ventricle).mean(0), int(levels[0]), int(levels[-1])


def _mark_septum(axes: Axes, row: NDArray[np.uint8], height: float, middle: float, step: float) -> None:
    """Label the wall on the septal side of the axis in a row of voxels from septum to free wall."""
    wall = np.flatnonzero(np.isin(row[: round(middle / step)], LV_MUSCLE))
    if len(wall):
        at = (wall.mean() * step, height)
        axes.annotate("septum", at, ha="center", va="center", rotation=90, fontsize=7)


def _show(axes: Axes, plane: NDArray[np.uint8], step: float, origin: Literal["upper", "lower"]) -> None:
    """Draw tissues of a plane (row, column) in mm."""
    colours = matplotlib.colors.ListedColormap([COLOURS[tissue] for tissue in sorted(COLOURS)])
    rows, columns = np.array(plane.shape) * step
    edges = (-step / 2, columns - step / 2, -step / 2, rows - step / 2)
    if origin == "upper":
        edges = (*edges[:2], edges[3], edges[2])
    axes.imshow(
        plane,
        cmap=colours,
        vmin=-0.5,
        vmax=max(COLOURS) + 0.5,
        origin=origin,
        extent=edges,
        interpolation="nearest",
    )
    axes.set_axis_off()
