"""Hum of the mains: sinusoids fitted to the quiet parts of a recording, and subtracted throughout.

As the sinusoids are fitted where the heart is at rest, what is subtracted does not depend on the QRS complex
and does not distort it (the subtraction procedure, Levkov et al. 2005, Biomed Eng Online 4:50).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, uniform_filter1d

MAINS_HZ = (50.0, 60.0)
SEARCHED_HZ = np.arange(-0.6, 0.61, 0.1)  # around them
HARMONICS = (1, 2, 3)
FEWEST_PERIODS = 3  # of quiet signals
QUIET_SHARE = 0.35  # of all samples, that count as quiet at least
SPREAD_MS = 25.0  # over which the mean square of rates of change is taken
QUIET_FACTOR = 1.5  # of the rate of change of the quietest fifth, up to which others do
PEAK_FACTOR = 6.0  # of the hum's power over that of white noise, at least
EXPLAINED = 0.2  # share of the rapid part of quiet signals that it explains, at least


class Hum(NamedTuple):
    """Hum of a recording.

    Attributes
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    frequency_hz : float
    rms_mv : float
        Over leads and time.
    """

    signals: NDArray[np.floating]
    frequency_hz: float
    rms_mv: float


def find_hum(signals: NDArray, times: NDArray) -> Hum | None:
    """Find hum at 50 or 60 Hz, with harmonics.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms, evenly spaced.

    Returns
    -------
    Hum or None
        None if there is none that stands out from noise.
    """
    step = float(np.median(np.diff(times)))
    best: tuple[float, float, NDArray] | None = None
    for mains in MAINS_HZ:
        width = max(2, round(1000 / mains / step))
        rapid = signals - uniform_filter1d(signals, width, axis=1, mode="nearest")
        quiet = _quiet(signals, step, width)
        if quiet.sum() * step < FEWEST_PERIODS * 1000 / mains:
            continue
        energy = np.square(rapid[:, quiet]).sum()
        for offset in SEARCHED_HZ:
            basis = _sinusoids(times[quiet], mains + offset, step, (1,))
            explained = np.square(np.linalg.qr(basis)[0].T @ rapid[:, quiet].T).sum()
            if energy > 0 and (best is None or explained / energy > best[0]):
                best = (explained / energy, mains + offset, quiet)
    if best is None:
        return None
    share, frequency, quiet = best
    if share < EXPLAINED or share * quiet.sum() / 2 < PEAK_FACTOR:
        return None
    return _fitted(signals, times, step, frequency, quiet)


def _fitted(signals: NDArray, times: NDArray, step: float, frequency: float, quiet: NDArray) -> Hum:
    """Sinusoids of that frequency and its harmonics, fitted to rapid parts of the quiet samples."""
    width = max(2, round(1000 / frequency / step))
    rapid = signals - uniform_filter1d(signals, width, axis=1, mode="nearest")
    harmonics = [number for number in HARMONICS if number * frequency < 0.4 * 1000 / step]
    basis = _sinusoids(times, frequency, step, harmonics)
    passed = np.repeat([1 - _passed(number * frequency, width, step) for number in harmonics], 2)
    coefficients, *_ = np.linalg.lstsq(basis[quiet] * passed, rapid[:, quiet].T, rcond=None)
    hum = (basis @ coefficients).T
    return Hum(hum, float(frequency), float(np.sqrt(np.mean(hum**2))))


def _quiet(signals: NDArray, step: float, width: int) -> NDArray[np.bool_]:
    """Samples where signals, averaged over a period of the mains, change least."""
    even = uniform_filter1d(signals, width, axis=1, mode="nearest")
    rate = np.square(np.gradient(even, step, axis=1)).mean(0)
    level = np.sqrt(np.maximum(uniform_filter1d(rate, max(1, round(SPREAD_MS / step)), mode="nearest"), 0))
    limit = max(QUIET_FACTOR * np.quantile(level, 0.2), np.quantile(level, QUIET_SHARE))
    quiet = level <= limit
    return np.asarray(binary_erosion(quiet, np.ones(width // 2 * 2 + 1)))


def _sinusoids(
    times: NDArray, frequency: float, step: float, harmonics: tuple[int, ...] | list[int]
) -> NDArray:
    """Sine and cosine of each harmonic, shape (time, 2 * harmonic)."""
    turns = 2e-3 * np.pi * frequency * (times - times[0])
    return np.stack([wave(number * turns) for number in harmonics for wave in (np.sin, np.cos)], 1)


def _passed(frequency: float, width: int, step: float) -> float:
    """Gain of a running mean of `width` samples at a frequency."""
    half = np.pi * frequency * step / 1000
    gain = np.sin(width * half) / (width * np.sin(half))
    # `uniform_filter1d` of an even width is half a sample off the centre; its phase is neglected
    return float(gain)
