"""Interpolation of values between wall voxels, points and gaps."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from .heart import Anatomy, to_patient

NEIGHBOURS = 8  # nodes whose values are averaged
SAME_PLACE_MM = 1e-6  # below which a point has the value of its nearest node
TIE = 1e-3  # weight of the distance from the middle, that decides between points equally far from others


def wall_interpolation(anatomy: Anatomy, positions: NDArray) -> sparse.csr_array:
    """Weights of trilinear interpolation between wall voxels.

    Parameters
    ----------
    anatomy : Anatomy
    positions : numpy.ndarray, shape (point, 3)
        Patient RAS, mm; where no wall voxel is around, the nearest one counts.

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


def inverse_distance_weights(
    points: NDArray, nodes: NDArray, neighbours: int = NEIGHBOURS, power: float = 1.0
) -> sparse.csr_array:
    """Weights of inverse-distance interpolation from the nodes nearest to each point.

    Shepard 1968, Proc 23rd ACM National Conference, 517.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    nodes : numpy.ndarray, shape (node, 3)
        The same frame as the points'; mm.
    neighbours : int
        Nodes that count for a point; all of them, where there are fewer.
    power : float
        Of the distance.

    Returns
    -------
    scipy.sparse.csr_array, shape (point, node)
        Rows add up to 1.
    """
    count = min(neighbours, len(nodes))
    distance, near = cKDTree(nodes).query(points, np.arange(1, count + 1))
    weight = 1 / np.maximum(distance, SAME_PLACE_MM) ** power
    weight /= weight.sum(1, keepdims=True)
    point = np.repeat(np.arange(len(points)), count)
    return sparse.csr_array((weight.ravel(), (point, near.ravel())), shape=(len(points), len(nodes)))


def sample_wall(anatomy: Anatomy, values: NDArray, positions: NDArray) -> NDArray:
    """Interpolate values of wall voxels linearly, see `wall_interpolation`.

    Parameters
    ----------
    anatomy : Anatomy
    values : numpy.ndarray, shape (..., voxel)
        Wall voxels in C order.
    positions : numpy.ndarray, shape (point, 3)
        Patient RAS, mm.

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    return _weighted(wall_interpolation(anatomy, positions), values)


def at_points(points: NDArray, voxel_positions: NDArray, values: NDArray) -> NDArray:
    """Interpolate values of voxels by inverse distance, see `inverse_distance_weights`.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    voxel_positions : numpy.ndarray, shape (voxel, 3)
        The same frame as the points'; mm.
    values : numpy.ndarray, shape (..., voxel)

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    return _weighted(inverse_distance_weights(points, voxel_positions), values)


def fill_wall(samples: NDArray, positions: NDArray) -> NDArray:
    """Fill the gaps of maps by inverse distance, see `inverse_distance_weights`.

    Parameters
    ----------
    samples : numpy.ndarray, shape (..., voxel)
        NaN in the gaps, which are the same in all maps.
    positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (..., voxel)
    """
    known = np.isfinite(samples).all(tuple(range(samples.ndim - 1)))
    filled = samples.copy()
    if not known.all():
        weights = inverse_distance_weights(positions[~known], positions[known])
        filled[..., ~known] = _weighted(weights, samples[..., known])
    return filled


def _weighted(weights: sparse.csr_array, values: NDArray) -> NDArray:
    """Apply a sparse matrix to values, shape (..., voxel) to (..., point)."""
    flat = np.reshape(values, (-1, values.shape[-1]))
    return (weights @ flat.T).T.reshape(*values.shape[:-1], weights.shape[0])


def spread_out(places: NDArray, count: int) -> list[int]:
    """Indices of points far from each other, each the farthest from those before it.

    The first is the farthest from the middle, and of points about equally far the one farther from the middle
    is taken, so that the choice is the same wherever the points lie and in whatever order.

    Parameters
    ----------
    places : numpy.ndarray, shape (point, n)
    count : int
        How many.
    """
    out = np.linalg.norm(places - places.mean(0), axis=1)
    chosen = [int(out.argmax())]
    distance = np.linalg.norm(places - places[chosen[0]], axis=1)
    while len(chosen) < min(count, len(places)):
        chosen.append(int((distance + TIE * out * (distance > 0)).argmax()))
        np.minimum(distance, np.linalg.norm(places - places[chosen[-1]], axis=1), out=distance)
    return chosen
