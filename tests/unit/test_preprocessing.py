"""Bad leads and the onset are found, and signals are resampled without loss."""

import numpy as np
import pytest

from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.errors import InputError
from ecgi.data import preprocessing
from ecgi.data.ecg.choosing import Choice
from ecgi.physics import bsp, eikonal
from ecgi.physics.lead_field import lead_field

NAMES = [f"L{number}" for number in range(20)]
PAUSE_MS = 150.0


@pytest.fixture(scope="module")
def signals(small_heart):
    """A simulated beat at 1 kHz with a pause before it; mV, shape (electrode, time)."""
    heart = small_heart
    towards = np.random.default_rng(0).normal(size=(len(NAMES), 3))
    electrodes = heart.positions(heart.wall).mean(0) + 150 * towards / np.linalg.norm(
        towards, axis=1, keepdims=True
    )
    field = lead_field(heart.wall, heart.affine, electrodes, 0.2, 0.2)
    _, simulate = bsp.bsp_simulator(field, ActionPotentialSettings().model_dump(), 512, 1.0)
    voxels = np.argwhere(heart.wall)
    wave = eikonal.activation_times(
        eikonal.conducting_domain(heart.wall, 3.0),
        np.full(len(voxels), 0.6),
        [eikonal.Source(voxels[len(voxels) // 3], 6.0)],
    )
    return np.concatenate([np.zeros((len(NAMES), int(PAUSE_MS))), simulate(wave)], 1)


@pytest.fixture
def times(signals):
    return np.arange(signals.shape[1], dtype=float)


def prepared(signals, times, onset_ms=PAUSE_MS, samples=400, step=1.0, **chosen):
    choice = Choice(onset_ms, **chosen)
    return preprocessing.prepare(signals, times, NAMES, choice, samples, step, "beat.csv")


def test_a_recording_at_the_simulated_times_is_the_simulated_beat(signals, times):
    ready = prepared(signals, times)
    np.testing.assert_allclose(ready.bsp, signals[:, 150:550], atol=1e-9)
    assert ready.good.all()
    assert not [note for note in ready.notes if note.startswith("warning")]


@pytest.mark.parametrize("snr_db", [None, 30])
def test_the_onset_is_found_within_a_few_ms(signals, times, snr_db):
    if snr_db:
        noise = np.random.default_rng(1).normal(size=signals.shape)
        signals = signals + noise * np.sqrt((signals**2).mean() / 10 ** (snr_db / 10))
    ready = prepared(signals, times, None)
    assert ready.onset.at == pytest.approx(PAUSE_MS, abs=6)
    assert ready.onset.low <= ready.onset.at <= ready.onset.high
    assert any(note.startswith("onset of the QRS complex found at") for note in ready.notes)


def test_offsets_of_leads_are_taken_off_by_what_was_before_the_onset(signals, times):
    offsets = np.linspace(-2, 2, len(NAMES))[:, None]
    np.testing.assert_allclose(
        prepared(signals + offsets, times).bsp, prepared(signals, times).bsp, atol=1e-9
    )


@pytest.mark.parametrize("rate_hz", [400, 2000, 2048])
def test_another_sampling_rate_changes_smooth_signals_little(rate_hz):
    times, wanted = np.arange(-50, 500, 1000 / rate_hz), np.arange(400.0)
    tones = 2 * np.pi * np.array([[5.0], [40.0]]) / 1000
    interpolated = bsp.interpolate_in_time(np.sin(tones * times), times, wanted)
    np.testing.assert_allclose(interpolated, np.sin(tones * wanted), atol=0.01)


def test_dense_noise_is_averaged_not_picked(times):
    noise = np.random.default_rng(0).normal(size=(len(NAMES), 7000))
    interpolated = bsp.interpolate_in_time(noise, np.arange(7000) / 10, np.arange(600.0))
    assert interpolated.std() == pytest.approx(1 / np.sqrt(11), rel=0.05)


def spoilt(signals, kind):
    signals = signals.copy()
    lead = signals[4]
    if kind == "flat":
        lead[:] = 0.7
    elif kind == "clipped":
        np.clip(lead, -np.inf, lead.min() + 0.7 * np.ptp(lead), out=lead)
    else:
        lead[300] = np.nan
    return signals


@pytest.mark.parametrize(
    ("kind", "message"),
    [("flat", "flat: L4"), ("clipped", "clipped: L4"), ("unknown", "values that are not numbers: L4")],
)
def test_a_bad_lead_is_left_out_and_named(signals, times, kind, message):
    ready = prepared(spoilt(signals, kind), times)
    assert np.flatnonzero(~ready.good).tolist() == [4]
    assert np.isnan(ready.bsp[4]).all()
    assert np.isfinite(np.delete(ready.bsp, 4, 0)).all()
    assert f"warning: {message}; not used" in ready.notes


def test_a_recording_of_mostly_bad_leads_is_refused(signals, times):
    signals = signals.copy()
    signals[:9], signals[9:12] = np.nan, 0.0
    with pytest.raises(
        InputError, match="only 8 of 20 leads can be used; values that are not numbers: 9; fl"
    ):
        prepared(signals, times)


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_a_wrong_unit_is_refused_with_a_hint(signals, times, factor):
    with pytest.raises(InputError, match=r"beat.csv: the largest deflection would be .* mV.* set units to"):
        prepared(factor * signals, times)


def test_a_short_recording_is_held_a_little_and_not_beyond(signals, times):
    a_little = prepared(signals[:, :530], times[:530])
    np.testing.assert_allclose(a_little.bsp[:, 380:], signals[:, [529] * 20], atol=1e-9)
    much = prepared(signals[:, :400], times[:400])
    np.testing.assert_array_equal(np.isnan(much.bsp), np.broadcast_to(np.arange(400) >= 250, (20, 400)))
    assert any("the recording ends 250 ms after the onset" in note for note in much.notes)


def test_several_beats_are_counted_and_one_is_used_or_all(signals):
    whole = np.concatenate([signals] * 3, 1)
    times, cycle = np.arange(whole.shape[1], dtype=float), signals.shape[1]
    guessed = prepared(whole, times, None)
    assert any(note.startswith("warning: 3 beats, steepest at") for note in guessed.notes)
    for beat in (1, 2, 3):
        one = prepared(whole, times, None, beat=beat)
        assert not [note for note in one.notes if note.startswith("warning")]
        assert one.onset.at == pytest.approx(PAUSE_MS + (beat - 1) * cycle, abs=6)
    noisy = whole + np.random.default_rng(0).normal(0, 0.02, whole.shape)
    average = prepared(noisy, times, None, beat="all")
    assert any(note.startswith("3 beats averaged") for note in average.notes)
    first = round(average.onset.at) % cycle
    np.testing.assert_allclose(average.bsp[:, :300], signals[:, first : first + 300], atol=0.08)


@pytest.mark.parametrize("onset", [-1.0, 1e4])
def test_an_onset_outside_the_recording_is_refused(signals, times, onset):
    with pytest.raises(InputError, match="lies outside the recording, 0 to 661"):
        prepared(signals, times, onset)


def test_an_onset_far_from_the_qrs_is_noticed(signals, times):
    still = np.concatenate([np.zeros((20, 300)), signals], 1)
    ready = prepared(still, np.arange(still.shape[1], dtype=float), 10.0)
    assert any("after the onset; is the onset that of the QRS complex?" in note for note in ready.notes)
