"""Which of a recording's beats is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ...core.errors import InputError
from ...io.clocks import FEWEST_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

BEFORE_MS, AFTER_MS = 60.0, 350.0  # of a beat that is recorded whole, from its steepest part
MOST_TIMES = 12  # listed in a note
SLACK_MS = 20.0  # by which the steepest part may precede an onset that is set


class Choice(NamedTuple):
    """What is set by hand.

    Attributes
    ----------
    onset_ms, end_ms : float or None
        Of the QRS complex, ms of the recording; None to find them.
    beat : int, "all" or None
        Number of the beat, counted from 1; "all" for the average; None for the steepest of those that are
        recorded whole.
    """

    onset_ms: float | None = None
    end_ms: float | None = None
    beat: int | Literal["all"] | None = None


def refuse_outside(choice: Choice, times: NDArray, source: str | PathLike[str]) -> None:
    """Refuse times that are set and lie outside the recording.

    Parameters
    ----------
    choice : Choice
    times : numpy.ndarray, shape (time,)
        ms.
    source : str or path-like
        Name of the recording in messages.

    Raises
    ------
    InputError
    """
    onset, end = choice.onset_ms, choice.end_ms
    for name, time in (("onset_ms", onset), ("end_ms", end)):
        if time is not None and not times[0] <= time < times[-1] + (name == "end_ms"):
            raise InputError(
                f"{source}: {name} {time:g} lies outside the recording, {times[0]:g} to {times[-1]:g}"
            )
    if onset is not None and (times >= onset).sum() < FEWEST_SAMPLES:
        raise InputError(
            f"{source}: {(times >= onset).sum()} samples from onset_ms {onset:g} on are too few for a beat; "
            f"{FEWEST_SAMPLES} at least"
        )
    if onset is not None and end is not None and end <= onset:
        raise InputError(f"{source}: end_ms {end:g} does not lie after onset_ms {onset:g}")


def choose_beat(
    beats_ms: Sequence[float],
    activity: Sequence[float],
    span_ms: tuple[float, float],
    choice: Choice,
    source: str | PathLike[str],
) -> tuple[int, list[str]]:
    """Choose one of a recording's beats.

    Parameters
    ----------
    beats_ms : sequence of float
        Times of the QRS complexes.
    activity : sequence of float
        How steep they are.
    span_ms : (float, float)
        First and last time of the recording.
    choice : Choice
    source : str or path-like
        Name of the recording in messages.

    Returns
    -------
    number : int
        Index of the beat.
    notes : list of str
        All beats, and how one was chosen.

    Raises
    ------
    InputError
        If there is no beat of that number.
    """
    count = len(beats_ms)
    more = ", ..." if count > MOST_TIMES else ""
    at = ", ".join(f"{time:.0f}" for time in beats_ms[:MOST_TIMES]) + more
    notes = [f"{count} beat{'s' * (count > 1)}, steepest at {at} ms"]
    if isinstance(choice.beat, int):
        if choice.beat > count:
            raise InputError(f"{source}: there is no beat {choice.beat}; {count} found, steepest at {at} ms")
        notes[0] += f"; beat {choice.beat} is used, as set" if count > 1 else ""
        return choice.beat - 1, notes
    if choice.onset_ms is not None:
        later = [number for number, time in enumerate(beats_ms) if time >= choice.onset_ms - SLACK_MS]
        number = later[0] if later else count - 1
        notes[0] += f"; beat {number + 1} is used, the first after onset_ms" if count > 1 else ""
        return number, notes
    whole = [
        number
        for number, time in enumerate(beats_ms)
        if time - BEFORE_MS >= span_ms[0] and time + AFTER_MS <= span_ms[1]
    ]
    number = max(whole or range(count), key=lambda beat: activity[beat])
    if count > 1 and choice.beat is None:
        notes[0] = (
            f"warning: {notes[0]}; beat {number + 1} is used, the steepest that is recorded whole; set beat "
            "to its number, another, or all for their average"
        )
    return int(np.intp(number)), notes
