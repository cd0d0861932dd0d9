"""Shape-based resampling of a labelled heart onto an isotropic grid."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from .checks import refuse_fine_grid
from .frame import short_axis_frame
from .heart import CAVITIES, OUTSIDE, WALL, Anatomy, Tissue, cropped, to_patient
from .repair import cap_apex, close_septum, grow_rv_wall, keep_largest_piece, take_out_scar

MARGIN = 2  # voxels of background around the heart


class Walls(NamedTuple):
    """Walls that a heart gets beyond those of its segmentation.

    Attributes
    ----------
    rv_wall_mm, cap_apex_mm : float
        See `repair.grow_rv_wall` and `repair.cap_apex`; 0 for none.
    """

    rv_wall_mm: float = 0.0
    cap_apex_mm: float = 0.0


NO_WALLS = Walls()


class Changes(NamedTuple):
    """Voxels of the new grid that were changed after the resampling.

    Attributes
    ----------
    closed : int
        Septum that was added where the cavities touch.
    grown : int
        RV wall that was added.
    capped : int
        LV wall that was added at the apex.
    removed : int
        Wall off its largest piece, which became background.
    cut_off : int
        Wall that a scar without conduction separates from the rest, which became dense scar.
    """

    closed: int
    grown: int
    capped: int
    removed: int
    cut_off: int


ROUNDING = 1e-4  # mm and voxels, so that rounding decides nothing


def short_axis(
    segmentation: Anatomy,
    spacing_mm: float,
    scar_conducts: bool,
    axis: NDArray | None = None,
    walls: Walls = NO_WALLS,
    septum_mm: ArrayLike | None = None,
) -> tuple[Anatomy, Changes]:
    """Resample a heart in its short-axis frame, add walls, and keep its wall in one piece.

    Parameters
    ----------
    segmentation : Anatomy
    spacing_mm : float
        Edge of the new voxels.
    scar_conducts : bool
        If not, scar leaves the wall.
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.
    walls : Walls
    septum_mm : array-like, shape (3,), optional
        See `septum.find_septum`.

    Returns
    -------
    Anatomy
        Without `Tissue.VESSELS`, which are background.
    Changes

    Raises
    ------
    AnatomyError
        If parts of the heart are missing, or the grid is too fine.
    """
    repaired, changes = resample_and_repair(segmentation, spacing_mm, scar_conducts, axis, walls, septum_mm)
    return without_vessels(repaired), changes


def resample_and_repair(
    segmentation: Anatomy,
    spacing_mm: float,
    scar_conducts: bool,
    axis: NDArray | None = None,
    walls: Walls = NO_WALLS,
    septum_mm: ArrayLike | None = None,
) -> tuple[Anatomy, Changes]:
    """Make the heart of `short_axis`, with `Tissue.VESSELS` still in it.

    Walls grow on the new isotropic grid, as on thick slices they would end at each slice.

    Parameters
    ----------
    segmentation, spacing_mm, scar_conducts, axis, walls, septum_mm
        See `short_axis`.

    Returns
    -------
    Anatomy
    Changes

    Raises
    ------
    AnatomyError
        See `short_axis`.
    """
    heart = reslice(segmentation, short_axis_frame(segmentation, axis, septum_mm), spacing_mm)
    grown = capped = cut_off = 0
    heart, closed = close_septum(heart)
    if walls.rv_wall_mm:
        heart, grown = grow_rv_wall(heart, walls.rv_wall_mm, heart.third_axis)
    if walls.cap_apex_mm:
        heart, capped = cap_apex(heart, walls.cap_apex_mm, heart.third_axis)
    labels, removed = keep_largest_piece(heart.labels)
    if not scar_conducts:
        labels, cut_off = take_out_scar(labels)
    heart = Anatomy(labels, heart.affine)
    return cropped(heart, MARGIN) if grown or capped else heart, Changes(
        closed, grown, capped, removed, cut_off
    )


def without_vessels(anatomy: Anatomy) -> Anatomy:
    """Make vessels background.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    Anatomy
    """
    vessels = anatomy.labels == Tissue.VESSELS
    return Anatomy(np.where(vessels, np.uint8(Tissue.BACKGROUND), anatomy.labels), anatomy.affine)


def reslice(anatomy: Anatomy, rotation: NDArray, spacing_mm: float, centred: bool = False) -> Anatomy:
    """Resample a heart on an isotropic grid along the given axes, without holes in thin walls.

    Each tissue's signed distance is interpolated and the nearest tissue wins (shape-based
    interpolation, Raya & Udupa 1990), which neither makes steps between thick slices nor loses a
    wall as averaging would. Where a wall thinner than the new voxels would still let a cavity
    touch what lies behind it, the voxel in between becomes wall.

    Parameters
    ----------
    anatomy : Anatomy
    rotation : numpy.ndarray, shape (3, 3)
        Columns are the new axes in patient RAS.
    spacing_mm : float
        Edge of the new voxels.
    centred : bool
        Whether the grid lies alike on opposite sides of the heart, so that a mirrored heart gets the mirrored
        grid and labels.

    Returns
    -------
    Anatomy
        Cropped to heart and cavities with two voxels of background around them.
    """
    heart = anatomy.positions(~np.isin(anatomy.labels, OUTSIDE)) @ rotation
    margin = MARGIN * spacing_mm + anatomy.spacing.max() / 2
    low, high = heart.min(0) - margin, heart.max(0) + margin
    rounding = ROUNDING if centred else 0.0
    shape = np.ceil((high - low) / spacing_mm - rounding).astype(int) + 1
    if centred:
        low = (low + high - (shape - 1) * spacing_mm) / 2
    refuse_fine_grid(shape, spacing_mm)
    affine = np.eye(4)
    affine[:3, :3] = rotation * spacing_mm
    affine[:3, 3] = rotation @ low
    back = np.linalg.inv(anatomy.affine) @ affine

    tissues = [tissue for tissue in Tissue if (anatomy.labels == tissue).any()]
    nearest = np.full(shape, np.inf, np.float32)
    labels = np.zeros(shape, np.uint8)
    wall_distance = np.full(shape, np.inf, np.float32)
    for tissue in tissues:
        distance = ndimage.affine_transform(
            signed_distance(anatomy.labels == tissue, anatomy.spacing),
            back[:3, :3],
            back[:3, 3],
            output_shape=tuple(shape),
            order=1,
            mode="nearest",
        )
        outside = _outside(back, shape, anatomy.labels.shape)
        distance[outside] = -np.inf if tissue == Tissue.BACKGROUND else np.inf
        closer = distance < nearest - rounding
        nearest[closer] = distance[closer]
        labels[closer] = tissue
        if tissue in WALL:
            np.minimum(wall_distance, distance, out=wall_distance)
    return _seal_thin_walls(Anatomy(labels, affine), wall_distance, anatomy)


def signed_distance(mask: NDArray[np.bool_], spacing: NDArray) -> NDArray[np.float32]:
    """Signed distance to the surface of a mask, negative inside; the surface lies on voxel faces.

    Parameters
    ----------
    mask : numpy.ndarray of bool, shape (x, y, z)
    spacing : numpy.ndarray, shape (3,)
        Voxel edge lengths in mm.

    Returns
    -------
    numpy.ndarray of float32, shape (x, y, z)
        mm.
    """
    if mask.all():
        return np.full(mask.shape, -1e6, np.float32)
    half = spacing.min() / 2
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing)
    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    return np.where(mask, half - inside, outside - half).astype(np.float32)


def _outside(back: NDArray, shape: NDArray[np.int_], source_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mask of target voxels whose centre lies more than half a voxel outside the source."""
    outside = np.zeros(tuple(shape), bool)
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    for axis, size in enumerate(source_shape):
        index = back[axis, 0] * i + back[axis, 1] * j + back[axis, 2] * k + back[axis, 3]
        outside |= (index < -0.5) | (index > size - 0.5)
    return outside


def _seal_thin_walls(anatomy: Anatomy, wall_distance: NDArray[np.float32], source: Anatomy) -> Anatomy:
    """Turn voxels into wall where a wall thinner than a voxel separates a cavity from its surroundings."""
    labels = anatomy.labels.copy()
    reach = anatomy.spacing[0] / 2
    near_wall = wall_distance <= reach
    thin = near_wall & ~np.isin(labels, WALL)
    for axis in range(3):
        ahead = np.take(labels, np.arange(1, labels.shape[axis]), axis)
        behind = np.take(labels, np.arange(labels.shape[axis] - 1), axis)
        ahead_cavity, behind_cavity = np.isin(ahead, CAVITIES), np.isin(behind, CAVITIES)
        leak = (ahead_cavity | behind_cavity) & (ahead != behind)
        leak &= ~np.isin(ahead, WALL) & ~np.isin(behind, WALL)
        for offset in (0, 1):
            side = np.zeros(labels.shape, bool)
            part = [slice(None)] * 3
            part[axis] = slice(1, None) if offset else slice(None, -1)
            side[tuple(part)] = leak
            seal = side & thin
            labels[seal] = _nearest_wall_label(anatomy, seal, source)
    return Anatomy(labels, anatomy.affine)


def _nearest_wall_label(anatomy: Anatomy, mask: NDArray[np.bool_], source: Anatomy) -> NDArray[np.uint8]:
    """Label of the source's wall voxel that is nearest to each voxel of `mask`."""
    if not mask.any():
        return np.zeros(0, np.uint8)
    index = ndimage.distance_transform_edt(
        ~source.wall, sampling=source.spacing, return_distances=False, return_indices=True
    )
    inverse = np.linalg.inv(source.affine)
    at = np.rint(to_patient(inverse, anatomy.positions(mask))).astype(int)
    at = np.clip(at, 0, np.array(source.labels.shape) - 1)
    return source.labels[tuple(index[(slice(None), *at.T)])]
