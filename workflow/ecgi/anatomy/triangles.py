"""Closed triangulated surfaces: orientation, distances, crossings, surfaces of masks and of revolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from . import triangulation
from .heart import AnatomyError, to_patient
from .triangulation import edge_counts

if TYPE_CHECKING:
    import pyvista

SAME_POINT_MM = 1e-4  # points nearer than this are one
LEAST_PIECE = 0.05  # share of the volume below which a piece of a mask's surface is left out
MORE_TRIANGLES = (1.0, 1.2, 1.5, 2.0)  # times the number wanted, tried in turn until a surface stays closed
THIN_VOXELS = (0, 1, 2, 3)  # half the thickness of parts that are left out, tried in turn
EVEN = 0.2  # weight of even triangles in flat parts, against their number
SMOOTHING = 20  # iterations of Taubin smoothing, which keeps the volume


class Shape(NamedTuple):
    """Triangulated surface in the patient frame.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Indices of the points of each, counter-clockwise when viewed from outside.
    """

    points: NDArray
    triangles: NDArray[np.integer]

    @property
    def corners(self) -> NDArray:
        """Corners of the triangles, shape (triangle, 3, 3)."""
        return self.points[self.triangles]

    @property
    def volume(self) -> float:
        """Volume inside, mm^3; negative if the triangles are clockwise from outside."""
        return triangulation.enclosed_volume(self.points, self.triangles)


def oriented(points: NDArray, triangles: NDArray, name: str) -> Shape:
    """A closed surface with every triangle counter-clockwise when viewed from outside.

    Points at one place are merged, and points without a triangle dropped.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        In any orientation.
    name : str
        Of the surface in messages.

    Returns
    -------
    Shape

    Raises
    ------
    AnatomyError
        If the surface is not closed, has an edge of more than two triangles, or has no inside.
    """
    _, first, same = np.unique(
        np.round(points / SAME_POINT_MM).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    triangles = same.reshape(-1)[triangles]
    triangles = triangles[(triangles != np.roll(triangles, 1, 1)).all(1)]
    used, triangles = np.unique(triangles, return_inverse=True)
    points, triangles = points[first[used]], triangles.reshape(-1, 3)
    if len(triangles) < 4:
        raise AnatomyError(f"{name}: {len(triangles)} triangles; a closed surface has at least 4")
    _, counts = edge_counts(triangles)
    if (counts == 1).any():
        raise AnatomyError(
            f"{name}: not closed: {(counts == 1).sum()} edges belong to one triangle only; close the surface"
        )
    if (counts > 2).any():
        raise AnatomyError(
            f"{name}: {(counts > 2).sum()} edges belong to more than two triangles; give a surface that "
            "does not touch itself"
        )
    outwards = triangulation.oriented(points, triangles)
    if outwards is None:
        raise AnatomyError(f"{name}: the surface has one side only, and no inside; give a closed surface")
    return Shape(points, outwards)


def mesh_of(shape: Shape) -> pyvista.PolyData:
    """The surface as a mesh of PyVista.

    Parameters
    ----------
    shape : Shape

    Returns
    -------
    pyvista.PolyData
    """
    import pyvista

    return pyvista.PolyData.from_regular_faces(shape.points, shape.triangles.astype(int))


def signed_distance(shape: Shape, points: NDArray) -> NDArray:
    """Distance of points to a closed surface.

    Parameters
    ----------
    shape : Shape
    points : numpy.ndarray, shape (point, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (point,)
        mm, negative inside.
    """
    from .solid_angles import solid_angle

    distance = project(shape, points).distance_mm
    inside = solid_angle(shape.corners, np.asarray(points, float)) > 2 * np.pi
    return np.where(inside, -distance, distance)


def cross(one: Shape, other: Shape) -> bool:
    """Whether triangles of two surfaces cross.

    Parameters
    ----------
    one, other : Shape

    Returns
    -------
    bool
    """
    _, contacts = mesh_of(one).collision(mesh_of(other), contact_mode=1)
    return bool(contacts)


class Projection(NamedTuple):
    """Nearest points of a surface.

    Attributes
    ----------
    positions : numpy.ndarray, shape (point, 3)
        On the surface, mm.
    triangle : numpy.ndarray of int, shape (point,)
        On which each lies.
    shares : numpy.ndarray, shape (point, 3)
        Its barycentric coordinates.
    distance_mm : numpy.ndarray, shape (point,)
        How far away it was.
    """

    positions: NDArray
    triangle: NDArray[np.integer]
    shares: NDArray
    distance_mm: NDArray


def project(shape: Shape, points: NDArray) -> Projection:
    """Project points onto a surface.

    Parameters
    ----------
    shape : Shape
    points : numpy.ndarray, shape (point, 3)
        mm.

    Returns
    -------
    Projection
    """
    cells, closest = cast(
        tuple[NDArray[np.integer], NDArray],
        mesh_of(shape).find_closest_cell(np.asarray(points, float), return_closest_point=True),
    )
    triangle, nearest = np.atleast_1d(cells), np.atleast_2d(closest)
    corners = shape.corners[triangle]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    parts = [
        np.vecdot(np.cross(corners[:, k - 2] - nearest, corners[:, k - 1] - nearest), normal)
        for k in range(3)
    ]
    shares = np.clip(np.stack(parts, 1), 0, None)
    shares /= shares.sum(1, keepdims=True)
    return Projection(nearest, triangle, shares, np.linalg.norm(points - nearest, axis=1))


def surface_of_mask(
    mask: NDArray[np.bool_], affine: NDArray, nodes: int, smooth_mm: float, inside_mm: float, name: str
) -> Shape:
    """Smooth closed surface of a mask, inside it.

    The contour of the smoothed distance to the mask's edge, without pieces of less than `LEAST_PIECE` of the
    volume, and without parts that are too thin to be represented by so few points.

    Parameters
    ----------
    mask : numpy.ndarray of bool, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm; voxels are cubes.
    nodes : int
        Number of points, about.
    smooth_mm : float
        Standard deviation of the Gaussian.
    inside_mm : float
        Distance of the surface from the mask's edge, about.
    name : str
        Of the surface in messages.

    Returns
    -------
    Shape

    Raises
    ------
    AnatomyError
        If nothing of the mask is thick enough, or its surface touches itself.
    """
    failure = AnatomyError(f"{name}: it has no surface")
    for thin in THIN_VOXELS:
        kept = ndimage.binary_opening(mask, iterations=thin) if thin else mask
        if not kept.any():
            break
        for surface in _coarser(_contour(kept, affine, smooth_mm, inside_mm, name), 2 * nodes):
            try:
                return oriented(np.asarray(surface.points, float), surface.regular_faces, name)
            except AnatomyError as error:
                failure = error
    raise failure


def _contour(
    mask: NDArray[np.bool_], affine: NDArray, smooth_mm: float, inside_mm: float, name: str
) -> pyvista.PolyData:
    """Contour of the smoothed distance to a mask's edge, without small pieces; patient RAS in mm."""
    import pyvista

    spacing = float(np.linalg.norm(affine[:3, 0]))
    margin = 2 + int(np.ceil(2 * smooth_mm / spacing))
    mask = np.pad(mask, margin)
    edge = spacing / 2
    depth = ndimage.distance_transform_edt(mask) * spacing - edge
    depth = np.where(mask, depth, edge - ndimage.distance_transform_edt(~mask) * spacing)
    level = ndimage.gaussian_filter(depth, smooth_mm / spacing) - inside_mm
    pieces, _ = ndimage.label(level > 0)
    sizes = np.bincount(pieces.ravel())[1:]
    if not len(sizes):
        raise AnatomyError(f"{name}: nothing of it is {2 * inside_mm:g} mm thick; check the segmentation")
    small = 1 + np.flatnonzero(sizes < LEAST_PIECE * sizes.sum())
    level[np.isin(pieces, small)] = -edge
    grid = pyvista.ImageData(dimensions=mask.shape)
    grid["level"] = level.astype(np.float32).ravel(order="F")
    contour = grid.contour([0.0], "level").triangulate().smooth_taubin(n_iter=SMOOTHING)
    contour.points = to_patient(affine, np.asarray(contour.points, float) - margin)
    return contour


def _coarser(surface: pyvista.PolyData, triangles: int) -> Iterator[pyvista.PolyData]:
    """Surfaces of fewer triangles, the fewest first; some of them may not be closed."""
    import pyvista
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    for factor in MORE_TRIANGLES:
        share = triangles * factor / surface.n_cells
        if share >= 1:
            yield surface
            return
        decimation = vtkQuadricDecimation(
            target_reduction=1 - share, volume_preservation=True, regularize=True, regularization=EVEN
        )
        decimation.SetInputData(surface)
        decimation.Update()
        yield pyvista.wrap(decimation.GetOutput()).smooth_taubin(n_iter=SMOOTHING // 2)


def revolved(
    radius: Callable[[NDArray, NDArray], NDArray],
    centre: NDArray,
    low_mm: float,
    high_mm: float,
    round_mm: float,
    nodes: int,
) -> Shape:
    """Closed surface around a vertical axis, of a radius that depends on angle and height, with round ends.

    Points lie in rings that are evenly spaced along the profile.

    Parameters
    ----------
    radius : callable
        From angle in radians, counter-clockwise from patient right, and height in mm, both of shape (point,),
        to the distance from the axis in mm.
    centre : numpy.ndarray, shape (2,)
        Position of the axis, mm.
    low_mm, high_mm : float
        Heights of the two ends.
    round_mm : float
        Height of either end over which the radius falls to 0.
    nodes : int
        Number of points, about.

    Returns
    -------
    Shape
    """
    around = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    mean = float(radius(around, np.full(72, (low_mm + high_mm) / 2)).mean())
    quarter = np.linspace(0, np.pi / 2, 200)
    factor = np.concatenate([np.sin(quarter), np.sin(quarter[::-1])])
    height = np.concatenate(
        [low_mm + round_mm * (1 - np.cos(quarter)), high_mm - round_mm * (1 - np.cos(quarter[::-1]))]
    )
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(mean * factor), np.diff(height)))])
    area = np.trapezoid(2 * np.pi * mean * factor, along)
    edge = np.sqrt(area / (nodes * np.sqrt(0.75)))
    rings = max(4, round(along[-1] / (edge * np.sqrt(0.75))))
    at = np.linspace(0, along[-1], rings + 1)
    angles: list[NDArray] = []
    heights: list[NDArray] = []
    factors: list[NDArray] = []
    latitudes: list[NDArray] = []
    for number, position in enumerate(at):
        here = float(np.interp(position, along, factor))
        count = 1 if number in (0, rings) else max(5, round(2 * np.pi * mean * here / edge))
        angles.append((np.arange(count) + 0.5 * (number % 2)) * 2 * np.pi / count)
        for values, value in ((heights, np.interp(position, along, height)), (factors, here)):
            values.append(np.full(count, value))
        latitudes.append(np.full(count, np.pi * position / along[-1]))
    angle, z, factor, latitude = map(np.concatenate, (angles, heights, factors, latitudes))
    reach = radius(angle, z) * factor
    points = np.stack([centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle), z], 1)
    on_sphere = np.stack(
        [np.sin(latitude) * np.cos(angle), np.sin(latitude) * np.sin(angle), -np.cos(latitude)], 1
    )
    return oriented(points, ConvexHull(on_sphere).simplices, "torso")
