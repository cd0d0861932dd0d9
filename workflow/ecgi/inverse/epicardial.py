"""Potentials on the heart's outer surface, electrograms, and activation times from their downstrokes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from ..anatomy.torso_shapes import hull, surround
from ..anatomy.triangles import cross, signed_distance
from ..core.errors import InputError
from ..core.fields import Count
from ..physics.conductor import BoundedConductor
from ..physics.electrodes import referenced
from .classical import (
    SMOOTH_MS,
    SMOOTHING,
    Classical,
    Greensite,
    Tikhonov,
    TruncatedSvd,
    activation_of,
    samples_of_qrs,
)
from .heart_potentials import heart_potentials
from .on_heart import OnHeart

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy import sparse

    from ..anatomy.triangles import Shape
    from .base import Patient
    from .regularisation import Decomposition

OPERATORS = ("steepest", "spatiotemporal")  # of activation times, see `classical.activation_of`
SOLVERS: dict[str, Callable[..., Classical]] = {
    "tikhonov": Tikhonov,
    "tsvd": TruncatedSvd,
    "greensite": Greensite,
}
BEYOND_MM = 4.0  # and the edge of a voxel, from the wall: within that a node lies over muscle, not a valve


class HeartSurface(NamedTuple):
    """The heart's outer surface, and how its potentials reach the electrodes.

    Attributes
    ----------
    shape : Shape
        Closed; the epicardium, and lids over the valves.
    transfer : numpy.ndarray, shape (electrode, node)
        Rows add up to 1, by fundamental solutions about.
    laplacian : numpy.ndarray, shape (node, node)
        Of the graph of neighbouring nodes.
    over_muscle : numpy.ndarray of bool, shape (node,)
        Nodes over muscle; the others lie over valves.
    to_wall : scipy.sparse.csr_array, shape (voxel, node over muscle)
        Values at the nodes over muscle to the wall.
    """

    shape: Shape
    transfer: NDArray
    laplacian: NDArray
    over_muscle: NDArray[np.bool_]
    to_wall: sparse.csr_array


class Electrograms(NamedTuple):
    """Potentials over time on the heart's outer surface.

    Attributes
    ----------
    potentials_mv : numpy.ndarray, shape (node, time)
        Against the mean of the electrodes.
    smooth_mv : numpy.ndarray, shape (node, fitted time)
        Of the QRS complex, smoothed in time as activation times need.
    """

    potentials_mv: NDArray
    smooth_mv: NDArray


class Epicardial(Classical):
    """Potentials on the epicardium, then activation times, which the wall beneath takes on."""

    gives_electrograms = True
    kind: Literal["epicardial"] = "epicardial"
    solver: Literal["tikhonov", "tsvd", "greensite"] = Field(
        "tikhonov", description="regularisation of the potentials, as the methods of these kinds"
    )
    order: Annotated[int, Field(ge=0, le=2)] = Field(
        2, description=Classical.model_fields["order"].description
    )
    matrix: Literal["bem", "mfs"] = Field(
        "bem", description="transfer matrix by boundary elements or by fundamental solutions"
    )
    nodes: Count = Field(350, le=2000, description="points of the heart's outer surface, about")

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """One map per beat, see `base.InverseMethod`."""
        surface = heart_surface(patient, self.nodes, self.matrix)
        over = surface.over_muscle
        joined = surface.laplacian[np.ix_(over, over)]
        joined = joined - np.diag(joined.sum(1))
        even = np.linalg.inv(np.eye(len(joined)) + SMOOTHING * joined)
        maps = []
        for recorded in bsp:
            smooth = self.electrograms(recorded, patient, surface).smooth_mv
            times = activation_of(-smooth, surface.laplacian, patient.times[: smooth.shape[1]], self.times)
            maps.append(surface.to_wall @ (even @ times[over]))
        return np.stack(maps)[None].astype(np.float32)

    def potentials(self, problem: Decomposition, bsp: NDArray) -> NDArray:
        """Potentials at the nodes by the solver, see `Classical.potentials`.

        Parameters
        ----------
        problem : Decomposition
        bsp : numpy.ndarray, shape (electrode, time)
            mV.

        Returns
        -------
        numpy.ndarray, shape (node, time)
        """
        return SOLVERS[self.solver](order=self.order, choice=self.choice).potentials(problem, bsp)

    def on_heart(self, bsp: NDArray, patient: Patient) -> OnHeart:
        """Electrograms of a beat and their activation times, see `base.MethodSettings.on_heart`."""
        surface = heart_surface(patient, self.nodes, self.matrix)
        found = self.electrograms(bsp, patient, surface)
        fitted = patient.times[: found.smooth_mv.shape[1]]
        times = {by: activation_of(-found.smooth_mv, surface.laplacian, fitted, by) for by in OPERATORS}
        over = surface.over_muscle
        of_muscle = {by: np.where(over, found_by, np.nan) for by, found_by in times.items()}
        return OnHeart(surface.shape, over, found.potentials_mv, of_muscle)

    def electrograms(self, bsp: NDArray, patient: Patient, surface: HeartSurface) -> Electrograms:
        """Potentials of a beat on the heart's outer surface.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (electrode, time)
            mV, at the patient's times.
        patient : Patient
        surface : HeartSurface

        Returns
        -------
        Electrograms
        """
        recorded = referenced(bsp, axis=0)
        potentials = heart_potentials(self, surface.transfer, surface.laplacian, recorded)
        step = patient.times[1] - patient.times[0]
        smooth = gaussian_filter1d(potentials, SMOOTH_MS / step, axis=-1)
        return Electrograms(potentials, smooth[:, : samples_of_qrs(recorded, patient.times)])


def heart_surface(patient: Patient, nodes: int, matrix: str) -> HeartSurface:
    """Outer surface of a patient's heart in the torso.

    What lies inside the surface, such as blood, does not change how its potentials reach the electrodes.
    Lungs do, and are left out.

    Parameters
    ----------
    patient : Patient
    nodes : int
        Points of the surface, about.
    matrix : {"bem", "mfs"}
        See `physics.heart_transfer`.

    Returns
    -------
    HeartSurface

    Raises
    ------
    InputError
        If the electrodes do not surround the heart and there is no torso, or the surface leaves it.
    AnatomyError
        If the heart has no closed outer surface.
    """
    from ..anatomy.epicardium import epicardium
    from ..anatomy.triangulation import graph_laplacian
    from ..physics.heart_transfer import MATRICES
    from .surface_nodes import between_nodes

    wall = patient.anatomy.positions(patient.anatomy.wall)
    skin = _skin(patient, wall)
    shape = epicardium(patient.anatomy, nodes)
    outside = signed_distance(skin, shape.points) >= 0
    if outside.any() or cross(skin, shape):
        raise InputError(
            f"epicardial: {outside.sum()} of {len(shape.points)} points of the heart's outer surface lie "
            "outside the torso, or the surfaces cross; check that heart and electrodes are in one frame"
        )
    over = cKDTree(wall).query(shape.points)[0] <= BEYOND_MM + float(patient.anatomy.spacing[0])
    return HeartSurface(
        shape,
        MATRICES[matrix](skin, shape, patient.electrodes),
        graph_laplacian(shape.triangles, len(shape.points)),
        over,
        between_nodes(wall, shape.points[over]),
    )


def _skin(patient: Patient, wall: NDArray) -> Shape:
    """Outermost surface of the patient's conductor, or the hull of electrodes around the heart."""
    conductor = patient.conductor
    if isinstance(conductor, BoundedConductor):
        if "lung" in conductor.description:
            print("epicardial: the lungs are left out of the torso between heart and electrodes")
        return conductor.mesh.outermost
    if not surround(patient.electrodes, wall):
        raise InputError(
            "epicardial: there is no torso, and the electrodes do not surround the heart; give surfaces of "
            "the torso, or name another method, such as physics_search"
        )
    print("epicardial: the torso is the hull of the electrodes")
    return hull(patient.electrodes, wall)
