"""Cleaning of recorded signals: spikes bridged and hum subtracted; nothing else is filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .hum import find_hum
from .spikes import bridged, find_spikes

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Cleaned(NamedTuple):
    """Signals without spikes and hum.

    Attributes
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    spikes_ms : list of float
        Times of stimulus artefacts.
    notes : list of str
        What was removed.
    """

    signals: NDArray[np.floating]
    spikes_ms: list[float]
    notes: list[str]


def cleaned(signals: NDArray, times: NDArray) -> Cleaned:
    """Remove stimulus artefacts and hum.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, no bad leads.
    times : numpy.ndarray, shape (time,)
        ms.

    Returns
    -------
    Cleaned
    """
    step, notes = float(np.median(np.diff(times))), []
    hum = find_hum(bridged(signals, find_spikes(signals, step)), times)
    if hum is not None:
        signals = signals - hum.signals
        notes.append(
            f"hum: {hum.frequency_hz:.1f} Hz of {1000 * hum.rms_mv:.0f} uV RMS, fitted to the signals "
            "between deflections, subtracted from each lead"
        )
    spans = find_spikes(signals, step)
    spikes_ms = [float(times[(first + after) // 2]) for first, after in spans]
    if spans:
        longest = max(after - first for first, after in spans) * step
        notes.append(
            f"stimulus artefacts at {', '.join(f'{time:.0f}' for time in spikes_ms)} ms: samples over up to "
            f"{longest:.2g} ms replaced by straight lines"
        )
    signals = bridged(signals, spans)
    return Cleaned(signals, spikes_ms, notes)
