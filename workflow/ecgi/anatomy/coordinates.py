"""Coordinates within the ventricles: height, angle, transmural depth and AHA segment."""

import numpy as np
from scipy import ndimage

from .frame import lv_axis
from .heart import CAVITIES, LV_MUSCLE, Tissue
from .surfaces import beyond_epicardium


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


def transmural_depth(anatomy):
    """Place of each wall voxel between endocardium, 0, and epicardium, 1.

    The distance to blood as a share of the distances to blood and to what is outside the heart. The
    septum, with blood on both sides, is near 0 throughout. The cut of the base is not epicardium.

    Parameters
    ----------
    anatomy : Anatomy
        With a cavity.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        Voxels in C order.
    """
    wall, blood = anatomy.wall, np.isin(anatomy.labels, CAVITIES)
    outside = beyond_epicardium(anatomy)
    half = anatomy.spacing.min() / 2
    to_blood, to_outside = (
        ndimage.distance_transform_edt(~mask, sampling=anatomy.spacing)[wall] - half
        for mask in (blood, outside)
    )
    return to_blood / (to_blood + to_outside)


def apical_depth(anatomy):
    """Place of each wall voxel between the base of the left ventricle, 0, and its apex, 1.

    Along the LV's long axis, from end to end of its wall; the RV's wall is held to the same range.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        Voxels in C order.
    """
    axis, centre = lv_axis(anatomy)
    depth = (anatomy.positions(anatomy.wall) - centre) @ axis
    left = np.isin(anatomy.labels[anatomy.wall], LV_MUSCLE)
    base, apex = depth[left].min(), depth[left].max()
    return np.clip((depth - base) / (apex - base), 0, 1)


APEX = 17
RINGS = ((1, 6, 60.0), (7, 6, 60.0), (13, 4, 90.0))  # first segment, how many, degrees of each: base to apex


def aha_segments(anatomy):
    """Segment of each wall voxel.

    Rings are thirds of the cavity's length; what lies beyond the cavity is the apex. Each begins with the
    anterior segment and goes on by way of the septum.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.

    Returns
    -------
    numpy.ndarray of uint8, shape (voxel,)
        1 to 17; 0 outside the muscle of the left ventricle, and all over a heart without LV cavity.
    """
    muscle = np.isin(anatomy.labels[anatomy.wall], LV_MUSCLE)
    segments = np.zeros(len(muscle), np.uint8)
    if not (anatomy.labels == Tissue.LV_CAVITY).any():
        return segments
    height, angle = heights_and_angles(anatomy, Tissue.LV_CAVITY, np.argwhere(anatomy.wall))
    ring = np.clip((3 * height).astype(int), 0, 2)
    first, count, width = np.array(RINGS).T[:, ring]
    inside = first + (angle - 90 + width / 2) // width % count
    return np.where(muscle, np.where(height > 1, APEX, inside), 0).astype(np.uint8)
