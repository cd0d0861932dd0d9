"""Transfer matrices: potentials on a heart's closed surface to electrodes on a homogeneous torso around it.

Between heart and torso the potential is harmonic, no current crosses the torso's surface, and the
conductivity cancels. By boundary elements (Barr, Ramsey and Spach 1977, IEEE Trans Biomed Eng 24:1): for a
point r on either surface, from which the surfaces are seen under solid angles Omega,

    c(r) phi(r) = int_T phi dOmega - int_H phi dOmega + int_H q / R dS,

where q is the potential's derivative into the heart. The potential is linear on triangles and q constant.
The equation holds at the torso's nodes and on average over each of the heart's triangles, and c(r) is such
that a constant potential solves it.

By fundamental solutions (Wang and Rudy 2006, Ann Biomed Eng 34:1272): the potential is a constant and that of
charges inside the heart and outside the torso, which fit the potentials of the heart and no normal current at
the torso.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..anatomy.triangles import Shape, project
from .boundary_elements import QUADRATURE, layers

INWARDS, OUTWARDS = 0.8, 1.2  # size of the charges' surfaces relative to heart and torso
LEAST_VALUE = 1e-3  # singular values below this share of the largest are left out, as nodes may be far apart


def boundary_elements(torso: Shape, heart: Shape, electrodes: NDArray) -> NDArray:
    """Transfer matrix by boundary elements.

    Parameters
    ----------
    torso, heart : Shape
        Closed, one inside the other; mm.
    electrodes : numpy.ndarray, shape (electrode, 3)
        On the torso, between whose nodes potentials are linear; mm.

    Returns
    -------
    numpy.ndarray, shape (electrode, node)
        Of the heart's nodes; rows add up to 1.
    """
    shares = QUADRATURE[:, :3]
    triangle = np.repeat(np.arange(len(heart.triangles)), len(shares))
    points = (shares @ heart.corners).reshape(-1, 3)
    here = np.zeros((len(points), len(heart.points)))
    np.put_along_axis(here, heart.triangles[triangle], np.tile(shares, (len(heart.triangles), 1)), 1)
    from_torso, _ = layers(torso, torso.points, node=np.arange(len(torso.points)))
    from_heart, charged = layers(heart, torso.points)
    to_torso, _ = layers(torso, points)
    to_heart, charging = layers(heart, points, triangle=triangle)
    at_torso = np.diag(from_torso.sum(1) - from_heart.sum(1))
    at_heart = (to_torso.sum(1) - to_heart.sum(1))[:, None] * here
    system = np.block([[at_torso - from_torso, -charged], [-_means(to_torso), -_means(charging)]])
    solved = np.linalg.solve(system, -np.concatenate([from_heart, _means(at_heart + to_heart)]))
    found = project(torso, electrodes)
    nodes = solved[torso.triangles[found.triangle]]
    result: NDArray = (found.shares[:, :, None] * nodes).sum(1)
    return result


def fundamental_solutions(torso: Shape, heart: Shape, electrodes: NDArray) -> NDArray:
    """Transfer matrix by the method of fundamental solutions.

    Parameters
    ----------
    torso, heart : Shape
        One inside the other; mm.
    electrodes : numpy.ndarray, shape (electrode, 3)
        On the torso; mm.

    Returns
    -------
    numpy.ndarray, shape (electrode, node)
        Of the heart's nodes.
    """
    charges = np.concatenate([_scaled(heart, INWARDS), _scaled(torso, OUTWARDS)])
    away = torso.points[:, None] - charges
    size = np.abs(torso.points - torso.points.mean(0)).max()
    normal_current = size * (away * _normals(torso)[:, None]).sum(2) / np.linalg.norm(away, axis=2) ** 3
    conditions = np.block(
        [
            [np.ones((len(heart.points), 1)), _inverse_distance(heart.points, charges)],
            [np.zeros((len(torso.points), 1)), normal_current],
        ]
    )
    strengths = np.linalg.pinv(conditions, rcond=LEAST_VALUE)[:, : len(heart.points)]
    at_electrodes = np.hstack([np.ones((len(electrodes), 1)), _inverse_distance(electrodes, charges)])
    return at_electrodes @ strengths


MATRICES: dict[str, Callable[[Shape, Shape, NDArray], NDArray]] = {
    "bem": boundary_elements,
    "mfs": fundamental_solutions,
}


def _means(rows: NDArray) -> NDArray:
    """Means over the points of each triangle, which have equal weights."""
    return rows.reshape(-1, len(QUADRATURE), rows.shape[1]).mean(1)


def _scaled(shape: Shape, factor: float) -> NDArray:
    """Points of a surface, moved towards their mean or away from it."""
    centre = shape.points.mean(0)
    return centre + factor * (shape.points - centre)


def _inverse_distance(points: NDArray, charges: NDArray) -> NDArray:
    return 1 / np.linalg.norm(points[:, None] - charges, axis=2)


def _normals(shape: Shape) -> NDArray:
    """Unit normal of each node, the mean of its triangles' by area."""
    corners = shape.corners
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(shape.points)
    np.add.at(normals, shape.triangles, doubled[:, None])
    unit: NDArray = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return unit
