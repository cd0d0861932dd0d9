"""Interpolation of values between wall voxels, points and gaps."""

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree, cKDTree

from .heart import to_patient

NEIGHBOURS = 8  # voxels whose values are averaged


def wall_interpolation(anatomy, positions):
    """Weights of the wall voxels around places in the patient: linear between them.

    Parameters
    ----------
    anatomy : Anatomy
    positions : numpy.ndarray, shape (point, 3)
        Patient RAS, mm; where no wall is around, the nearest wall voxel counts.

    Returns
    -------
    scipy.sparse.csr_array, shape (point, voxel)
        Rows add up to 1; wall voxels in C order.
    """
    number = np.full(anatomy.labels.shape, -1)
    number[anatomy.wall] = np.arange(anatomy.wall.sum())
    number = np.pad(number, 1, constant_values=-1)
    index = to_patient(np.linalg.inv(anatomy.affine), positions) + 1
    index = np.clip(index, 0, np.array(number.shape) - 1.001)
    low = index.astype(int)
    share = index - low
    corners = np.array(list(np.ndindex(2, 2, 2)))
    here = np.stack([number[tuple((low + corner).T)] for corner in corners], 1)
    part = np.stack([np.where(corner, share, 1 - share).prod(1) for corner in corners], 1) * (here >= 0)
    alone = part.sum(1) < 1e-6
    part[alone, 0] = 1.0
    here[alone, 0] = cKDTree(anatomy.positions(anatomy.wall)).query(positions[alone])[1]
    part /= part.sum(1, keepdims=True)
    point, corner = np.nonzero(part)
    return sparse.csr_array(
        (part[point, corner], (point, here[point, corner])), shape=(len(positions), anatomy.wall.sum())
    )


def sample_wall(anatomy, values, positions):
    """Values of wall voxels at places in the patient, see `wall_interpolation`.

    Parameters
    ----------
    anatomy : Anatomy
    values : numpy.ndarray, shape (..., voxel)
        Wall voxels in C order.
    positions : numpy.ndarray, shape (point, 3)

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    flat = np.reshape(values, (-1, values.shape[-1]))
    sampled = (wall_interpolation(anatomy, positions) @ flat.T).T
    return sampled.reshape(*values.shape[:-1], len(positions))


def at_points(points, voxel_positions, values):
    """Values of voxels at points: the mean of the nearest voxels, weighted by inverse distance.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    voxel_positions : numpy.ndarray, shape (voxel, 3)
        The same frame as the points'.
    values : numpy.ndarray, shape (..., voxel)

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    distance, nearest = KDTree(voxel_positions).query(points, k=min(NEIGHBOURS, len(voxel_positions)))
    weight = 1 / np.maximum(distance, 1e-6)
    return (values[..., nearest] * weight).sum(-1) / weight.sum(-1)


def fill_wall(samples, positions):
    """Maps without gaps: voxels of which a method says nothing get a mean of the nearest it speaks of.

    Parameters
    ----------
    samples : numpy.ndarray, shape (..., voxel)
        NaN in the gaps, which are the same in all of them.
    positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (..., voxel)
    """
    known = np.isfinite(samples).all(tuple(range(samples.ndim - 1)))
    filled = samples.copy()
    if not known.all():
        near = np.arange(1, min(NEIGHBOURS, int(known.sum())) + 1)
        distance, number = cKDTree(positions[known]).query(positions[~known], near)
        weight = 1 / np.maximum(distance, 1e-3)
        filled[..., ~known] = (samples[..., known][..., number] * weight).sum(-1) / weight.sum(-1)
    return filled
