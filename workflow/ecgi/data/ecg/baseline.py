"""Baseline of a beat: the potential of each lead at rest, constant or slowly wandering."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

BEFORE_MS = 20.0  # window that ends before the onset
GAP_MS = 3.0  # between them, in which the fastest upstrokes may already show
REST_MS = 40.0  # windows at rest, before the P wave and after the T wave
AFTER_MS = 380.0  # after the onset, before which no window at rest is looked for
SMOOTH_MS = 4.0  # SD of the window by which rates of change are smoothed
REST_FACTOR = 3.0  # of the rate of change before the onset, up to which a window is at rest
REST_SHARE = 0.01  # of the largest rate of change, that is added to it
WANDER_SHARE = 0.02  # of the beat's RMS over leads, from which wander is removed


class Baseline(NamedTuple):
    """Baseline of a beat.

    Attributes
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    knots_ms : list of float
        Times through which it passes; one for a constant.
    """

    signals: NDArray[np.floating]
    knots_ms: list[float]


def find_baseline(signals: NDArray, times: NDArray, onset_ms: float, last_ms: float) -> Baseline | None:
    """Find the baseline through the isoelectric segment before the QRS complex.

    A constant, or a line or parabola through windows at rest before the P wave and after the T wave too,
    where these differ from it by more than `WANDER_SHARE` of the beat (Meyer & Keiser 1977, Comput Biomed Res
    10:459).

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    onset_ms : float
        Of the QRS complex.
    last_ms : float
        End of the beat, before the next one's P wave.

    Returns
    -------
    Baseline or None
        None if there is too little before the onset.
    """
    step = float(np.median(np.diff(times)))
    rate = gaussian_filter1d(signals, SMOOTH_MS / step, axis=1, order=1, mode="nearest") / step
    level = np.sqrt(np.square(rate).mean(0))
    before = (times >= onset_ms - GAP_MS - BEFORE_MS) & (times < onset_ms - GAP_MS)
    if before.sum() * step < BEFORE_MS / 2:
        return None
    centre = float(times[before].mean())
    values = np.median(signals[:, before], axis=1)
    beat = (times >= onset_ms) & (times < onset_ms + AFTER_MS)
    size = float(np.sqrt(np.mean(np.square(signals[:, beat] - values[:, None])))) if beat.any() else 0.0
    at_rest = REST_FACTOR * float(np.median(level[before])) + REST_SHARE * float(level.max())
    knots, heights = [centre], [values]
    for earliest, latest in ((-np.inf, onset_ms - 80.0), (onset_ms + AFTER_MS, last_ms)):
        found = _at_rest(times, level, step, earliest, latest, at_rest)
        if found is not None:
            other = np.median(signals[:, found], axis=1)
            knots.append(float(times[found].mean()))
            heights.append(other)
    apart = [float(np.sqrt(np.mean(np.square(other - values)))) for other in heights[1:]]
    if not apart or max(apart) < WANDER_SHARE * size:
        return Baseline(np.repeat(values[:, None], len(times), 1), [centre])
    curve = _through(np.array(knots), np.stack(heights, 1), np.clip(times, min(knots), max(knots)))
    return Baseline(curve, sorted(knots))


def _at_rest(
    times: NDArray, level: NDArray, step: float, earliest: float, latest: float, limit: float
) -> NDArray[np.int_] | None:
    """Samples of the quietest window in a span of time, if it is at rest."""
    width = max(2, round(REST_MS / step))
    within = np.flatnonzero((times >= earliest) & (times < latest))
    if len(within) < width:
        return None
    sums = np.concatenate([[0.0], np.cumsum(level[within])])
    means = (sums[width:] - sums[:-width]) / width
    first = int(means.argmin())
    if means[first] > limit:
        return None
    return within[first : first + width]


def _through(knots: NDArray, heights: NDArray, times: NDArray) -> NDArray:
    """Polynomial through the knots of each lead, by Lagrange's formula; shape (electrode, time)."""
    curve = np.zeros((len(heights), len(times)))
    for number, knot in enumerate(knots):
        others = np.delete(knots, number)
        weight = np.prod((times[:, None] - others) / (knot - others), axis=1)
        curve += heights[:, [number]] * weight
    return curve
