"""What a prediction from a recorded beat amounts to: its map, its earliest site, its fit."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from .metrics import correlation

NEIGHBOURS = 8  # between which a map of slices is interpolated


class Fit(NamedTuple):
    """How the BSP simulated from maps compare with the recorded one, amplitudes fitted; medians over draws.

    Attributes
    ----------
    amplitude : float
        By what the simulated BSP is multiplied, which depends on conductivities that nobody knows.
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


def fill_wall(draws, positions):
    """Maps without gaps: voxels of which a method says nothing get a mean of the nearest it speaks of.

    Parameters
    ----------
    draws : numpy.ndarray, shape (..., voxel)
        NaN in the gaps, which are the same in all of them.
    positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    numpy.ndarray, shape (..., voxel)
    """
    known = np.isfinite(draws).all(tuple(range(draws.ndim - 1)))
    filled = draws.copy()
    if not known.all():
        near = np.arange(1, min(NEIGHBOURS, int(known.sum())) + 1)
        distance, number = cKDTree(positions[known]).query(positions[~known], near)
        weight = 1 / np.maximum(distance, 1e-3)
        filled[..., ~known] = (draws[..., known][..., number] * weight).sum(-1) / weight.sum(-1)
    return filled


def earliest_site(times, positions):
    """Centre of the voxels that are activated first, shape (3,)."""
    return positions[times == np.nanmin(times)].mean(0)


def fit(recorded, simulated):
    """Compare a recorded BSP with those simulated from each draw.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV.
    simulated : numpy.ndarray, shape (draw, electrode, time)

    Returns
    -------
    Fit
    """
    energy = np.maximum(np.sum(simulated**2, (1, 2)), 1e-12)
    amplitude = np.maximum(np.sum(recorded * simulated, (1, 2)) / energy, 0.0)
    difference = amplitude[:, None, None] * simulated - recorded
    leads = [[correlation(*pair) for pair in zip(recorded, draw, strict=True)] for draw in simulated]
    return Fit(
        float(np.median(amplitude)),
        float(np.median(np.linalg.norm(difference, axis=(1, 2))) / np.linalg.norm(recorded)),
        float(np.median([correlation(recorded, draw) for draw in simulated])),
        np.median(leads, axis=0),
    )
