"""Beats of a heart on the grid and the time samples of the networks."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..anatomy.coordinates import aha_segments
from ..anatomy.heart import Anatomy
from ..anatomy.slicing import MapGrid, slice_grid
from ..physics.bsp import average_in_time


class NetworkBeats(NamedTuple):
    """Beats of a heart on the grid and the time samples of the networks.

    Attributes
    ----------
    grid : MapGrid
        Grid of the maps.
    segments : numpy.ndarray of uint8, shape (slice, y, x)
        AHA segment of each pixel of the wall, 0 elsewhere.
    activation_ms : numpy.ndarray of float32, shape (beat, slice, y, x)
        Activation times, NaN outside the wall.
    bsp_mv : numpy.ndarray, shape (beat, electrode, sample)
        Body surface potentials.
    times_ms : numpy.ndarray, shape (sample,)
        Times of the BSP samples.
    """

    grid: MapGrid
    segments: NDArray[np.uint8]
    activation_ms: NDArray[np.float32]
    bsp_mv: NDArray
    times_ms: NDArray


def network_beats(
    anatomy: Anatomy,
    case: str,
    slices: Mapping[str, Any],
    samples: int,
    activation_ms: Iterable[NDArray],
    bsp_mv: NDArray,
    times_ms: NDArray,
) -> NetworkBeats:
    """Resample beats to the grid and the time samples of the networks.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    case : str
        Name of the heart.
    slices : mapping
        Settings of `slicing.slice_grid`.
    samples : int
        Time samples of the BSP, means of neighbouring simulated ones.
    activation_ms : iterable of numpy.ndarray, shape (voxel,)
        Activation times of each beat; one is held in memory at a time.
    bsp_mv : numpy.ndarray, shape (beat, electrode, time)
        Simulated BSP.
    times_ms : numpy.ndarray, shape (time,)
        Times of its samples.

    Returns
    -------
    NetworkBeats
    """
    grid, gather = slice_grid(anatomy, case, **slices)
    maps = np.stack([gather(activation) for activation in activation_ms])
    return NetworkBeats(
        grid,
        segments_on(grid, anatomy),
        maps,
        average_in_time(bsp_mv, samples),
        average_in_time(times_ms, samples),
    )


def segments_on(grid: MapGrid, anatomy: Anatomy) -> NDArray[np.uint8]:
    """AHA segment of each pixel of the wall, that of the wall voxel nearest to its centre.

    Parameters
    ----------
    grid : MapGrid
        Grid of the maps.
    anatomy : Anatomy
        Heart in its short-axis frame.

    Returns
    -------
    numpy.ndarray of uint8, shape (slice, y, x)
        0 for no segment.
    """
    nearest = cKDTree(anatomy.positions(anatomy.wall)).query(grid.positions[grid.mask])[1]
    segments = np.zeros(grid.mask.shape, np.uint8)
    segments[grid.mask] = aha_segments(anatomy)[nearest]
    return segments
