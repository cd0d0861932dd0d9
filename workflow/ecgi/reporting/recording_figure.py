"""Drawing of a recording: RMS over leads, with the beat that is used and what was removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .figures.style import INPUT, OTHER, OUTPUT

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

BEFORE_MS, AFTER_MS = 350.0, 600.0  # of the onset, that are drawn of a long recording
P_WAVE_MS, T_WAVE_MS = 250.0, 400.0  # before the onset and after the QRS complex, where waves are labelled
APART_MS = 150.0  # before the next QRS complex, from which no T wave is looked for
LABELLED = 2.0  # of the RMS at rest, from which a wave is labelled


def draw_recording(whole: Axes, near: Axes, recording: xr.Dataset) -> None:
    """Draw the RMS over leads of a recording, and of the beat that is used.

    Parameters
    ----------
    whole, near : matplotlib.axes.Axes
        For all of it, and for the beat.
    recording : xarray.Dataset
        ``rms`` and ``removed_rms`` (recording_time), mV; attributes ``onset_ms``, ``onset_bounds_ms``,
        ``qrs_end_ms``, ``qrs_end_bounds_ms``, ``beats_ms`` and ``spikes_ms``.
    """
    times, rms = recording["recording_time"].values, recording["rms"].values
    onset, end = recording.attrs["onset_ms"], recording.attrs["qrs_end_ms"]
    for axis in (whole, near):
        axis.plot(times, rms, color=INPUT, lw=0.9, label="RMS over leads")
        axis.plot(times, recording["removed_rms"].values, color=OTHER, lw=0.6, label="removed")
        axis.axvspan(onset, end, color=OUTPUT, alpha=0.12, lw=0)
        for spike in recording.attrs["spikes_ms"]:
            axis.axvline(spike, color=OTHER, lw=0.6, ls=":")
        axis.set_xlabel("time in the recording (ms)")
        axis.margins(x=0)
    whole.set_ylabel("RMS (mV)")
    for number, beat in enumerate(recording.attrs["beats_ms"], 1):
        whole.annotate(
            str(number), (beat, 1), (0, 1), xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="center", va="bottom", fontsize=7,
        )  # fmt: skip
    for bounds in ("onset_bounds_ms", "qrs_end_bounds_ms"):
        near.axvspan(*recording.attrs[bounds], color=OUTPUT, alpha=0.35, lw=0.5)
    near.set_xlim(max(times[0], onset - BEFORE_MS), min(times[-1], onset + AFTER_MS))
    following = min((beat for beat in recording.attrs["beats_ms"] if beat > end), default=np.inf)
    for name, time in waves(times, rms, onset, end, following).items():
        height = float(np.interp(time, times, rms))
        near.annotate(name, (time, height), (0, 5), textcoords="offset points", ha="center", fontsize=7)
    near.annotate("QRS", ((onset + end) / 2, 1), (0, 1), xycoords=("data", "axes fraction"),
                  textcoords="offset points", ha="center", va="bottom", fontsize=7)  # fmt: skip


def waves(
    times: np.ndarray, rms: np.ndarray, onset_ms: float, end_ms: float, following_ms: float = np.inf
) -> dict[str, float]:
    """Times of the largest RMS before and after the QRS complex, where it stands out: P and T wave.

    Parameters
    ----------
    times, rms : numpy.ndarray, shape (time,)
    onset_ms, end_ms : float
        Of the QRS complex.
    following_ms : float
        Of the next one.

    Returns
    -------
    dict of str to float
        "P" and "T", if there.
    """
    rest = float(np.quantile(rms, 0.1))
    found = {}
    spans = {
        "P": (onset_ms - P_WAVE_MS, onset_ms - 25),
        "T": (end_ms + 25, min(end_ms + T_WAVE_MS, following_ms - APART_MS)),
    }
    for name, (first, last) in spans.items():
        within = np.flatnonzero((times >= first) & (times <= last))
        if len(within) < 3:
            continue
        peak = within[rms[within].argmax()]
        if within[0] < peak < within[-1] and rms[peak] > LABELLED * rest:
            found[name] = float(times[peak])
    return found
