"""End of the QRS complex, when the last of the ventricles is activated.

Wavefronts in the ventricles bend the signals sharply; repolarisation, which may begin before the last
activation where conduction is slow, hardly does. The end is where the second derivative of the signals falls
to noise or to a small share of its maximum, and stays there. Several shares, gaps and widths of smoothing
give the interval.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .activity import noise_variance
from .interval import Interval

SHARE, SHARES = 0.05, (0.05, 0.1)  # of the largest second derivative
SIGMAS = 4.0  # above noise, in SD of its mean square over leads
GAPS_MS = (15, 30)  # below the threshold after the end
SMOOTH_MS = (2.0, 3.0, 4.0, 6.0, 8.0)  # SD of windows, the least by which noise falls below
NOISES = (0.05, 0.1)  # of the largest second derivative
REACH = 1.4  # of that SD, by which smoothing delays a sharp end
LONGEST_MS = 300  # QRS complex
PEAK_MS = 250  # after the onset, in which the largest second derivative lies
MARGIN_MS = 2.0  # on either side of the range of estimates


def find_qrs_end(signals: NDArray, onset: int) -> Interval:
    """Find the end of the QRS complex in samples of 1 ms.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, every 1 ms, against the mean of the electrodes.
    onset : int
        Sample of the onset.

    Returns
    -------
    Interval
        Samples.
    """
    noise = float(noise_variance(signals).mean())
    found: dict[float, list[float]] = {share: [] for share in SHARES}
    for share, noisiness in product(SHARES, NOISES):
        power, variance, smooth = _bend(signals, onset, noise, noisiness)
        top = max(float(power[:PEAK_MS].max()) - variance, 0.0)
        limit = max(variance * (1 + SIGMAS * np.sqrt(2 / len(signals))), variance + share**2 * top)
        active = np.flatnonzero(power > limit)
        active = active[active >= power[:PEAK_MS].argmax()]
        for gap in GAPS_MS:
            breaks = np.flatnonzero(np.diff(active) > gap)
            last = active[breaks[0]] if len(breaks) else (active[-1] if len(active) else 0)
            found[share].append(onset + max(1.0, last + 1 - REACH * smooth))
    every = np.concatenate([found[share] for share in SHARES])
    latest = float(signals.shape[1] - 1)
    at = min(float(np.median(found[SHARE])), latest)
    return Interval(at, max(float(onset), every.min() - MARGIN_MS), min(every.max() + MARGIN_MS, latest))


def _bend(signals: NDArray, onset: int, noise: float, noisiness: float) -> tuple[NDArray, float, float]:
    """Mean square of second derivatives from the onset on, its noise, and the SD of the smoothing."""
    for smooth in SMOOTH_MS:
        bend = gaussian_filter1d(signals, smooth, axis=1, order=2, mode="nearest")
        power = np.square(bend).mean(0)[onset : onset + LONGEST_MS]
        variance = noise * 3 / (8 * np.sqrt(np.pi) * smooth**5)
        if variance < noisiness**2 * (float(power[:PEAK_MS].max()) - variance):
            break
    return power, variance, smooth
