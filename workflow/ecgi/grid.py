"""The grid on which models see a heart."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MapGrid:
    """Short-axis grid on which the models see a heart.

    A stack of slices in 2-D, a volume in 3-D: both are arrays (slice, y, x).

    Attributes
    ----------
    case : str
    tissue : numpy.ndarray of uint8, shape (slice, y, x)
        `anatomy.Tissue` of each pixel, background where there is no wall.
    z, y, x : numpy.ndarray
        Coordinates in mm in the short-axis frame.
    positions : numpy.ndarray, shape (slice, y, x, 3)
        Patient RAS in mm.
    """

    case: str
    tissue: np.ndarray
    z: np.ndarray
    y: np.ndarray
    x: np.ndarray
    positions: np.ndarray

    @property
    def mask(self):
        """The wall."""
        return self.tissue > 0
