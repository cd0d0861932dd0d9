"""Repair of segmentations: stray pieces, scar, a missing RV wall, an open apex."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .frame import lv_axis, lv_centre
from .heart import LV_MUSCLE, WALL, Anatomy, AnatomyError, Tissue, with_margin


def keep_largest_piece(labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Keep the largest face-connected piece of the wall; the others become background.

    Parameters
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        See `heart.Tissue`.

    Returns
    -------
    labels : numpy.ndarray of uint8, shape (x, y, z)
    removed : int
        Voxels of the other pieces.

    Raises
    ------
    AnatomyError
        If there is no wall.
    """
    wall = np.isin(labels, WALL)
    if not wall.any():
        raise AnatomyError("the wall is empty; name the labels of lv_wall and rv_wall in the label map")
    pieces, count = ndimage.label(wall)
    if count == 1:
        return labels, 0
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    stray = wall & (pieces != sizes.argmax())
    return np.where(stray, np.uint8(Tissue.BACKGROUND), labels), int(stray.sum())


def take_out_scar(labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Make scar non-conducting, and with it the wall that it cuts off from the rest.

    Parameters
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        See `heart.Tissue`.

    Returns
    -------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        With `Tissue.DENSE_SCAR`.
    cut_off : int
        Voxels of other wall that became dense scar too.

    Raises
    ------
    AnatomyError
        If no wall is left.
    """
    dense = labels == Tissue.SCAR
    kept, cut_off = keep_largest_piece(np.where(dense, np.uint8(Tissue.DENSE_SCAR), labels))
    islets = np.isin(labels, WALL) & (kept == Tissue.BACKGROUND)
    return np.where(islets, np.uint8(Tissue.DENSE_SCAR), kept), cut_off


def add_scar(anatomy: Anatomy, radius_mm: float, rng: np.random.Generator) -> Anatomy:
    """Add a ball of scar at a random position in the healthy LV wall.

    Parameters
    ----------
    anatomy : Anatomy
    radius_mm : float
    rng : numpy.random.Generator

    Returns
    -------
    Anatomy
    """
    healthy = anatomy.labels == Tissue.LV_WALL
    positions = anatomy.positions(healthy)
    centre = positions[int(rng.random() * len(positions))]
    near = healthy.copy()
    near[healthy] = np.linalg.norm(positions - centre, axis=1) <= radius_mm
    return Anatomy(np.where(near, Tissue.SCAR, anatomy.labels).astype(np.uint8), anatomy.affine)


def grow_rv_wall(anatomy: Anatomy, thickness_mm: float, axis: NDArray | None = None) -> Anatomy:
    """Add an RV wall of given thickness around the RV cavity, where there is background.

    For datasets that label the RV cavity alone. The RV's base stays open: the wall reaches no
    further towards the base than the LV wall does.

    Parameters
    ----------
    anatomy : Anatomy
    thickness_mm : float
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    Anatomy

    Raises
    ------
    AnatomyError
        If there is no RV cavity, or no LV to find the base by.
    """
    cavity = anatomy.labels == Tissue.RV_CAVITY
    if not cavity.any():
        raise AnatomyError("an RV wall can't be grown: there is no RV cavity in the label map")
    pad = int(np.ceil(thickness_mm / anatomy.spacing.min())) + 1
    anatomy = with_margin(anatomy, pad)
    cavity = anatomy.labels == Tissue.RV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    shell = (distance <= thickness_mm) & (anatomy.labels == Tissue.BACKGROUND)
    axis = lv_axis(anatomy)[0] if axis is None else axis
    origin = lv_centre(anatomy)
    depth = (anatomy.positions(shell) - origin) @ axis
    base = ((anatomy.positions(anatomy.labels == Tissue.LV_WALL) - origin) @ axis).min()
    labels = anatomy.labels.copy()
    labels[shell] = np.where(depth >= base, Tissue.RV_WALL, Tissue.BACKGROUND)
    return Anatomy(labels, anatomy.affine)


def cap_apex(anatomy: Anatomy, thickness_mm: float, axis: NDArray | None = None) -> Anatomy:
    """Close an LV cavity that is open at the apex by a wall of given thickness.

    Segmentations of short-axis stacks often end before the apex. Background within
    `thickness_mm` of the cavity becomes wall in the apical half, and with it the background that touches
    both the cap's first layer and the LV wall, so that they join where slices are as thick as the cap.

    Parameters
    ----------
    anatomy : Anatomy
    thickness_mm : float
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    Anatomy

    Raises
    ------
    AnatomyError
        If the LV wall or the LV cavity is missing.
    """
    anatomy = with_margin(anatomy, int(np.ceil(thickness_mm / anatomy.spacing.min())) + 1)
    axis = lv_axis(anatomy)[0] if axis is None else axis
    cavity = anatomy.labels == Tissue.LV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    free = anatomy.labels == Tissue.BACKGROUND
    free[free] = (anatomy.positions(free) - lv_centre(anatomy)) @ axis > 0
    cap = free & (distance <= thickness_mm)
    muscle = np.isin(anatomy.labels, LV_MUSCLE)
    first_layer = cap & ndimage.binary_dilation(cavity)
    rim = free & ndimage.binary_dilation(first_layer) & ndimage.binary_dilation(muscle)
    return Anatomy(np.where(cap | rim, np.uint8(Tissue.LV_WALL), anatomy.labels), anatomy.affine)
