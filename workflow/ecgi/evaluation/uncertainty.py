"""What a prediction from a recorded beat amounts to: its map, its earliest site, its fit."""

import numpy as np
from numpy.typing import NDArray


def mean_and_spread(samples):
    """Mean and SD over samples, shape (sample, voxel) to (voxel,); one sample has no SD, which is NaN."""
    mean = samples.mean(0)
    return mean, samples.std(0, ddof=1) if len(samples) > 1 else np.full_like(mean, np.nan)


LEVELS = (50, 80, 90, 95)  # percent, of the intervals whose coverage is measured
FEWEST_FOR_INTERVALS = 40  # samples, for the ends of the widest to lie between samples


def interval(ordered: NDArray, level: float) -> tuple[NDArray, NDArray]:
    """Central interval that holds a share `level` of samples.

    Its ends are samples themselves, those between which a new sample would fall with that probability.

    Parameters
    ----------
    ordered : numpy.ndarray, shape (sample, pixel)
        Ascending.
    level : float

    Returns
    -------
    low, high : numpy.ndarray, shape (pixel,)
    """
    low, high = np.quantile(ordered, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    return low, high


def crps(truth: NDArray, samples: NDArray) -> NDArray:
    """Continuous ranked probability score of each pixel, in the units of its arguments.

    Its unbiased estimate from samples, mean |x - y| - 1/2 mean |x - x'| (Gneiting & Raftery 2007, J Am Stat
    Assoc 102:359); for one sample the absolute error.

    Parameters
    ----------
    truth : numpy.ndarray, shape (pixel,)
    samples : numpy.ndarray, shape (sample, pixel)
    """
    count = len(samples)
    rank = 2 * np.arange(count) - count + 1
    apart = rank @ np.sort(samples, 0) / max(count * (count - 1), 1)
    return np.abs(samples - truth).mean(0) - apart
