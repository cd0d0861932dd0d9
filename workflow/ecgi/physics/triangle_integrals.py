"""Integrals over flat triangles in closed form, compiled: solid angles, single and double layers.

Functions are linear on triangles, 1 at one corner and 0 at the others. Sources and equations are named in
`boundary_elements`.
"""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, inline="always")
def _cross(a: NDArray, b: NDArray, out: NDArray) -> None:
    """Vector product."""
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@numba.njit(cache=True)
def _frames(corners: NDArray) -> NDArray:
    """Of each triangle its normal, then of each side its direction, outward normal in the plane and length.

    Shape (triangle, 25), the last entry the area. Side k runs from corner k to corner k + 1.
    """
    frames = np.zeros((len(corners), 25))
    normal = np.empty(3)
    for t in range(len(corners)):
        _cross(corners[t, 1] - corners[t, 0], corners[t, 2] - corners[t, 0], normal)
        doubled = np.sqrt((normal * normal).sum())
        normal /= doubled
        frames[t, :3] = normal
        for k in range(3):
            side = corners[t, (k + 1) % 3] - corners[t, k]
            length = np.sqrt((side * side).sum())
            side /= length
            frames[t, 3 + 7 * k : 6 + 7 * k] = side
            _cross(side, normal, frames[t, 6 + 7 * k : 9 + 7 * k])
            frames[t, 9 + 7 * k] = length
        frames[t, 24] = doubled / 2
    return frames


@numba.njit(cache=True, fastmath=True, inline="always")
def _parts(point: NDArray, corner: NDArray, frame: NDArray, part: NDArray) -> float:
    """Integrals over one triangle as seen from a point; returns the solid angle.

    Fills `part` with the height of the triangle's plane above the point (along the normal), then of each side
    the distance of its line from the point's projection, the integral of 1 / R along it, and R at its ends.
    """
    x0, y0, z0 = corner[0, 0] - point[0], corner[0, 1] - point[1], corner[0, 2] - point[2]
    x1, y1, z1 = corner[1, 0] - point[0], corner[1, 1] - point[1], corner[1, 2] - point[2]
    x2, y2, z2 = corner[2, 0] - point[0], corner[2, 1] - point[1], corner[2, 2] - point[2]
    r0 = np.sqrt(x0 * x0 + y0 * y0 + z0 * z0)
    r1 = np.sqrt(x1 * x1 + y1 * y1 + z1 * z1)
    r2 = np.sqrt(x2 * x2 + y2 * y2 + z2 * z2)
    height = x0 * frame[0] + y0 * frame[1] + z0 * frame[2]
    part[0] = height
    part[1] = x0 * frame[6] + y0 * frame[7] + z0 * frame[8]
    part[2] = x1 * frame[13] + y1 * frame[14] + z1 * frame[15]
    part[3] = x2 * frame[20] + y2 * frame[21] + z2 * frame[22]
    part[4] = np.log((r0 + r1 + frame[9]) / (r0 + r1 - frame[9]))
    part[5] = np.log((r1 + r2 + frame[16]) / (r1 + r2 - frame[16]))
    part[6] = np.log((r2 + r0 + frame[23]) / (r2 + r0 - frame[23]))
    part[7], part[8], part[9] = r0, r1, r2
    triple = 2 * frame[24] * height
    below = (
        r0 * r1 * r2
        + (x0 * x1 + y0 * y1 + z0 * z1) * r2
        + (x1 * x2 + y1 * y2 + z1 * z2) * r0
        + (x2 * x0 + y2 * y0 + z2 * z0) * r1
    )
    return 2 * np.arctan2(triple, below)


@numba.njit(cache=True, fastmath=True, inline="always")
def _weighted_angles(angle: float, frame: NDArray, part: NDArray, weighted: NDArray) -> None:
    """Solid angle weighted with the function of each corner, 1 there and 0 at the others.

    The function of corner i falls from 1 to 0 towards the side opposite to it, k = i + 1: its gradient is
    -m_k / h_i with the outward normal m_k of that side and the corner's height h_i above it, and at the
    point's projection it is (distance of the side's line) / h_i. The rest, the gradient times
    int (r' - projection) height / R^3, is -height sum_j m_j int_j 1 / R.
    """
    for i in range(3):
        k = (i + 1) % 3
        inverse = frame[9 + 7 * k] / (2 * frame[24])
        rest = 0.0
        for j in range(3):
            along = (
                frame[6 + 7 * k] * frame[6 + 7 * j]
                + frame[7 + 7 * k] * frame[7 + 7 * j]
                + frame[8 + 7 * k] * frame[8 + 7 * j]
            )
            rest += along * part[4 + j]
        weighted[i] = inverse * (part[1 + k] * angle + part[0] * rest)


@numba.njit(cache=True, inline="always")
def _potential(angle: float, part: NDArray) -> float:
    """Integral of 1 / R: sum_j (distance of side j's line) int_j 1 / R - height (solid angle)."""
    potential = -part[0] * angle
    for k in range(3):
        potential += part[1 + k] * part[4 + k]
    return potential


@numba.njit(cache=True, fastmath=True)
def galerkin_matrix(
    corners: NDArray, triangles: NDArray, jump: NDArray, mean: NDArray, quadrature: NDArray, nodes: int
) -> NDArray:
    """Matrix A of `boundary_elements`.

    Parameters
    ----------
    corners : numpy.ndarray, shape (triangle, 3, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Node of each corner.
    jump : numpy.ndarray, shape (triangle,)
        Factor of the double layer of each.
    mean : numpy.ndarray, shape (triangle,)
        Mean conductivity of both sides of each, S/m.
    quadrature : numpy.ndarray, shape (point, 4)
        Barycentric coordinates and weight of each point of a triangle.
    nodes : int
        Number of them.

    Returns
    -------
    numpy.ndarray, shape (node, node)
    """
    frames = _frames(corners)
    matrix = np.zeros((nodes, nodes))
    row, part, weighted, point = np.empty(nodes), np.empty(10), np.empty(3), np.empty(3)
    for t in range(len(triangles)):
        area = frames[t, 24]
        for i in range(3):
            for j in range(3):
                share = 1 / 6 if i == j else 1 / 12
                matrix[triangles[t, i], triangles[t, j]] += mean[t] * area * share
        for q in range(len(quadrature)):
            for axis in range(3):
                point[axis] = (
                    quadrature[q, 0] * corners[t, 0, axis]
                    + quadrature[q, 1] * corners[t, 1, axis]
                    + quadrature[q, 2] * corners[t, 2, axis]
                )
            row[:] = 0.0
            for s in range(len(triangles)):
                if s == t:
                    continue
                angle = _parts(point, corners[s], frames[s], part)
                _weighted_angles(angle, frames[s], part, weighted)
                for i in range(3):
                    row[triangles[s, i]] += jump[s] * weighted[i]
            for i in range(3):
                weight = quadrature[q, 3] * area * quadrature[q, i]
                matrix[triangles[t, i]] -= weight * row
    return matrix


@numba.njit(cache=True, fastmath=True)
def double_layer_of_points(
    points: NDArray, triangle: NDArray, corners: NDArray, triangles: NDArray, jump: NDArray, nodes: int
) -> NDArray:
    """Rows of the double layer as seen from points.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm.
    triangle : numpy.ndarray of int, shape (point,)
        In which each lies; it adds nothing. -1 for none.
    corners : numpy.ndarray, shape (triangle, 3, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Node of each corner.
    jump : numpy.ndarray, shape (triangle,)
        Factor of the double layer of each.
    nodes : int
        Number of them.

    Returns
    -------
    numpy.ndarray, shape (point, node)
    """
    frames = _frames(corners)
    result = np.zeros((len(points), nodes))
    part, weighted = np.empty(10), np.empty(3)
    for p in range(len(points)):
        for s in range(len(triangles)):
            if s == triangle[p]:
                continue
            angle = _parts(points[p], corners[s], frames[s], part)
            _weighted_angles(angle, frames[s], part, weighted)
            for i in range(3):
                result[p, triangles[s, i]] += jump[s] * weighted[i]
    return result


@numba.njit(cache=True)
def both_layers(
    points: NDArray, node: NDArray, triangle: NDArray, corners: NDArray, triangles: NDArray, nodes: int
) -> tuple[NDArray, NDArray]:
    """Double and single layer, see `boundary_elements.layers`.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm.
    node, triangle : numpy.ndarray of int, shape (point,)
        Node that each point is, and triangle in which it lies; -1 for none.
    corners : numpy.ndarray, shape (triangle, 3, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Node of each corner.
    nodes : int
        Number of them.

    Returns
    -------
    double : numpy.ndarray, shape (point, node)
    single : numpy.ndarray, shape (point, triangle)
        mm.
    """
    frames = _frames(corners)
    double, single = np.zeros((len(points), nodes)), np.zeros((len(points), len(triangles)))
    part, weighted = np.empty(10), np.empty(3)
    for p in range(len(points)):
        for s in range(len(triangles)):
            if node[p] >= 0 and (triangles[s] == node[p]).any():
                single[p, s] = np.nan
                continue
            angle = _parts(points[p], corners[s], frames[s], part)
            if triangle[p] == s:
                angle = 0.0
            else:
                _weighted_angles(angle, frames[s], part, weighted)
                for i in range(3):
                    double[p, triangles[s, i]] += weighted[i]
            single[p, s] = _potential(angle, part)
    return double, single


@numba.njit(cache=True, fastmath=True)
def layer_gradients_at(points: NDArray, corners: NDArray, triangles: NDArray, nodes: int) -> NDArray:
    """Integral of each node's function times (r' - r0) / |r' - r0|^3.

    Its component along the normal is the weighted solid angle. That in the plane is the function's gradient
    times int 1 / R, less the outward normal of each side times the integral of the function over R there.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm.
    corners : numpy.ndarray, shape (triangle, 3, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Node of each corner.
    nodes : int
        Number of them.

    Returns
    -------
    numpy.ndarray, shape (point, 3, node)
    """
    frames = _frames(corners)
    result = np.zeros((len(points), 3, nodes))
    part, weighted, along = np.empty(10), np.empty(3), np.empty(3)
    for p in range(len(points)):
        for s in range(len(triangles)):
            frame = frames[s]
            angle = _parts(points[p], corners[s], frame, part)
            _weighted_angles(angle, frame, part, weighted)
            potential = _potential(angle, part)
            for i in range(3):
                k = (i + 1) % 3
                inverse = frame[9 + 7 * k] / (2 * frame[24])
                for axis in range(3):
                    along[axis] = -frame[6 + 7 * k + axis] * inverse * potential
                for j in range(3):
                    if j == k:
                        continue
                    length, start, end = frame[9 + 7 * j], part[7 + j], part[7 + (j + 1) % 3]
                    first = 0.0  # position of the side's start along it, from the point's projection
                    for axis in range(3):
                        first += (corners[s, j, axis] - points[p, axis]) * frame[3 + 7 * j + axis]
                    falling = ((first + length) * part[4 + j] - (end - start)) / length  # 1 at the start
                    over = falling if j == i else part[4 + j] - falling
                    for axis in range(3):
                        along[axis] -= frame[6 + 7 * j + axis] * over
                for axis in range(3):
                    result[p, axis, triangles[s, i]] += frame[axis] * weighted[i] + along[axis]
    return result
