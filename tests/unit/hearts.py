"""Hearts whose geometry is known in closed form, and comparisons between hearts on different grids."""

import numpy as np
from scipy.spatial.transform import Rotation

from ecgi.anatomy.heart import Anatomy, Tissue, to_patient

CENTRE = np.array([12.0, -31.0, 47.0])  # mm, in the patient
BASE, LV_LENGTH, LV_RADIUS, LV_WALL, RV_WALL = -20.0, 60.0, 20.0, 10.0, 4.0


def rotation(seed):
    """A random rotation matrix."""
    return Rotation.random(rng=np.random.default_rng(seed)).as_matrix()


def oblique_affine(seed, spacing):
    """Affine of a grid that is turned and moved in the patient."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(seed) * np.broadcast_to(spacing, 3)
    affine[:3, 3] = np.random.default_rng(seed).uniform(-80, 80, 3)
    return affine


def ellipsoidal_heart(axes, spacing, grid_axes=None, apex_cut_mm=np.inf):
    """A biventricular heart of ellipsoids.

    `axes` are its short-axis frame: columns from RV to LV, to the anterior wall, from base to apex.
    The grid has the given spacing and axes; at `apex_cut_mm` from the centre the heart ends.
    """
    grid_axes = np.eye(3) if grid_axes is None else grid_axes
    spacing = np.broadcast_to(spacing, 3)
    corners = np.stack(np.meshgrid([-60, 30], [-35, 35], [-20, 70], indexing="ij"), -1).reshape(-1, 3)
    reach = (CENTRE + corners @ axes.T) @ grid_axes
    low = reach.min(0) - 2 * spacing
    shape = np.ceil((reach.max(0) + 2 * spacing - low) / spacing).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = grid_axes * spacing
    affine[:3, 3] = grid_axes @ low
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    x, y, z = np.moveaxis((to_patient(affine, index) - CENTRE) @ axes, -1, 0)

    def ellipsoid(x, radius, length):
        return (x**2 + y**2) / radius**2 + z**2 / length**2 <= 1

    labels = np.zeros(shape, np.uint8)
    labels[ellipsoid(x + 24, 28 + RV_WALL, 50 + RV_WALL)] = Tissue.RV_WALL
    labels[ellipsoid(x + 24, 28, 50)] = Tissue.RV_CAVITY
    labels[ellipsoid(x, LV_RADIUS + LV_WALL, LV_LENGTH + LV_WALL)] = Tissue.LV_WALL
    labels[ellipsoid(x, LV_RADIUS, LV_LENGTH)] = Tissue.LV_CAVITY
    labels[(z < BASE) | (z > apex_cut_mm)] = Tissue.BACKGROUND
    return Anatomy(labels, affine)


def relabelled(heart, old, new=Tissue.BACKGROUND):
    """The heart with some tissues made another."""
    return Anatomy(np.where(np.isin(heart.labels, old), np.uint8(new), heart.labels), heart.affine)


def labels_at(heart, positions):
    """Labels of the voxels that hold positions in the patient; background outside the grid."""
    index = np.rint(to_patient(np.linalg.inv(heart.affine), positions)).astype(int)
    inside = ((index >= 0) & (index < heart.labels.shape)).all(-1)
    labels = np.zeros(index.shape[:-1], np.uint8)
    labels[inside] = heart.labels[tuple(index[inside].T)]
    return labels


def on_grid_of(heart, other):
    """Labels of `heart` at the voxels of `other`."""
    return labels_at(heart, other.positions(np.ones(other.labels.shape, bool))).reshape(other.labels.shape)


def volume_mm3(heart, tissue):
    """Volume of a tissue."""
    return (heart.labels == tissue).sum() * heart.spacing.prod()


def faces(labels, inside, outside):
    """Mask of the voxels labelled `inside` that share a face with one labelled `outside`."""
    other = np.pad(np.isin(labels, outside), 1)
    touched = np.zeros(labels.shape, bool)
    for axis in range(3):
        for step in (-1, 1):
            touched |= np.roll(other, step, axis)[1:-1, 1:-1, 1:-1]
    return touched & np.isin(labels, inside)


def dice(a, b):
    """Overlap of two masks, 1 where they are the same."""
    return 2 * (a & b).sum() / (a.sum() + b.sum())
