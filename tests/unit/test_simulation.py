import numpy as np
import pandas as pd
import pytest

from ecgi.anatomy.fibres import rule_based
from ecgi.core.errors import InputError
from ecgi.physics.pacing import plan_beats
from ecgi.physics.simulation import simulate, wave_solver

PROTOCOL = {"kinds": {"multi_site": 1.0}, "surface": "endocardium", "sites": 3, "delay_ms": 30.0}
MEDIAN = {"lv": 0.6, "rv": 0.5, "scar": 0.2, "border_zone": 0.3}


def bsp_of(activation):
    """As if the only electrode saw the latest activation."""
    return np.full((1, 4), activation.max(), np.float32)


@pytest.fixture(scope="module")
def beats(small_heart):
    velocities = {tissue: (median, 0.1) for tissue, median in MEDIAN.items()}
    return plan_beats(small_heart, "patient7", 6, PROTOCOL, velocities, 3)


@pytest.fixture(scope="module")
def times_of(small_heart):
    return wave_solver(small_heart, {})


def simulated(heart, beats, times_of, **more):
    return simulate(heart, *beats, 5.0, MEDIAN, times_of, bsp_of, **more)


def test_each_site_is_active_at_its_onset_or_before(small_heart, beats, times_of):
    activations, signals = simulated(small_heart, beats, times_of)
    assert activations.shape == (6, small_heart.wall.sum())
    np.testing.assert_array_equal(signals[:, 0, 0], activations.max(1))
    positions = small_heart.positions(small_heart.wall)
    for site in beats[1].itertuples():
        at = np.linalg.norm(positions - [site.x_mm, site.y_mm, site.z_mm], axis=1).argmin()
        assert activations[site.beat, at] <= site.onset_ms + 1e-4
    np.testing.assert_array_equal(activations.min(1), 0)


def test_beats_are_simulated_each_by_itself(small_heart, beats, times_of):
    together, _ = simulated(small_heart, beats, times_of)
    alone, _ = simulated(small_heart, (beats[0].iloc[[4]], beats[1]), times_of)
    np.testing.assert_array_equal(alone[0], together[4])


def test_a_velocity_image_of_the_median_changes_nothing(small_heart, beats, times_of):
    from ecgi.physics.pacing import velocity_of

    plain, _ = simulated(small_heart, beats, times_of)
    image = velocity_of(small_heart.labels[small_heart.wall], MEDIAN)
    mapped, _ = simulated(small_heart, beats, times_of, velocity=image)
    np.testing.assert_allclose(mapped, plain, rtol=1e-5, atol=1e-4)
    faster, _ = simulated(small_heart, beats, times_of, velocity=2 * image)
    assert (faster.max(1) < plain.max(1)).all()


def test_fibres_slow_the_wave_across_them(small_heart, beats, times_of):
    fibres = rule_based(small_heart, 60.0, -60.0)
    along = wave_solver(small_heart, {"velocity_ratio": 1.0, "reach": 2}, fibres)
    across = wave_solver(small_heart, {"velocity_ratio": 2.5, "reach": 2}, fibres)
    plain, _ = simulated(small_heart, beats, times_of)
    alike, _ = simulated(small_heart, beats, along)
    slowed, _ = simulated(small_heart, beats, across)
    assert np.abs(alike - plain).mean() < 0.05 * plain.max()
    assert (slowed >= alike - 1e-3).all()
    assert slowed.mean() > 1.2 * alike.mean()


def test_an_error_names_case_and_beat(small_heart, beats, times_of):
    far = beats[1].assign(x_mm=beats[1]["x_mm"] + 500)
    with pytest.raises(InputError, match="case patient7, beat 0: no wall voxel within 5 mm"):
        simulated(small_heart, (beats[0], far), times_of)
    still = beats[0].assign(velocity_lv_m_per_s=np.where(beats[0]["beat"] == 2, 0.0, 0.6))
    with pytest.raises(InputError, match=r"beat 2: \d+ of \d+ wall voxels have a velocity"):
        simulated(small_heart, (pd.DataFrame(still), beats[1]), times_of)
