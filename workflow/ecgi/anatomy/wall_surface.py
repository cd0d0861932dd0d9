"""Triangulated surface of the wall."""

from typing import NamedTuple

import numpy as np
import pyvista

from .heart import to_patient

SMOOTHING = 30  # iterations; takes the steps of the voxels off and keeps the volume


class Shape(NamedTuple):
    """Triangles in the patient.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Points of each.
    """

    points: np.ndarray
    triangles: np.ndarray


def wall_surface(anatomy, triangles):
    """Surface of the wall, inside and out, smoothed and thinned for drawing.

    What is contoured is the outside of the wall: where voxels touch at an edge alone VTK parts those that are
    contoured, which would make holes in a wall about as thin as a voxel.

    Parameters
    ----------
    anatomy : Anatomy
        With background around it.
    triangles : int
        How many to keep.

    Returns
    -------
    Shape
        Corners of a triangle run counter-clockwise when seen from outside the wall.
    """
    grid = pyvista.ImageData(dimensions=anatomy.wall.shape)
    grid["outside"] = (~anatomy.wall).astype(np.float32).ravel(order="F")
    surface = grid.contour([0.5], "outside").triangulate().smooth_taubin(n_iter=SMOOTHING)
    surface = surface.decimate(1 - min(1, triangles / surface.n_cells))
    mirrored = np.linalg.det(anatomy.affine) < 0
    inwards = surface.regular_faces
    points = to_patient(anatomy.affine, np.asarray(surface.points))
    return Shape(points, inwards if mirrored else inwards[:, ::-1])
