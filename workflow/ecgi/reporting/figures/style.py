"""Style of all figures, and the panels they share."""

import string
from collections.abc import Iterable
from contextlib import contextmanager
from os import PathLike
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns

from ...core.errors import InputError

Paths = Iterable[str | PathLike]

ACTIVATION, SPREAD, ERROR = "viridis", "cividis", "RdBu_r"
ISOCHRONE_MS = 10
MM = 1 / 25.4  # inches
FULL_WIDTH = 180 * MM  # two columns of a journal page
INPUT, OUTPUT, OTHER = sns.color_palette("colorblind")[0], sns.color_palette("colorblind")[3], "0.55"
TISSUES = {
    1: ("LV wall", "#cc6677"),
    2: ("RV wall", "#6699cc"),
    5: ("scar", "#ddcc77"),
    6: ("border zone", "#ccaa99"),
}
STYLE: dict[Any, Any] = {  # nothing is smaller than 7 pt in print
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.hashsalt": "ecgi",
}


def refuse_empty_slice(grid, number):
    """Refuse to show a slice without wall.

    Raises
    ------
    InputError
        That names the slices which have some.
    """
    filled = np.flatnonzero(grid.mask.any((1, 2)))
    if number not in filled:
        raise InputError(
            f"evaluation.shown_slice: slice {number} of {grid.case} holds no wall; choose one from "
            f"{filled[0]} to {filled[-1]}"
        )


@contextmanager
def saved(paths, size):
    """A figure of `size` inches that is written to each of `paths` when the block ends."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=size, layout="constrained")
        yield figure
        for path in paths:
            metadata = {"CreationDate": None} if str(path).endswith(".pdf") else None
            figure.savefig(path, metadata=metadata)
        plt.close(figure)


def letter(axis, index, text=""):
    """Panel letter at the upper left: a for 0, b for 1; and what the panel shows."""
    axis.set_title(f"{string.ascii_lowercase[index]}  {text}".rstrip(), loc="left", fontweight="bold")


def show_map(axis, values, extent, cmap, norm, isochrones=False):
    """A short-axis map in mm, its colours on the given scale."""
    image = axis.imshow(values, origin="lower", extent=extent, cmap=cmap, norm=norm, interpolation="nearest")
    if isochrones and np.isfinite(values).any():
        levels = np.arange(0, np.nanmax(values), ISOCHRONE_MS)
        axis.contour(values, levels, origin="lower", extent=extent, colors="k", linewidths=0.35)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)
    return image


def limits_of(extent, maps):
    """Limits in mm, of x and of y, of what maps (..., y, x) show, with a pixel to spare."""
    there = np.isfinite(maps).reshape(-1, *np.shape(maps)[-2:]).any(0)
    limits = []
    for axis, (low, high) in ((0, extent[:2]), (1, extent[2:])):
        shown = np.flatnonzero(there.any(axis))
        pixel = (high - low) / there.shape[1 - axis]
        limits.append((low + (shown[0] - 1) * pixel, low + (shown[-1] + 2) * pixel))
    return limits


def panels_of(figure, rows, columns, limits):
    """Panels for maps, all with the same limits."""
    panels = figure.subplots(rows, columns, squeeze=False)
    for axis in panels.ravel():
        axis.set(xlim=limits[0], ylim=limits[1], autoscale_on=False)
    return panels


def height_of(rows, columns, limits):
    """Height in inches of such panels across a page."""
    width, height = (high - low for low, high in limits)
    return rows * FULL_WIDTH / columns * height / width


def scale_bar(axis, length_mm=20):
    """A bar of set length below the lower left corner of a map in mm."""
    x, place = axis.get_xlim()[0], axis.get_xaxis_transform()
    axis.plot(
        [x, x + length_mm],
        [-0.04] * 2,
        color="k",
        lw=1.5,
        solid_capstyle="butt",
        transform=place,
        clip_on=False,
    )
    axis.text(x, -0.08, f"{length_mm} mm", va="top", fontsize=STYLE["legend.fontsize"], transform=place)


def extent_of(x, y):
    """Edges of an image whose pixel centres are `x` and `y`."""
    half = (x[1] - x[0]) / 2
    return (x[0] - half, x[-1] + half, y[0] - half, y[-1] + half)


def _colour_bar(figure, image, axes, maps=0.0, shrink=1.0):
    """Colour bar below some panels, with a point where maps go beyond its upper end."""
    beyond = "max" if np.nanmax(maps) > image.norm.vmax else "neither"
    return figure.colorbar(image, ax=axes, location="bottom", pad=0.02, shrink=shrink, extend=beyond)


def _label_activation(bar):
    """Name a colour bar of activation times, with its early and late end."""
    bar.set_label(f"activation time, early to late (ms); isochrones every {ISOCHRONE_MS} ms")
