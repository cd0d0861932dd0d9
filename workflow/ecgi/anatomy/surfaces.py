"""Endocardium and epicardium as wall voxels with areas, and the smoothed gradient across them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .heart import CAVITIES, Anatomy, Tissue

SMOOTH_MM = 2.0  # standard deviation of the Gaussian that smooths the steps of voxels
BASE_DEGREES = 55.0  # a surface whose normal is nearer to the axis is the cut of the base, not epicardium


class Surface(NamedTuple):
    """Wall voxels on a surface.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
        Voxel indices.
    area_mm2 : numpy.ndarray, shape (voxel,)
        Area of the surface in each.
    """

    voxels: NDArray[np.int_]
    area_mm2: NDArray


def endocardium(anatomy: Anatomy, cavities: Sequence[Tissue] = CAVITIES) -> Surface:
    """Endocardium: wall voxels that face cavities.

    Parameters
    ----------
    anatomy : Anatomy
    cavities : sequence of Tissue
        Cavities to consider.

    Returns
    -------
    Surface
    """
    return _facing(anatomy, np.isin(anatomy.labels, cavities))


def epicardium(anatomy: Anatomy) -> Surface:
    """Epicardium: wall voxels that face the outside of the heart, without the cut of the base.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, with background around it.

    Returns
    -------
    Surface
    """
    return _facing(anatomy, beyond_epicardium(anatomy))


def beyond_epicardium(anatomy: Anatomy) -> NDArray[np.bool_]:
    """Mask of the background beyond the epicardium, without that above the base.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, with background around it.

    Returns
    -------
    numpy.ndarray of bool, shape (x, y, z)
    """
    heart = anatomy.labels != Tissue.BACKGROUND
    outward = -gradient(heart.astype(np.float32), anatomy)
    to_base = -(outward @ anatomy.third_axis) / np.maximum(np.linalg.norm(outward, axis=-1), 1e-12)
    base = (to_base > np.cos(np.radians(BASE_DEGREES))) | np.isin(anatomy.labels, CAVITIES)
    nearest = ndimage.distance_transform_edt(
        ~heart, sampling=anatomy.spacing, return_distances=False, return_indices=True
    )
    return ~heart & ~base[tuple(nearest)]


def gradient(values: NDArray, anatomy: Anatomy) -> NDArray:
    """Smoothed gradient of a scalar.

    Parameters
    ----------
    values : numpy.ndarray, shape (x, y, z)
    anatomy : Anatomy
        Its affine and spacing are used.

    Returns
    -------
    numpy.ndarray, shape (x, y, z, 3)
        Unit of `values` per mm, along the axes of patient RAS.
    """
    spread = np.maximum(SMOOTH_MM / anatomy.spacing, 1.0)
    slopes = [
        ndimage.gaussian_filter(values, spread, order=np.eye(3, dtype=int)[axis], mode="nearest")
        for axis in range(3)
    ]
    return np.stack(slopes, -1) / anatomy.spacing @ (anatomy.affine[:3, :3] / anatomy.spacing).T


def _facing(anatomy: Anatomy, beyond: NDArray[np.bool_]) -> Surface:
    """Wall voxels with a face to `beyond`.

    A plane of unit normal n has |n_x| + |n_y| + |n_z| voxel faces per unit of area.
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
    faces_per_area = np.abs(normal).sum(1) / np.where(length > 0, length, np.inf)
    face_mm2 = float(anatomy.spacing[0]) ** 2
    return Surface(voxels, faces[tuple(voxels.T)] * face_mm2 / np.maximum(faces_per_area, 1))
