"""How sharply signals bend, by which beats are told from T waves and rest.

A QRS complex is sharper than P and T waves. On beats of phantoms, the second derivative of T waves is 0.1
(median) to 0.4 times that of QRS complexes, their first derivative up to equal.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

SMOOTH_MS = 3.0  # SD of the window by which signals are smoothed before they are differentiated
SPREAD_MS = 25.0  # over which the mean square is taken
THIRD_DIFFERENCE = 20.0  # variance of a third difference over that of white noise


def noise_variance(signals: NDArray) -> NDArray[np.floating]:
    """Variance of white noise of each lead, from third differences.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)

    Returns
    -------
    numpy.ndarray, shape (electrode,)
    """
    if signals.shape[1] < 5:
        return np.zeros(len(signals))
    sd = np.median(np.abs(np.diff(signals, 3, axis=1)), axis=1) / 0.6745
    return np.asarray(sd**2 / THIRD_DIFFERENCE)


def activity(signals: NDArray) -> NDArray[np.floating]:
    """RMS over leads and over `SPREAD_MS` of the second derivative, less that of white noise.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, every 1 ms.

    Returns
    -------
    numpy.ndarray, shape (time,)
        mV / ms^2.
    """
    bend = gaussian_filter1d(signals, SMOOTH_MS, axis=1, order=2, mode="nearest")
    power = uniform_filter1d(np.square(bend).mean(0), round(SPREAD_MS), mode="nearest")
    noise = noise_variance(signals).mean() * 3 / (8 * np.sqrt(np.pi) * SMOOTH_MS**5)
    return np.sqrt(np.maximum(power - noise, 0))
