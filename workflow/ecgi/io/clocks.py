"""What a recording's file states of time: times of samples, a rate, or a step, in any spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import InputError, one_line, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FEWEST_SAMPLES = 16
PLAUSIBLE_HZ = (50.0, 100_000.0)
UNEVEN = 3.0  # ratio of a time step to the usual one, or its inverse, above which there is a gap
AGREE = 0.01  # relative difference of two steps that are the same

MS_OF = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds", "millis"), 1.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1e3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microsecond", "microseconds"), 1e-3),
}
HZ_OF = {"hz": 1.0, "hertz": 1.0, "sps": 1.0, "khz": 1e3}
OTHER_UNITS = {"min", "minute", "minutes", "h", "hour", "hours", "sample", "samples", "ns"}
WORDS = {
    "times": "times?|timestamps?|timeaxis|timevec(?:tor)?|timepoints|sampletimes?|t|tvec|zeit|temps",
    "rate": "sampl(?:e|ing)?(?:s?rate|s?freq(?:uency)?|spersecond)?|sfreq|srate|fs|fsamp(?:le)?|rate"
    "|freq(?:uency)?",
    "step": "dt|deltat|(?:time|sampl(?:e|ing))(?:step|interval|period|spacing)",
}
UNIT_AT_END = re.compile(rf"(?P<word>.{{4,}}?|dt|fs)(?P<unit>{'|'.join([*MS_OF, *HZ_OF])})")
SHORTER = {"sample", "sampl", "sampling"}  # of a rate if a unit follows, as in sampling_hz
BETWEEN = re.compile(r"[\s_.\-/\[\](){},:]+")


class Clock(NamedTuple):
    """One statement of a file on time.

    Attributes
    ----------
    place : str
        Where in the file it stands, for messages.
    kind : {"times", "rate", "step"}
    values : numpy.ndarray
        Times of the samples, or one number.
    unit : str, optional
        Unit as it is spelt; None where the file has none.
    """

    place: str
    kind: str
    values: NDArray[np.floating]
    unit: str | None = None


def kind_of(name: str) -> tuple[str, str | None] | None:
    """Kind of statement a name announces, and its unit.

    Parameters
    ----------
    name : str
        Of a column, variable, field or attribute, such as "Time [ms]" or "samplefrequency".

    Returns
    -------
    (kind, unit) : tuple of str, the unit None where the name has none; or None for any other name
    """
    parts = [part for part in BETWEEN.split(name.casefold()) if part and part != "in"]
    whole = "".join(parts)
    if whole in MS_OF and len(whole) > 1:
        return "times", whole
    for kind, words in WORDS.items():
        units = HZ_OF if kind == "rate" else MS_OF
        if re.fullmatch(words, whole) and not (kind == "times" and parts[-1] in units):
            return (kind, None) if whole not in SHORTER else None
        if parts and parts[-1] in {*units, *OTHER_UNITS} and re.fullmatch(words, "".join(parts[:-1])):
            return kind, parts[-1]
        found = UNIT_AT_END.fullmatch(whole)
        if found and found["unit"] in units and re.fullmatch(words, found["word"]):
            return kind, found["unit"]
    return None


def clocks_of(values: Mapping[str, Any], source: Path, units: Mapping[str, str] | None = None) -> list[Clock]:
    """Statements on time among the variables of a file.

    Parameters
    ----------
    values : mapping
        Value of each variable, field or attribute; of a field, the name ends in "." and that of the field.
    source : Path
        Name of the file in messages.
    units : mapping, optional
        Units that the file gives to a variable besides its name.

    Returns
    -------
    list of Clock

    Raises
    ------
    InputError
        If a statement is not numbers.
    """
    clocks = []
    for name, value in values.items():
        stated = kind_of(name.rsplit(".", 1)[-1])
        if stated is None:
            continue
        kind, unit = stated
        numbers = _numbers(value, f"{source}: {one_line(name)}", kind)
        if numbers is None:
            continue
        beside = (units or {}).get(name)
        if unit and beside and _unit(unit, kind) != _unit(beside, kind):
            raise InputError(
                f"{source}: {one_line(name)} has the units {shown(beside)}; correct its name or them"
            )
        clocks.append(Clock(one_line(name), kind, numbers, beside or unit))
    return clocks


def _numbers(value: Any, where: str, kind: str) -> NDArray[np.floating] | None:
    """Numbers of a statement; None where it is empty, or text of a time of day."""
    array = np.asarray(value)
    if array.size == 0:
        return None
    if array.dtype.kind in "iuf":
        numbers = np.atleast_1d(np.squeeze(array)).astype(float)
        if numbers.ndim == 1 and (kind == "times" or numbers.size == 1):
            return numbers
    elif kind == "times" and array.size == 1:
        return None
    elif array.size == 1 and array.dtype.kind in "US":
        try:
            return np.array([float(array.item())])
        except ValueError:
            pass
    one = "the time of each sample" if kind == "times" else "one number"
    raise InputError(f"{where} must be {one}; correct or remove it")


def sample_times(
    clocks: Sequence[Clock], count: int, sampling_hz: float | None, source: Path
) -> tuple[NDArray[np.floating], list[str]]:
    """Time of each sample, from all that the file and the settings state.

    Parameters
    ----------
    clocks : sequence of Clock
    count : int
        Number of samples.
    sampling_hz : float, optional
        Rate of the settings.
    source : Path
        Name of the file in messages.

    Returns
    -------
    times_ms : numpy.ndarray, shape (time,)
    notes : list of str
        Units that follow from what is plausible.

    Raises
    ------
    InputError
        If nothing is stated, a statement can't be right, or two contradict each other.
    """
    if count < FEWEST_SAMPLES:
        raise InputError(f"{source}: {count} samples are too few for a beat; {FEWEST_SAMPLES} at least")
    if not clocks and sampling_hz is None:
        raise InputError(f"{source}: holds no times; set sampling_hz, samples per second")
    steps: list[tuple[str, float, str]] = []  # what states it, ms, and its description
    times_ms, notes = None, []
    for clock in clocks:
        factor, note = _factor(clock, sampling_hz, source)
        notes += note
        if clock.kind == "times":
            times = clock.values * factor
            usual = _usual_step(times, count, clock.place, source)
            steps.append((clock.place, usual, f"in {clock.place}, its times are {usual:.4g} ms apart"))
            times_ms = times if times_ms is None else times_ms
        else:
            value = clock.values[0] * factor
            usual = 1000 / value if clock.kind == "rate" else value
            steps.append((clock.place, usual, f"by {clock.place}, its samples are {usual:.4g} ms apart"))
    if sampling_hz is not None:
        _refuse_implausible_rate(sampling_hz, source, "correct sampling_hz")
        steps.append(("sampling_hz", 1000 / sampling_hz, ""))
    _refuse_contradictions(steps, source)
    for clock, (_, usual, _) in zip(clocks, steps, strict=False):
        cure = (
            f"check the unit of its times, {clock.place}"
            if clock.kind == "times"
            else f"correct {clock.place}"
        )
        _refuse_implausible_rate(1000 / usual, source, cure)
    if times_ms is None:
        return np.arange(count) * steps[0][1], notes
    for clock in clocks:
        if clock.kind == "times":
            _refuse_gaps(clock.values * _factor(clock, sampling_hz, source)[0], source)
    return times_ms, notes


def _unit(spelt: str, kind: str) -> float | None:
    """Factor to ms, or to Hz, of a unit as it is spelt, such as "milliseconds since ..."; None of another."""
    words = re.findall(r"[a-zµμ]+", spelt.casefold())
    return (HZ_OF if kind == "rate" else MS_OF).get(words[0]) if words else None


def _factor(clock: Clock, sampling_hz: float | None, source: Path) -> tuple[float, list[str]]:
    """Factor to ms, or to Hz, of a statement; of one without a unit, that by which it is plausible."""
    if clock.kind != "times":
        _refuse_no_duration(clock, source)
    if clock.unit is not None or clock.kind == "rate":
        factor = _unit(clock.unit or "Hz", clock.kind)
        if factor is None:
            right = "the rate in Hz" if clock.kind == "rate" else "times in ms and call them time_ms"
            raise InputError(
                f"{source}: the unit of {clock.place}, {shown(clock.unit)}, is not understood; give {right}"
            )
        return factor, []
    step = clock.values[0] if clock.kind == "step" else _median_step(clock.values)
    if not step > 0:
        return 1.0, []  # refused as times that do not rise
    low, high = PLAUSIBLE_HZ
    plausible = [unit for unit in ("ms", "s", "us") if low <= 1000 / (step * MS_OF[unit]) <= high]
    if len(plausible) == 1:
        unit = plausible[0]
        return MS_OF[unit], [f"{clock.place} has no unit; steps of {step:.4g} are plausible in {unit} only"]
    for unit in plausible:
        if sampling_hz is not None and _same(step * MS_OF[unit], 1000 / sampling_hz):
            return MS_OF[unit], []
    raise InputError(
        f"{source}: {clock.place} has no unit, and steps of {step:.4g} are plausible in "
        f"{' and in '.join(plausible) or 'none'}; give times in ms and call them time_ms"
    )


def _median_step(times: NDArray[np.floating]) -> float:
    """Median step of times; NaN of a single one."""
    return float(np.median(np.diff(times))) if len(times) > 1 else np.nan


def _refuse_no_duration(clock: Clock, source: Path) -> None:
    """Refuse a rate or step that is not a positive number."""
    if not (np.isfinite(clock.values[0]) and clock.values[0] > 0):
        raise InputError(f"{source}: {clock.place} must be a number above 0; correct or remove it")


def _usual_step(times: NDArray[np.floating], count: int, place: str, source: Path) -> float:
    """Median step of times that rise, ms."""
    if len(times) != count:
        raise InputError(
            f"{source}: {place} has {len(times)} times for {count} samples; correct or remove it"
        )
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise InputError(f"{source}: times must be numbers that rise from sample to sample, in {place}")
    return _median_step(times)


def _same(step: float, other: float) -> bool:
    """Whether two steps agree."""
    return abs(step / other - 1) <= AGREE


def _refuse_contradictions(steps: Sequence[tuple[str, float, str]], source: Path) -> None:
    """Refuse two statements that disagree, naming both."""
    _, first, description = steps[0]
    for place, step, _ in steps[1:]:
        if not _same(first, step):
            cure = (
                "remove sampling_hz, or correct one of them"
                if place == "sampling_hz"
                else "correct one in the file"
            )
            raise InputError(f"{source}: {description}, and {place} gives {step:.4g}; {cure}")


def _refuse_gaps(times: NDArray[np.floating], source: Path) -> None:
    """Refuse times with a step unlike the others."""
    steps = np.diff(times)
    usual = np.median(steps)
    uneven = (steps > UNEVEN * usual) | (steps < usual / UNEVEN)
    if uneven.any():
        first = uneven.argmax()
        raise InputError(
            f"{source}: {steps[first]:.4g} ms from the sample at {times[first]:.6g} ms to the next, where "
            f"{usual:.4g} ms are usual; give one beat without gaps"
        )


def _refuse_implausible_rate(rate_hz: float, source: Path, cure: str) -> None:
    """Refuse an implausible sampling rate, which most often comes from times in another unit."""
    low, high = PLAUSIBLE_HZ
    if not low <= rate_hz <= high:
        raise InputError(
            f"{source}: {rate_hz:.4g} samples per second, where {low:g} to {high:g} are plausible; {cure}"
        )
