"""What a prediction from a recorded beat amounts to: its map, its earliest site, its fit."""

import numpy as np
from numpy.typing import NDArray


def mean_and_spread(draws):
    """Mean and SD over draws, shape (draw, voxel) to (voxel,); one draw has no SD, which is NaN."""
    mean = draws.mean(0)
    return mean, draws.std(0, ddof=1) if len(draws) > 1 else np.full_like(mean, np.nan)


LEVELS = (50, 80, 90, 95)  # percent, of the intervals whose coverage is measured
FEWEST_FOR_INTERVALS = 40  # draws, for the ends of the widest to lie between draws


def interval(ordered: NDArray, level: float) -> tuple[NDArray, NDArray]:
    """Central interval that holds a share `level` of draws.

    Its ends are draws themselves, those between which a new draw would fall with that probability.

    Parameters
    ----------
    ordered : numpy.ndarray, shape (draw, pixel)
        Ascending.
    level : float

    Returns
    -------
    low, high : numpy.ndarray, shape (pixel,)
    """
    low, high = np.quantile(ordered, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    return low, high


def crps(truth: NDArray, draws: NDArray) -> NDArray:
    """Continuous ranked probability score of each pixel, in the units of its arguments.

    Its unbiased estimate from draws, mean |x - y| - 1/2 mean |x - x'| (Gneiting & Raftery 2007, J Am Stat
    Assoc 102:359); for one draw the absolute error.

    Parameters
    ----------
    truth : numpy.ndarray, shape (pixel,)
    draws : numpy.ndarray, shape (draw, pixel)
    """
    count = len(draws)
    rank = 2 * np.arange(count) - count + 1
    apart = rank @ np.sort(draws, 0) / max(count * (count - 1), 1)
    return np.abs(draws - truth).mean(0) - apart
