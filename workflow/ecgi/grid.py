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
    is_volume : bool
        Whether its slices are seen together, as one volume.
    """

    case: str
    tissue: np.ndarray
    z: np.ndarray
    y: np.ndarray
    x: np.ndarray
    positions: np.ndarray
    is_volume: bool = False

    @property
    def mask(self):
        """The wall."""
        return self.tissue > 0

    @property
    def frame(self):
        """Shape of what is seen at once: one slice, or all of a volume."""
        return self.mask.shape if self.is_volume else self.mask.shape[1:]

    def centred(self, places):
        """Patient RAS to mm from the middle of the grid along its axes x, y and z, float32."""
        middle = self.positions.mean((0, 1, 2))
        corner, along_y, along_x = self.positions[0, 0, 0], self.positions[0, -1, 0], self.positions[0, 0, -1]
        x, y = ((end - corner) / np.linalg.norm(end - corner) for end in (along_x, along_y))
        axes = np.column_stack([x, y, np.cross(x, y)])
        return ((places - middle) @ axes).astype(np.float32)
