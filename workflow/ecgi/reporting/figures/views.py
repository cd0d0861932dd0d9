"""Views of the heart's surface from four sides, as orthographic projections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ..colours import ISOCHRONE
from .projection import Picture, picture_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from numpy.typing import NDArray

    from ...anatomy.triangles import Shape

PIXEL_MM = 0.35
SHADE = 0.55  # brightness of a surface seen edge-on
HIDDEN_MM = 4.0  # how far a place may lie behind the visible surface and be drawn as on it
STEP_MM = 3.0  # of depth between two pixels, from which one surface hides another
SMOOTH_MM = 1.5  # width of the filter of the border of the RV
ROOM_MM = 5.0  # from a label to the border of its region, at least
STAR_MM = 3.5  # radius below which a region is hidden by its star
BEHIND = "0.6"  # grey of a star whose place is not seen
UP = np.array([0.0, 0.0, 1.0])
HALO = [withStroke(linewidth=1.6, foreground="white")]


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


class Marks(NamedTuple):
    """What is drawn on a map beside its colours.

    Attributes
    ----------
    site : numpy.ndarray, shape (3,)
        Place with a star, patient RAS in mm.
    radii_mm : sequence of float
        Radii of the spheres around it whose outlines are drawn, the inner ones first.
    isochrones : numpy.ndarray
        Times of the isochrones, ms.
    """

    site: NDArray
    radii_mm: Sequence[float]
    isochrones: NDArray


def view_of_surface(
    axis: Axes,
    surface: Shape,
    values: NDArray,
    view: View,
    cmap: Any,
    norm: Normalize,
    marks: Marks | None = None,
    regions: NDArray | None = None,
) -> None:
    """Draw a coloured surface from one side, with letters for the patient's sides.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    surface : Shape
        Patient RAS, mm; corners counter-clockwise when viewed from outside.
    values : numpy.ndarray, shape (point,)
        At the points of the surface; what has no value is grey.
    view : View
    cmap : str or matplotlib.colors.Colormap
    norm : matplotlib.colors.Normalize
    marks : Marks, optional
        The star is white where its place is visible, and grey where it lies behind, or in the wall.
    regions : numpy.ndarray of str, shape (point,), optional
        Names of the parts of the heart, which are written on it; lines are drawn around the RV, "RV".
    """
    colours = colormaps[cmap] if isinstance(cmap, str) else cmap
    right, towards = np.array(view.right, float), np.array(view.towards, float)
    picture = picture_of(surface, right, UP, towards, PIXEL_MM)
    times = picture.of(values)
    facing = np.clip(picture.of(_normals(surface)) @ towards, 0, 1)
    image = np.where(np.isfinite(times)[..., None], colours(norm(np.nan_to_num(times))), (0.7, 0.7, 0.7, 1.0))
    image[..., :3] *= (SHADE + (1 - SHADE) * np.nan_to_num(facing))[..., None]
    image[~np.isfinite(picture.depth)] = 0
    half = PIXEL_MM / 2
    extent = (picture.x[0] - half, picture.x[-1] + half, picture.y[0] - half, picture.y[-1] + half)
    axis.imshow(image, origin="lower", extent=extent, interpolation="bilinear")
    smooth = np.where(_behind(picture), np.nan, times)
    if marks is not None and np.isfinite(smooth).any():
        axis.contour(
            picture.x, picture.y, smooth, marks.isochrones, colors=ISOCHRONE, linewidths=0.4, alpha=0.8
        )
    spot = None if marks is None else marks.site @ np.stack([right, UP], 1)
    if regions is not None:
        _name_regions(axis, picture, regions, spot)
    if marks is not None and spot is not None:
        _mark_site(axis, picture, marks, spot, float(marks.site @ towards))
    axis.set(xlim=extent[:2], ylim=extent[2:], aspect="equal")
    axis.set_axis_off()
    axis.set_title(view.name)
    for x, letter, side in ((0.0, view.left_letter, "left"), (1.0, view.right_letter, "right")):
        axis.text(x, 0.02, letter, transform=axis.transAxes, ha=side, fontsize=9, fontweight="bold")


def _normals(surface: Shape) -> NDArray[np.floating]:
    """Unit normals at the points of a surface, means of its triangles'."""
    corners = surface.corners
    each = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(surface.points), 3))
    for corner in range(3):
        np.add.at(normals, surface.triangles[:, corner], each)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _behind(picture: Picture) -> NDArray[np.bool_]:
    """Pixels at the edge of a surface that hides another one."""
    found = np.zeros(picture.depth.shape, bool)
    for axis in (0, 1):
        jump = np.abs(np.diff(picture.depth, axis=axis)) > STEP_MM
        for part in (slice(1, None), slice(None, -1)):
            found[(slice(None),) * axis + (part,)] |= jump
    return found


def _name_regions(axis: Axes, picture: Picture, regions: NDArray, spot: NDArray | None) -> None:
    """Write the names of regions where they are widest, away from a spot, and outline the RV."""
    names, numbers = np.unique(regions, return_inverse=True)
    edge = _behind(picture)
    if "RV" in names:
        right = _smooth(picture.of((regions == "RV").astype(float)))
        right[edge] = np.nan
        axis.contour(picture.x, picture.y, right, [0.5], colors="white", linewidths=1.4)
    seen = np.where(np.isfinite(picture.depth) & ~edge, picture.nearest(numbers), -1)
    if spot is not None:
        seen[_distance(picture, spot) < ROOM_MM] = -1
    for number, name in enumerate(names):
        room = distance_transform_edt(np.pad(seen == number, 1))[1:-1, 1:-1] * PIXEL_MM
        row, column = np.unravel_index(room.argmax(), room.shape)
        if name and room[row, column] > ROOM_MM:
            x, y = float(picture.x[column]), float(picture.y[row])
            axis.text(x, y, name, ha="center", va="center", fontsize=7.5, path_effects=HALO)


def _smooth(image: NDArray) -> NDArray:
    """Smooth an image where it is finite."""
    known = np.isfinite(image)
    shares = gaussian_filter(known.astype(float), SMOOTH_MM / PIXEL_MM)
    sums = gaussian_filter(np.nan_to_num(image), SMOOTH_MM / PIXEL_MM)
    return np.where(known, sums / np.maximum(shares, 1e-6), np.nan)


def _distance(picture: Picture, spot: NDArray) -> NDArray:
    """Distance of each pixel from a spot in the plane of the picture, mm."""
    return np.hypot(picture.x - spot[0], picture.y[:, None] - spot[1])


def _mark_site(axis: Axes, picture: Picture, marks: Marks, spot: NDArray, depth: float) -> None:
    """Draw the star of a site and the outlines of its region."""
    away = np.where(np.isfinite(picture.depth), _distance(picture, spot), np.inf)
    nearest = np.unravel_index(away.argmin(), away.shape)
    behind = away[nearest] < HIDDEN_MM and picture.depth[nearest] - depth > HIDDEN_MM
    for radius in marks.radii_mm:
        if radius > STAR_MM:
            axis.add_patch(Circle((spot[0], spot[1]), radius, fill=False, lw=1.0, path_effects=HALO))
    fill = BEHIND if behind else "white"
    axis.plot(*spot, marker="*", ms=9, mfc=fill, mec="black", mew=0.8, ls="none")
