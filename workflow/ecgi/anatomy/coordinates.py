"""Coordinates within the ventricles: transmural, apicobasal, angle around a chamber, and AHA segment."""

import numpy as np
from numpy.typing import NDArray

from .heart import CAVITIES, LV_MUSCLE, Anatomy, Tissue
from .reslice import signed_distance
from .surfaces import beyond_epicardium


def apicobasal(
    anatomy: Anatomy, voxels: NDArray[np.integer], tissues: Tissue | tuple[Tissue, ...]
) -> NDArray[np.floating]:
    """Apicobasal coordinate of voxels: from base, 0, to apex, 1, along the long axis.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    voxels : numpy.ndarray of int, shape (voxel, 3)
    tissues : Tissue or tuple of Tissue
        Their ends are base and apex.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        Below 0 and above 1 beyond those ends.
    """
    levels = np.flatnonzero(np.isin(anatomy.labels, tissues).any((0, 1)))
    return (voxels[:, 2] - levels[0]) / max(levels[-1] - levels[0], 1)


def angle(anatomy: Anatomy, voxels: NDArray[np.integer], chamber: Tissue) -> NDArray[np.floating]:
    """Angle of voxels around a ventricle.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    voxels : numpy.ndarray of int, shape (voxel, 3)
    chamber : {Tissue.LV_CAVITY, Tissue.RV_CAVITY}
        Its centroid at each level is the origin.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        Degrees: 0 on the patient's left (the LV's free wall, the RV's septum), 90 anterior, 180 on the
        right (the LV's septum, the RV's free wall), 270 inferior.
    """
    cavity = np.argwhere(anatomy.labels == chamber)
    levels = np.bincount(cavity[:, 2], minlength=anatomy.labels.shape[2])
    centres = np.stack(
        [np.bincount(cavity[:, 2], cavity[:, axis], len(levels)) / np.maximum(levels, 1) for axis in (0, 1)]
    )
    at = np.clip(voxels[:, 2], cavity[:, 2].min(), cavity[:, 2].max())
    x, y = voxels[:, 0] - centres[0, at], voxels[:, 1] - centres[1, at]
    return np.degrees(np.arctan2(y, x)) % 360


def transmural(anatomy: Anatomy) -> NDArray[np.floating]:
    """Transmural coordinate of each wall voxel: from endocardium, 0, to epicardium, 1.

    The distance to blood over the sum of the distances to blood and to the outside of the heart. The
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
    surfaces = np.isin(anatomy.labels, CAVITIES), beyond_epicardium(anatomy)
    return between(*(signed_distance(mask, anatomy.spacing)[anatomy.wall] for mask in surfaces))


def between(to_inner: NDArray[np.floating], to_outer: NDArray[np.floating]) -> NDArray[np.floating]:
    """Relative depth from an inner surface, 0, to an outer one, 1.

    Parameters
    ----------
    to_inner, to_outer : numpy.ndarray
        Distances to the two surfaces in mm.

    Returns
    -------
    numpy.ndarray
        Of the shape of the distances.
    """
    return to_inner / (to_inner + to_outer)


APEX = 17
RINGS = ((1, 6, 60.0), (7, 6, 60.0), (13, 4, 90.0))  # first segment, how many, degrees of each: base to apex


def aha_segments(anatomy: Anatomy) -> NDArray[np.uint8]:
    """AHA segment of each wall voxel (Cerqueira et al. 2002, Circulation 105:539).

    Rings are thirds of the cavity's length; the wall beyond the cavity is the apex. The numbers of a ring
    begin with the anterior segment and continue through the septum.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.

    Returns
    -------
    numpy.ndarray of uint8, shape (voxel,)
        1 to 17; 0 outside the muscle of the left ventricle, and everywhere in a heart without LV cavity.
    """
    muscle = np.isin(anatomy.labels[anatomy.wall], LV_MUSCLE)
    segments = np.zeros(len(muscle), np.uint8)
    if not (anatomy.labels == Tissue.LV_CAVITY).any():
        return segments
    voxels = np.argwhere(anatomy.wall)
    height = apicobasal(anatomy, voxels, Tissue.LV_CAVITY)
    ring = np.clip((3 * height).astype(int), 0, 2)
    first, count, width = np.array(RINGS).T[:, ring]
    inside = first + (angle(anatomy, voxels, Tissue.LV_CAVITY) - 90 + width / 2) // width % count
    return np.where(muscle, np.where(height > 1, APEX, inside), 0).astype(np.uint8)
