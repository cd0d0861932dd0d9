"""Style of all figures, and helpers for panels of maps."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.backends.backend_pdf import PdfPages

from ...core.errors import InputError
from ..colours import ISOCHRONE, ISOCHRONE_MS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage
    from numpy.typing import ArrayLike, NDArray

    from ...anatomy.slicing import MapGrid

Paths = Iterable[str | PathLike]
Extent = tuple[float, float, float, float]  # left, right, bottom, top in mm
Limits = Sequence[tuple[float, float]]  # of x and of y, in mm
NewPage = Callable[[tuple[float, float]], AbstractContextManager["Figure"]]

MM = 1 / 25.4  # inches
FULL_WIDTH = 180 * MM  # two columns of a journal page
HEADING: dict[str, Any] = {"fontsize": 9, "fontweight": "bold", "x": 0.03, "ha": "left"}
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


def refuse_empty_slice(grid: MapGrid, number: int) -> None:
    """Raise an error for a slice without wall.

    Parameters
    ----------
    grid : MapGrid
    number : int
        Index of the slice.

    Raises
    ------
    InputError
        If the slice holds no wall; the message names the slices that do.
    """
    filled = np.flatnonzero(grid.mask.any((1, 2)))
    if number not in filled:
        raise InputError(
            f"evaluation.shown_slice: slice {number} of {grid.case} holds no wall; choose one from "
            f"{filled[0]} to {filled[-1]}"
        )


@contextmanager
def saved(paths: Paths, size: tuple[float, float]) -> Iterator[Figure]:
    """Context manager for a figure that is saved at the end of the block.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    size : tuple of 2 float
        Width and height in inches.

    Yields
    ------
    matplotlib.figure.Figure
    """
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=size, layout="constrained")
        yield figure
        for path in paths:
            metadata = {"CreationDate": None} if str(path).endswith(".pdf") else None
            figure.savefig(path, metadata=metadata)
        plt.close(figure)


@contextmanager
def saved_pages(path: str | PathLike) -> Iterator[NewPage]:
    """Context manager for a PDF of several pages.

    Parameters
    ----------
    path : path-like
        File to write.

    Yields
    ------
    callable
        From the width and height of a page in inches to a context manager for its figure, which is saved at
        the end of the block.
    """
    with plt.rc_context(STYLE), PdfPages(path, metadata={"CreationDate": None}) as document:

        @contextmanager
        def page(size: tuple[float, float]) -> Iterator[Figure]:
            figure = plt.figure(figsize=size, layout="constrained")
            yield figure
            document.savefig(figure)
            plt.close(figure)

        yield page


def letter(axis: Axes, index: int, text: str = "") -> None:
    """Label a panel at its upper left with a letter and a title.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    index : int
        0 for a, 1 for b.
    text : str
        Title of the panel.
    """
    axis.set_title(f"{string.ascii_lowercase[index]}  {text}".rstrip(), loc="left", fontweight="bold")


def show_map(
    axis: Axes, values: NDArray, extent: Extent, cmap: Any, norm: Normalize, isochrone_ms: float = 0
) -> AxesImage:
    """Draw a short-axis map.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    values : numpy.ndarray, shape (y, x)
        NaN outside the wall.
    extent : tuple of 4 float
        See `extent_of`.
    cmap : str or matplotlib.colors.Colormap
    norm : matplotlib.colors.Normalize
        Scale of the colours.
    isochrone_ms : float
        Interval between isochrones; 0 for none.

    Returns
    -------
    matplotlib.image.AxesImage
    """
    image = axis.imshow(values, origin="lower", extent=extent, cmap=cmap, norm=norm, interpolation="nearest")
    if isochrone_ms and np.isfinite(values).any():
        levels = np.arange(0, np.nanmax(values), isochrone_ms)
        axis.contour(values, levels, origin="lower", extent=extent, colors=ISOCHRONE, linewidths=0.35)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)
    return image


def limits_of(extent: Extent, maps: NDArray) -> list[tuple[float, float]]:
    """Axis limits around all finite pixels of some maps, with a margin of one pixel.

    Parameters
    ----------
    extent : tuple of 4 float
        See `extent_of`.
    maps : numpy.ndarray, shape (..., y, x)

    Returns
    -------
    list of tuple of 2 float
        Limits of x and of y, mm.
    """
    there = np.isfinite(maps).reshape(-1, *np.shape(maps)[-2:]).any(0)
    limits = []
    for axis, (low, high) in ((0, extent[:2]), (1, extent[2:])):
        shown = np.flatnonzero(there.any(axis))
        pixel = (high - low) / there.shape[1 - axis]
        limits.append((low + (shown[0] - 1) * pixel, low + (shown[-1] + 2) * pixel))
    return limits


def panels_of(figure: Figure | SubFigure, rows: int, columns: int, limits: Limits) -> NDArray:
    """Panels for maps, all with the same limits.

    Parameters
    ----------
    figure : matplotlib.figure.Figure or matplotlib.figure.SubFigure
    rows, columns : int
        Number of panels.
    limits : sequence of tuple of 2 float
        See `limits_of`.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes, shape (rows, columns)
    """
    panels = figure.subplots(rows, columns, squeeze=False)
    for axis in panels.ravel():
        axis.set(xlim=limits[0], ylim=limits[1], autoscale_on=False)
    return panels


def height_of(rows: int, columns: int, limits: Limits) -> float:
    """Height of the panels of `panels_of` at the full width of a page.

    Parameters
    ----------
    rows, columns : int
        Number of panels.
    limits : sequence of tuple of 2 float
        See `limits_of`.

    Returns
    -------
    float
        Inches.
    """
    width, height = (high - low for low, high in limits)
    return rows * FULL_WIDTH / columns * height / width


def scale_bar(axis: Axes, length_mm: float = 20) -> None:
    """Draw a scale bar below the lower left corner of a map.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Axes in mm.
    length_mm : float
    """
    x, transform = axis.get_xlim()[0], axis.get_xaxis_transform()
    axis.plot(
        [x, x + length_mm],
        [-0.04] * 2,
        color="k",
        lw=1.5,
        solid_capstyle="butt",
        transform=transform,
        clip_on=False,
    )
    axis.text(x, -0.08, f"{length_mm} mm", va="top", fontsize=STYLE["legend.fontsize"], transform=transform)


def extent_of(x: NDArray, y: NDArray) -> Extent:
    """Edges of an image from its pixel centres.

    Parameters
    ----------
    x, y : numpy.ndarray
        Coordinates of the pixel centres, mm.

    Returns
    -------
    tuple of 4 float
        Left, right, bottom and top in mm, as `matplotlib.axes.Axes.imshow` takes them.
    """
    half = (x[1] - x[0]) / 2
    return (x[0] - half, x[-1] + half, y[0] - half, y[-1] + half)


def _colour_bar(
    figure: Figure, image: AxesImage, axes: NDArray, maps: ArrayLike = 0.0, shrink: float = 1.0
) -> Colorbar:
    """Colour bar below some panels, with a pointed end if maps exceed its upper limit."""
    beyond = "max" if np.nanmax(maps) > image.norm.vmax else "neither"
    return figure.colorbar(image, ax=axes, location="bottom", pad=0.02, shrink=shrink, extend=beyond)


def _label_activation(bar: Colorbar) -> None:
    """Label a colour bar of activation times."""
    bar.set_label(f"activation time, early to late (ms); isochrones every {ISOCHRONE_MS} ms")
