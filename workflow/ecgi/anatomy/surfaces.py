"""Surfaces of the wall: which voxels make them up, how much area each has, and where each lies."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .frame import lv_axis
from .heart import CAVITIES, Tissue

SMOOTH_MM = 2.0  # over which the wall's direction is averaged; evens out the steps of its voxels
BASE_DEGREES = 55.0  # a surface that faces the base more directly is the cut through it, not epicardium


class Surface(NamedTuple):
    """Wall voxels on a surface.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
        Voxel indices.
    area_mm2 : numpy.ndarray, shape (voxel,)
        Share of each in the surface's area.
    """

    voxels: np.ndarray
    area_mm2: np.ndarray


def endocardium(anatomy, cavities=CAVITIES):
    """Wall facing the given cavities."""
    return _facing(anatomy, np.isin(anatomy.labels, cavities))


def epicardium(anatomy):
    """Wall facing the outside, without the rim of the base."""
    return _facing(anatomy, beyond_epicardium(anatomy))


def beyond_epicardium(anatomy):
    """Background that lies next to the epicardium, as opposed to what lies above the base.

    Parameters
    ----------
    anatomy : Anatomy
        With background around it.

    Returns
    -------
    numpy.ndarray of bool, shape (x, y, z)
    """
    axis, _ = lv_axis(anatomy)
    heart = anatomy.labels != Tissue.BACKGROUND
    outward = -gradient(heart.astype(np.float32), anatomy)
    to_base = -(outward @ axis) / np.maximum(np.linalg.norm(outward, axis=-1), 1e-12)
    base = (to_base > np.cos(np.radians(BASE_DEGREES))) | np.isin(anatomy.labels, CAVITIES)
    nearest = ndimage.distance_transform_edt(
        ~heart, sampling=anatomy.spacing, return_distances=False, return_indices=True
    )
    return ~heart & ~base[tuple(nearest)]


def gradient(values, anatomy):
    """Smoothed gradient of a scalar per mm, in patient RAS; shape (x, y, z, 3)."""
    spread = np.maximum(SMOOTH_MM / anatomy.spacing, 1.0)
    slopes = [
        ndimage.gaussian_filter(values, spread, order=np.eye(3, dtype=int)[axis], mode="nearest")
        for axis in range(3)
    ]
    return np.stack(slopes, -1) / anatomy.spacing @ (anatomy.affine[:3, :3] / anatomy.spacing).T


def _facing(anatomy, beyond):
    """Wall voxels with a face to `beyond`.

    A plane of unit normal n shows |n_x| + |n_y| + |n_z| voxel faces to the unit of area.
    """
    faces = np.zeros(beyond.shape, np.uint8)
    for axis in range(3):
        for step in (1, -1):
            neighbour = np.roll(np.pad(beyond, 1), step, axis)[1:-1, 1:-1, 1:-1]
            faces += anatomy.wall & neighbour
    voxels = np.argwhere(faces)
    along_voxels = anatomy.affine[:3, :3] / anatomy.spacing
    normal = gradient(beyond.astype(np.float32), anatomy)[tuple(voxels.T)] @ along_voxels
    length = np.linalg.norm(normal, axis=1)
    shown = np.abs(normal).sum(1) / np.where(length > 0, length, np.inf)
    return Surface(voxels, faces[tuple(voxels.T)] * float(anatomy.spacing[0]) ** 2 / np.maximum(shown, 1))
