"""Earliest activation site of a map."""

import numpy as np
from numpy.typing import NDArray


def earliest_site(times: NDArray, positions: NDArray) -> NDArray[np.floating]:
    """Centre of the voxels that are activated first.

    Parameters
    ----------
    times : numpy.ndarray, shape (voxel,)
        Activation times in ms; NaN is ignored.
    positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (3,)
        mm.
    """
    return positions[times == np.nanmin(times)].mean(0)
