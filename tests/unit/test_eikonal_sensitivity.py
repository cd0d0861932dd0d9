"""How activation times change, against closed forms in boxes and against waves computed again."""

import numpy as np
import pytest

from ecgi.physics import eikonal, eikonal_sensitivity

SPACING, RADIUS = 1.0, 4.0
WALL = np.ones((30, 24, 20), bool)
VOXELS = np.argwhere(WALL)


def solved(sources, velocity, tissue=None, tissues=1):
    """Times, and their derivatives by place, onset and velocity."""
    velocity = np.full(len(VOXELS), velocity) if np.ndim(velocity) == 0 else velocity
    times = eikonal.activation_times(eikonal.conducting_domain(WALL, SPACING), velocity, sources)
    tissue = np.zeros(len(VOXELS), int) if tissue is None else tissue
    near = eikonal_sensitivity.neighbours(WALL, SPACING)
    return times, eikonal_sensitivity.sensitivities(near, times, velocity, tissue, tissues, sources)


@pytest.mark.parametrize("site", [(6.3, 11.2, 9.7), (0, 0, 0)])
def test_a_site_that_moves_brings_the_wave_forward_where_it_moves_to(site):
    _, (by_position, by_onset, _) = solved([eikonal.Source(site, RADIUS)], 0.6)
    away = VOXELS - np.array(site)
    distance = np.linalg.norm(away, axis=1)
    outside = distance > RADIUS
    expected = -away[outside] / distance[outside][:, None] / 0.6
    error = np.abs(by_position[0, :, outside] - expected)
    assert error.mean() < 0.06
    assert error.max() < 0.4
    assert not by_position[0, :, ~outside].any()
    np.testing.assert_array_equal(by_onset, 1)


def test_a_wave_that_runs_faster_comes_earlier_by_the_time_it_took():
    times, (_, _, by_velocity) = solved([eikonal.Source((5, 5, 5), RADIUS)], 0.6)
    np.testing.assert_allclose(by_velocity[0], -times, atol=0.5)


def test_each_tissue_counts_for_the_time_that_the_wave_spent_in_it():
    tissue = (VOXELS[:, 0] >= 15).astype(int)
    velocity = np.where(tissue, 0.9, 0.5)
    source = [eikonal.Source((0, 12, 10), RADIUS)]
    times, (_, _, by_velocity) = solved(source, velocity, tissue, 2)
    np.testing.assert_allclose(by_velocity.sum(0), -times, atol=0.5)
    for number in (0, 1):
        faster = velocity * np.where(tissue == number, np.exp(0.02), 1.0)
        change = (solved(source, faster, tissue, 2)[0] - times) / 0.02
        assert np.linalg.norm(by_velocity[number] - change) < 0.08 * np.linalg.norm(change)


def test_onsets_count_where_their_wave_comes_first():
    sources = [eikonal.Source((4, 12, 10), RADIUS), eikonal.Source((25, 12, 10), RADIUS, 8.0)]
    _, (by_position, by_onset, _) = solved(sources, 0.6)
    first, second = (
        np.maximum(np.linalg.norm(VOXELS - source.centre, axis=1) - RADIUS, 0) / 0.6 + source.onset_ms
        for source in sources
    )
    clear = np.abs(first - second) > 4
    np.testing.assert_array_equal(by_onset[0, clear], (first < second)[clear])
    np.testing.assert_array_equal(by_onset.sum(0), 1)
    for number in (0, 1):
        assert not by_position[number][:, by_onset[number] == 0].any()


def test_a_wave_around_a_corner_points_to_where_it_set_out():
    """Behind a wall with a gap at one end, times change with the site as they do at the gap."""
    wall = np.ones((24, 24, 3), bool)
    wall[:18, 11:13] = False
    voxels = np.argwhere(wall)
    velocity = np.full(len(voxels), 0.6)
    domain = eikonal.conducting_domain(wall, SPACING)
    site = np.array([4.0, 4.0, 1.0])
    source = [eikonal.Source(site, RADIUS)]
    times = eikonal.activation_times(domain, velocity, source)
    by_position, _, _ = eikonal_sensitivity.sensitivities(
        eikonal_sensitivity.neighbours(wall, SPACING), times, velocity, np.zeros(len(voxels), int), 1, source
    )
    moved = [
        eikonal.activation_times(domain, velocity, [eikonal.Source(site + step, RADIUS)])
        for step in ([1, 0, 0], [-1, 0, 0])
    ]
    change = (moved[0] - moved[1]) / 2
    behind = (voxels[:, 1] > 14) & (voxels[:, 0] < 14)
    assert np.abs(by_position[0, 0, behind] - change[behind]).mean() < 0.15


def test_rays_that_meet_head_on_have_finite_derivatives():
    wall = np.ones((9, 9, 1), bool)
    wall[1:-1, 1:-1] = False
    zone = eikonal.Source((4, 0, 0), 1.0, 0.0)
    velocity = np.full(wall.sum(), 0.6)
    times = eikonal.activation_times(eikonal.conducting_domain(wall, 1.0), velocity, [zone])
    near = eikonal_sensitivity.neighbours(wall, 1.0)
    changes = eikonal_sensitivity.sensitivities(near, times, velocity, np.zeros(len(times), int), 1, [zone])
    assert all(np.isfinite(change).all() for change in changes)
