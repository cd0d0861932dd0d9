"""Triangulated surfaces: orientation, openings, pieces and enclosed volume."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SLANT = np.array([0.0137, -0.0211, 0.0173])  # keeps rays off the edges of surfaces along the axes


class Closed(NamedTuple):
    """A surface whose openings were closed.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        The given ones, then the centre of each opening.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        The given ones, then the lids.
    lids_mm2 : numpy.ndarray, shape (opening,)
        Area of each lid.
    """

    points: NDArray
    triangles: NDArray[np.integer]
    lids_mm2: NDArray


def areas(points: NDArray, triangles: NDArray[np.integer]) -> NDArray:
    """Area of each triangle.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    numpy.ndarray, shape (triangle,)
        Square of the points' unit.
    """
    return np.linalg.norm(_doubled_normals(points, triangles), axis=1) / 2


def normals(points: NDArray, triangles: NDArray[np.integer]) -> NDArray:
    """Unit normal of each triangle, towards the side from which its corners run counter-clockwise.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    numpy.ndarray, shape (triangle, 3)
        0 for a triangle without area.
    """
    doubled = _doubled_normals(points, triangles)
    length = np.linalg.norm(doubled, axis=1, keepdims=True)
    return doubled / np.where(length > 0, length, 1)


def enclosed_volume(points: NDArray, triangles: NDArray[np.integer]) -> float:
    """Volume inside a closed surface; negative where its triangles run clockwise from outside.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    float
        Cube of the points' unit.
    """
    a, b, c = np.moveaxis(points[triangles] - points[triangles].reshape(-1, 3).mean(0), 1, 0)
    return float(np.einsum("tx,tx->", a, np.cross(b, c)) / 6)


def edge_counts(triangles: NDArray[np.integer]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Edges of a surface and the number of triangles at each.

    Parameters
    ----------
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    edges : numpy.ndarray of int, shape (edge, 2)
        Points, the smaller number first.
    counts : numpy.ndarray of int, shape (edge,)
    """
    return np.unique(np.sort(_sides(triangles), axis=1), axis=0, return_counts=True)


def graph_laplacian(triangles: NDArray[np.integer], count: int) -> NDArray:
    """Laplacian of the graph of the edges: the number of neighbours on the diagonal, -1 for each.

    Parameters
    ----------
    triangles : numpy.ndarray of int, shape (triangle, 3)
    count : int
        Points.

    Returns
    -------
    numpy.ndarray, shape (point, point)
    """
    one, other = edge_counts(triangles)[0].T
    joined = np.zeros((count, count))
    joined[one, other] = joined[other, one] = 1
    laplacian: NDArray = np.diag(joined.sum(1)) - joined
    return laplacian


def pieces(triangles: NDArray[np.integer]) -> NDArray[np.integer]:
    """Number the pieces of a surface, whose triangles share points.

    Parameters
    ----------
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    numpy.ndarray of int, shape (triangle,)
        Number of each triangle's piece, from 0.
    """
    a, b = _sides(triangles).T
    count = triangles.max() + 1
    _, found = connected_components(coo_array((np.ones(len(a)), (a, b)), (count, count)), directed=False)
    return np.unique(found[triangles[:, 0]], return_inverse=True)[1]


def oriented(points: NDArray, triangles: NDArray[np.integer]) -> NDArray[np.integer] | None:
    """Turn triangles so that their corners run counter-clockwise when viewed from outside.

    Openings count as closed, see `with_lids`. Inside is where a ray crosses the surface an odd number of
    times; it is cast once for each patch of triangles that meet in pairs.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    triangles : numpy.ndarray of int, shape (triangle, 3)

    Returns
    -------
    numpy.ndarray of int, shape (triangle, 3), or None
        In the same order; None where the surface has one side only, as a Möbius strip, or crosses itself.
    """
    found = _turned(triangles)
    if found is None:
        return None
    turned, patch = found
    triangles = np.where(turned[:, None], triangles[:, ::-1], triangles)
    lids = with_lids(points, triangles)
    area = areas(points, triangles)
    for number in range(patch.max() + 1):
        some = np.flatnonzero(patch == number)
        if _faces_inside(lids, int(some[area[some].argmax()])):
            triangles[some] = triangles[some][:, ::-1]
    return triangles if _agree(triangles) else None


def with_lids(points: NDArray, triangles: NDArray[np.integer]) -> Closed:
    """Close the openings of a surface by triangles from each edge of an opening to its centre.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Agreeing in their orientation, see `oriented`.

    Returns
    -------
    Closed
    """
    sides = _sides(triangles)
    _, which, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    rim = sides[counts[which] == 1]
    if len(rim) == 0:
        return Closed(points, triangles, np.zeros(0))
    nodes, ends = np.unique(rim, return_inverse=True)
    ends = ends.reshape(-1, 2)
    shape = (len(nodes), len(nodes))
    count, of_node = connected_components(
        coo_array((np.ones(len(ends)), tuple(ends.T)), shape), directed=False
    )
    opening = of_node[ends[:, 0]]
    length = np.linalg.norm(points[rim[:, 0]] - points[rim[:, 1]], axis=1)
    middle = points[rim].mean(1) * length[:, None]
    total = np.bincount(opening, length, count)[:, None]
    centres = np.stack([np.bincount(opening, column, count) for column in middle.T], -1) / total
    lids = np.column_stack([rim[:, 1], rim[:, 0], len(points) + opening])
    all_points = np.concatenate([points, centres])
    lids_mm2 = np.bincount(opening, areas(all_points, lids), count)
    return Closed(all_points, np.concatenate([triangles, lids]), lids_mm2)


def _doubled_normals(points: NDArray, triangles: NDArray[np.integer]) -> NDArray:
    """Normals whose length is twice the area."""
    a, b, c = np.moveaxis(points[triangles], 1, 0)
    return np.cross(b - a, c - a)


def _sides(triangles: NDArray[np.integer]) -> NDArray[np.integer]:
    """Sides of all triangles in their direction, shape (3 * triangle, 2)."""
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


def _agree(triangles: NDArray[np.integer]) -> bool:
    """Whether the triangles at each edge that is not of an opening run through it in both directions."""
    sides = _sides(triangles)
    _, which, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    forward = np.where(sides[:, 0] < sides[:, 1], 1, -1)
    balance = np.bincount(which, forward)
    return bool((balance[counts > 1] == 0).all())


def _faces_inside(surface: Closed, number: int) -> bool:
    """Whether the normal of a triangle points into a closed surface (Möller & Trumbore 1997)."""
    direction = normals(surface.points, surface.triangles[number : number + 1])[0] + SLANT
    origin = surface.points[surface.triangles[number]].mean(0)
    a, b, c = np.moveaxis(surface.points[surface.triangles], 1, 0)
    across = np.cross(direction, c - a)
    scale = np.einsum("tx,tx->t", b - a, across)
    scale = np.where(scale == 0, np.inf, scale)
    first = np.einsum("tx,tx->t", origin - a, across) / scale
    along = np.cross(origin - a, b - a)
    second = along @ direction / scale
    distance = np.einsum("tx,tx->t", c - a, along) / scale
    crossed = (first >= 0) & (second >= 0) & (first + second <= 1) & (distance > 0)
    crossed[number] = False
    return bool(crossed.sum() % 2)


def _turned(triangles: NDArray[np.integer]) -> tuple[NDArray[np.bool_], NDArray[np.integer]] | None:
    """Triangles to turn so that neighbours agree, and their patches; None where that is impossible.

    Each triangle is two nodes of a graph, as it is and turned; neighbours that agree link like nodes,
    others unlike ones. Where both nodes of a triangle are connected, there is one side only.
    """
    sides, count = _sides(triangles), len(triangles)
    owner = np.tile(np.arange(count), 3)
    _, which, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which, kind="stable")
    first = order[np.concatenate([[0], np.cumsum(counts)[:-1]])[counts == 2]]
    second = order[np.concatenate([[0], np.cumsum(counts)[:-1]])[counts == 2] + 1]
    a, b = owner[first], owner[second]
    unlike = (sides[first, 0] == sides[second, 0]) * count
    rows = np.concatenate([a, a + count])
    columns = np.concatenate([b + unlike, (b + count + unlike) % (2 * count)])
    graph = coo_array((np.ones(len(rows)), (rows, columns)), (2 * count, 2 * count))
    _, found = connected_components(graph, directed=False)
    as_is, turned = found[:count], found[count:]
    if (as_is == turned).any():
        return None
    return as_is > turned, np.unique(np.minimum(as_is, turned), return_inverse=True)[1]
