"""Preprocessing of a recorded beat: bad leads, onset, baseline and resampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks
from scipy.spatial import ConvexHull, KDTree

from ..core.errors import InputError, listed
from ..io.clocks import FEWEST_SAMPLES
from ..io.lead_names import MOST_NAMES
from ..physics.bsp import interpolate_in_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

PLAUSIBLE_MV = (0.02, 50.0)  # range of the largest peak-to-peak amplitude on the skin
FLAT_SHARE = 1e-3  # SD of a flat lead, relative to the median over leads
CLIPPED_SAMPLES = 5  # in a row at a lead's largest or smallest value
BAD_SHARE = 0.5  # share of bad leads above which a recording is refused
FARTHEST_MM = 500.0  # largest distance of an electrode from the heart
NEAREST_MM = 150.0  # largest distance of the nearest electrode
BASELINE_MS = 20.0  # window before the onset
SMOOTH_MS = 5.0  # width of the moving average by which beats and onsets are detected
BEAT_MS = 600.0  # least interval between beats, longer than that from QRS complex to T wave
ONSET_SHARE = 0.02  # threshold of the RMS over leads, relative to its maximum
QUIET_MS = 5.0  # duration below the threshold before an onset
NOISE_FACTOR = 2.0  # threshold of the RMS over leads, relative to the noise
LONGEST_RISE_MS = 250.0  # from onset to steepest signals
HELD_SHARE = 0.1  # share of samples missing at the end up to which the last value is held


class Prepared(NamedTuple):
    """A preprocessed beat.

    Attributes
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV, from the onset on at the experiment's sampling times; NaN in bad leads and after the end of the
        recording.
    good : numpy.ndarray of bool, shape (electrode,)
        Leads that can be used.
    onset_ms : float
        Time of the onset in the recording.
    notes : list of str
        Warnings and a description of each step.
    """

    bsp: NDArray[np.floating]
    good: NDArray[np.bool_]
    onset_ms: float
    notes: list[str]


def prepare(
    signals: NDArray,
    times: NDArray,
    names: Sequence[str],
    onset_ms: float | None,
    samples: int,
    time_step_ms: float,
    source: str | PathLike[str],
) -> Prepared:
    """Find bad leads and the onset of a recorded beat, and resample it to the experiment's sampling times.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    names : sequence of str
        Names of the electrodes.
    onset_ms : float or None
        Time in the recording of the earliest activation, ms; None to detect it.
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
        If most leads are bad, amplitudes are implausible, or the onset lies outside the recording.
    """
    good, notes = find_bad_leads(signals, names, source)
    refuse_implausible_amplitude(signals[good], source)
    step = float(np.median(np.diff(times)))
    notes.append(f"{len(names)} leads, {len(times)} samples of {step:.3g} ms ({1000 / step:.4g} Hz)")
    onset_ms, more = _choose_onset(signals[good], times, onset_ms, source)
    notes += more
    before = (times < onset_ms) & (times >= onset_ms - BASELINE_MS)
    if before.sum() * step >= BASELINE_MS / 2:
        signals = signals - np.median(signals[:, before], axis=1, keepdims=True)
        notes.append(
            f"baseline: the median of the {BASELINE_MS:g} ms before the onset was subtracted from each lead"
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


def _choose_onset(
    signals: NDArray, times: NDArray, onset_ms: float | None, source: str | PathLike[str]
) -> tuple[float, list[str]]:
    """Onset as set or detected, with notes."""
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
            f"onset found at {onset_ms:.1f} ms of the recording, where the RMS over leads exceeds "
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


def find_bad_leads(
    signals: NDArray, names: Sequence[str], source: str | PathLike[str]
) -> tuple[NDArray[np.bool_], list[str]]:
    """Find bad leads: not finite, flat or clipped.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    names : sequence of str
        Names of the electrodes.
    source : str or path-like
        Name of the recording in messages.

    Returns
    -------
    good : numpy.ndarray of bool, shape (electrode,)
        Leads that can be used.
    notes : list of str
        A warning for each kind of bad lead.

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
    bad = {"values that are not numbers": unknown, "flat": flat, "clipped": clipped}
    notes = [
        f"warning: {what}: {listed(np.array(names)[which], MOST_NAMES)}; not used"
        for what, which in bad.items()
        if which.any()
    ]
    if good.mean() < 1 - BAD_SHARE:
        raise InputError(
            f"{source}: only {good.sum()} of {len(names)} leads can be used; "
            + "; ".join(f"{what}: {which.sum()}" for what, which in bad.items() if which.any())
        )
    return good, notes


def refuse_implausible_amplitude(signals: NDArray, source: str | PathLike[str]) -> None:
    """Refuse potentials that are implausible on the skin, which most often have a wrong unit.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    source : str or path-like
        Name of the recording in messages.

    Raises
    ------
    InputError
        If the largest peak-to-peak amplitude lies outside `PLAUSIBLE_MV`.
    """
    largest = float(np.ptp(signals, axis=1).max())
    low, high = PLAUSIBLE_MV
    if not low <= largest <= high:
        raise InputError(
            f"{source}: the largest deflection would be {largest:.3g} mV, where {low:g} to {high:g} mV are "
            "plausible on the skin; set units to what the file has (mV, uV or V)"
        )


def check_electrodes(positions: NDArray, wall_positions: NDArray, names: Sequence[str]) -> None:
    """Refuse electrodes whose positions can't be on the skin.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    names : sequence of str
        Names of the electrodes.

    Raises
    ------
    InputError
        If electrodes lie inside the heart's convex hull, or too far from the heart.
    """
    distance, _ = KDTree(wall_positions).query(positions)
    cure = "check that their positions are patient RAS in mm, in the frame of the segmentation"
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


def steepest_time(signals: NDArray, times: NDArray) -> tuple[float, int]:
    """Time of the steepest slope over all leads, and the number of other beats.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.

    Returns
    -------
    time_ms : float
        Where the RMS over leads of the smoothed signals' slopes is largest.
    others : int
        Number of its other peaks, `BEAT_MS` or more apart, of at least half that height.
    """
    step = float(np.median(np.diff(times)))
    smooth = uniform_filter1d(signals, max(1, round(SMOOTH_MS / step)), axis=1)
    slope = np.sqrt(np.mean(np.diff(smooth, axis=1) ** 2, 0))
    peaks, _ = find_peaks(slope, height=slope.max() / 2, distance=max(1, round(BEAT_MS / step)))
    return float(times[slope.argmax()]), max(0, len(peaks) - 1)


def find_onset(signals: NDArray, times: NDArray, steepest_ms: float) -> float:
    """Detect the onset of a beat from the RMS over leads.

    Going back from the steepest signals, it is where the RMS about the baseline first stays for `QUIET_MS`
    below the larger of two thresholds, relative to its maximum and to the noise.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    steepest_ms : float
        A time within the beat.

    Returns
    -------
    float
        Time of the onset, ms.
    """
    step = float(np.median(np.diff(times)))
    quiet, width = (max(1, round(part / step)) for part in (QUIET_MS, SMOOTH_MS))
    smooth = uniform_filter1d(signals, width, axis=1, mode="nearest")
    size = np.sqrt(np.mean((smooth - np.median(signals[:, :quiet], axis=1, keepdims=True)) ** 2, 0))
    noise = np.std(signals - smooth) * np.sqrt(1 / width + 1 / quiet)  # SD of the noise in size
    active = size > max(ONSET_SHARE * size.max(), NOISE_FACTOR * noise)
    first = int(np.searchsorted(times, steepest_ms))
    while first > 0 and active[max(0, first - quiet) : first].any():
        first -= 1
    return float(times[first])


def _is_clipped(signal: NDArray) -> bool:
    """Whether a signal stays at its largest or smallest value, far from its median."""
    middle, extent = np.median(signal), np.ptp(signal)
    for end in (signal.max(), signal.min()):
        if abs(end - middle) > extent / 4:
            rest = np.flatnonzero(np.diff(np.concatenate([[0], signal == end, [0]])))
            if (rest[1::2] - rest[::2]).max() >= CLIPPED_SAMPLES:
                return True
    return False
