"""Volume conductors: the potential at electrodes of current dipoles in the heart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class InfiniteConductor:
    """Infinite, homogeneous and isotropic conductor.

    Attributes
    ----------
    sigma_t : float
        Conductivity, S/m.
    """

    sigma_t: float

    def kernels(self, points: NDArray, electrodes: NDArray) -> NDArray[np.floating]:
        """Potential of unit dipoles, (r_e - r_x) / (4 pi sigma_t |r_e - r_x|^3).

        Malmivuo & Plonsey 1995, Bioelectromagnetism, chapter 8.

        Parameters
        ----------
        points : numpy.ndarray, shape (point, 3)
            Positions of the dipoles, mm.
        electrodes : numpy.ndarray, shape (electrode, 3)
            In the same frame, mm.

        Returns
        -------
        numpy.ndarray, shape (point, 3, electrode)
            Of a dipole along each axis, against infinity, in 1 / (S/m mm^2): moments in S/m mV mm^2
            give mV.
        """
        towards = (electrodes - points[:, None]).swapaxes(1, 2)
        distance = np.linalg.norm(towards, axis=1, keepdims=True)
        return towards / (4 * np.pi * self.sigma_t * distance**3)
