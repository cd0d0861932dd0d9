"""Bull's-eye of the 17 segments of the AHA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Wedge

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from numpy.typing import NDArray

# First segment, number, outer radius, of each ring from the base to the apex.
RINGS = ((1, 6, 4.0), (7, 6, 3.0), (13, 4, 2.0), (17, 1, 1.0))
SIDES = (("anterior", 0, 1), ("septal", -1, 0), ("inferior", 0, -1), ("lateral", 1, 0))


def medians_of_segments(values: NDArray, segments: NDArray[np.integer]) -> NDArray[np.floating]:
    """Median of a map in each AHA segment.

    Parameters
    ----------
    values : numpy.ndarray, shape (voxel,)
        NaN is ignored.
    segments : numpy.ndarray of int, shape (voxel,)
        See `anatomy.coordinates.aha_segments`.

    Returns
    -------
    numpy.ndarray, shape (17,)
        NaN for a segment without voxels.
    """
    parts = [values[(segments == segment) & np.isfinite(values)] for segment in range(1, 18)]
    return np.array([np.median(part) if len(part) else np.nan for part in parts])


def bullseye(axis: Axes, medians: NDArray, cmap: Any, norm: Normalize, marked: int = 0) -> None:
    """Draw a bull's-eye: the base outside, anterior up and the septum at the left.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    medians : numpy.ndarray, shape (17,)
        A value for each segment; NaN is left white.
    cmap : str or matplotlib.colors.Colormap
    norm : matplotlib.colors.Normalize
    marked : int
        Segment drawn with a thick outline; 0 for none.
    """
    colours = colormaps[cmap] if isinstance(cmap, str) else cmap
    for first, count, radius in RINGS:
        width = 360 / count
        for number in range(count):
            segment = first + number
            centre = 90 + number * width
            value = medians[segment - 1]
            known = np.isfinite(value)
            axis.add_patch(
                Wedge(
                    (0, 0),
                    radius,
                    centre - width / 2,
                    centre + width / 2,
                    width=1.0,
                    facecolor=colours(norm(value)) if known else "white",
                    edgecolor="black" if segment == marked else "0.3",
                    lw=2.0 if segment == marked else 0.5,
                    zorder=3 if segment == marked else 2,
                )
            )
            middle = 0.0 if count == 1 else radius - 0.5
            place = middle * np.array([np.cos(np.radians(centre)), np.sin(np.radians(centre))])
            dark = known and np.dot(colours(norm(value))[:3], (0.299, 0.587, 0.114)) < 0.5
            axis.text(
                place[0],
                place[1],
                _written(value),
                ha="center",
                va="center",
                fontsize=7,
                color="white" if dark else "black",
                zorder=4,
            )
    for name, x, y in SIDES:
        axis.text(4.3 * x, 4.3 * y, name, ha="center", va="center", rotation=90 * (-x), fontsize=7)
    axis.set(xlim=(-4.6, 4.6), ylim=(-4.6, 4.6), aspect="equal")
    axis.set_axis_off()


def _written(value: float) -> str:
    """Value of a segment, rounded; nothing for NaN."""
    if not np.isfinite(value):
        return ""
    return "<1" if 0 < value < 0.5 else f"{value:.0f}"
