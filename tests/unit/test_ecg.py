"""Spikes, hum, beats, the QRS complex and the baseline of beats made of known parts."""

import numpy as np
import pytest

from ecgi.core.errors import InputError
from ecgi.data.ecg import baseline, beats, choosing, hum, onset, qrs, qrs_end, spikes

LEADS = 40
ONSET, WIDTH = 300.0, 90.0


def bump(times, centre, width):
    """Raised cosine of a width, 0 outside."""
    return (
        np.where(np.abs(times - centre) < width / 2, 1 + np.cos(2 * np.pi * (times - centre) / width), 0) / 2
    )


def beat(times, onset_ms=ONSET, width=WIDTH, p_mv=0.0, seed=0):
    """QRS complex of overlapping waves of 24 ms with patterns of their own, T wave and P wave; mV."""
    rng = np.random.default_rng(seed)
    signals = np.zeros((LEADS, len(times)))
    for centre in np.arange(onset_ms + 12, onset_ms + width - 11, 6):
        signals += np.outer(rng.normal(0, 0.5, LEADS), bump(times, centre, 24))
    signals += np.outer(rng.normal(0, 0.3, LEADS), bump(times, onset_ms + width + 180, 160))
    return signals + p_mv * np.outer(rng.normal(0, 0.5, LEADS), bump(times, onset_ms - 110, 90))


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture
def times():
    return np.arange(800.0)


@pytest.mark.parametrize("step", [0.25, 1.0, 4.0])
def test_a_stimulus_is_found_and_bridged_and_a_qrs_complex_is_none(rng, step):
    times = np.arange(0, 800, step)
    signals = beat(times) + rng.normal(0, 0.005, (LEADS, len(times)))
    assert spikes.find_spikes(signals, step) == []
    stimulus = np.abs(times - 272) <= max(0.8, step / 4)
    spoilt = signals + 3 * np.outer(rng.choice([-1, 1], LEADS), stimulus)
    spans = spikes.find_spikes(spoilt, step)
    assert len(spans) == 1
    assert all(spans[0][0] <= sample < spans[0][1] for sample in np.flatnonzero(stimulus))
    assert (spans[0][1] - spans[0][0]) * step <= max(spikes.LONGEST_MS, 3 * step)
    np.testing.assert_allclose(spikes.bridged(spoilt, spans), signals, atol=0.05)


def test_a_step_is_no_stimulus(rng, times):
    signals = rng.normal(0, 0.005, (LEADS, len(times))) + np.where(times > 300, 1.0, 0.0)
    assert spikes.find_spikes(signals, 1.0) == []


@pytest.mark.parametrize("mains", [49.9, 60.1])
def test_hum_is_removed_and_the_qrs_complex_is_not_changed(rng, times, mains):
    signals = beat(times, p_mv=0.1) + rng.normal(0, 0.005, (LEADS, len(times)))
    phase = rng.uniform(0, 6, (LEADS, 1))
    added = 0.1 * np.sin(2e-3 * np.pi * mains * times + phase) + 0.02 * np.sin(6e-3 * np.pi * mains * times)
    found = hum.find_hum(signals + added, times)
    assert found.frequency_hz == pytest.approx(mains, abs=0.4)
    left = np.sqrt(np.mean((found.signals - added) ** 2))
    assert left < 0.1 * np.sqrt(np.mean(added**2))


def test_signals_without_hum_are_left_alone(rng, times):
    assert hum.find_hum(beat(times, p_mv=0.1), times) is None
    assert hum.find_hum(beat(times) + rng.normal(0, 0.05, (LEADS, len(times))), times) is None


@pytest.mark.parametrize("cycle", [300.0, 700.0, 1200.0])
def test_beats_are_counted_and_t_waves_are_not(rng, cycle):
    times = np.arange(0.0, 4800)
    onsets = np.arange(150.0, 4500, cycle)
    signals = sum(beat(times, start, 60.0, 0.1) for start in onsets)
    found = beats.find_beats(signals + rng.normal(0, 0.01, signals.shape))
    assert len(found) == len(onsets)
    assert (np.abs(times[found] - onsets - 30) < 35).all()


@pytest.mark.parametrize("size", [1.0, 3.5, 4.5])
def test_a_t_wave_that_still_rises_where_the_recording_ends_is_no_beat(times, size):
    last = int(ONSET) + 290
    t_wave = np.random.default_rng(5).normal(0, size, (LEADS, 1)) * bump(times, last + 20, 80)
    signals = (beat(times, width=250.0) + t_wave)[:, :last]
    assert len(beats.find_beats(signals)) == 1


def test_like_beats_are_averaged_with_less_noise_and_another_is_left_out(rng):
    times = np.arange(0.0, 5600)
    onsets = 300 + 700.0 * np.arange(7)
    clean = sum(beat(times, start + rng.integers(-20, 20), seed=int(start == onsets[3])) for start in onsets)
    signals = clean + rng.normal(0, 0.02, clean.shape)
    found = beats.find_beats(signals)
    average = beats.averaged(signals, found)
    assert np.flatnonzero(~average.used).tolist() == [3]
    near = slice(
        int(found[average.beat]) - average.first - 100, int(found[average.beat]) - average.first + 250
    )
    one = clean[:, average.first : average.first + average.signals.shape[1]]
    assert np.std((average.signals - one)[:, near]) < 1.3 * 0.02 / np.sqrt(6)


@pytest.mark.parametrize("p_mv", [0.0, 0.2])
@pytest.mark.parametrize("snr_db", [20, 40])
def test_the_onset_is_found_behind_a_p_wave_and_wander(rng, times, p_mv, snr_db):
    signals = beat(times, p_mv=p_mv)
    signals += rng.normal(0, np.sqrt(np.mean(signals**2) / 10 ** (snr_db / 10)), signals.shape)
    signals += 0.1 * np.sin(2e-3 * np.pi * 0.5 * times + rng.uniform(0, 6, (LEADS, 1)))
    found = onset.find_onset(signals - signals.mean(0), int(ONSET + WIDTH / 2))
    assert found.low <= found.at <= found.high
    assert found.at == pytest.approx(ONSET, abs=6)


def test_the_onset_does_not_depend_on_gain_offset_or_order(rng, times):
    signals = beat(times, p_mv=0.1) + rng.normal(0, 0.01, (LEADS, len(times)))
    found = onset.find_onset(signals, 340)
    changed = 3 * signals[::-1] + rng.normal(0, 5, (LEADS, 1))
    assert onset.find_onset(changed, 340) == found


@pytest.mark.parametrize(("late_ms", "warned"), [(-60, True), (-5, False), (5, False), (40, True)])
def test_an_onset_that_is_set_far_from_the_one_found_is_warned_of(rng, times, late_ms, warned):
    signals = beat(times) + rng.normal(0, 0.005, (LEADS, len(times)))
    chosen = choosing.Choice(onset_ms=ONSET + late_ms)
    notes = qrs.find_qrs(signals, times, int(ONSET + WIDTH / 2), chosen).notes
    assert notes[0].startswith("warning: onset set") == warned


@pytest.mark.parametrize("width", [60.0, 120.0, 200.0])
def test_the_end_of_a_qrs_complex_is_that_of_its_sharp_waves(rng, times, width):
    signals = beat(times, width=width) + rng.normal(0, 0.005, (LEADS, len(times)))
    found = qrs_end.find_qrs_end(signals, int(ONSET))
    assert found.low <= found.at <= found.high
    assert found.at == pytest.approx(ONSET + width, abs=15)


@pytest.mark.parametrize(("wander", "knots"), [([3.0], 1), ([0.5, 0.5], 3), ([0.1, 0.2, 0.1], 3)])
def test_a_baseline_is_a_constant_or_the_parabola_of_the_wander(times, wander, knots):
    signals = beat(times, width=60.0)
    rest = np.polynomial.Polynomial(wander)(times / 800) * np.linspace(1, 2, LEADS)[:, None]
    found = baseline.find_baseline(signals + rest, times, ONSET, 800.0)
    assert len(found.knots_ms) == knots
    within = (times > ONSET) & (times < ONSET + 300)
    np.testing.assert_allclose(found.signals[:, within], rest[:, within], atol=0.01)


def test_without_signals_before_the_onset_there_is_no_baseline(times):
    signals = beat(times)
    assert baseline.find_baseline(signals, times, 5.0, 800.0) is None


BEATS, SPAN = [200.0, 900.0, 1600.0], (0.0, 2000.0)


@pytest.mark.parametrize(
    ("choice", "number", "warned"),
    [
        (choosing.Choice(), 1, True),
        (choosing.Choice(beat=3), 2, False),
        (choosing.Choice(beat="all"), 1, False),
        (choosing.Choice(onset_ms=150.0), 0, False),
    ],
)
def test_one_of_several_beats_is_chosen_and_a_guess_is_a_warning(choice, number, warned):
    found, notes = choosing.choose_beat(BEATS, [1.0, 1.2, 1.1], SPAN, choice, "bsp.csv")
    assert found == number
    assert "3 beats, steepest at 200, 900, 1600 ms" in notes[0]
    assert notes[0].startswith("warning") == warned


def test_a_beat_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="there is no beat 4; 3 found, steepest at 200, 900, 1600 ms"):
        choosing.choose_beat(BEATS, [1.0] * 3, SPAN, choosing.Choice(beat=4), "bsp.csv")
