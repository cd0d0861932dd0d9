"""Repair of segmentations: stray pieces, scar, gaps of the septum, a missing RV wall, an open apex."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .frame import lv_axis, lv_centre
from .heart import LV_MUSCLE, WALL, Anatomy, AnatomyError, Tissue, with_margin
from .openings import open_share
from .surfaces import gradient

SPECK_MM3 = 10.0  # volume of a piece of wall below which it is noise of a segmentation
THINNEST = 1.5  # voxels of a grown wall, which the diagonals of a face's neighbours need to be joined
MOST_TOUCHING = 0.1  # share of the LV cavity's surface that may touch the RV's
MEMBRANOUS = 0.2  # share of the LV's length from its base, in which the septum may be a membrane
ROUNDING = 1e-3  # of positions, in voxels
FACING_DEGREES = 45.0  # between the long axis and the normal of a surface that faces the base
BASE_MM = 20.0  # depth of the RV's base, which is oblique, along the long axis
VALVE_MM = 4.0  # widest gap between blood of the RV and of a vessel that is a valve


def keep_largest_piece(labels: NDArray[np.uint8], diagonals: bool = False) -> tuple[NDArray[np.uint8], int]:
    """Keep the largest connected piece of the wall; the others become background.

    Parameters
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        See `heart.Tissue`.
    diagonals : bool
        Whether voxels that share an edge or a corner are connected too, as in thick slices, where a wall that
        is oblique to them has no faces in common.

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
    pieces, count = ndimage.label(wall, np.ones((3, 3, 3)) if diagonals else None)
    if count == 1:
        return labels, 0
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    stray = wall & (pieces != sizes.argmax())
    return np.where(stray, np.uint8(Tissue.BACKGROUND), labels), int(stray.sum())


def remove_strays(anatomy: Anatomy) -> tuple[NDArray[np.uint8], int]:
    """Remove pieces of wall that touch no other, and specks that touch it at an edge or a corner only.

    Larger pieces that touch at edges stay: on coarse voxels a thin oblique wall consists of them, and
    resampling joins them.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    labels : numpy.ndarray of uint8, shape (x, y, z)
    removed : int
        Voxels that became background.

    Raises
    ------
    AnatomyError
        If there is no wall.
    """
    labels, removed = keep_largest_piece(anatomy.labels, diagonals=True)
    pieces, _ = ndimage.label(np.isin(labels, WALL))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = sizes.max()
    specks = (sizes * np.prod(anatomy.spacing) < SPECK_MM3)[pieces]
    return np.where(specks, np.uint8(Tissue.BACKGROUND), labels), removed + int(specks.sum())


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


def grow_rv_wall(anatomy: Anatomy, thickness_mm: float, axis: NDArray | None = None) -> tuple[Anatomy, int]:
    """Add an RV wall of given thickness around the RV cavity, where there is background.

    For datasets that label the RV cavity alone. The RV's base stays open, where the surface of the cavity's
    end faces the base; and the wall reaches no further towards the base than the LV wall does. So do valves
    where vessels are labelled, in gaps of at most `VALVE_MM` between RV cavity and vessel. What stays open
    becomes `Tissue.VESSELS`.

    Parameters
    ----------
    anatomy : Anatomy
        On an isotropic grid, see `reslice.reslice`; on thick slices a wall would end at each of them.
    thickness_mm : float
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    Anatomy
    grown : int
        Voxels that became wall.

    Raises
    ------
    AnatomyError
        If there is no RV cavity, or no LV to find the base by.
    """
    cavity = anatomy.labels == Tissue.RV_CAVITY
    if not cavity.any():
        raise AnatomyError("an RV wall can't be grown: there is no RV cavity in the label map")
    reach = max(thickness_mm, THINNEST * anatomy.spacing.min())
    anatomy = with_margin(anatomy, int(np.ceil(reach / anatomy.spacing.min())) + 1)
    axis = lv_axis(anatomy)[0] if axis is None else axis
    labels = anatomy.labels.copy()
    cavity = labels == Tissue.RV_CAVITY
    distance, nearest = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing, return_indices=True)
    free = (distance <= reach) & (labels == Tissue.BACKGROUND)
    mouth = free & _rv_base(anatomy, axis)[tuple(nearest)]
    ends = [(anatomy.positions(mask) @ axis).min() for mask in (labels == Tissue.LV_WALL, cavity)]
    mouth[free] |= anatomy.positions(free) @ axis < max(ends) - ROUNDING * anatomy.spacing.min()
    vessels = labels == Tissue.VESSELS
    if vessels.any():
        to_vessel = ndimage.distance_transform_edt(~vessels, sampling=anatomy.spacing)
        mouth |= free & (distance + to_vessel <= VALVE_MM)
    labels[free] = Tissue.RV_WALL
    labels[mouth] = Tissue.VESSELS
    return Anatomy(labels, anatomy.affine), int((free & ~mouth).sum())


def _rv_base(anatomy: Anatomy, axis: NDArray) -> NDArray[np.bool_]:
    """Voxels of the RV cavity at its base: near its end, on the surface that faces the base, in one piece."""
    cavity = anatomy.labels == Tissue.RV_CAVITY
    outward = -gradient(cavity.astype(np.float32), anatomy)
    to_base = -(outward @ axis) / np.maximum(np.linalg.norm(outward, axis=-1), 1e-12)
    surface = cavity & ~ndimage.binary_erosion(cavity)
    facing = surface & (to_base > np.cos(np.radians(FACING_DEGREES)))
    if not facing.any():
        return facing
    depths = anatomy.positions(facing) @ axis
    depths -= (anatomy.positions(cavity) @ axis).min()
    facing[facing] = depths < BASE_MM
    pieces, _ = ndimage.label(facing, np.ones((3, 3, 3)))
    at_end = np.zeros(facing.shape, bool)
    at_end[facing] = depths[depths < BASE_MM] < anatomy.spacing.max()
    return facing & np.isin(pieces, np.unique(pieces[at_end]))


def close_septum(anatomy: Anatomy) -> tuple[Anatomy, int]:
    """Add LV wall where the cavities touch each other, as between slices that were shifted by breathing.

    Next to the base they are left as they are: the septum is a membrane there, which does not conduct.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, on an isotropic grid.

    Returns
    -------
    Anatomy
    closed : int
        Voxels of the RV cavity that became wall.

    Raises
    ------
    AnatomyError
        If the cavities touch over more than `MOST_TOUCHING` of the LV's.
    """
    share = open_share(anatomy, Tissue.LV_CAVITY, Tissue.RV_CAVITY)
    if share > MOST_TOUCHING:
        raise AnatomyError(
            f"{share:.0%} of the LV cavity's surface touches the RV's without a septum; correct the label "
            "map or mend the segmentation"
        )
    lv, rv = (anatomy.labels == tissue for tissue in (Tissue.LV_CAVITY, Tissue.RV_CAVITY))
    levels = np.flatnonzero(np.isin(anatomy.labels, LV_MUSCLE).any((0, 1)))
    muscular = levels[0] + MEMBRANOUS * (levels[-1] - levels[0])
    rv &= np.arange(anatomy.labels.shape[2]) >= muscular
    touching = rv & ndimage.binary_dilation(lv)
    if not touching.any():
        return anatomy, 0
    distance = ndimage.distance_transform_edt(~lv, sampling=anatomy.spacing)
    around = ndimage.binary_dilation(touching, np.ones((3, 3, 3)))
    septum = rv & around & (distance <= THINNEST * anatomy.spacing.min())
    labels = np.where(septum, np.uint8(Tissue.LV_WALL), anatomy.labels)
    return Anatomy(labels, anatomy.affine), int(septum.sum())


def cap_apex(anatomy: Anatomy, thickness_mm: float, axis: NDArray | None = None) -> tuple[Anatomy, int]:
    """Close an LV cavity that is open at the apex by a wall of given thickness.

    Segmentations of short-axis stacks often end before the apex. Background within `thickness_mm` of the
    cavity becomes wall in the apical half.

    Parameters
    ----------
    anatomy : Anatomy
        On an isotropic grid, see `reslice.reslice`.
    thickness_mm : float
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    Anatomy
    capped : int
        Voxels that became wall.

    Raises
    ------
    AnatomyError
        If the LV wall or the LV cavity is missing.
    """
    reach = max(thickness_mm, THINNEST * anatomy.spacing.min())
    anatomy = with_margin(anatomy, int(np.ceil(reach / anatomy.spacing.min())) + 1)
    axis = lv_axis(anatomy)[0] if axis is None else axis
    cavity = anatomy.labels == Tissue.LV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    cap = (distance <= reach) & (anatomy.labels == Tissue.BACKGROUND)
    cap[cap] = (anatomy.positions(cap) - lv_centre(anatomy)) @ axis > 0
    return Anatomy(np.where(cap, np.uint8(Tissue.LV_WALL), anatomy.labels), anatomy.affine), int(cap.sum())
