import numpy as np
import pytest

from ecgi.physics.bsp import average_in_time
from ecgi.physics.measurement import add_noise, displace


@pytest.mark.parametrize("snr_db", [0.0, 20.0])
@pytest.mark.parametrize("amplitude", [0.1, 5.0])
def test_noise_has_the_power_asked_for(snr_db, amplitude):
    rng = np.random.default_rng(0)
    bsp = rng.normal(0, amplitude, (40, 500))
    noise = add_noise(bsp, snr_db, rng) - bsp
    assert 10 * np.log10((bsp**2).mean() / (noise**2).mean()) == pytest.approx(snr_db, abs=0.2)


def test_averaging_in_time_raises_the_snr_of_a_smooth_signal():
    smooth = np.tile(np.sin(np.linspace(0, 20, 4000)), (40, 1))
    noise = average_in_time(add_noise(smooth, 20.0, np.random.default_rng(0)) - smooth, 1000)
    assert 10 * np.log10((smooth**2).mean() / (noise**2).mean()) == pytest.approx(
        20 + 10 * np.log10(4), abs=0.1
    )


def test_noise_is_the_same_for_the_same_seed_and_white():
    bsp = np.ones((20, 2000))
    first, second = (add_noise(bsp, 10.0, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    noise = first - bsp
    assert abs(np.mean(noise[:, 1:] * noise[:, :-1])) < 0.02 * noise.var()


def test_electrodes_move_by_the_sd_along_each_axis():
    planned = np.random.default_rng(1).uniform(-100, 100, (5000, 3))
    moved = displace(planned, 5.0, np.random.default_rng(2)) - planned
    np.testing.assert_allclose(moved.std(0), 5, rtol=0.05)
    np.testing.assert_array_equal(displace(planned, 0.0, np.random.default_rng(2)), planned)
