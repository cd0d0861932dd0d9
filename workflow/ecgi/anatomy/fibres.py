"""Directions of the muscle fibres in the ventricular wall: by rule, or of the nearest known fibres.

Fibres are axial: a direction and its opposite are the same. They run tangent to the wall and turn from
a right-handed helix at the endocardium to a left-handed one at the epicardium (Streeter et al. 1969,
Circ Res 24:339).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from .coordinates import between
from .heart import CAVITIES, Anatomy, AnatomyError, Tissue
from .reslice import signed_distance
from .surfaces import beyond_epicardium, gradient

OFF_SITE_MM = 10.0  # median distance of the wall from known fibres, above which they are of another heart


def rule_based(anatomy: Anatomy, endo_degrees: float, epi_degrees: float) -> NDArray[np.float32]:
    """Fibre directions whose helix angle changes linearly through the wall.

    A rule in the manner of Bayer et al. 2012 (Ann Biomed Eng 40:2243), simplified: depth comes from
    the distances to the two surfaces instead of Laplace's equation, "along" is the LV axis for both
    ventricles, which share one pair of angles, fibres are tangent to the wall, without a transverse
    angle, and the two families are not blended where the RV wall meets the LV.

    The wall between the cavities runs from one endocardium to the other. A helix that is right-handed
    about one cavity is left-handed about the other, so that the endocardium of the RV keeps one direction
    from its free wall to the septum.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, with background around it.
    endo_degrees, epi_degrees : float
        Helix angle at each surface, from the circumferential direction; positive for a right-handed helix.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, 3)
        Unit vectors in patient RAS; wall voxels in C order.

    Raises
    ------
    AnatomyError
        If a ventricle has a wall but no cavity.
    """
    axis = anatomy.third_axis
    beyond = beyond_epicardium(anatomy)
    wall = anatomy.wall
    lv, rv = (anatomy.labels == cavity for cavity in CAVITIES)
    of_rv = _ventricle(anatomy) == Tissue.RV_WALL
    if (wall & of_rv).any() and not rv.any():
        raise AnatomyError("rv_cavity is empty, and the fibres of the RV wall need it; name its labels")
    fibres = np.empty((int(wall.sum()), 3), np.float32)
    for member, cavity, opposite in ((~of_rv, lv, rv), (of_rv, rv, lv)):
        if not (wall & member).any():
            continue
        inner = signed_distance(cavity, anatomy.spacing)
        outer = signed_distance(beyond | opposite, anatomy.spacing)
        across = gradient(inner - outer, anatomy)[wall & member]
        depth = between(inner[wall & member], outer[wall & member])
        angle = np.radians(endo_degrees + (epi_degrees - endo_degrees) * depth)
        fibres[member[wall]] = _helix(across, axis, angle)
    return fibres


def nearest(anatomy: Anatomy, positions: NDArray, vectors: NDArray, source: str) -> NDArray[np.float32]:
    """Fibre directions of the nearest known ones.

    Parameters
    ----------
    anatomy : Anatomy
    positions : numpy.ndarray, shape (known fibre, 3)
        Patient RAS, mm.
    vectors : numpy.ndarray, shape (known fibre, 3)
        Patient RAS, of any length.
    source : str
        Name of the known fibres in messages.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, 3)
        Unit vectors in patient RAS; wall voxels in C order.

    Raises
    ------
    AnatomyError
        If the known fibres lie off the wall, or their vectors are zero, not finite, or all parallel.
    """
    distance, closest = cKDTree(positions).query(anatomy.positions(anatomy.wall))
    if np.median(distance) > OFF_SITE_MM:
        raise AnatomyError(
            f"{source}: the wall lies {np.median(distance):.0f} mm off them; check coordinates, RAS or LPS"
        )
    fibres = vectors[closest]
    length = np.linalg.norm(fibres, axis=1, keepdims=True)
    bad = ~(np.isfinite(length) & (length > 0))
    if bad.any():
        raise AnatomyError(f"{source}: zero or NaN at {bad.sum()} of {len(bad)} wall voxels")
    fibres = fibres / length
    if (np.abs(fibres @ fibres[0]) > 1 - 1e-6).all():
        raise AnatomyError(
            f"{source}: all have the same direction in the wall, which is a placeholder and no measurement; "
            "use the rule instead"
        )
    return fibres.astype(np.float32)


def _ventricle(anatomy: Anatomy) -> NDArray[np.uint8]:
    """`Tissue.LV_WALL` or `Tissue.RV_WALL`, whichever is nearest; scar belongs to the wall around it."""
    healthy = np.isin(anatomy.labels, (Tissue.LV_WALL, Tissue.RV_WALL))
    index = ndimage.distance_transform_edt(
        ~healthy, sampling=anatomy.spacing, return_distances=False, return_indices=True
    )
    return anatomy.labels[tuple(index)]


def _helix(across: NDArray, axis: NDArray, angle: NDArray) -> NDArray:
    """Compute unit vectors normal to `across`, at an angle to the circumferential direction around `axis`."""
    # At the apex the wall lies across the axis, and its circumferential direction is arbitrary.
    sideways = 1e-6 * np.linalg.svd(axis[None])[2][1]
    normal = _unit(across + sideways)
    along = _unit(axis - (normal @ axis)[:, None] * normal)
    around = np.cross(along, normal)
    return np.cos(angle)[:, None] * around + np.sin(angle)[:, None] * along


def _unit(vectors: NDArray) -> NDArray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
