"""Labelled hearts: tissue labels on an isotropic or anisotropic grid, placed in the patient.

The patient frame is RAS in mm: x to the patient's right, y to the front, z to the head.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import ndimage

from .errors import InputError, listed, shown


class Tissue(IntEnum):
    """Labels of every volume that the workflow writes."""

    BACKGROUND = 0
    LV_WALL = 1
    RV_WALL = 2
    LV_CAVITY = 3
    RV_CAVITY = 4
    SCAR = 5
    BORDER_ZONE = 6
    DENSE_SCAR = 7


WALL = (Tissue.LV_WALL, Tissue.RV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE)
LV_MUSCLE = (Tissue.LV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE, Tissue.DENSE_SCAR)
CAVITIES = (Tissue.LV_CAVITY, Tissue.RV_CAVITY)
SMALLEST_HEART_MM, LARGEST_HEART_MM = 5.0, 500.0  # longest side
LEAST_WALL = 100  # voxels, fewer of which are no ventricle
MOST_STRAY = 0.25  # of the wall; more than that is no speck but a part of the heart
OPEN_SHARE = 0.05  # of the cavity's apical surface; holes of a few voxels do not matter
MOST_VOXELS = 400_000_000


class AnatomyError(InputError):
    """A heart that can't be used as it is; the message says why and what would be right."""


@dataclass(frozen=True)
class Anatomy:
    """A labelled heart.

    Attributes
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        `Tissue` of every voxel.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm.
    """

    labels: np.ndarray
    affine: np.ndarray

    @property
    def spacing(self):
        """Voxel edge lengths in mm, shape (3,)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def wall(self):
        """Mask of the conducting wall; scar belongs to it unless it is dense."""
        return np.isin(self.labels, WALL)

    def positions(self, mask):
        """Patient coordinates in mm of the voxels of `mask`, shape (voxel, 3), in C order."""
        return to_patient(self.affine, np.argwhere(mask))


def to_patient(affine, index):
    """Patient coordinates in mm of voxel indices, shape (..., 3)."""
    return index @ affine[:3, :3].T + affine[:3, 3]


def map_labels(values, label_map):
    """Translate a dataset's labels into `Tissue`.

    Parameters
    ----------
    values : numpy.ndarray
        Labels as the dataset has them, whole numbers.
    label_map : dict of str to sequence of int
        Name of a `Tissue` in lower case to the dataset's labels for it.

    Returns
    -------
    numpy.ndarray of uint8

    Raises
    ------
    AnatomyError
        If a label of the map is not in the volume, or values are no labels.
    """
    found = np.unique(values)
    if not (np.isfinite(found).all() and np.array_equal(found, np.rint(found))):
        raise AnatomyError("values that are not whole numbers; labels are needed, not intensities")
    present = [int(value) for value in found]
    labels = np.zeros(values.shape, np.uint8)
    for name, numbers in label_map.items():
        missing = sorted(set(numbers) - set(present))
        if missing:
            raise AnatomyError(
                f"{name}: label {shown(missing[0])} is not in the volume, which has "
                f"{listed(present)}; correct the label map"
            )
        labels[np.isin(values, numbers)] = Tissue[name.upper()]
    return labels


def refuse_size(extent_mm, source):
    """Refuse what is larger or smaller than any heart, which shows units that are not mm.

    Parameters
    ----------
    extent_mm : array-like, shape (3,)
    source : path-like
        What to call it in messages.

    Raises
    ------
    AnatomyError
    """
    longest = np.max(extent_mm)
    if not SMALLEST_HEART_MM <= longest <= LARGEST_HEART_MM:
        raise AnatomyError(
            f"{source}: the heart is {longest:.3g} mm long, and hearts have {SMALLEST_HEART_MM:g} to "
            f"{LARGEST_HEART_MM:g} mm; check its units and its labels"
        )


def refuse_fine_grid(shape, spacing_mm):
    """Refuse a grid of more voxels than the workflow can hold."""
    if np.prod(shape, dtype=float) > MOST_VOXELS:
        raise AnatomyError(f"too large for voxels of {spacing_mm:g} mm; raise anatomy.spacing_mm")


def refuse_open_apex(anatomy):
    """Refuse an LV cavity that is open to the outside in its apical half.

    At the base it is open by nature.

    Raises
    ------
    AnatomyError
    """
    axis, centre = lv_axis(anatomy)
    padded = _padded(anatomy, 1)
    cavity = np.argwhere(padded.labels == Tissue.LV_CAVITY)
    apical = cavity[(to_patient(padded.affine, cavity) - centre) @ axis > 0]
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    beyond = padded.labels[tuple(np.moveaxis(apical[:, None] + steps, -1, 0))]
    surface = (beyond != Tissue.LV_CAVITY).sum()
    share = (beyond == Tissue.BACKGROUND).sum() / max(surface, 1)
    if share > OPEN_SHARE:
        raise AnatomyError(
            f"the LV cavity is open: {share:.0%} of its surface in the apical half touches no wall; close it "
            "by cap_apex_mm in the cases table, or mend the segmentation"
        )


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


def refuse_wall(labels, removed):
    """Refuse what is left of a wall after its stray pieces were removed, if that is no ventricle.

    Parameters
    ----------
    labels : numpy.ndarray of uint8
        See `keep_largest_piece`.
    removed : int
        Voxels taken out.

    Raises
    ------
    AnatomyError
    """
    kept = int(np.isin(labels, WALL).sum())
    if removed > MOST_STRAY * (kept + removed):
        raise AnatomyError(
            f"the wall is in pieces: {removed} of {kept + removed} voxels do not touch the largest; mend the "
            "segmentation"
        )
    if kept < LEAST_WALL:
        raise AnatomyError(f"the wall has {kept} voxels, too few for a ventricle; correct the label map")


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


def add_scar(anatomy, radius_mm, draw):
    """Scar that the segmentation does not show: a ball at a random place of the healthy LV wall.

    Parameters
    ----------
    anatomy : Anatomy
    radius_mm : float
    draw : numpy.random.Generator

    Returns
    -------
    Anatomy
    """
    healthy = anatomy.labels == Tissue.LV_WALL
    places = anatomy.positions(healthy)
    centre = places[int(draw.random() * len(places))]
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
    anatomy = _padded(anatomy, pad)
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
    anatomy = _padded(anatomy, int(np.ceil(thickness_mm / anatomy.spacing.min())) + 1)
    axis, origin = lv_axis(anatomy)
    cavity = anatomy.labels == Tissue.LV_CAVITY
    distance = ndimage.distance_transform_edt(~cavity, sampling=anatomy.spacing)
    gap = (distance <= thickness_mm) & (anatomy.labels == Tissue.BACKGROUND)
    apical = (anatomy.positions(gap) - origin) @ axis > 0
    labels = anatomy.labels.copy()
    labels[gap] = np.where(apical, Tissue.LV_WALL, Tissue.BACKGROUND)
    return Anatomy(labels, anatomy.affine)


def lv_axis(anatomy):
    """Long axis of the left ventricle, from base to apex.

    The direction is the first principal component of LV wall and cavity; the apex is the end
    away from the cavity, which a closed apex pushes towards the base.

    Returns
    -------
    axis : numpy.ndarray, shape (3,)
        Unit vector in patient RAS.
    centre : numpy.ndarray, shape (3,)
        Centroid of LV wall and cavity in mm.

    Raises
    ------
    AnatomyError
        If the LV wall or the LV cavity is missing.
    """
    wall = anatomy.positions(np.isin(anatomy.labels, LV_MUSCLE))
    cavity = anatomy.positions(anatomy.labels == Tissue.LV_CAVITY)
    for name, points in (("lv_wall", wall), ("lv_cavity", cavity)):
        if len(points) == 0:
            raise AnatomyError(f"{name} is empty, and the LV axis needs it; name its labels in the label map")
    ventricle = np.concatenate([wall, cavity])
    centre = ventricle.mean(0)
    axis = np.linalg.svd(np.cov((ventricle - centre).T))[0][:, 0]
    apex_side = np.sign((wall.mean(0) - cavity.mean(0)) @ axis)
    return axis * (apex_side if apex_side else 1.0), centre


def short_axis_frame(anatomy):
    """Rotation into the short-axis frame of the heart.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Columns are the frame's axes in patient RAS: x from the RV to the LV, y to the anterior
        wall, z along the LV from base to apex. Right-handed.

    Raises
    ------
    AnatomyError
        If the LV, or both the RV wall and the RV cavity, are missing.
    """
    axis, centre = lv_axis(anatomy)
    rv = anatomy.positions(np.isin(anatomy.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)))
    if len(rv) == 0:
        raise AnatomyError("there is no RV to find the septum by; name the labels of rv_wall or rv_cavity")
    septal = centre - rv.mean(0)
    septal = septal - (septal @ axis) * axis
    if np.linalg.norm(septal) < anatomy.spacing.min():
        raise AnatomyError("the RV lies around the LV and not beside it; correct the label map")
    septal /= np.linalg.norm(septal)
    return np.column_stack([septal, np.cross(axis, septal), axis])


def short_axis(segmentation, spacing_mm, scar_conducts):
    """A heart in its short-axis frame, its wall in one piece.

    Parameters
    ----------
    segmentation : Anatomy
    spacing_mm : float
    scar_conducts : bool
        If not, scar leaves the wall.

    Returns
    -------
    Anatomy
    removed : int
        Wall voxels that lost their neighbours, on the new grid or to the scar, and were taken out.
    """
    resliced = reslice(segmentation, short_axis_frame(segmentation), spacing_mm)
    labels, removed = keep_largest_piece(resliced.labels)
    if not scar_conducts:
        labels, cut_off = take_out_scar(labels)
        removed += cut_off
    return Anatomy(labels, resliced.affine), removed


def reslice(anatomy, rotation, spacing_mm):
    """Put a heart on an isotropic grid along the given axes, thin walls kept whole.

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


def signed_distance(mask, spacing):
    """Distance in mm to the surface of `mask`, negative inside; the surface lies on voxel faces."""
    if mask.all():
        return np.full(mask.shape, -1e6, np.float32)
    half = spacing.min() / 2
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing)
    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    return np.where(mask, half - inside, outside - half).astype(np.float32)


def _outside(back, shape, source_shape):
    """Mask of target voxels whose centre lies more than half a voxel outside the source."""
    outside = np.zeros(tuple(shape), bool)
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    for axis, size in enumerate(source_shape):
        index = back[axis, 0] * i + back[axis, 1] * j + back[axis, 2] * k + back[axis, 3]
        outside |= (index < -0.5) | (index > size - 0.5)
    return outside


def _seal_thin_walls(anatomy, wall_distance, source):
    """Make wall of voxels in which a wall thinner than a voxel runs between blood and what is not."""
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


def _nearest_wall_label(anatomy, mask, source):
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


def _padded(anatomy, voxels):
    """Add background around the volume, so that a wall can grow beyond its edge."""
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, np.full(3, -voxels))
    return Anatomy(np.pad(anatomy.labels, voxels), affine)
