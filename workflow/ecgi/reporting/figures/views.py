"""Views of the heart's surface from four sides, as orthographic projections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import PolyCollection
from matplotlib.patheffects import withStroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from numpy.typing import ArrayLike, NDArray

    from ...anatomy.triangles import Shape

SHADE = 0.55  # brightness of a triangle seen edge-on
LINE = 0.6  # brightness of a triangle that an isochrone crosses
NEAR_MM = 4.0  # radius around a place in which the visible surface is looked for
HIDDEN_MM = 12.0  # how far a place in the wall may lie behind that surface and be drawn as on it


class View(NamedTuple):
    """A direction of view.

    Attributes
    ----------
    name : str
    right : tuple of 3 float
        What points right in the picture, in patient RAS; superior points up.
    towards : tuple of 3 float
        Direction from the heart to the viewer, patient RAS.
    left_letter, right_letter : str
        Sides of the patient at the left and right of the picture.
    """

    name: str
    right: tuple[float, float, float]
    towards: tuple[float, float, float]
    left_letter: str
    right_letter: str


VIEWS = (
    View("anterior", (-1, 0, 0), (0, 1, 0), "R", "L"),
    View("left", (0, -1, 0), (-1, 0, 0), "A", "P"),
    View("posterior", (1, 0, 0), (0, -1, 0), "L", "R"),
    View("right", (0, 1, 0), (1, 0, 0), "P", "A"),
)


def view_of_surface(
    axis: Axes,
    surface: Shape,
    values: NDArray,
    view: View,
    cmap: Any,
    norm: Normalize,
    site: ArrayLike | None = None,
    others: ArrayLike = (),
    every: float | None = None,
) -> NDArray[np.integer]:
    """Draw a coloured surface from one side, with letters for the patient's sides.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    surface : Shape
        Patient RAS, mm; corners counter-clockwise when viewed from outside.
    values : numpy.ndarray, shape (point,)
        At the points of the surface; triangles without a value are grey.
    view : View
    cmap : str or matplotlib.colors.Colormap
    norm : matplotlib.colors.Normalize
    site : array-like, shape (3,), optional
        Place that is marked by a star, filled where it is visible and hollow where it lies behind.
    others : array-like, shape (place, 3), optional
        Places that are marked by dots where they are visible.
    every : float, optional
        Difference of values between the lines that are drawn.

    Returns
    -------
    numpy.ndarray of int, shape (triangle,)
        Triangles that face the viewer.
    """
    colours = colormaps[cmap] if isinstance(cmap, str) else cmap
    right, towards = np.array(view.right), np.array(view.towards)
    flat = surface.points @ np.stack([right, [0, 0, 1]], 1)
    depth = surface.points @ towards
    corners = surface.points[surface.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facing = normals @ towards / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    shown = np.flatnonzero(facing > 0)
    shown = shown[np.argsort(depth[surface.triangles[shown]].mean(1))]
    means = values[surface.triangles[shown]].mean(1)
    faces = np.where(np.isfinite(means)[:, None], colours(norm(np.nan_to_num(means))), (0.7, 0.7, 0.7, 1.0))
    faces[:, :3] *= (SHADE + (1 - SHADE) * facing[shown])[:, None]
    if every is not None:
        steps = np.floor(values[surface.triangles[shown]] / every)
        faces[np.ptp(steps, axis=1) > 0, :3] *= LINE
    axis.add_collection(
        PolyCollection(
            flat[surface.triangles[shown]],
            facecolors=faces,
            edgecolors=faces,
            linewidths=0.2,
            rasterized=True,
        )
    )
    for other in np.reshape(others, (-1, 3)):
        spot, behind = _projected(other, right, towards, flat, depth)
        if not behind:
            axis.plot(*spot, marker="o", ms=2.5, mfc="white", mec="black", mew=0.4, ls="none")
    if site is not None:
        spot, behind = _projected(site, right, towards, flat, depth)
        axis.plot(
            *spot,
            marker="*",
            ms=13,
            mfc="none" if behind else "white",
            mec="0.25" if behind else "black",
            mew=0.9,
            ls="none",
        )
    low, high = flat.min(0), flat.max(0)
    margin = 0.06 * (high - low).max()
    axis.set(
        xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal"
    )
    axis.set_axis_off()
    axis.set_title(view.name)
    for x, letter, side in ((0.0, view.left_letter, "left"), (1.0, view.right_letter, "right")):
        axis.text(x, 0.5, letter, transform=axis.transAxes, ha=side, va="center", fontsize=7, color="0.3")
    return shown


def _projected(
    place: ArrayLike, right: NDArray, towards: NDArray, flat: NDArray, depth: NDArray
) -> tuple[NDArray, bool]:
    """Position of a place in the picture, and whether it lies behind what is visible there."""
    spot = np.asarray(place) @ np.stack([right, [0, 0, 1]], 1)
    near = np.linalg.norm(flat - spot, axis=1) < NEAR_MM
    return spot, bool(near.any() and depth[near].max() - np.asarray(place) @ towards > HIDDEN_MM)


def name_part(axis: Axes, points: NDArray, view: View, name: str) -> None:
    """Write the name of a part of the surface on it.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    points : numpy.ndarray, shape (point, 3)
        Of that part, as far as it is visible; patient RAS, mm.
    view : View
    name : str
    """
    across, up = (np.median(points @ np.array(direction)) for direction in (view.right, (0, 0, 1)))
    text = axis.text(across, up, name, ha="center", va="center", fontsize=9, fontweight="bold", color="white")
    text.set_path_effects([withStroke(linewidth=1.6, foreground="0.2")])
