"""Cross-examination of a recording: whether another reading of it fits a paced beat clearly better.

Wrong polarity, mirrored electrodes, a wrong onset or a torso of another size often leave a fair fit at a
wrong place. Beats of one site each are simulated on a coarse grid and compared with the recording as it was
read and under other readings; the best of them are fitted. Single leads are then compared with the best beat.

Other places of electrodes would need other conductors, so that all readings are compared in an infinite one,
and the recording as it was read in the conductor that methods are given, too.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..anatomy.interpolation import spread_out
from ..core.errors import listed
from ..core.progress import Progress
from ..inverse.base import Patient
from ..inverse.paced_beat_fit import Waves, apart, fit, refuse_unusable, single_site
from ..physics.bsp import average_in_time
from ..physics.conductor import BoundedConductor, Conductor, InfiniteConductor
from ..physics.electrodes import referenced
from ..physics.lead_field import lead_field_in
from .electrode_placements import AS_GIVEN, placements
from .lead_examination import suspicious_leads
from .ratings import CLEARLY, FAIR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

SPACING_MM, RADIUS_MM = 3.0, 4.0  # of the coarse grid and of pacing zones
SITES = 120
VELOCITIES = (0.35, 0.5, 0.7, 1.0)  # m/s
SHIFTS_MS = (-40, -30, -20, -10, 0, 10, 20, 30, 40, 60, 80, 110, 150, 200)  # of the onset
STEP_MS = 2.0  # sampling interval, at least
STARTS, EVALUATIONS = 3, 12  # fits of a promising reading, from different onsets, and their length
SITES_DOUBTED, EVALUATIONS_DOUBTED = 3, 40  # of the recording as it was read, before another reading is named
APART_MM = 20.0  # sites that such fits begin from
PROMISING = 1.4  # times the lowest relative error in the dictionary, above which a reading is not fitted
FEWEST_LEADS = 8

ALIKE = 1.3  # ratio of relative errors below which two readings fit about as well
LATE_MS = 12.0  # shift of the onset that is named
EARLIER = 0.6  # ratio of relative errors below which another onset fits clearly better

AS_READ, INVERTED = "as read", "all leads inverted"
INFINITE = InfiniteConductor(1.0)


class Reading(NamedTuple):
    """The best beat under one reading of a recording.

    Attributes
    ----------
    name : str
    error : float
        Norm of the residual relative to that of the recording, after offsets, amplitude and onset are fitted.
    shift_ms : float
        Onset of the beat after the onset that was used.
    error_at_onset : float
        The relative error with an onset no further than `LATE_MS` from the one that was used.
    in_infinite : bool
        Whether the beat was simulated in an infinite conductor.
    """

    name: str
    error: float
    shift_ms: float
    error_at_onset: float
    in_infinite: bool = True


class Examination(NamedTuple):
    """Result of a cross-examination.

    Attributes
    ----------
    readings : list of Reading
        The recording as it was read first.
    warnings : list of str
        What would fit clearly better, one line each.
    notes : list of str
        One line on what was tried.
    """

    readings: list[Reading]
    warnings: list[str]
    notes: list[str]


def cross_examine(
    bsp: NDArray,
    times: NDArray,
    names: Sequence[str],
    anatomy: Anatomy,
    electrodes: NDArray,
    action_potential: Mapping[str, Any],
    until_ms: float,
    conductor: Conductor | None = None,
) -> Examination:
    """Compare a recorded beat with simulated ones, as it was read and under other readings.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV, from the onset on; leads that can be used.
    times : numpy.ndarray, shape (time,)
        ms after the onset, evenly spaced.
    names : sequence of str
        Of the leads.
    anatomy : Anatomy
        In its short-axis frame.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    action_potential : dict
        See `physics.simulation.bsp_solver`.
    until_ms : float
        End of the QRS complex, after which nothing is compared.
    conductor : Conductor or None
        That methods are given; None if their lead field was computed elsewhere.

    Returns
    -------
    Examination

    Raises
    ------
    InputError
        If the recording can't be fitted, see `paced_beat_fit.refuse_unusable`.
    """
    refuse_unusable(bsp)
    if len(bsp) < FEWEST_LEADS:
        return Examination([], [], [f"not cross-examined: {FEWEST_LEADS} leads at least are needed"])
    rate = float(times[1] - times[0])
    recorded, averaged = _qrs(bsp, rate, until_ms)
    step, count = rate * averaged, recorded.shape[1] + int(np.ceil(-min(SHIFTS_MS) / (rate * averaged)))
    sampling = {"samples": count * averaged, "time_step_ms": rate, "averaged": averaged}
    resliced = Waves.on(anatomy, SPACING_MM, RADIUS_MM).anatomy
    waves = Waves.on(resliced, float(resliced.spacing[0]), RADIUS_MM)
    tried: list[tuple[str, NDArray, Conductor]] = [
        (name, there, INFINITE)
        for name, there in placements(electrodes, anatomy.positions(anatomy.wall)).items()
    ]
    if isinstance(conductor, BoundedConductor):
        tried.insert(0, (AS_GIVEN, electrodes, conductor))
    fields = [
        referenced(lead_field_in(around, resliced.wall, resliced.affine, there, 1.0))
        for _, there, around in tried
    ]
    patients = [
        Patient(
            "", resliced, there, step * np.arange(count), partial(_same, field), action_potential, sampling
        )
        for (_, there, _), field in zip(tried, fields, strict=True)
    ]
    places = waves.places.data[spread_out(waves.places.data, SITES)]
    simulate = patients[0].simulator(resliced, np.concatenate(fields, 1))
    alike = _likeness(recorded, step, waves, places, len(tried), simulate)

    found: dict[str, Reading] = {}
    signals: dict[str, tuple[NDArray, NDArray]] = {}
    lowest = _left(np.abs(alike).max())

    def keep(reading: Reading, pair: tuple[NDArray, NDArray] | None = None) -> None:
        """Keep a reading, or the better of two of the same name, and recorded and simulated signals."""
        before = found.get(reading.name)
        if pair and (before is None or reading.error < before.error or reading.name not in signals):
            signals[reading.name] = pair
        found[reading.name] = _better(before, reading) if before else reading

    for (placed, _, around), patient, like in zip(tried, patients, alike, strict=True):
        for sign, word in ((1, ""), (-1, INVERTED)):
            name = " and ".join(part for part in (word, "" if placed == AS_GIVEN else placed) if part)
            name, infinite = name or AS_READ, around is INFINITE
            reading = Reading(name, *_nearest(sign * like), infinite)
            keep(reading)
            if name == AS_READ or reading.error < PROMISING * lowest:
                starts = _starts(sign * like, places)
                fitted, simulated = _fitted(sign * recorded, step, patient, waves, starts, EVALUATIONS)
                keep(fitted._replace(name=name, in_infinite=infinite), (sign * recorded, simulated))
    if _warnings([*found.values()]):
        for (placed, _, around), patient, like in zip(tried, patients, alike, strict=True):
            if placed == AS_GIVEN:
                starts = _starts_near_the_onset(like, places)
                fitted, simulated = _fitted(recorded, step, patient, waves, starts, EVALUATIONS_DOUBTED)
                keep(fitted._replace(name=AS_READ, in_infinite=around is INFINITE), (recorded, simulated))
    readings = [*found.values()]
    chosen = min(readings, key=lambda reading: reading.error)
    warnings = _warnings(readings)
    shown = chosen if chosen.error < CLEARLY * readings[0].error else readings[0]
    if shown.error < FAIR:
        warnings += suspicious_leads(*signals[shown.name], names)
    return Examination(readings, warnings, [_summary(readings)])


def _warnings(readings: Sequence[Reading]) -> list[str]:
    """What would fit clearly better than the recording as it was read."""
    given = readings[0]
    others = sorted(readings[1:], key=lambda reading: reading.error)
    clear = [other for other in others if other.error < min(CLEARLY * given.error, FAIR)]
    found = []
    if clear:
        best, *rest = clear
        alike = [other.name for other in rest if other.error < ALIKE * best.error]
        also = f"; about as well: {listed(alike, 3)}" if alike else ""
        found.append(
            f"warning: would fit clearly better: {best.name} (relative error {best.error:.2f}, as read "
            f"{given.error:.2f}){also}; do not rely on the map before this is settled"
        )
    if not clear and abs(given.shift_ms) > LATE_MS and given.error < EARLIER * given.error_at_onset:
        found.append(
            f"warning: would fit clearly better: an onset {abs(given.shift_ms):.0f} ms "
            f"{'later' if given.shift_ms > 0 else 'earlier'}; check the onset, and set onset_ms"
        )
    return found


def _summary(readings: Sequence[Reading]) -> str:
    """One line on all readings."""
    given, *others = readings
    if given.error > FAIR:
        return (
            "cross-examination: no beat of one site explains the recording (relative error "
            f"{given.error:.2f}); other readings of it were compared, but say little"
        )
    best = min(others, key=lambda reading: reading.error)
    return (
        f"cross-examination by beats of one site: relative error {given.error:.2f} as read; of "
        f"{len(others)} other readings the best is {best.name}, {best.error:.2f}"
    )


def _qrs(bsp: NDArray, step: float, until_ms: float) -> tuple[NDArray, int]:
    """QRS complex against the mean of the electrodes, each sample the mean of some that span `STEP_MS`."""
    signals = referenced(bsp.astype(float), axis=0)
    end = int(until_ms / step) + 1
    factor = max(1, round(STEP_MS / step))
    samples = max(end // factor, 8)
    samples = min(samples, signals.shape[1] // factor)
    return average_in_time(signals[:, : samples * factor], samples), factor


def _same(field: NDArray) -> NDArray:
    return field


def _likeness(
    recorded: NDArray, step: float, waves: Waves, places: NDArray, readings: int, simulate: Any
) -> NDArray:
    """Correlation of the recording with each beat, shape (placement, site, velocity, shift)."""
    samples = recorded.shape[1]
    unit = _centred(recorded)
    unit = (unit / np.linalg.norm(unit)).astype(np.float32)
    alike = np.empty((readings, len(places), len(VELOCITIES), len(SHIFTS_MS)), np.float32)
    for site, place in enumerate(Progress("sites compared", places, len(places))):
        once = waves.coarse_times(single_site(place, 1.0))
        signals = simulate(np.stack([once / velocity for velocity in VELOCITIES]))
        signals = signals.reshape(len(VELOCITIES), readings, *recorded.shape[:1], -1)
        for number, shift in enumerate(SHIFTS_MS):
            moved = _shifted(signals, round(shift / step), samples)
            moved = _centred(moved)
            norm = np.sqrt(np.square(moved).sum((-2, -1)))
            alike[:, site, :, number] = ((moved * unit).sum((-2, -1)) / np.maximum(norm, 1e-20)).T
    return alike


def _shifted(signals: NDArray, by: int, samples: int) -> NDArray:
    """Signals that begin a number of samples later, or earlier if negative; they are 0 before."""
    if by < 0:
        return signals[..., -by : samples - by]
    kept = signals[..., : max(samples - by, 0)]
    pad = np.zeros((*signals.shape[:-1], min(by, samples)), signals.dtype)
    return np.concatenate([pad, kept], -1)


def _centred(signals: NDArray) -> NDArray:
    """Signals less the mean of each lead."""
    return signals - signals.mean(-1, keepdims=True)


class Start(NamedTuple):
    """First guess of a fit: a site (patient RAS, mm), a velocity (m/s) and an onset (ms)."""

    place: NDArray
    velocity: float
    onset_ms: float


def _starts(alike: NDArray, places: NDArray) -> list[Start]:
    """Best entry of the dictionary at each of the best onsets, and at the one used."""
    numbers = [*np.argsort(-alike.max((0, 1)))[:STARTS], SHIFTS_MS.index(0)]
    return [start for number in dict.fromkeys(numbers) for start in _best(alike, places, number, 1)]


def _starts_near_the_onset(alike: NDArray, places: NDArray) -> list[Start]:
    """Best entries of the dictionary at sites apart, with onsets that would not be named."""
    numbers = [number for number, shift in enumerate(SHIFTS_MS) if abs(shift) <= LATE_MS]
    return [start for number in numbers for start in _best(alike, places, number, SITES_DOUBTED)]


def _best(alike: NDArray, places: NDArray, number: int, count: int) -> list[Start]:
    """Best entries with one onset, no two of which have sites close to each other."""
    like = alike[:, :, number]
    return [
        Start(places[site], VELOCITIES[like[site].argmax()], SHIFTS_MS[number])
        for site in apart(places, -like.max(1), count, APART_MM)
    ]


def _fitted(
    recorded: NDArray, step: float, patient: Patient, waves: Waves, starts: Sequence[Start], evaluations: int
) -> tuple[Reading, NDArray]:
    """Best beat of a reading, and its signals at the recorded times."""
    tries = []
    for start in starts:
        guess = single_site(start.place, start.velocity)
        earlier = max(0, round(-start.onset_ms / step))
        guess[3] = max(start.onset_ms, 0)
        # A beat that began before the onset used is compared from its beginning, its first signals unknown.
        ramp = np.linspace(0, 1, earlier, endpoint=False) * recorded[:, :1]
        whole = np.concatenate([ramp, recorded], 1)
        short = patient.until(whole.shape[1])
        found = fit(whole, short, waves, guess, evaluations, onset_weight=0.0)
        simulated = short.simulate(waves.times(found.parameters))[:, earlier:]
        tries.append((_error(recorded, simulated), found.parameters[3] - earlier * step, simulated))
    error, shift_ms, simulated = min(tries, key=lambda one: one[0])
    there = [one[0] for one in tries if abs(one[1]) <= LATE_MS]
    return Reading("", error, float(shift_ms), min(there, default=1.0)), simulated


def _better(one: Reading, other: Reading) -> Reading:
    """The one with the lower error, with the lower error at the onset of both."""
    better = min(other, one, key=lambda reading: reading.error)
    return better._replace(error_at_onset=min(one.error_at_onset, other.error_at_onset))


def _nearest(alike: NDArray) -> tuple[float, float, float]:
    """Relative error of the best entry of the dictionary, its onset, and the error at the onset used."""
    number = np.unravel_index(alike.argmax(), alike.shape)[2]
    return _left(alike.max()), float(SHIFTS_MS[number]), _left(alike[:, :, SHIFTS_MS.index(0)].max())


def _left(correlation: float) -> float:
    """Relative error that signals of some correlation leave."""
    return float(np.sqrt(max(1 - max(correlation, 0.0) ** 2, 0.0)))


def _error(recorded: NDArray, simulated: NDArray) -> float:
    """Relative error after offsets and a non-negative amplitude are fitted."""
    one, other = _centred(recorded), _centred(simulated)
    norm = np.linalg.norm(one) * np.linalg.norm(other)
    return _left(float(np.vdot(one, other) / norm) if norm else 0.0)
