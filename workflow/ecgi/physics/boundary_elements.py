"""Boundary element method for a source in a piecewise homogeneous conductor.

For the potential phi of a current dipole q at r0, at a point r of a surface that is smooth there, with
conductivities s- inside and s+ outside (Geselowitz 1967, Biophys J 7:1),

    (s- + s+) / 2 phi(r) = g(r) + sum_k (s-_k - s+_k) / (4 pi) int_k phi(r') dOmega_r(r'),

where g(r) = q . (r - r0) / (4 pi |r - r0|^3) and dOmega_r(r') = (r' - r) . n / |r' - r|^3 dS. The potential
is linear on flat triangles and tested with the same functions (Galerkin): A phi = b, where b_m is the
integral of the m-th function times g. Inner integrals are in closed form (de Munck 1992, IEEE Trans Biomed
Eng 39:986, for the double layer; Wilton et al. 1984, IEEE Trans Antennas Propag 32:276, for the single
layer), outer ones by quadrature.

At an electrode on the skin, the equation above gives the potential from g there and the potential at the
nodes, an order more accurately than interpolation between nodes. With the row d of its double layer, whose
sum is s- / 2,

    s- / 2 phi = g(r) + d . A^-1 b.

As b_m integrates g, this is q . grad psi(r0) for the lead

    psi(r0) = 2 / s- (1 / (4 pi |r - r0|) + 1 / (4 pi) int w(r') / |r' - r0| dS),   A^T w = d:

that of a point electrode and the potential of a single layer of linear density w. It is harmonic in r0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from ..anatomy.triangles import Shape

# Points, in barycentric coordinates, and weights of a quadrature of degree 2; on spheres one of degree 5
# changes the error by less than 1 % of itself.
QUADRATURE = np.array([[4, 1, 1, 2], [1, 4, 1, 2], [1, 1, 4, 2]]) / 6
AT_ONCE = 256  # points whose rows are held at once


class Mesh(NamedTuple):
    """All surfaces of a conductor.

    Attributes
    ----------
    points : numpy.ndarray, shape (node, 3)
        mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Counter-clockwise from outside; those of the outermost surface first.
    inside, outside : numpy.ndarray, shape (triangle,)
        Conductivity on either side of each, S/m; 0 outside the outermost surface.
    """

    points: NDArray
    triangles: NDArray[np.integer]
    inside: NDArray
    outside: NDArray

    @property
    def jump(self) -> NDArray:
        """Factor of the double layer of each triangle, shape (triangle,)."""
        return (self.inside - self.outside) / (4 * np.pi)

    @property
    def outermost(self) -> Shape:
        """The outermost surface."""
        triangles = self.triangles[self.outside == 0]
        return Shape(self.points[: triangles.max() + 1], triangles)


def mesh_of(surfaces: Sequence[Shape], inside: NDArray, outside: NDArray) -> Mesh:
    """Join surfaces to one mesh.

    Parameters
    ----------
    surfaces : sequence of Shape
        Closed, not crossing, the outermost first.
    inside, outside : numpy.ndarray, shape (surface,)
        Conductivity just inside and just outside each, S/m; that outside the first is 0.

    Returns
    -------
    Mesh
    """
    first = np.cumsum([0, *(len(shape.points) for shape in surfaces[:-1])])
    triangles = [shape.triangles + start for shape, start in zip(surfaces, first, strict=True)]
    sizes = [len(shape.triangles) for shape in surfaces]
    return Mesh(
        np.concatenate([shape.points for shape in surfaces]),
        np.concatenate(triangles),
        np.repeat(inside, sizes),
        np.repeat(outside, sizes),
    )


def system(mesh: Mesh) -> NDArray:
    """Matrix A of the module, made regular: potentials are relative to their mean over the outermost surface.

    Parameters
    ----------
    mesh : Mesh

    Returns
    -------
    numpy.ndarray, shape (node, node)
    """
    corners = mesh.points[mesh.triangles]
    mean = (mesh.inside + mesh.outside) / 2
    matrix = _galerkin(corners, mesh.triangles, mesh.jump, mean, QUADRATURE, len(mesh.points))
    skin = mesh.outside == 0
    doubled = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    share = np.zeros(len(mesh.points))
    np.add.at(share, mesh.triangles[skin].ravel(), np.repeat(doubled[skin] / 6, 3))
    regular: NDArray = matrix + mesh.inside[0] / share.sum() * np.outer(share, share)
    return regular


def double_layer_rows(mesh: Mesh, positions: NDArray, triangle: NDArray[np.integer]) -> NDArray:
    """Rows d of the module, for points of triangles.

    Parameters
    ----------
    mesh : Mesh
    positions : numpy.ndarray, shape (point, 3)
        Inside triangles, off their sides; mm.
    triangle : numpy.ndarray of int, shape (point,)
        On which each lies; it adds nothing.

    Returns
    -------
    numpy.ndarray, shape (point, node)
    """
    corners = mesh.points[mesh.triangles]
    return _rows(positions, triangle, corners, mesh.triangles, mesh.jump, len(mesh.points))


def layer_gradients(mesh: Mesh, points: NDArray, densities: NDArray | None = None) -> NDArray:
    """Gradients of the potentials of single layers, 1 / (4 pi) int w(r') / |r' - r0| dS.

    Parameters
    ----------
    mesh : Mesh
    points : numpy.ndarray, shape (point, 3)
        r0, off the surfaces; mm.
    densities : numpy.ndarray, shape (node, layer), optional
        w of each layer; by default the function of each node.

    Returns
    -------
    numpy.ndarray, shape (point, 3, layer)
    """
    corners = mesh.points[mesh.triangles]
    result = np.empty((len(points), 3, len(mesh.points) if densities is None else densities.shape[1]))
    for start in range(0, len(points), AT_ONCE):
        some = np.ascontiguousarray(points[start : start + AT_ONCE], float)
        rows = _gradients(some, corners, mesh.triangles, len(mesh.points))
        result[start : start + AT_ONCE] = rows if densities is None else rows @ densities
    return result / (4 * np.pi)


def layers(
    shape: Shape,
    points: NDArray,
    node: NDArray[np.integer] | None = None,
    triangle: NDArray[np.integer] | None = None,
) -> tuple[NDArray, NDArray]:
    """Integrals over a surface as seen from points: of a double layer and of a single layer.

    Parameters
    ----------
    shape : Shape
    points : numpy.ndarray, shape (point, 3)
        mm.
    node, triangle : numpy.ndarray of int, shape (point,), optional
        Node of the surface that each point is, or triangle in which it lies; by default it is off the
        surface.

    Returns
    -------
    double : numpy.ndarray, shape (point, node)
        Solid angle weighted with the function of each node; triangles in whose plane a point lies add
        nothing.
    single : numpy.ndarray, shape (point, triangle)
        Integral of 1 / R over each triangle, mm; NaN over those with the node that a point is.
    """
    off = np.full(len(points), -1)
    return _layers(
        np.ascontiguousarray(points, float),
        off if node is None else node,
        off if triangle is None else triangle,
        np.ascontiguousarray(shape.corners, float),
        shape.triangles.astype(np.int64),
        len(shape.points),
    )


def kernels(
    mesh: Mesh, points: NDArray, electrodes: NDArray, triangle: NDArray[np.integer]
) -> NDArray[np.floating]:
    """Potential at electrodes of unit dipoles, with every surface of the mesh evaluated at every dipole.

    Parameters
    ----------
    mesh : Mesh
    points : numpy.ndarray, shape (point, 3)
        Dipoles, off the surfaces; mm.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Inside triangles of the outermost surface, off their sides; mm.
    triangle : numpy.ndarray of int, shape (electrode,)
        On which each lies.

    Returns
    -------
    numpy.ndarray, shape (point, 3, electrode)
        Relative to the mean over the outermost surface, in 1 / (S/m mm^2).
    """
    rows = double_layer_rows(mesh, electrodes, triangle)
    layers = layer_gradients(mesh, points, np.linalg.solve(system(mesh).T, rows.T))
    towards = (electrodes - points[:, None]).swapaxes(1, 2)
    own = towards / (4 * np.pi * np.linalg.norm(towards, axis=1, keepdims=True) ** 3)
    found: NDArray[np.floating] = (own + layers) / rows.sum(1)
    return found


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


@numba.njit(cache=True, fastmath=True)
def _galerkin(
    corners: NDArray, triangles: NDArray, jump: NDArray, mean: NDArray, quadrature: NDArray, nodes: int
) -> NDArray:
    """The matrix A of the module, shape (node, node)."""
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
def _rows(
    points: NDArray, triangle: NDArray, corners: NDArray, triangles: NDArray, jump: NDArray, nodes: int
) -> NDArray:
    """Rows of the double layer, shape (point, node)."""
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
def _layers(
    points: NDArray, node: NDArray, triangle: NDArray, corners: NDArray, triangles: NDArray, nodes: int
) -> tuple[NDArray, NDArray]:
    """Double and single layer, see `layers`.

    The integral of 1 / R is sum_j (distance of side j's line) int_j 1 / R - height (solid angle).
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
            single[p, s] = -part[0] * angle
            for k in range(3):
                single[p, s] += part[1 + k] * part[4 + k]
    return double, single


@numba.njit(cache=True, fastmath=True)
def _gradients(points: NDArray, corners: NDArray, triangles: NDArray, nodes: int) -> NDArray:
    """Integral of each node's function times (r' - r0) / |r' - r0|^3, shape (point, 3, node).

    Its component along the normal is the weighted solid angle. That in the plane is the function's gradient
    times int 1 / R, less the outward normal of each side times the integral of the function over R there.
    """
    frames = _frames(corners)
    result = np.zeros((len(points), 3, nodes))
    part, weighted, along = np.empty(10), np.empty(3), np.empty(3)
    for p in range(len(points)):
        for s in range(len(triangles)):
            frame = frames[s]
            angle = _parts(points[p], corners[s], frame, part)
            _weighted_angles(angle, frame, part, weighted)
            potential = -part[0] * angle
            for k in range(3):
                potential += part[1 + k] * part[4 + k]
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
