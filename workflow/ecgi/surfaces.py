"""Surfaces of the wall: which voxels make them up, how much area each has, and where each lies."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from .anatomy import CAVITIES, Tissue

TOWARDS_BASE = -0.7  # z of a normal that points out of the cut base


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
    """Wall facing the outside, without the rim of the base.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, whose z runs from base to apex.
    """
    outside = anatomy.labels == Tissue.BACKGROUND
    surface = _facing(anatomy, outside)
    apical = _normals(anatomy, outside)[tuple(surface.voxels.T)][:, 2] > TOWARDS_BASE
    return Surface(surface.voxels[apical], surface.area_mm2[apical])


def heights_and_angles(anatomy, chamber, voxels):
    """Where voxels lie around a ventricle.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    chamber : {Tissue.LV_CAVITY, Tissue.RV_CAVITY}
    voxels : numpy.ndarray, shape (voxel, 3)

    Returns
    -------
    height : numpy.ndarray
        From 0 at the base to 1 at the apex of the cavity.
    angle : numpy.ndarray
        Degrees around the cavity's middle: 0 on the patient's left (the LV's free wall, the RV's
        septum), 90 anterior, 180 on the right (the LV's septum, the RV's free wall), 270 inferior.
    """
    cavity = np.argwhere(anatomy.labels == chamber)
    first, last = cavity[:, 2].min(), cavity[:, 2].max()
    height = (voxels[:, 2] - first) / max(last - first, 1)
    levels = np.bincount(cavity[:, 2], minlength=anatomy.labels.shape[2])
    centres = np.stack(
        [np.bincount(cavity[:, 2], cavity[:, axis], len(levels)) / np.maximum(levels, 1) for axis in (0, 1)]
    )
    at = np.clip(voxels[:, 2], first, last)
    x, y = voxels[:, 0] - centres[0, at], voxels[:, 1] - centres[1, at]
    return height, np.degrees(np.arctan2(y, x)) % 360


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
    normal = _normals(anatomy, beyond)[tuple(voxels.T)]
    spread = np.maximum(np.abs(normal).sum(1), 1)
    return Surface(voxels, faces[tuple(voxels.T)] * float(anatomy.spacing[0]) ** 2 / spread)


def _normals(anatomy, beyond):
    """Unit vectors out of the wall towards `beyond`, shape (x, y, z, 3); 0 far from any."""
    smooth = ndimage.gaussian_filter(beyond.astype(np.float32), 1.5)
    gradient = np.stack(np.gradient(smooth), -1)
    length = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return gradient / np.maximum(length, 1e-6)
