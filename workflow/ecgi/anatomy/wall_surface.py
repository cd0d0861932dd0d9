"""Triangulated surface of the wall."""

import numpy as np
import pyvista

from .heart import Anatomy, to_patient
from .triangles import Shape

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
    grid = pyvista.ImageData(dimensions=anatomy.wall.shape)
    grid["outside"] = (~anatomy.wall).astype(np.float32).ravel(order="F")
    surface = grid.contour([0.5], "outside").triangulate().smooth_taubin(n_iter=SMOOTHING)
    surface = surface.decimate(1 - min(1, triangles / surface.n_cells))
    mirrored = np.linalg.det(anatomy.affine) < 0
    inwards = surface.regular_faces
    points = to_patient(anatomy.affine, np.asarray(surface.points))
    return Shape(points, inwards if mirrored else inwards[:, ::-1])
