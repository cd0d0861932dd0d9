"""The QRS complex of a beat: onset and end, as set or found, with notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .interval import Interval
from .onset import find_onset
from .qrs_end import find_qrs_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .choosing import Choice

LONGEST_RISE_MS = 250.0  # from onset to steepest signals
WIDE_MS = (14.0, 28.0)  # from an onset to its lower and upper bound, above which it is doubtful
APART_MS = 5.0  # of an onset that is set from the bounds of the one found, above which it is doubtful
QUIET_MS = 60.0  # before an onset that is found, without which it is none to compare with


class Qrs(NamedTuple):
    """QRS complex of a beat.

    Attributes
    ----------
    onset, end : Interval
        ms of the recording.
    notes : list of str
    """

    onset: Interval
    end: Interval
    notes: list[str]


def find_qrs(signals: NDArray, times: NDArray, peak: int, choice: Choice) -> Qrs:
    """Find onset and end of the QRS complex, unless they are set.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV, see `resampling.every_ms`.
    times : numpy.ndarray, shape (time,)
        ms, every 1 ms.
    peak : int
        Sample of the steepest signals of the beat.
    choice : Choice

    Returns
    -------
    Qrs
    """
    notes = []
    found = _in_ms(find_onset(signals, peak), times)
    doubtful = found.at - found.low > WIDE_MS[0] or found.high - found.at > WIDE_MS[1]
    if choice.onset_ms is None:
        onset = found
        notes.append(f"onset of the QRS complex found at {_worded(onset)} of the recording")
        if doubtful:
            notes[-1] = f"warning: {notes[-1]}, which is uncertain; look at the figure and set onset_ms"
        if onset.low <= times[0]:
            notes.append("warning: signals at the first sample already; the beat may have begun before it")
    else:
        onset = Interval(*[float(choice.onset_ms)] * 3)
        notes.append(f"onset set at {onset.at:g} ms of the recording")
        outside = not found.low - APART_MS <= onset.at <= found.high + APART_MS
        if outside and not doubtful and found.low - times[0] >= QUIET_MS:
            notes[-1] = f"warning: {notes[-1]}, and found at {_worded(found)}; look at the figure"
    if times[peak] - onset.at > LONGEST_RISE_MS:
        notes.append(
            f"warning: signals are steepest {times[peak] - onset.at:.0f} ms after the onset; is the onset "
            "that of the QRS complex?"
        )
    if choice.end_ms is None:
        first = min(max(0, round(onset.at - times[0])), len(times) - 2)
        end = _in_ms(find_qrs_end(signals, first), times)
        notes.append(
            f"end of the QRS complex found at {_worded(end)}, {end.at - onset.at:.0f} ms after the onset"
        )
    else:
        end = Interval(*[float(choice.end_ms)] * 3)
        notes.append(f"end of the QRS complex set at {end.at:g} ms")
    return Qrs(onset, end, notes)


def _in_ms(found: Interval, times: NDArray) -> Interval:
    return Interval(*(float(times[0] + sample) for sample in found))


def _worded(found: Interval) -> str:
    return f"{found.at:.0f} ms ({found.low:.0f} to {found.high:.0f})"
