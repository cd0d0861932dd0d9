"""Shape-based resampling of a labelled heart onto an isotropic grid."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .checks import refuse_fine_grid
from .frame import short_axis_frame
from .heart import CAVITIES, WALL, Anatomy, Tissue, to_patient
from .repair import keep_largest_piece, take_out_scar


def short_axis(
    segmentation: Anatomy, spacing_mm: float, scar_conducts: bool, axis: NDArray | None = None
) -> tuple[Anatomy, int]:
    """Resample a heart in its short-axis frame and keep its wall in one piece.

    Parameters
    ----------
    segmentation : Anatomy
    spacing_mm : float
        Edge of the new voxels.
    scar_conducts : bool
        If not, scar leaves the wall.
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    Anatomy
    removed : int
        Wall voxels removed because the new grid or the scar cut them off.

    Raises
    ------
    AnatomyError
        If parts of the heart are missing, or the grid is too fine.
    """
    resliced = reslice(segmentation, short_axis_frame(segmentation, axis), spacing_mm)
    labels, removed = keep_largest_piece(resliced.labels)
    if not scar_conducts:
        labels, cut_off = take_out_scar(labels)
        removed += cut_off
    return Anatomy(labels, resliced.affine), removed


def reslice(anatomy: Anatomy, rotation: NDArray, spacing_mm: float) -> Anatomy:
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

    Returns
    -------
    Anatomy
        Cropped to heart and cavities with two voxels of background around them.
    """
    heart = anatomy.positions(anatomy.labels > 0) @ rotation
    margin = 2 * spacing_mm + anatomy.spacing.max() / 2
    low, high = heart.min(0) - margin, heart.max(0) + margin
    shape = np.ceil((high - low) / spacing_mm).astype(int) + 1
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
        closer = distance < nearest
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
