"""Repair of segmentations: stray pieces, scar, a missing RV wall, an open apex."""

import numpy as np
from scipy import ndimage

from .frame import lv_axis
from .heart import WALL, Anatomy, AnatomyError, Tissue, with_margin


def keep_largest_piece(labels):
    """Remove all of the wall but its largest face-connected piece.

    Returns
    -------
    labels : numpy.ndarray of uint8
    removed : int
        Voxels taken out.

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


def take_out_scar(labels):
    """Let scar conduct nothing: it leaves the wall, and so does what it cuts off from the rest.

    Returns
    -------
    labels : numpy.ndarray of uint8
        With `Tissue.DENSE_SCAR`.
    cut_off : int
        Voxels of other wall that became dense scar too.
    """
    dense = labels == Tissue.SCAR
    kept, cut_off = keep_largest_piece(np.where(dense, np.uint8(Tissue.DENSE_SCAR), labels))
    islets = np.isin(labels, WALL) & (kept == Tissue.BACKGROUND)
    return np.where(islets, np.uint8(Tissue.DENSE_SCAR), kept), cut_off


def add_scar(anatomy, radius_mm, rng):
    """Scar that the segmentation does not show: a ball at a random place of the healthy LV wall.

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
    places = anatomy.positions(healthy)
    centre = places[int(rng.random() * len(places))]
    near = healthy.copy()
    near[healthy] = np.linalg.norm(places - centre, axis=1) <= radius_mm
    return Anatomy(np.where(near, Tissue.SCAR, anatomy.labels).astype(np.uint8), anatomy.affine)


def grow_rv_wall(anatomy, thickness_mm):
    """Lay an RV wall of set thickness around the RV cavity, where only background was.

    For datasets that label the RV cavity alone. The RV's base stays open: the wall reaches no
    further towards the base than the LV wall does.

    Parameters
    ----------
    anatomy : Anatomy
    thickness_mm : float

    Returns
    -------
    Anatomy
    """
    cavity = anatomy.labels == Tissue.RV_CAVITY
    if not cavity.any():
        raise AnatomyError("an RV wall can't be grown: there is no RV cavity in the label map")
    pad = int(np.ceil(thickness_mm / anatomy.spacing.min())) + 1
    anatomy = with_margin(anatomy, pad)
    cavity = anatomy.labels == Tissue.RV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    shell = (distance <= thickness_mm) & (anatomy.labels == Tissue.BACKGROUND)
    axis, origin = lv_axis(anatomy)
    depth = (anatomy.positions(shell) - origin) @ axis
    base = ((anatomy.positions(anatomy.labels == Tissue.LV_WALL) - origin) @ axis).min()
    labels = anatomy.labels.copy()
    labels[shell] = np.where(depth >= base, Tissue.RV_WALL, Tissue.BACKGROUND)
    return Anatomy(labels, anatomy.affine)


def cap_apex(anatomy, thickness_mm):
    """Close an LV whose cavity reaches the outside at the apex, with wall of set thickness.

    Segmentations of short-axis stacks often end before the apex. Background within
    `thickness_mm` of the cavity becomes wall in the apical half.
    """
    anatomy = with_margin(anatomy, int(np.ceil(thickness_mm / anatomy.spacing.min())) + 1)
    axis, origin = lv_axis(anatomy)
    cavity = anatomy.labels == Tissue.LV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    gap = (distance <= thickness_mm) & (anatomy.labels == Tissue.BACKGROUND)
    apical = (anatomy.positions(gap) - origin) @ axis > 0
    labels = anatomy.labels.copy()
    labels[gap] = np.where(apical, Tissue.LV_WALL, Tissue.BACKGROUND)
    return Anatomy(labels, anatomy.affine)
