"""The wall's surface as a few hundred nodes, for inverse methods that estimate potentials there.

With uniform conductivity the lead field vanishes inside the wall, and the BSP are those of a double
layer on its closed surface, endocardium and epicardium together. Each node stands for a patch of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy
from ..anatomy.interpolation import inverse_distance_weights
from ..anatomy.wall_surface import wall_surface

TRIANGLES = 20_000  # of the surface that is divided
FACING_MM = 10.0  # what opposite directions of the surface add to a distance: it keeps its sides apart
NEIGHBOURS = 6  # nodes that a wall voxel lies between


class Nodes(NamedTuple):
    """Patches of the wall's surface.

    Attributes
    ----------
    positions : numpy.ndarray, shape (node, 3)
        Patient RAS, mm.
    field : numpy.ndarray, shape (electrode, node)
        Potential at the electrodes of a unit potential all over the patch.
    laplacian : numpy.ndarray, shape (node, node)
        Of the graph of neighbouring patches: the number of neighbours on the diagonal, -1 for each.
    to_wall : scipy.sparse.csr_array, shape (voxel, node)
        Values at the nodes to the wall, by inverse squared distance.
    """

    positions: np.ndarray
    field: np.ndarray
    laplacian: np.ndarray
    to_wall: sparse.csr_array


def surface_nodes(anatomy: Anatomy, lead_field: NDArray, count: int) -> Nodes:
    """Divide the wall's surface into patches.

    Parameters
    ----------
    anatomy : Anatomy
    lead_field : numpy.ndarray, shape (voxel, electrode)
        Rows of voxels inside the wall are added to the nearest patch.
    count : int
        Patches.

    Returns
    -------
    Nodes
    """
    points, faces = wall_surface(anatomy, TRIANGLES)
    oriented = np.concatenate([points, FACING_MM / 2 * _normals(points, faces)], 1)
    chosen = spread_out(oriented, count)
    patch = cKDTree(oriented[chosen]).query(oriented)[1]
    nodes = len(chosen)
    edges = patch[np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])]
    joined = sparse.csr_array((np.ones(len(edges)), edges.T), shape=(nodes, nodes)).toarray() > 0
    joined |= joined.T
    np.fill_diagonal(joined, False)
    voxels = anatomy.positions(anatomy.wall)
    own = patch[cKDTree(points).query(voxels)[1]]
    gathered = sparse.csr_array((np.ones(len(own)), (own, np.arange(len(own)))), shape=(nodes, len(own)))
    to_wall = inverse_distance_weights(voxels, points[chosen], NEIGHBOURS, power=2)
    laplacian = np.diag(joined.sum(1)).astype(float) - joined
    return Nodes(points[chosen], (gathered @ lead_field).T, laplacian, to_wall)


def _normals(points: NDArray, triangles: NDArray) -> NDArray:
    """Unit vectors out of the wall at the points of its surface."""
    first, second, third = (points[triangles[:, corner]] for corner in range(3))
    facing = np.cross(second - first, third - first)
    normals = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(side, 3), len(points)) for side in facing.T], 1
    )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def spread_out(places: NDArray, count: int) -> list[int]:
    """Indices of points far from each other, each the farthest from those before it.

    Parameters
    ----------
    places : numpy.ndarray, shape (point, n)
    count : int
        How many.
    """
    chosen = [0]
    distance = np.linalg.norm(places - places[0], axis=1)
    while len(chosen) < min(count, len(places)):
        chosen.append(int(distance.argmax()))
        np.minimum(distance, np.linalg.norm(places - places[chosen[-1]], axis=1), out=distance)
    return chosen
