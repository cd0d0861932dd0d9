"""What recordings become in training."""

import numpy as np
import pytest
from scipy.stats import norm

from ecgi.models.augmentation import AugmentedRecording
from ecgi.models.backprojection import Augmentation


def recorded(bsp, electrodes, seed=0, training=True, **augmentation):
    """What a recording becomes in training."""
    quiet = {"onset": 0.0, "snr_db": (100.0, 100.0), "electrode_mm": 0.0, "fewest": 1.0}
    layer = AugmentedRecording(Augmentation(**quiet | augmentation).model_dump(), seed)
    return [np.asarray(some) for some in layer(np.float32(bsp), np.float32(electrodes), training=training)]


@pytest.fixture(scope="module")
def batch():
    """Ramps in time, 200 recordings of 30 electrodes."""
    slopes = np.random.default_rng(0).uniform(0.5, 2, (200, 30, 1))
    return slopes * np.arange(64.0), np.random.default_rng(1).normal(0, 100, (200, 30, 3))


def test_recordings_stay_as_they_are_out_of_training(batch):
    for found, given in zip(recorded(*batch, training=False, onset=3.0, fewest=0.1), batch, strict=False):
        np.testing.assert_array_equal(found, np.float32(given))
    assert (recorded(*batch, training=False)[2] == 1).all()


def test_onsets_are_shifted_by_no_more_than_asked_for(batch):
    bsp = recorded(*batch, onset=3.0)[0]
    slopes = batch[0][:, :, 1:2]
    shift = ((bsp - batch[0]) / slopes)[:, :, 8:56]
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1, :1], shift.shape), atol=0.02)
    shift = shift[:, 0, 0]
    assert np.abs(shift).max() <= 3.02
    assert shift.min() < -2.5
    assert shift.max() > 2.5


def test_noise_has_the_ratio_asked_for(batch):
    noise = recorded(*batch, snr_db=(10.0, 20.0))[0] - np.float32(batch[0])
    ratio = 10 * np.log10(np.square(batch[0]).mean((1, 2)) / np.square(noise).mean((1, 2)))
    assert ratio.min() > 9.5
    assert ratio.max() < 20.5
    assert np.ptp(ratio) > 9


def test_electrodes_of_half_of_the_recordings_are_off_by_up_to_the_error_asked_for(batch):
    off = (recorded(*batch, electrode_mm=10.0)[1] - batch[1]).std((1, 2))
    there = off < 1e-4
    assert there.mean() == pytest.approx(0.5, abs=0.12)
    assert 9 < np.quantile(off, 0.99) < 12
    assert off[~there].mean() == pytest.approx(5, abs=0.9)


def test_half_of_the_recordings_have_all_electrodes_and_none_fewer_than_asked_for(batch):
    kept = recorded(*batch, fewest=0.3)[2]
    assert set(np.unique(kept)) == {0, 1}
    share = kept.mean(1)
    assert (share == 1).mean() == pytest.approx(0.5, abs=0.12)
    assert share.min() > norm.ppf(1e-4, 0.3, np.sqrt(0.3 * 0.7 / kept.shape[1]))
    assert np.quantile(share, 0.05) < 0.45


def test_three_electrodes_are_always_left(batch):
    few = [some[:, :4] for some in batch]
    assert recorded(*few, fewest=0.01)[2].sum(1).min() == 3


def test_each_step_draws_anew_and_a_seed_draws_the_same(batch):
    augmentation = Augmentation().model_dump()
    given = [np.float32(some) for some in batch]
    first, same, other = (AugmentedRecording(augmentation, seed) for seed in (0, 0, 1))
    one, again = (np.asarray(first(*given, training=True)[0]) for _ in range(2))
    assert not np.array_equal(one, again)
    np.testing.assert_array_equal(np.asarray(same(*given, training=True)[0]), one)
    assert not np.array_equal(np.asarray(other(*given, training=True)[0]), one)
