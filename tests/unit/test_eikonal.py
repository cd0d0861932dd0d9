import numpy as np
import pytest

from ecgi.eikonal import EikonalError, activation_times
from ecgi.pacing import velocity_map

RADIUS, VELOCITY = 6.0, 0.6


def box(spacing):
    """A homogeneous box with the pacing zone off the voxel centres, and its times in closed form."""
    wall = np.ones(np.array([48, 24, 30]) // int(spacing), bool)
    site = np.array([14.3, 11.9, 9.7]) / spacing
    distance = np.linalg.norm((np.argwhere(wall) - site) * spacing, axis=1)
    return wall, site, np.maximum(distance - RADIUS, 0) / VELOCITY


def solved(spacing):
    wall, site, truth = box(spacing)
    return activation_times(wall, np.full(wall.shape, VELOCITY), site, RADIUS, spacing), truth


def test_wave_takes_the_analytic_time_in_a_homogeneous_box():
    times, truth = solved(2.0)
    assert np.abs(times - truth).mean() < 0.01 * truth.max()
    assert np.abs(times - truth).max() < 0.03 * truth.max()


def test_error_falls_faster_than_the_spacing():
    coarse, middle, fine = (np.abs(np.subtract(*solved(spacing))).mean() for spacing in (4.0, 2.0, 1.0))
    assert middle < coarse / 2
    assert fine < middle / 2


def test_time_is_inverse_to_velocity(small_heart):
    site = np.argwhere(small_heart.wall)[100]
    slow, fast = (
        activation_times(small_heart.wall, np.full(small_heart.labels.shape, velocity), site, 5.0, 3.0)
        for velocity in (0.3, 0.9)
    )
    np.testing.assert_allclose(slow, 3 * fast, rtol=1e-6)


def test_time_grows_with_the_size_of_the_heart():
    wall, site, _ = box(2.0)
    small, large = (
        activation_times(wall, np.ones(wall.shape), site, 3 * spacing, spacing) for spacing in (1.0, 2.0)
    )
    np.testing.assert_allclose(large, 2 * small, rtol=1e-6)


def test_pacing_zone_is_activated_at_0_and_nothing_else(heart):
    velocity = velocity_map(heart.labels, {"lv": 0.7, "rv": 0.5, "scar": 0.1})
    for site in np.argwhere(heart.wall)[::4000]:
        times = activation_times(heart.wall, velocity, site, 5.0, 2.0)
        zone = np.linalg.norm(np.argwhere(heart.wall) - site, axis=1) * 2.0 <= 5.0
        np.testing.assert_array_equal(times == 0, zone)


def test_wave_is_no_faster_than_the_fastest_tissue_and_no_slower_than_the_slowest():
    wall, site, _ = box(2.0)
    velocity = np.random.default_rng(0).uniform(0.2, 1.0, wall.shape)
    times = activation_times(wall, velocity, site, RADIUS, 2.0)
    distance = np.maximum(np.linalg.norm((np.argwhere(wall) - site) * 2.0, axis=1) - RADIUS, 0)
    half_a_voxel = 1.0
    assert (times > distance / 1.0 - 0.1).all()
    assert (times < (distance + half_a_voxel) / 0.2).all()


def test_velocity_changes_at_the_border_of_a_tissue():
    wall = np.ones((40, 24, 24), bool)
    velocity = np.where(np.arange(40)[:, None, None] < 20, 1.0, 0.25) * wall
    times = activation_times(wall, velocity, (8, 12, 12), 4.0, 1.0).reshape(wall.shape)
    straight_ahead = np.diff(times[:, 12, 12])
    np.testing.assert_allclose(straight_ahead[13:18], 1.0, rtol=0.02)
    np.testing.assert_allclose(straight_ahead[25:], 4.0, rtol=0.02)
    assert times[39, 12, 12] == pytest.approx(19.5 - 8 - 4 + 4 * 19.5, rel=0.03)


def test_wave_goes_around_what_does_not_conduct():
    wall = np.ones((41, 31, 7), bool)
    wall[20, :21] = False
    velocity = np.where(wall, 1.0, np.nan)
    times = np.full(wall.shape, np.nan)
    times[wall] = activation_times(wall, velocity, (10, 5, 3), 3.0, 1.0)
    assert times[30, 5, 3] == pytest.approx(2 * np.hypot(10, 16) - 3, rel=0.05)


def test_order_of_voxels_is_that_of_the_mask():
    wall = np.zeros((12, 10, 8), bool)
    wall[1:11, 2:9, 3:7] = True
    site = (2, 3, 4)
    times = activation_times(wall, np.ones(wall.shape), site, 2.0, 1.0)
    truth = np.maximum(np.linalg.norm(np.argwhere(wall) - site, axis=1) - 2, 0)
    assert np.corrcoef(times, truth)[0, 1] > 0.999


def test_a_wall_inside_the_pacing_zone_is_activated_at_once():
    wall = np.zeros((5, 5, 5), bool)
    wall[2, 2, 1:4] = True
    np.testing.assert_array_equal(activation_times(wall, np.ones(wall.shape), (2, 2, 2), 3.0, 1.0), [0, 0, 0])


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_velocities_that_do_not_conduct_are_refused_and_counted(value):
    wall = np.ones((6, 6, 6), bool)
    velocity = np.ones(wall.shape)
    velocity[4, 4, :3] = value
    with pytest.raises(EikonalError, match="3 wall voxels have a velocity that is not positive"):
        activation_times(wall, velocity, (1, 1, 1), 1.5, 1.0)


def test_a_pacing_zone_outside_the_wall_is_refused():
    wall = np.zeros((12, 6, 6), bool)
    wall[:3] = True
    with pytest.raises(EikonalError, match=r"no wall voxel within 2\.5 mm of the pacing site"):
        activation_times(wall, np.ones(wall.shape), (9, 3, 3), 2.5, 1.0)


@pytest.mark.parametrize("gap", [(5, slice(None)), (slice(5, 8), slice(None))], ids=["one voxel", "three"])
def test_a_part_that_the_wave_cannot_reach_is_refused_and_counted(gap):
    wall = np.ones((12, 6, 6), bool)
    wall[gap] = False
    beyond = (wall.shape[0] - np.flatnonzero(~wall.all((1, 2))).max() - 1) * 36
    with pytest.raises(EikonalError, match=f"can't reach {beyond} of {wall.sum()} wall voxels"):
        activation_times(wall, np.ones(wall.shape), (2, 3, 3), 1.5, 1.0)


def test_a_wave_does_not_pass_between_voxels_that_touch_at_an_edge():
    wall = np.zeros((8, 8, 3), bool)
    wall[:4, :4] = wall[4:, 4:] = True
    with pytest.raises(EikonalError, match="can't reach 48 of 96"):
        activation_times(wall, np.ones(wall.shape), (1, 1, 1), 1.5, 1.0)


def test_a_part_that_the_wave_cannot_reach_is_counted_when_the_zone_fills_the_rest():
    wall = np.zeros((20, 5, 5), bool)
    wall[1:4, 1:4, 1:4] = wall[10:18, 1:4, 1:4] = True
    with pytest.raises(EikonalError, match="can't reach 72 of 99 wall voxels"):
        activation_times(wall, np.ones(wall.shape), (2, 2, 2), 4.0, 1.0)
