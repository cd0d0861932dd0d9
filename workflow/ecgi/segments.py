"""The 17 segments of the left ventricle (Cerqueira et al. 2002, Circulation 105:539)."""

import numpy as np

from .anatomy import LV_MUSCLE, Tissue
from .surfaces import heights_and_angles

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
