"""Onset of the QRS complex, and the interval in which it may lie.

What precedes the QRS complex (P wave, atrial repolarisation, wander, rests of hum) has few spatial patterns.
The patterns of the rates of change in a window are removed by projection; the onset is where what is left
rises above noise and stays there. As long as the window ends before the onset, it hardly matters where: the
onset is the time on which most windows, widths of smoothing and thresholds agree, and their range gives the
interval.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .activity import noise_variance
from .interval import Interval

SMOOTH_MS = (2.0, 4.0)  # SD of the windows by which signals are smoothed
REACH = 1.4  # of that SD, by which smoothing moves a sharp onset ahead
THRESHOLDS = ((3.0, 0.02), (6.0, 0.05))  # above noise in SD of its mean square, and share of the largest rate
NEAR_MS = 60  # of the sharpest signals, where the largest rate of change is looked for
SEARCHED_MS = 300  # before that, in which the onset lies
WINDOW_MS = 250  # whose patterns are removed
SHORTEST_MS = 30  # such window
WINDOWS_MS = 10  # between the ends of windows
AHEAD_MS = 100  # of an onset, at most, that its window ends
QUIET_MS = 8  # below the threshold before an onset
PATTERN_FACTOR = 1.5  # of a pattern's variance over the largest that noise has, from which it is removed
LEAST_PATTERN = 0.003  # of the largest rate of change, RMS over time, up to which a pattern is left
MOST_PATTERNS = 0.5  # of the leads
AGREEMENT_MS = 6.0  # between estimates that count as one
SLOWEST_MS = 40.0  # rise from the lower to the higher threshold
MARGIN_MS = 2.0  # on either side of the range of estimates
RIVAL, SHARP_RIVAL = 0.5, 0.35  # of the most votes, from which other estimates may be plausible
SHARP = 2.5  # contrast of a sharp onset
FEWER = 0.3  # of the most votes, from which earlier onsets are plausible in noisy signals
NOISY = 0.05  # of the largest rate of change, that noise has in such signals
QUIET_SHARE = 0.1  # of the recording, in which signals change no faster than noise
PR_MS = (60.0, 200.0)  # from a P wave to the QRS complex
BESIDE_MS = (4, 18)  # from an onset, between which rates of change are compared


def find_onset(signals: NDArray, peak: int) -> Interval:
    """Find the onset of the QRS complex in samples of 1 ms.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, every 1 ms, against the mean of the electrodes, without spikes and hum.
    peak : int
        A sample within the QRS complex, see `beats.find_beats`.

    Returns
    -------
    Interval
        Samples.
    """
    pairs = estimates(signals, peak)
    found = np.sort(pairs[np.isfinite(pairs)])
    within = np.searchsorted(found, found + AGREEMENT_MS, "right") - np.arange(len(found))
    most = int(within.argmax())
    agreeing = found[most : most + within[most]]
    at, low, high = float(np.median(agreeing)), float(agreeing[0]), float(agreeing[-1])
    noisy = noise_share(signals, peak) > NOISY
    rivals = [
        (float(found[first]), float(found[first + count - 1]))
        for first, count in enumerate(within)
        if _is_rival(
            signals, at, (found[first], found[first + count - 1]), (low, high), count / within[most], noisy
        )
    ]
    agree = (pairs[:, 0] >= low) & (pairs[:, 0] <= high) & (pairs[:, 1] - pairs[:, 0] <= SLOWEST_MS)
    rise = float(np.median(pairs[agree, 1] - pairs[agree, 0])) if agree.any() else 0.0
    low = min([low - max(0.0, rise), *(earliest for earliest, _ in rivals)])
    high = max([high, *(latest for _, latest in rivals)])
    return Interval(at, max(0.0, low - MARGIN_MS), high + MARGIN_MS)


def _is_rival(
    signals: NDArray,
    at: float,
    other: tuple[float, float],
    own: tuple[float, float],
    votes: float,
    noisy: bool,
) -> bool:
    """Whether estimates that do not agree with the most are plausible.

    Earlier ones are not, where signals become much faster at the onset, as after a P wave, unless noise may
    hide a slow beginning. Later ones are, with fewer votes, where signals become much faster at them, or
    where what begins at the onset may be a P wave.
    """
    if other[1] < own[0]:
        return (votes >= RIVAL and contrast(signals, at) < SHARP) or (noisy and votes >= FEWER)
    if other[0] <= own[1]:
        return False
    as_after_p = PR_MS[0] <= other[0] - at <= PR_MS[1]
    return votes >= RIVAL or (votes >= SHARP_RIVAL and (as_after_p or contrast(signals, other[0]) >= SHARP))


def noise_share(signals: NDArray, peak: int) -> float:
    """RMS rate of change of noise over the largest of the signals, both smoothed.

    Parameters
    ----------
    signals, peak
        See `find_onset`.

    Returns
    -------
    float
    """
    smooth = SMOOTH_MS[-1]
    part = signals[:, max(0, peak - NEAR_MS) : peak + NEAR_MS]
    largest = np.square(gaussian_filter1d(part, smooth, axis=1, order=1, mode="nearest")).mean(0).max()
    return float(np.sqrt(_variance_of_rate(signals, smooth) / largest))


def _variance_of_rate(signals: NDArray, smooth: float) -> float:
    """Variance of the rate of change of noise, where it is quiet or as white noise would have, if larger."""
    white = float(noise_variance(signals).mean()) / (4 * np.sqrt(np.pi) * smooth**3)
    rate = gaussian_filter1d(signals, smooth, axis=1, order=1, mode="nearest")
    return max(white, float(np.quantile(np.square(rate).mean(0), QUIET_SHARE)))


def contrast(signals: NDArray, onset: float) -> float:
    """RMS rate of change just after a time over that just before it.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    onset : float
        Sample.

    Returns
    -------
    float
    """
    smooth, (near, far) = SMOOTH_MS[-1], BESIDE_MS
    here = round(onset)
    part = signals[:, max(0, here - 2 * far) : here + 2 * far]
    rate = gaussian_filter1d(part, smooth, axis=1, order=1, mode="nearest")
    power = np.square(rate).mean(0) - _variance_of_rate(signals, smooth)
    middle = here - max(0, here - 2 * far)
    before, after = power[max(0, middle - far) : middle - near], power[middle + near : middle + far]
    if len(before) < 2 or len(after) < 2:
        return 1.0
    return float(np.sqrt(max(after.mean(), 0.0) / max(before.mean(), 1e-3 * power.max(), 1e-30)))


def estimates(signals: NDArray, peak: int) -> NDArray[np.floating]:
    """Onsets by each window, width of smoothing and threshold, in samples.

    Parameters
    ----------
    signals, peak
        See `find_onset`.

    Returns
    -------
    numpy.ndarray, shape (estimate, threshold)
        NaN where a window ends after the onset that it gives, or long before it.
    """
    found = []
    for smooth in SMOOTH_MS:
        rate = gaussian_filter1d(signals, smooth, axis=1, order=1, mode="nearest")
        variance = _variance_of_rate(signals, smooth)
        first = max(0, peak - NEAR_MS)
        size = np.square(rate[:, first : peak + NEAR_MS]).mean(0)
        top, steepest = float(size.max()), first + int(size.argmax())
        begin = max(0, steepest - SEARCHED_MS)
        searched = rate[:, begin : steepest + 1]
        whole = np.square(searched).sum(0)
        for end in range(steepest - SEARCHED_MS, steepest, WINDOWS_MS):
            basis = _patterns(rate[:, max(0, end - WINDOW_MS) : max(end, 0)], variance, smooth, top)
            freedom = len(rate) - basis.shape[1]
            level = (whole - np.square(basis.T @ searched).sum(0)) / freedom
            onsets = np.array([
                begin + _back(level > max(variance * (1 + sigmas * np.sqrt(2 / freedom)), share**2 * top))
                for sigmas, share in THRESHOLDS
            ])  # fmt: skip
            moved = onsets + REACH * smooth * (onsets > 0)
            sound = (onsets >= end - QUIET_MS) & (onsets < end + AHEAD_MS)
            found.append(np.where(sound, moved, np.nan))
    return np.array(found)


def _back(active: NDArray[np.bool_]) -> int:
    """First sample of the last stretch that is active, with gaps shorter than `QUIET_MS`."""
    samples = np.concatenate([[-QUIET_MS - 1], np.flatnonzero(active), [len(active) - 1]])
    gaps = np.flatnonzero(np.diff(samples) > QUIET_MS)
    return int(samples[gaps[-1] + 1]) if len(gaps) else 0


def _patterns(rate: NDArray, variance: float, smooth: float, top: float) -> NDArray:
    """Orthonormal spatial patterns of signals that stand out from noise, shape (electrode, pattern).

    Those that are negligible beside the largest rate of change are left.
    """
    leads, samples = rate.shape
    if samples < SHORTEST_MS:
        return np.zeros((leads, 0))
    patterns, values, _ = np.linalg.svd(rate[:, ::2], full_matrices=False)
    independent = max(1.0, samples / (2 * np.sqrt(np.pi) * smooth))
    largest = variance * (1 + np.sqrt(leads / independent)) ** 2  # of noise, Marchenko & Pastur 1967
    least = max(PATTERN_FACTOR * largest, LEAST_PATTERN**2 * top * leads)
    kept = int((2 * values**2 / samples > least).sum())
    return patterns[:, : min(kept, int(MOST_PATTERNS * leads))]
