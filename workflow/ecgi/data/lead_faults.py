"""Leads and amplitudes that cannot be those of a body surface recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, listed
from ..io.lead_names import MOST_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

PLAUSIBLE_MV = (0.02, 50.0)  # range of the largest peak-to-peak amplitude on the skin
FLAT_SHARE = 1e-3  # SD of a flat lead, relative to the median over leads
CLIPPED_SAMPLES = 5  # in a row of a plateau
PLATEAU_NOISE = 6.0  # height of a plateau, relative to the SD of the noise
PLATEAU_SHARE = 1e-3  # or to the lead's peak-to-peak amplitude
FLAT_NOISE = 1.6  # SD within a plateau, relative to that of the noise
STEEP = 8.0  # drop on both sides within half of its duration, relative to its height; 3 in a parabola
STEEP_SHARE = 0.1  # and relative to the lead's peak-to-peak amplitude
NOISE_OF_CURVATURE = 0.6745 * 6**0.5  # median of absolute second differences of white noise of SD 1
RAIL_SAMPLES = 5  # in a row at a limit
RAIL_LEADS = 3  # that share it
ROUNDING = 1e-9  # differences that are none, relative to the range of the values
BAD_SHARE = 0.5  # share of bad leads above which a recording is refused


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
    clipped = np.zeros(len(signals), bool)
    if not (unknown | flat).all():
        clipped[~(unknown | flat)] = find_clipped(signals[~(unknown | flat)])
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


def find_clipped(signals: NDArray) -> NDArray[np.bool_]:
    """Find leads that are cut off at a limit of the amplifier or recorder.

    A clipped lead rises to its largest or falls to its smallest value at once, stays there, and leaves it
    at once; a peak, or one in coarse steps, flattens before. Leads that reach one and the same limit, the
    largest or smallest value of the recording, are clipped if a few of them stay there.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)

    Returns
    -------
    numpy.ndarray of bool, shape (electrode,)
    """
    clipped = np.zeros(len(signals), bool)
    step = _resolution(signals)
    for sign in (1, -1):
        upright = sign * signals
        reach = upright.max(1)
        clipped |= [_has_plateau(signal, step) for signal in upright]
        at_limit = reach >= reach.max() - step / 2
        staying = np.array([_longest_run(signal >= signal.max() - step / 2) for signal in upright])
        shared = at_limit & (staying >= RAIL_SAMPLES)
        if shared.sum() >= RAIL_LEADS:
            clipped |= shared
    return clipped


def _resolution(signals: NDArray) -> float:
    """Step in which values were recorded; nearly 0 where they have none."""
    values = np.unique(signals)
    steps = np.diff(values)
    steps = steps[steps > ROUNDING * np.ptp(values)]
    return float(steps.min()) if len(steps) else 0.0


def _has_plateau(signal: NDArray, step: float) -> bool:
    """Whether a signal rises to its largest value, stays and falls at once."""
    if signal.max() - np.median(signal) <= np.ptp(signal) / 4:
        return False
    noise = np.median(np.abs(np.diff(signal, 2))) / NOISE_OF_CURVATURE
    near = max(2 * step, PLATEAU_NOISE * noise, PLATEAU_SHARE * np.ptp(signal))
    inside = signal >= signal.max() - near
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]])))
    first, last = max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[1] - run[0])
    half = -(-(last - first) // 2)
    if last - first < CLIPPED_SAMPLES or first == 0 or last == len(signal):
        return False  # a baseline may be the largest value too
    flat = max(FLAT_NOISE * noise, near / 10)  # the SD of a parabola within `near` is 0.3 of it
    if signal[first + 1 : last - 1].std() > flat:
        return False
    sides = signal[[max(first - half, 0), min(last - 1 + half, len(signal) - 1)]]
    return bool(sides.max() < signal.max() - max(STEEP * near, STEEP_SHARE * np.ptp(signal)))


def _longest_run(inside: NDArray[np.bool_]) -> int:
    """Most samples in a row that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside, [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))
