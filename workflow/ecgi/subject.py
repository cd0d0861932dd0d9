"""What a prediction from a recorded beat amounts to: its map, its earliest site, its fit."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from .metrics import correlation

NEIGHBOURS = 8  # between which a map of slices is interpolated


class Fit(NamedTuple):
    """How the BSP simulated from a map compares with the recorded one, its amplitude fitted.

    Attributes
    ----------
    amplitude : float
        By what the simulated BSP is multiplied; it depends on conductivities that nobody knows.
    relative_error : float
        Norm of the difference over that of the recording; 0 is perfect, 1 no better than silence.
    correlation : float
        Of all samples of all leads.
    lead_correlation : numpy.ndarray, shape (electrode,)
    """

    amplitude: float
    relative_error: float
    correlation: float
    lead_correlation: np.ndarray

    @property
    def words(self):
        """What a reader should make of it."""
        if self.relative_error < 0.3:
            return "close; other maps may fit as well"
        if self.relative_error < 0.6:
            return "fair; read the map with care"
        return "poor; do not rely on this map"


def mean_and_spread(draws):
    """Mean and SD over draws, shape (draw, voxel) to (voxel,); one draw has no SD, which is NaN."""
    mean = draws.mean(0)
    return mean, draws.std(0, ddof=1) if len(draws) > 1 else np.full_like(mean, np.nan)


def fill_wall(times, positions):
    """A map without gaps: voxels of which a method says nothing get a mean of the nearest it speaks of.

    Parameters
    ----------
    times : numpy.ndarray, shape (voxel,)
        NaN in the gaps.
    positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
    """
    known = np.isfinite(times)
    if known.all():
        return times
    near = min(NEIGHBOURS, int(known.sum()))
    distance, number = cKDTree(positions[known]).query(positions[~known], np.arange(1, near + 1))
    filled = times.copy()
    filled[~known] = np.average(times[known][number], axis=1, weights=1 / np.maximum(distance, 1e-3))
    return filled


def earliest_site(times, positions):
    """Centre of the voxels that are activated first, shape (3,)."""
    return positions[times == np.nanmin(times)].mean(0)


def fit(recorded, simulated):
    """Compare a recorded with a simulated BSP.

    Parameters
    ----------
    recorded, simulated : numpy.ndarray, shape (electrode, time)
        mV, good leads and recorded samples alone.

    Returns
    -------
    Fit
    """
    energy = np.sum(simulated**2)
    amplitude = max(float(np.sum(recorded * simulated) / energy), 0.0) if energy > 0 else 0.0
    return Fit(
        amplitude,
        float(np.linalg.norm(recorded - amplitude * simulated) / np.linalg.norm(recorded)),
        correlation(recorded.ravel(), simulated.ravel()),
        np.array([correlation(*leads) for leads in zip(recorded, simulated, strict=True)]),
    )
