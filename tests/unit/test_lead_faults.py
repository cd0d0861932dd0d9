"""Clipped leads are told from those in coarse steps."""

import numpy as np
import pytest
from arrays import LAYOUTS, recorded

from ecgi.data.lead_faults import find_clipped


@pytest.fixture(scope="module")
def beat():
    """Signals of 60 leads at 500 Hz, mV."""
    return recorded(11, "vest 60", snr_db=200.0)[0]


def at_1000_hz(signals):
    """Signals with cubic splines through their samples."""
    from scipy.interpolate import make_interp_spline

    return make_interp_spline(np.arange(signals.shape[1]), signals, axis=1)(
        np.arange(0, signals.shape[1] - 1, 0.5)
    )


@pytest.mark.parametrize("step", [0.001, 0.005, 0.02])
@pytest.mark.parametrize("noise", [0.0, 0.002, 0.02])
def test_coarse_steps_are_not_clipping(beat, step, noise):
    signals = at_1000_hz(beat) + np.random.default_rng(0).normal(0, noise, (60, 2 * beat.shape[1] - 2))
    assert not find_clipped(np.round(signals / step) * step).any()


@pytest.mark.parametrize("step", [1e-9, 0.005])
@pytest.mark.parametrize("noise", [0.0, 0.002])
@pytest.mark.parametrize("share", [0.5, 0.7])
def test_a_lead_cut_off_is_clipped_with_noise_on_it_too(beat, step, noise, share):
    signals = at_1000_hz(beat)
    signals -= np.median(signals, axis=1, keepdims=True)
    cut = np.abs(signals).max(1).argsort()[-20:]
    limit = share * np.abs(signals[cut]).max(1, keepdims=True)
    signals[cut] = np.clip(signals[cut], -limit, limit)
    signals += np.random.default_rng(0).normal(0, noise, signals.shape)
    found = np.flatnonzero(find_clipped(np.round(signals / step) * step))
    assert set(found) <= set(cut)
    assert len(found) >= 15


def test_leads_that_stay_at_one_limit_are_clipped(beat):
    signals = at_1000_hz(beat)
    limit = np.sort(np.abs(signals).max(1))[-8]
    found = find_clipped(np.clip(signals, -limit, limit))
    assert found.sum() >= 5
    assert set(np.flatnonzero(found)) <= set(np.flatnonzero(np.abs(signals).max(1) > limit))


@pytest.mark.exhaustive
def test_few_leads_in_coarse_steps_are_called_clipped_and_most_clipped_ones_found():
    alarms, recordings, found, cut = 0, 0, 0, 0
    for number in range(16):
        beat = recorded(4500 + number, list(LAYOUTS)[number % len(LAYOUTS)], snr_db=200.0)[0]
        signals, rng = at_1000_hz(beat), np.random.default_rng(number)
        for step in (1e-6, 0.001, 0.005, 0.02):
            for noise in (0.0, 0.002, 0.01):
                noisy = signals + rng.normal(0, noise, signals.shape)
                alarms += find_clipped(np.round(noisy / step) * step).any()
                recordings += 1
        signals -= np.median(signals, axis=1, keepdims=True)
        large = np.abs(signals).max(1).argsort()[-len(signals) // 3 :]
        limit = 0.6 * np.abs(signals[large]).max(1, keepdims=True)
        signals[large] = np.clip(signals[large], -limit, limit)
        signals += rng.normal(0, 0.002, signals.shape)
        found, cut = found + find_clipped(signals)[large].sum(), cut + len(large)
    print(f"{found} of {cut} clipped leads found, {alarms} of {recordings} sound recordings have one")
    assert found >= 0.85 * cut
    assert alarms <= 0.02 * recordings
