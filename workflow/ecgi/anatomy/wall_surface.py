"""Triangulated surface of the wall."""

import numpy as np
import pyvista
from numpy.typing import NDArray

from .heart import Anatomy, to_patient
from .triangles import MORE_TRIANGLES, Shape
from .triangulation import edge_counts

SMOOTHING = 30  # iterations; removes the steps of the voxels and keeps the volume


def wall_surface(anatomy: Anatomy, triangles: int) -> Shape:
    """Surface of the wall, inside and out, smoothed and decimated for drawing.

    The complement of the wall is contoured: VTK separates contoured voxels that touch only at an edge, which
    would make holes in a wall about as thin as a voxel.

    Parameters
    ----------
    anatomy : Anatomy
        With background around it.
    triangles : int
        Number of triangles after decimation.

    Returns
    -------
    Shape
        Corners of a triangle run counter-clockwise when viewed from outside the wall.
    """
    return _shape(_decimated(_contour(anatomy), triangles), anatomy)


def closed_wall_surface(anatomy: Anatomy, triangles: int) -> Shape:
    """Surface of the wall as `wall_surface`, at each edge of which two triangles meet.

    Decimation now and then joins parts of a thin wall; more triangles are then kept, all of them at last.

    Parameters
    ----------
    anatomy : Anatomy
        With background around it.
    triangles : int
        Number of triangles, about.

    Returns
    -------
    Shape
    """
    contour = _contour(anatomy)
    for factor in MORE_TRIANGLES:
        surface = _decimated(contour, round(factor * triangles))
        if (edge_counts(_triangles(surface))[1] == 2).all():
            return _shape(surface, anatomy)
    return _shape(contour, anatomy)


def _contour(anatomy: Anatomy) -> pyvista.PolyData:
    """Smoothed contour of the complement of the wall, in voxels."""
    grid = pyvista.ImageData(dimensions=anatomy.wall.shape)
    grid["outside"] = (~anatomy.wall).astype(np.float32).ravel(order="F")
    return grid.contour([0.5], "outside").triangulate().smooth_taubin(n_iter=SMOOTHING)


def _decimated(surface: pyvista.PolyData, triangles: int) -> pyvista.PolyData:
    """A surface of fewer triangles, which may not be closed."""
    return surface.decimate(1 - min(1, triangles / surface.n_cells))


def _triangles(surface: pyvista.PolyData) -> NDArray[np.integer]:
    """Indices of the points of each triangle, shape (triangle, 3)."""
    return np.asarray(surface.regular_faces, int)


def _shape(surface: pyvista.PolyData, anatomy: Anatomy) -> Shape:
    """Surface in patient RAS, turned out of the wall."""
    mirrored = np.linalg.det(anatomy.affine) < 0
    inwards = _triangles(surface)
    points = to_patient(anatomy.affine, np.asarray(surface.points))
    return Shape(points, inwards if mirrored else inwards[:, ::-1])
