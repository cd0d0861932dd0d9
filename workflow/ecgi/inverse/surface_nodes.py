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
from ..anatomy.interpolation import spread_out

SMOOTH = 2.0  # voxels around a face of the surface, over which its normal is averaged
BESIDE = 1.1  # voxels between the centres of faces that touch, at most
FACING_MM = 10.0  # what opposite directions of the surface add to a distance: it keeps its sides apart
SAME_MM = 1e-6  # below which distances are the same
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
        Values at the nodes to the wall, see `between_nodes`.
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
    points, normals = wall_faces(anatomy)
    oriented = np.concatenate([points, FACING_MM / 2 * normals], 1)
    chosen = spread_out(oriented, count)
    patches = nearest(oriented, oriented[chosen])
    pairs = cKDTree(points).query_pairs(BESIDE * anatomy.spacing[0], output_type="ndarray")
    pairs = pairs[(normals[pairs[:, 0]] * normals[pairs[:, 1]]).sum(1) > SAME_MM]
    touching = sparse.csr_array((np.ones(len(pairs)), pairs.T), shape=(len(points),) * 2)
    joined = (patches.T @ touching @ patches).toarray() > 0
    joined |= joined.T
    np.fill_diagonal(joined, False)
    voxels = anatomy.positions(anatomy.wall)
    gathered = (nearest(voxels, points) @ patches).T
    laplacian = np.diag(joined.sum(1)).astype(float) - joined
    return Nodes(points[chosen], (gathered @ lead_field).T, laplacian, between_nodes(voxels, points[chosen]))


def nearest(points: NDArray, nodes: NDArray) -> sparse.csr_array:
    """Nearest node of each point, or equal shares of those that are equally near.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, n)
    nodes : numpy.ndarray, shape (node, n)

    Returns
    -------
    scipy.sparse.csr_array, shape (point, node)
        Rows add up to 1.
    """
    tree = cKDTree(nodes)
    near = tree.query_ball_point(points, tree.query(points)[0] + SAME_MM)
    counts = np.array([len(one) for one in near])
    point = np.repeat(np.arange(len(points)), counts)
    return sparse.csr_array(
        (1 / counts[point], (point, np.concatenate(near).astype(int))), shape=(len(points), len(nodes))
    )


def between_nodes(points: NDArray, nodes: NDArray) -> sparse.csr_array:
    """Weights of interpolation from the nodes nearest to each point, that fall to 0 at the next one.

    Franke and Little's weights, ((R - d) / (R d))^2 for a distance d and the distance R of the next node
    (Franke 1982, Math Comput 38:181), are continuous where nodes change places.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    nodes : numpy.ndarray, shape (node, 3)

    Returns
    -------
    scipy.sparse.csr_array, shape (point, node)
        Rows add up to 1.
    """
    count = min(NEIGHBOURS + 1, len(nodes))
    distance, near = cKDTree(nodes).query(points, np.arange(1, count + 1))
    distance = np.maximum(distance, SAME_MM)
    reach = distance[:, -1:] * (1 + SAME_MM)
    weight = ((reach - distance) / (reach * distance)) ** 2
    weight /= weight.sum(1, keepdims=True)
    point = np.repeat(np.arange(len(points)), count)
    return sparse.csr_array((weight.ravel(), (point, near.ravel())), shape=(len(points), len(nodes)))


def wall_faces(anatomy: Anatomy) -> tuple[NDArray, NDArray]:
    """Faces of wall voxels on the surface of the wall, inside and out.

    Parameters
    ----------
    anatomy : Anatomy
        On an isotropic grid.

    Returns
    -------
    centres : numpy.ndarray, shape (face, 3)
        Patient RAS, mm.
    normals : numpy.ndarray, shape (face, 3)
        Unit vectors out of the wall, averaged over the faces around that don't face away.
    """
    wall = np.pad(anatomy.wall, 1)
    voxels = np.argwhere(anatomy.wall)
    centres, facing = [], []
    for step in np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)]):
        outside = ~wall[tuple((voxels + 1 + step).T)]
        centres.append(voxels[outside] + step / 2)
        facing.append(np.broadcast_to(step.astype(float), centres[-1].shape))
    at, raw = np.concatenate(centres), np.concatenate(facing)
    one, other = cKDTree(at).query_pairs(SMOOTH + 1e-6, output_type="ndarray").T
    alike = (raw[one] * raw[other]).sum(1) >= 0
    one, other = one[alike], other[alike]
    around = sparse.csr_array((np.ones(len(one)), (one, other)), shape=(len(at),) * 2)
    normals = raw + around @ raw + around.T @ raw
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    axes = anatomy.affine[:3, :3] / anatomy.spacing
    return at @ anatomy.affine[:3, :3].T + anatomy.affine[:3, 3], normals @ axes.T
