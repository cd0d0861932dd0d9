"""Orthographic projection of a surface onto pixels, with what lies behind hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...anatomy.triangles import Shape

EDGE = 1e-9  # tolerance of barycentric coordinates, so that no pixel falls between two triangles


class Picture(NamedTuple):
    """What is seen of a surface in each pixel.

    Attributes
    ----------
    corners : numpy.ndarray of int, shape (row, column, 3)
        Points of the surface at the corners of the visible triangle; -1 where there is none.
    weights : numpy.ndarray, shape (row, column, 3)
        Barycentric coordinates of the pixel in it.
    depth : numpy.ndarray, shape (row, column)
        Distance towards the viewer, mm; NaN where there is nothing.
    x, y : numpy.ndarray, shape (column,), (row,)
        Centres of the pixels in the plane of the picture, mm.
    """

    corners: NDArray[np.int_]
    weights: NDArray[np.floating]
    depth: NDArray[np.floating]
    x: NDArray[np.floating]
    y: NDArray[np.floating]

    def of(self, values: NDArray) -> NDArray[np.floating]:
        """Values of the surface in each pixel.

        Parameters
        ----------
        values : numpy.ndarray, shape (point, ...)

        Returns
        -------
        numpy.ndarray, shape (row, column, ...)
            NaN where nothing is seen, and in triangles with a corner without value.
        """
        shape = self.depth.shape + (1,) * (values.ndim - 1)
        seen = (self.weights.reshape(*shape[:2], 3, *shape[2:]) * values[self.corners]).sum(2)
        return np.where(np.isfinite(self.depth).reshape(shape), seen, np.nan)

    def nearest(self, values: NDArray) -> NDArray:
        """Value of the nearest corner in each pixel, for values that can't be interpolated.

        Parameters
        ----------
        values : numpy.ndarray, shape (point,)

        Returns
        -------
        numpy.ndarray, shape (row, column)
            Of no meaning where nothing is seen.
        """
        corner = self.weights.argmax(2)[..., None]
        return values[np.take_along_axis(self.corners, corner, 2)[..., 0]]


def picture_of(surface: Shape, right: NDArray, up: NDArray, towards: NDArray, pixel_mm: float) -> Picture:
    """Project a surface.

    Parameters
    ----------
    surface : Shape
        Corners counter-clockwise when viewed from outside; triangles that face away are not seen.
    right, up, towards : numpy.ndarray, shape (3,)
        Unit vectors to the right and the top of the picture, and towards the viewer.
    pixel_mm : float

    Returns
    -------
    Picture
        With an empty pixel at each side.
    """
    plane = surface.points @ np.stack([right, up], 1)
    depth = surface.points @ towards
    low = plane.min(0) - 1.5 * pixel_mm
    columns, rows = (np.ceil((plane.max(0) - low) / pixel_mm) + 2).astype(int)
    spots = (plane - low) / pixel_mm - 0.5  # in pixels
    triangles = np.asarray(surface.triangles, int)
    one, two, three = spots[triangles].transpose(1, 0, 2)
    area = _cross(two - one, three - one)
    facing = area > 1e-12
    triangles, one, two, three, area = (part[facing] for part in (triangles, one, two, three, area))

    first = np.ceil(np.minimum(np.minimum(one, two), three)).astype(int)
    last = np.floor(np.maximum(np.maximum(one, two), three)).astype(int)
    width, height = np.maximum(last - first + 1, 0).T
    counts = width * height
    which = np.repeat(np.arange(len(triangles)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    pixel = first[which] + np.stack([within % width[which], within // width[which]], 1)
    weights = np.stack(
        [
            _cross(two[which] - pixel, three[which] - pixel),
            _cross(three[which] - pixel, one[which] - pixel),
            _cross(one[which] - pixel, two[which] - pixel),
        ],
        1,
    ) / area[which, None]  # fmt: skip
    inside = (weights >= -EDGE).all(1)
    which, pixel, weights = which[inside], pixel[inside], weights[inside]
    nearness = (weights * depth[triangles[which]]).sum(1)
    order = np.argsort(nearness, kind="stable")  # what is nearest to the viewer is written last
    at = tuple(pixel[order, ::-1].T)

    corners = np.full((rows, columns, 3), -1)
    shares = np.zeros((rows, columns, 3))
    seen = np.full((rows, columns), np.nan)
    corners[at], shares[at], seen[at] = triangles[which[order]], weights[order], nearness[order]
    x, y = (low[axis] + (np.arange(count) + 0.5) * pixel_mm for axis, count in enumerate((columns, rows)))
    return Picture(corners, shares, seen, x, y)


def _cross(one: NDArray, other: NDArray) -> NDArray:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
