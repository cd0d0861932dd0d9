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

import numpy as np
from numpy.typing import NDArray

from ..anatomy.triangles import Shape
from .triangle_integrals import both_layers, double_layer_of_points, galerkin_matrix, layer_gradients_at

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
    matrix = galerkin_matrix(corners, mesh.triangles, mesh.jump, mean, QUADRATURE, len(mesh.points))
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
    return double_layer_of_points(positions, triangle, corners, mesh.triangles, mesh.jump, len(mesh.points))


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
        rows = layer_gradients_at(some, corners, mesh.triangles, len(mesh.points))
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
    return both_layers(
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
