"""Beats of a recording: their times, one of them, or their average."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from .activity import activity

HEIGHT = 0.3  # of the largest activity, that a QRS complex reaches
CLOSEST_MS = 220.0  # two QRS complexes
T_WAVE_MS = 450.0  # after a QRS complex, up to which a lower peak may be its T wave
T_WAVE_SHARE = 0.6  # of the QRS complex's activity, below which it is
BEFORE_MS, AFTER_MS = 80.0, 120.0  # parts of two beats that are compared
LARGEST_SHIFT_MS = 60.0
SMOOTH_MS = 5.0  # SD of the window by which signals are smoothed before beats are compared
ALIKE = 0.9  # correlation of the rates of change of beats that are averaged


def find_beats(signals: NDArray) -> NDArray[np.int_]:
    """Find the QRS complexes of a recording.

    Peaks of the activity, see `activity.activity`; lower ones soon after a higher one are T waves, as in
    Pan & Tompkins 1985, IEEE Trans Biomed Eng 32:230. So is activity that still rises where the recording
    ends, unless it is above that of the complex before.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, every 1 ms.

    Returns
    -------
    numpy.ndarray of int, shape (beat,)
        Samples of largest activity, ascending.
    """
    level = activity(signals)
    padded = np.pad(level, 1, constant_values=-1.0)  # so that a peak at an end counts
    peaks, _ = find_peaks(padded, height=HEIGHT * level.max(), distance=round(CLOSEST_MS))
    beats: list[int] = []
    for peak in peaks - 1:
        soon = beats and peak - beats[-1] < T_WAVE_MS
        share = 1.0 if peak == len(level) - 1 else T_WAVE_SHARE
        if soon and level[peak] < share * level[beats[-1]]:
            continue
        if soon and level[beats[-1]] < T_WAVE_SHARE * level[peak] and not _is_first(beats):
            beats.pop()
        beats.append(int(peak))
    return np.array(beats if beats else [int(level.argmax())])


def _is_first(beats: list[int]) -> bool:
    """Whether the last beat found follows no other within a cycle, so that it can be no T wave."""
    return len(beats) < 2 or beats[-1] - beats[-2] > T_WAVE_MS


class Average(NamedTuple):
    """Average of beats.

    Attributes
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    first : int
        Sample of the recording at which it begins, in the beat that the others are aligned with.
    beat : int
        Number of that beat.
    used : numpy.ndarray of bool, shape (beat,)
        Beats that are alike.
    """

    signals: NDArray
    first: int
    beat: int
    used: NDArray[np.bool_]


def averaged(signals: NDArray, beats: NDArray[np.int_]) -> Average:
    """Average the beats that are alike, aligned by their correlation over all leads.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, every 1 ms.
    beats : numpy.ndarray of int, shape (beat,)
        See `find_beats`.

    Returns
    -------
    Average
    """
    before, after, reach = (round(span) for span in (BEFORE_MS, AFTER_MS, LARGEST_SHIFT_MS))
    whole = (beats >= before + reach) & (beats + after + reach < signals.shape[1])
    inside = np.flatnonzero(whole) if whole.any() else np.array([len(beats) // 2])
    slopes = gaussian_filter1d(signals, SMOOTH_MS, axis=1, order=1, mode="nearest")
    compared = [_aligned(slopes, beats[number], beats, before, after, reach) for number in inside]
    chosen = int(np.argmax([np.median(likeness) for likeness, _ in compared]))
    likeness, shifts = compared[chosen]
    reference, used = int(inside[chosen]), likeness >= ALIKE
    used[reference] = True
    starts = beats + shifts
    apart = np.diff(np.concatenate([[-np.inf], starts, [np.inf]]))
    lead = int(min(starts[used].min(), apart[:-1][used].min() * 0.6, signals.shape[1]))
    tail = int(min(signals.shape[1] - starts[used].max(), apart[1:][used].min()))
    segments = [signals[:, start - lead : start + tail] for start in starts[used]]
    return Average(np.mean(segments, 0), int(beats[reference]) - lead, reference, used)


def _aligned(
    slopes: NDArray, centre: int, beats: NDArray[np.int_], before: int, after: int, reach: int
) -> tuple[NDArray, NDArray[np.int_]]:
    """Largest correlation of each beat with one of them, and the shift at which it is reached."""
    model = slopes[:, max(0, centre - before) : centre + after]
    ahead = centre - max(0, centre - before)
    likeness, shifts = np.full(len(beats), -1.0), np.zeros(len(beats), int)
    for number, beat in enumerate(beats):
        for shift in range(-reach, reach + 1):
            start = beat + shift - ahead
            if start < 0 or start + model.shape[1] > slopes.shape[1]:
                continue
            part = slopes[:, start : start + model.shape[1]]
            size = np.linalg.norm(part) * np.linalg.norm(model)
            alike = float(np.vdot(part, model) / size) if size else 0.0
            if alike > likeness[number]:
                likeness[number], shifts[number] = alike, shift
    return likeness, shifts
