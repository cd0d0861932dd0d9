"""Preprocessing of a recorded beat: bad leads, cleaning, beats, QRS complex, baseline and resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..physics.bsp import interpolate_in_time
from .ecg.activity import activity
from .ecg.baseline import find_baseline
from .ecg.beats import Average, averaged, find_beats
from .ecg.choosing import Choice, choose_beat, refuse_outside
from .ecg.cleaning import cleaned
from .ecg.interval import Interval
from .ecg.qrs import Qrs, find_qrs
from .ecg.resampling import STEP_MS, every_ms
from .lead_faults import find_bad_leads, refuse_implausible_amplitude

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

P_WAVE_MS, P_WAVE_SHARE = 250.0, 0.4  # before the next QRS complex, in ms and relative to the cycle
HELD_SHARE = 0.1  # share of samples missing at the end up to which the last value is held


class Overview(NamedTuple):
    """RMS over leads of the whole recording, for a drawing.

    Attributes
    ----------
    times_ms : numpy.ndarray, shape (time,)
    rms_mv : numpy.ndarray, shape (time,)
        About the mean of the electrodes and the median of each lead, after cleaning.
    removed_mv : numpy.ndarray, shape (time,)
        RMS over leads of what was removed.
    """

    times_ms: NDArray[np.floating]
    rms_mv: NDArray[np.floating]
    removed_mv: NDArray[np.floating]


class Prepared(NamedTuple):
    """A preprocessed beat.

    Attributes
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV, from the onset on at the experiment's sampling times; NaN in bad leads, and after the end of the
        recording or of the beat.
    good : numpy.ndarray of bool, shape (electrode,)
        Leads that can be used.
    onset, qrs_end : Interval
        Of the QRS complex, ms of the recording, with the bounds between which they plausibly lie.
    beats_ms : list of float
        Steepest times of all QRS complexes in the recording.
    spikes_ms : list of float
        Times of stimulus artefacts.
    overview : Overview
    notes : list of str
        Warnings and a description of each step.
    """

    bsp: NDArray[np.floating]
    good: NDArray[np.bool_]
    onset: Interval
    qrs_end: Interval
    beats_ms: list[float]
    spikes_ms: list[float]
    overview: Overview
    notes: list[str]


def prepare(
    signals: NDArray,
    times: NDArray,
    names: Sequence[str],
    choice: Choice,
    samples: int,
    time_step_ms: float,
    source: str | PathLike[str],
) -> Prepared:
    """Clean a recording, find its beats and the QRS complex of one, and resample that beat.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    names : sequence of str
        Names of the electrodes.
    choice : Choice
        Beat, onset and end that are set.
    samples : int
        Number of samples from the onset on.
    time_step_ms : float
        Sampling interval of the result.
    source : str or path-like
        Name of the recording in messages.

    Returns
    -------
    Prepared

    Raises
    ------
    InputError
        If most leads are bad, amplitudes are implausible, or a time or beat that is set is not in the
        recording.
    """
    good, notes = find_bad_leads(signals, names, source)
    refuse_implausible_amplitude(signals[good], source)
    refuse_outside(choice, times, source)
    step = float(np.median(np.diff(times)))
    notes.append(f"{len(names)} leads, {len(times)} samples of {step:.3g} ms ({1000 / step:.4g} Hz)")
    clean = cleaned(signals[good], times)
    overview = _overview(signals[good], clean.signals, times)
    even_times, even = every_ms(clean.signals, times)
    beats, level = find_beats(even), activity(even)
    beats_ms = [float(time) for time in even_times[beats]]
    span = (float(times[0]), float(times[-1]))
    number, listed_beats = choose_beat(beats_ms, level[beats].tolist(), span, choice, source)
    notes += [*clean.notes, *listed_beats]
    leads, peak, ends = clean.signals, int(beats[number]), _end_of_beat(beats_ms, number, times)
    if choice.beat == "all" and len(beats) > 1:
        average = averaged(every_ms(clean.signals, times, reference=False)[1], beats)
        notes.append(_of_average(average, beats_ms))
        leads, peak = average.signals, int(beats[average.beat]) - average.first
        times = even_times[average.first] + STEP_MS * np.arange(leads.shape[1])
        even_times, even = every_ms(leads, times)
        ends = min(float(times[-1]), _end_of_beat(beats_ms, average.beat, even_times))
    qrs = find_qrs(even, even_times, peak, choice)
    notes += qrs.notes
    leads, more = _about_baseline(leads, times, qrs.onset.at, ends)
    bsp = np.full((len(good), samples), np.nan)
    bsp[good], last = _resampled(leads, times, qrs, ends, samples, time_step_ms)
    return Prepared(
        bsp, good, qrs.onset, qrs.end, beats_ms, clean.spikes_ms, overview, [*notes, *more, *last]
    )


def _overview(signals: NDArray, clean: NDArray, times: NDArray) -> Overview:
    """RMS over leads of the recording and of what was removed."""
    even, kept = every_ms(clean, times)
    _, whole = every_ms(signals, times)
    kept_about = kept - np.median(kept, axis=1, keepdims=True)
    return Overview(even, *(np.sqrt(np.square(part).mean(0)) for part in (kept_about, whole - kept)))


def _of_average(average: Average, beats_ms: Sequence[float]) -> str:
    """Note on the beats that were averaged, and those that were not."""
    count = int(average.used.sum())
    note = f"{count} beat{'s' * (count > 1)} averaged, aligned with that at {beats_ms[average.beat]:.0f} ms"
    if average.used.all():
        return note
    others = ", ".join(f"{beats_ms[number]:.0f}" for number in np.flatnonzero(~average.used).tolist())
    return f"warning: {note}; those at {others} ms differ in shape or are cut off and are left out"


def _end_of_beat(beats_ms: Sequence[float], number: int, times: NDArray) -> float:
    """Time at which a beat gives way to the next one's P wave, or the recording ends."""
    if number + 1 == len(beats_ms):
        return float(times[-1])
    return beats_ms[number + 1] - min(P_WAVE_MS, P_WAVE_SHARE * (beats_ms[number + 1] - beats_ms[number]))


def _about_baseline(
    signals: NDArray, times: NDArray, onset_ms: float, ends_ms: float
) -> tuple[NDArray, list[str]]:
    """Signals about their baseline, with a note."""
    baseline = find_baseline(signals, times, onset_ms, ends_ms)
    if baseline is None:
        return signals, ["warning: too little before the onset for a baseline; offsets of leads are kept"]
    knots = ", ".join(f"{knot:.0f}" for knot in baseline.knots_ms)
    shape = ("constant", "line", "parabola")[len(baseline.knots_ms) - 1]
    return signals - baseline.signals, [
        f"baseline: a {shape} through the medians around {knots} ms was subtracted from each lead"
    ]


def _resampled(
    signals: NDArray, times: NDArray, qrs: Qrs, ends_ms: float, samples: int, time_step_ms: float
) -> tuple[NDArray, list[str]]:
    """A beat at the experiment's sampling times, with a note where it ends before them."""
    wanted = qrs.onset.at + np.arange(samples) * time_step_ms
    bsp = interpolate_in_time(signals, times, wanted)
    bsp[:, wanted > ends_ms + 1e-6] = np.nan
    missing = int(np.isnan(bsp[0]).sum())
    if missing == 0:
        return bsp, []
    what = "the recording ends" if ends_ms >= times[-1] else "the next beat begins"
    if missing <= HELD_SHARE * samples:
        bsp[:, -missing:] = bsp[:, [-missing - 1]]
        return bsp, [f"the last {missing} of {samples} samples hold the last value; {what} before"]
    note = (
        f"{what} {(samples - missing) * time_step_ms:g} ms after the onset, of {samples * time_step_ms:g} ms "
        "that are simulated"
    )
    return bsp, [note if ends_ms >= qrs.end.high else f"warning: {note}"]
