"""Leads that contradict their neighbours are found and named, and sound recordings pass."""

import numpy as np
import pytest
from arrays import LAYOUTS, recorded

from ecgi.data.lead_consistency import find_contradicting_leads

SEEDS = {"vest 60": 301, "vest 72": 302, "grid 64": 303}


@pytest.fixture(scope="module", params=SEEDS)
def array(request):
    """Signals in mV, times, positions and names of a sound recording."""
    signals, times, positions, wall = recorded(SEEDS[request.param], request.param)
    return signals, times, positions, wall, [f"E{number}" for number in range(1, len(signals) + 1)]


def test_sound_recordings_pass(array):
    consistent, notes = find_contradicting_leads(*array)
    assert consistent.all()
    assert notes == []


def test_inverted_leads_are_named_and_left_out(array):
    signals, times, positions, wall, names = array
    inverted = np.sort(np.random.default_rng(0).choice(len(names), 6, replace=False))
    turned = signals.copy()
    turned[inverted] *= -1
    consistent, notes = find_contradicting_leads(turned, times, positions, wall, names)
    missed = set(inverted) - set(np.flatnonzero(~consistent))
    strength = np.ptp(signals, axis=1) / np.median(np.ptp(signals, axis=1))
    assert all(strength[lead] < 0.5 for lead in missed)
    assert len(missed) <= 1
    assert set(np.flatnonzero(~consistent)) <= set(inverted)
    assert notes[0].startswith("warning: as if inverted, by their neighbours: E")


def test_swapped_leads_are_named_together(array):
    signals, times, positions, wall, names = array
    rest = np.median(signals, axis=1, keepdims=True)
    course = (signals - rest)[:, np.square(signals - rest).sum(0).argmax()]
    first, second = sorted((int(course.argmax()), int(course.argmin())))
    swapped = signals.copy()
    swapped[[first, second]] = swapped[[second, first]]
    consistent, (note,) = find_contradicting_leads(swapped, times, positions, wall, names)
    assert np.flatnonzero(~consistent).tolist() == [first, second]
    assert note == (
        f"warning: as if swapped, by their neighbours: {names[first]} with {names[second]}; not used"
    )


@pytest.mark.parametrize("gain", [0.1, 8.0])
def test_a_lead_of_another_gain_is_named_with_it(array, gain):
    signals, times, positions, wall, names = array
    scaled = signals.copy()
    lead = int(np.ptp(signals, axis=1).argsort()[2 * len(signals) // 3])
    scaled[lead] *= gain
    consistent, (note,) = find_contradicting_leads(scaled, times, positions, wall, names)
    assert np.flatnonzero(~consistent).tolist() == [lead]
    found = float(note.split("(")[1].split(")")[0])
    assert found == pytest.approx(gain, rel=0.3)


def test_a_shuffled_array_is_called_contradictory_as_a_whole(array):
    signals, times, positions, wall, names = array
    order = np.random.default_rng(1).permutation(len(names))
    consistent, (note,) = find_contradicting_leads(signals[order], times, positions, wall, names)
    assert consistent.all()
    assert note.endswith("check the order and names of the leads, and the positions of the electrodes")


def test_a_common_time_course_offsets_and_a_scale_change_nothing(array):
    signals, times, positions, wall, names = array
    turned = signals.copy()
    turned[7] *= -1
    found, notes = find_contradicting_leads(turned, times, positions, wall, names)
    other = 1000 * turned + 5 * np.sin(times / 30) + np.arange(len(names))[:, None]
    again, same = find_contradicting_leads(other, times, positions, wall, names)
    np.testing.assert_array_equal(found, again)
    assert notes == same


def test_twelve_leads_are_too_few_to_judge(array):
    signals, times, positions, wall, names = array
    consistent, notes = find_contradicting_leads(signals[:12], times, positions[:12], wall, names[:12])
    assert consistent.all()
    assert notes == ["12 leads are too few to find one that is inverted, swapped or of another gain"]


@pytest.mark.exhaustive
def test_most_inverted_leads_are_found_and_few_sound_recordings_warned_of():
    found, inverted, alarms, count = 0, 0, 0, 100
    for number in range(count):
        layout = list(LAYOUTS)[number % len(LAYOUTS)]
        signals, times, positions, wall = recorded(5000 + number, layout, [40, 30, 20][number % 3])
        names = [f"E{lead}" for lead in range(len(signals))]
        alarms += bool(find_contradicting_leads(signals, times, positions, wall, names).notes)
        turned = np.random.default_rng(number).choice(len(names), round(len(names) / 10), replace=False)
        signals[turned] *= -1
        good = find_contradicting_leads(signals, times, positions, wall, names).good
        found, inverted = found + int((~good[turned]).sum()), inverted + len(turned)
    print(f"{found} of {inverted} inverted leads found, {alarms} of {count} sound recordings warned of")
    assert found >= 0.95 * inverted
    assert alarms <= 0.01 * count
