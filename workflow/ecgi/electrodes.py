"""Where the electrodes are."""

import numpy as np


def front_grid(wall_positions, rows, columns, pitch_mm, distance_mm):
    """Cartesian electrode grid in front of the chest side of the heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    rows, columns : int
        Electrodes from head to foot, and from the patient's right to left.
    pitch_mm : float
        Distance between neighbours.
    distance_mm : float
        From the frontmost wall voxel to the plane of the grid.

    Returns
    -------
    numpy.ndarray, shape (rows * columns, 3)
        Patient RAS in mm, row by row, centred on the heart.
    """
    centre = wall_positions.mean(0)
    across = centre[0] - (np.arange(columns) - (columns - 1) / 2) * pitch_mm
    down = centre[2] - (np.arange(rows) - (rows - 1) / 2) * pitch_mm
    z, x = np.meshgrid(down, across, indexing="ij")
    y = np.full(x.shape, wall_positions[:, 1].max() + distance_mm)
    return np.stack([x, y, z], -1).reshape(-1, 3)
