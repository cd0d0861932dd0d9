"""One beat of a recording: its leads judged, its onset found, put on the experiment's sampling times."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks
from scipy.spatial import ConvexHull, KDTree

from ..core.errors import InputError, listed
from ..io.recordings import FEWEST_SAMPLES, MOST_NAMES
from ..physics.bsp import interpolate_in_time

PLAUSIBLE_MV = (0.02, 50.0)  # largest deflection of a recording on the skin
FLAT_SHARE = 1e-3  # of the median SD of the leads, below which a lead is dead
CLIPPED_SAMPLES = 5  # in a row at a lead's largest or smallest value
BAD_SHARE = 0.5  # of the leads, above which nothing is left to predict from
FARTHEST_MM = 500.0  # of an electrode from the heart
NEAREST_MM = 150.0  # by which the nearest electrode must lie
BASELINE_MS = 20.0  # before the onset
SMOOTH_MS = 5.0  # over which signals are averaged to find the beat in them
BEAT_MS = 600.0  # between beats at least, lest the T wave be taken for one
ONSET_SHARE = 0.02  # of the largest RMS over leads, by which a beat has begun
QUIET_MS = 5.0  # below that, so that it has not begun yet
NOISE_FACTOR = 2.0
LONGEST_RISE_MS = 250.0  # from onset to steepest signals
HELD_SHARE = 0.1  # of the samples, which may be missing at the end


class Prepared(NamedTuple):
    """A recording as inverse methods take it.

    Attributes
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV from the onset on, as simulated beats are; NaN after the end of the recording.
    good : numpy.ndarray of bool, shape (electrode,)
        Leads that can be used.
    onset_ms : float
        Time in the recording that has become 0.
    notes : list of str
        What was noticed and done, in words.
    """

    bsp: np.ndarray
    good: np.ndarray
    onset_ms: float
    notes: list


def prepare(signals, times, names, onset_ms, samples, time_step_ms, source):
    """Judge a recording, find its beat and put it on the experiment's sampling times.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    names : sequence of str
        Of the electrodes.
    onset_ms : float or None
        Time in the recording of the earliest activation; None to find it.
    samples : int
    time_step_ms : float
    source : str
        What to call the recording in messages.

    Returns
    -------
    Prepared

    Raises
    ------
    InputError
        If most leads are bad, units can't be right, or the onset lies outside the recording.
    """
    good, notes = judge_leads(signals, names, source)
    refuse_implausible_amplitude(signals[good], source)
    step = float(np.median(np.diff(times)))
    notes.append(f"{len(names)} leads, {len(times)} samples of {step:.3g} ms ({1000 / step:.4g} Hz)")
    onset_ms, more = _choose_onset(signals[good], times, onset_ms, source)
    notes += more
    before = (times < onset_ms) & (times >= onset_ms - BASELINE_MS)
    if before.sum() * step >= BASELINE_MS / 2:
        signals = signals - np.median(signals[:, before], axis=1, keepdims=True)
        notes.append(
            f"baseline: the median of the {BASELINE_MS:g} ms before the onset was taken off each lead"
        )
    bsp = np.full((len(signals), samples), np.nan)
    bsp[good] = interpolate_in_time(signals[good], times, onset_ms + np.arange(samples) * time_step_ms)
    missing = int(np.isnan(bsp[good][0]).sum())
    if 0 < missing <= HELD_SHARE * samples:
        bsp[:, -missing:] = bsp[:, [-missing - 1]]
        notes.append(
            f"the last {missing} of {samples} samples hold the last value; the recording ends before"
        )
    elif missing:
        notes.append(
            f"warning: the recording ends {(samples - missing) * time_step_ms:g} ms after the onset, of "
            f"{samples * time_step_ms:g} ms that are simulated"
        )
    return Prepared(bsp, good, onset_ms, notes)


def _choose_onset(signals, times, onset_ms, source):
    """Onset as set or found, and what is to be said about it."""
    notes = []
    if onset_ms is None:
        steepest, others = steepest_time(signals, times)
        if others:
            notes.append(
                f"warning: {others + 1} beats; that at {steepest:.0f} ms is used, the steepest; "
                "set onset_ms to choose another"
            )
        onset_ms = find_onset(signals, times, steepest)
        notes.append(
            f"onset found at {onset_ms:.1f} ms of the recording, where the RMS over leads leaves "
            f"{100 * ONSET_SHARE:g} % of its largest value or the noise; set onset_ms if this is wrong"
        )
        if onset_ms <= times[0]:
            notes.append("warning: signals at the first sample already; the beat may have begun before it")
    else:
        if not times[0] <= onset_ms < times[-1]:
            raise InputError(
                f"{source}: onset_ms {onset_ms:g} lies outside the recording, {times[0]:g} to {times[-1]:g}"
            )
        notes.append(f"onset set at {onset_ms:g} ms of the recording")
        after = times >= onset_ms
        if after.sum() < FEWEST_SAMPLES:
            raise InputError(
                f"{source}: {after.sum()} samples from onset_ms {onset_ms:g} on are too few for a beat; "
                f"{FEWEST_SAMPLES} at least"
            )
        steepest, _ = steepest_time(signals[:, after], times[after])
    if steepest - onset_ms > LONGEST_RISE_MS:
        notes.append(
            f"warning: signals are steepest {steepest - onset_ms:.0f} ms after the onset; is the onset that "
            "of the QRS complex?"
        )
    return float(onset_ms), notes


def judge_leads(signals, names, source):
    """Which leads can be used, and what is wrong with the others.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    names : sequence of str
    source : str

    Returns
    -------
    good : numpy.ndarray of bool, shape (electrode,)
    notes : list of str

    Raises
    ------
    InputError
        If fewer than half of the leads can be used.
    """
    unknown = ~np.isfinite(signals).all(1)
    spread = np.where(unknown, 0.0, np.nan_to_num(signals).std(1))
    alive = spread[~unknown]
    flat = ~unknown & (spread <= FLAT_SHARE * (np.median(alive) if len(alive) else 0))
    clipped = ~unknown & ~flat & np.array([_is_clipped(signal) for signal in signals])
    good = ~(unknown | flat | clipped)
    said = {"values that are no numbers": unknown, "flat": flat, "clipped": clipped}
    notes = [
        f"warning: {what}: {listed(np.array(names)[which], MOST_NAMES)}; not used"
        for what, which in said.items()
        if which.any()
    ]
    if good.mean() < 1 - BAD_SHARE:
        raise InputError(
            f"{source}: only {good.sum()} of {len(names)} leads can be used; "
            + "; ".join(f"{what}: {which.sum()}" for what, which in said.items() if which.any())
        )
    return good, notes


def refuse_implausible_amplitude(signals, source):
    """Refuse potentials that no skin has, most often a wrong unit."""
    largest = float(np.ptp(signals, axis=1).max())
    low, high = PLAUSIBLE_MV
    if not low <= largest <= high:
        raise InputError(
            f"{source}: the largest deflection would be {largest:.3g} mV, where {low:g} to {high:g} mV are "
            "plausible on the skin; set units to what the file has (mV, uV or V)"
        )


def check_electrodes(positions, wall_positions, names):
    """Words about electrodes whose places can't be those of electrodes on the skin.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    names : sequence of str

    Raises
    ------
    InputError
        If they lie inside the heart, or too far from it.
    """
    distance, _ = KDTree(wall_positions).query(positions)
    cure = "check that their places are patient RAS in mm, in the frame of the segmentation"
    if distance.min() > NEAREST_MM or distance.max() > FARTHEST_MM:
        worst = distance.argmax()
        raise InputError(
            f"electrodes: {names[worst]} is {distance[worst]:.0f} mm from the heart, the nearest electrode "
            f"{distance.min():.0f} mm; {cure}"
        )
    hull = ConvexHull(wall_positions).equations
    inside = (positions @ hull[:, :3].T + hull[:, 3] < 0).all(1)
    if inside.any():
        raise InputError(
            f"electrodes: {listed(np.array(names)[inside], MOST_NAMES)} inside the heart; {cure}"
        )


def steepest_time(signals, times):
    """When the signals change fastest, and how many other beats there are.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    times : numpy.ndarray, shape (time,)

    Returns
    -------
    time_ms : float
    others : int
        Further times, `BEAT_MS` or more apart, of at least half that steepness.
    """
    step = float(np.median(np.diff(times)))
    smooth = uniform_filter1d(signals, max(1, round(SMOOTH_MS / step)), axis=1)
    slope = np.sqrt(np.mean(np.diff(smooth, axis=1) ** 2, 0))
    peaks, _ = find_peaks(slope, height=slope.max() / 2, distance=max(1, round(BEAT_MS / step)))
    return float(times[slope.argmax()]), max(0, len(peaks) - 1)


def find_onset(signals, times, steepest_ms):
    """Time of the earliest activation, from the RMS over leads.

    Backwards from the steepest signals, it is where the RMS about the baseline first stays below a share of
    its largest value, or below what the noise gives.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    times : numpy.ndarray, shape (time,)
        ms.
    steepest_ms : float
        A time within the beat.

    Returns
    -------
    float
        ms.
    """
    step = float(np.median(np.diff(times)))
    quiet, width = (max(1, round(part / step)) for part in (QUIET_MS, SMOOTH_MS))
    smooth = uniform_filter1d(signals, width, axis=1, mode="nearest")
    size = np.sqrt(np.mean((smooth - np.median(signals[:, :quiet], axis=1, keepdims=True)) ** 2, 0))
    noise = np.std(signals - smooth) * np.sqrt(1 / width + 1 / quiet)  # of size, from that of one sample
    active = size > max(ONSET_SHARE * size.max(), NOISE_FACTOR * noise)
    first = int(np.searchsorted(times, steepest_ms))
    while first > 0 and active[max(0, first - quiet) : first].any():
        first -= 1
    return float(times[first])


def _is_clipped(signal):
    """Whether a signal rests at its largest or smallest value, far from where it mostly is."""
    middle, extent = np.median(signal), np.ptp(signal)
    for end in (signal.max(), signal.min()):
        if abs(end - middle) > extent / 4:
            rest = np.flatnonzero(np.diff(np.concatenate([[0], signal == end, [0]])))
            if (rest[1::2] - rest[::2]).max() >= CLIPPED_SAMPLES:
                return True
    return False
