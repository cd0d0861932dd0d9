"""Volume conductors: the potential at electrodes of current dipoles in the heart.

In every conductor the potential at an electrode of a dipole q at x is q . grad psi(x), and the electrode's
lead psi is harmonic in the wall (reciprocity). It is that of a point electrode in an infinite medium, and in
a torso what its boundaries add, which is here the sum of the leads of point electrodes elsewhere: outside the
wall, at places that are the same for all electrodes. So a conductor is described by point electrodes in an
infinite medium and their weights.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..anatomy.triangles import project

if TYPE_CHECKING:
    from .boundary_elements import Mesh

OFF_SIDES = 0.02  # least barycentric coordinate of an electrode in its triangle


class Conductor(Protocol):
    """A conductor around the heart.

    Attributes
    ----------
    sigma_t : float
        Conductivity around the dipoles, S/m.
    description : str
        For people.
    """

    @property
    def sigma_t(self) -> float:
        """Conductivity around the dipoles, S/m."""
        ...

    @property
    def description(self) -> str:
        """What it consists of, for people."""
        ...

    def point_electrodes(self, electrodes: NDArray) -> tuple[NDArray, NDArray | None]:
        """Point electrodes in an infinite medium whose weighted leads are those of electrodes here.

        Parameters
        ----------
        electrodes : numpy.ndarray, shape (electrode, 3)
            Patient RAS, mm.

        Returns
        -------
        positions : numpy.ndarray, shape (point electrode, 3)
            mm.
        weights : numpy.ndarray, shape (point electrode, electrode), or None
            None for the electrodes themselves.
        """
        ...

    def kernels(self, points: NDArray, electrodes: NDArray) -> NDArray[np.floating]:
        """Potential at electrodes of unit dipoles.

        Parameters
        ----------
        points : numpy.ndarray, shape (point, 3)
            Positions of the dipoles, in the wall; mm.
        electrodes : numpy.ndarray, shape (electrode, 3)
            In the same frame, mm.

        Returns
        -------
        numpy.ndarray, shape (point, 3, electrode)
            Of a dipole along each axis, in 1 / (S/m mm^2): moments in S/m mV mm^2 give mV.
        """
        ...


@dataclass(frozen=True)
class InfiniteConductor:
    """Infinite, homogeneous and isotropic conductor.

    Attributes
    ----------
    sigma_t : float
        Conductivity, S/m.
    """

    sigma_t: float

    @property
    def description(self) -> str:
        """What it consists of, for people."""
        return f"infinite, homogeneous, {self.sigma_t:g} S/m"

    def point_electrodes(self, electrodes: NDArray) -> tuple[NDArray, NDArray | None]:
        """Return the electrodes themselves, see `Conductor.point_electrodes`."""
        return electrodes, None

    def kernels(self, points: NDArray, electrodes: NDArray) -> NDArray[np.floating]:
        """Potential of unit dipoles against infinity, (r_e - r_x) / (4 pi sigma_t |r_e - r_x|^3).

        Malmivuo & Plonsey 1995, Bioelectromagnetism, chapter 8. See `Conductor.kernels`.
        """
        towards = (electrodes - points[:, None]).swapaxes(1, 2)
        distance = np.linalg.norm(towards, axis=1, keepdims=True)
        return towards / (4 * np.pi * self.sigma_t * distance**3)


@dataclass(frozen=True)
class BoundedConductor:
    """Torso of piecewise constant conductivity around a heart; see `torso_conductor.bounded` to make one.

    Attributes
    ----------
    sigma_t : float
        Conductivity around the heart, S/m.
    mesh : Mesh
        Surfaces of the torso, the skin first.
    others : numpy.ndarray, shape (point electrode, 3)
        Outside the wall, mm.
    weights : numpy.ndarray, shape (point electrode, node of the mesh)
        Of the others, for the potential at each node.
    description : str
        What the torso consists of.
    """

    sigma_t: float
    mesh: "Mesh"
    others: NDArray
    weights: NDArray
    description: str

    def point_electrodes(self, electrodes: NDArray) -> tuple[NDArray, NDArray]:
        """Return the electrodes, projected onto the skin, and the others, see `Conductor.point_electrodes`.

        The potential is relative to its mean over the skin.
        """
        from .boundary_elements import double_layer_rows

        on_skin = project(self.mesh.outermost, electrodes)
        shares = OFF_SIDES + (1 - 3 * OFF_SIDES) * on_skin.shares
        corners = self.mesh.points[self.mesh.triangles[on_skin.triangle]]
        positions = np.vecdot(shares[:, None], corners.swapaxes(1, 2))
        rows = double_layer_rows(self.mesh, positions, on_skin.triangle)
        total = rows.sum(1)  # half of the conductivity beneath the skin
        own = np.diag(self.sigma_t / total)
        return np.concatenate([positions, self.others]), np.concatenate([own, self.weights @ rows.T / total])

    def kernels(self, points: NDArray, electrodes: NDArray) -> NDArray[np.floating]:
        """Potential of unit dipoles against the mean over the skin, see `Conductor.kernels`."""
        positions, weights = self.point_electrodes(electrodes)
        kernels: NDArray[np.floating] = InfiniteConductor(self.sigma_t).kernels(points, positions) @ weights
        return kernels
