"""Mean, spread, intervals and CRPS of samples of a predictive distribution."""

import numpy as np
from numpy.typing import NDArray


def mean_and_spread(samples: NDArray) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Mean and standard deviation over samples.

    Parameters
    ----------
    samples : numpy.ndarray, shape (sample, ...)
        Any units.

    Returns
    -------
    mean, sd : numpy.ndarray, shape (...)
        The SD of a single sample is NaN.
    """
    mean = samples.mean(0)
    return mean, samples.std(0, ddof=1) if len(samples) > 1 else np.full_like(mean, np.nan)


LEVELS = (50, 80, 90, 95)  # percent; levels of the intervals whose coverage is measured
FEWEST_FOR_INTERVALS = 40  # samples, so that the quantiles of the widest interval lie between samples


def interval(ordered: NDArray, level: float) -> tuple[NDArray, NDArray]:
    """Central predictive interval of samples.

    A new sample of the same distribution lies in it with probability `level` (Weibull plotting positions).

    Parameters
    ----------
    ordered : numpy.ndarray, shape (sample, pixel)
        Samples in ascending order.
    level : float
        Between 0 and 1.

    Returns
    -------
    low, high : numpy.ndarray, shape (pixel,)
    """
    low, high = np.quantile(ordered, [(1 - level) / 2, (1 + level) / 2], axis=0, method="weibull")
    return low, high


def crps(truth: NDArray, samples: NDArray) -> NDArray:
    """Continuous ranked probability score of each pixel.

    Its unbiased estimate from samples, mean |x - y| - 1/2 mean |x - x'| (Gneiting & Raftery 2007, J Am Stat
    Assoc 102:359); for one sample the absolute error.

    Parameters
    ----------
    truth : numpy.ndarray, shape (pixel,)
        True values.
    samples : numpy.ndarray, shape (sample, pixel)
        Samples of the prediction, in the same units.

    Returns
    -------
    numpy.ndarray, shape (pixel,)
        In the same units.
    """
    count = len(samples)
    rank = 2 * np.arange(count) - count + 1
    apart = rank @ np.sort(samples, 0) / max(count * (count - 1), 1)
    return np.abs(samples - truth).mean(0) - apart
