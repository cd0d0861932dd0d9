"""Scaling of maps and signals to [0, 1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..io.checked_files import read_json

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Normalisation:
    """Constants that scale maps and signals to [0, 1], computed from the training part.

    Attributes
    ----------
    latest_ms : float
        Activation time that is scaled to 1.
    lowest_mv, highest_mv : float
        BSP that is scaled to 0 and 1.
    background : float
        Value of scaled maps outside the wall.
    """

    latest_ms: float
    lowest_mv: float
    highest_mv: float
    background: float

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Normalisation:
        """Read the constants of an experiment.

        Parameters
        ----------
        path : path-like
            JSON file with a number for each attribute.

        Returns
        -------
        Normalisation
        """
        return cls(**read_json(path))

    def scale_maps(self, maps: NDArray) -> NDArray[np.float32]:
        """Scale activation maps to [0, 1].

        Parameters
        ----------
        maps : numpy.ndarray
            ms, NaN outside the wall.

        Returns
        -------
        numpy.ndarray of float32
            The background outside the wall.
        """
        return np.where(np.isnan(maps), self.background, maps / self.latest_ms).astype(np.float32)

    def maps_in_ms(self, scaled: NDArray, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Invert `scale_maps`.

        Parameters
        ----------
        scaled : numpy.ndarray
            Scaled maps.
        mask : numpy.ndarray of bool
            Pixels of the wall; broadcasts against the maps.

        Returns
        -------
        numpy.ndarray of float32
            ms, NaN outside the wall.
        """
        return np.where(mask, scaled * self.latest_ms, np.nan).astype(np.float32)

    def scale_bsp(self, bsp: NDArray) -> NDArray[np.float32]:
        """Scale body surface potentials to [0, 1].

        Parameters
        ----------
        bsp : numpy.ndarray
            mV.

        Returns
        -------
        numpy.ndarray of float32
        """
        return ((bsp - self.lowest_mv) / (self.highest_mv - self.lowest_mv)).astype(np.float32)

    def bsp_in_mv(self, scaled: NDArray) -> NDArray[np.floating]:
        """Invert `scale_bsp`.

        Parameters
        ----------
        scaled : numpy.ndarray
            Scaled BSP.

        Returns
        -------
        numpy.ndarray
            mV.
        """
        return self.lowest_mv + scaled * (self.highest_mv - self.lowest_mv)
