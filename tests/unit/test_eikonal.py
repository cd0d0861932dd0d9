import numpy as np
import pytest

from ecgi.anatomy.heart import WALL, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.physics.eikonal import EikonalError, Source, activation_times, conducting_domain

RADIUS, VELOCITY = 6.0, 0.6


def paced(wall, velocity, site, radius_mm, spacing_mm):
    """Times of a single-site beat; `velocity` is one number or has the shape of `wall`."""
    speed = np.broadcast_to(velocity, wall.shape)[wall]
    return activation_times(conducting_domain(wall, spacing_mm), speed, [Source(site, radius_mm)])


def box(spacing):
    """A homogeneous box with the pacing zone off the voxel centres, and its times in closed form."""
    wall = np.ones(np.array([48, 24, 30]) // int(spacing), bool)
    site = np.array([14.3, 11.9, 9.7]) / spacing
    distance = np.linalg.norm((np.argwhere(wall) - site) * spacing, axis=1)
    return wall, site, np.maximum(distance - RADIUS, 0) / VELOCITY


def solved(spacing):
    wall, site, truth = box(spacing)
    return paced(wall, VELOCITY, site, RADIUS, spacing), truth


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
    slow, fast = (paced(small_heart.wall, velocity, site, 5.0, 3.0) for velocity in (0.3, 0.9))
    np.testing.assert_allclose(slow, 3 * fast, rtol=1e-6)


def test_time_grows_with_the_size_of_the_heart():
    wall, site, _ = box(2.0)
    small, large = (paced(wall, 1.0, site, 3 * spacing, spacing) for spacing in (1.0, 2.0))
    np.testing.assert_allclose(large, 2 * small, rtol=1e-6)


def test_pacing_zone_is_activated_at_0_and_nothing_else(heart):
    velocity = np.choose(np.isin(heart.labels, Tissue.RV_WALL), (0.7, 0.5))
    for site in np.argwhere(heart.wall)[::4000]:
        times = paced(heart.wall, velocity, site, 5.0, 2.0)
        zone = np.linalg.norm(np.argwhere(heart.wall) - site, axis=1) * 2.0 <= 5.0
        np.testing.assert_array_equal(times == 0, zone)


def test_wave_is_no_faster_than_the_fastest_tissue_and_no_slower_than_the_slowest():
    wall, site, _ = box(2.0)
    velocity = np.random.default_rng(0).uniform(0.2, 1.0, wall.shape)
    times = paced(wall, velocity, site, RADIUS, 2.0)
    distance = np.maximum(np.linalg.norm((np.argwhere(wall) - site) * 2.0, axis=1) - RADIUS, 0)
    half_a_voxel = 1.0
    assert (times > distance / 1.0 - 0.1).all()
    assert (times < (distance + half_a_voxel) / 0.2).all()


def test_velocity_changes_at_the_border_of_a_tissue():
    wall = np.ones((40, 24, 24), bool)
    velocity = np.where(np.arange(40)[:, None, None] < 20, 1.0, 0.25) * wall
    times = paced(wall, velocity, (8, 12, 12), 4.0, 1.0).reshape(wall.shape)
    straight_ahead = np.diff(times[:, 12, 12])
    np.testing.assert_allclose(straight_ahead[13:18], 1.0, rtol=0.02)
    np.testing.assert_allclose(straight_ahead[25:], 4.0, rtol=0.02)
    assert times[39, 12, 12] == pytest.approx(19.5 - 8 - 4 + 4 * 19.5, rel=0.03)


def test_wave_goes_around_what_does_not_conduct():
    wall = np.ones((45, 31, 7), bool)
    wall[20:25, :21] = False
    times = np.full(wall.shape, np.nan)
    times[wall] = paced(wall, np.where(wall, 1.0, np.nan), (10, 5, 3), 3.0, 1.0)
    assert times[34, 5, 3] == pytest.approx(2 * np.hypot(9.5, 15.5) + 5 - 3, rel=0.04)


def test_order_of_voxels_is_that_of_the_mask():
    wall = np.zeros((12, 10, 8), bool)
    wall[1:11, 2:9, 3:7] = True
    site = (2, 3, 4)
    times = paced(wall, 1.0, site, 2.0, 1.0)
    truth = np.maximum(np.linalg.norm(np.argwhere(wall) - site, axis=1) - 2, 0)
    assert np.corrcoef(times, truth)[0, 1] > 0.999


def test_a_wall_inside_the_pacing_zone_is_activated_at_once():
    wall = np.zeros((5, 5, 5), bool)
    wall[2, 2, 1:4] = True
    np.testing.assert_array_equal(paced(wall, 1.0, (2, 2, 2), 3.0, 1.0), [0, 0, 0])


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_velocities_that_do_not_conduct_are_refused_and_counted(value):
    wall = np.ones((6, 6, 6), bool)
    velocity = np.ones(wall.shape)
    velocity[4, 4, :3] = value
    with pytest.raises(EikonalError, match="3 of 216 wall voxels have a velocity that is not positive"):
        paced(wall, velocity, (1, 1, 1), 1.5, 1.0)


def test_a_pacing_zone_outside_the_wall_is_refused():
    wall = np.zeros((12, 6, 6), bool)
    wall[:3] = True
    with pytest.raises(EikonalError, match=r"no wall voxel within 2\.5 mm of a pacing site"):
        paced(wall, 1.0, (9, 3, 3), 2.5, 1.0)


@pytest.mark.parametrize("gap", [(5, slice(None)), (slice(5, 8), slice(None))], ids=["one voxel", "three"])
def test_a_part_that_the_wave_cannot_reach_is_refused_and_counted(gap):
    wall = np.ones((12, 6, 6), bool)
    wall[gap] = False
    beyond = (wall.shape[0] - np.flatnonzero(~wall.all((1, 2))).max() - 1) * 36
    with pytest.raises(EikonalError, match=f"can't reach {beyond} of {wall.sum()} wall voxels"):
        paced(wall, 1.0, (2, 3, 3), 1.5, 1.0)


def test_a_wave_does_not_pass_between_voxels_that_touch_at_an_edge():
    wall = np.zeros((8, 8, 3), bool)
    wall[:4, :4] = wall[4:, 4:] = True
    with pytest.raises(EikonalError, match="can't reach 48 of 96"):
        paced(wall, 1.0, (1, 1, 1), 1.5, 1.0)


def test_a_part_that_the_wave_cannot_reach_is_counted_when_the_zone_fills_the_rest():
    wall = np.zeros((20, 5, 5), bool)
    wall[1:4, 1:4, 1:4] = wall[10:18, 1:4, 1:4] = True
    with pytest.raises(EikonalError, match="can't reach 72 of 99 wall voxels"):
        paced(wall, 1.0, (2, 2, 2), 4.0, 1.0)


def test_two_sources_give_the_minimum_of_both_with_their_onsets(small_heart):
    domain = conducting_domain(small_heart.wall, 3.0)
    velocity = np.full(small_heart.wall.sum(), 0.6)
    near, far = (np.argwhere(small_heart.wall)[at] for at in (50, -50))
    first, second = Source(near, 5.0), Source(far, 5.0, 17.0)
    alone = [activation_times(domain, velocity, [source]) for source in (first, second)]
    together = activation_times(domain, velocity, [first, second])
    np.testing.assert_allclose(together, np.minimum(*alone), atol=1e-9)
    assert together.min() == 0
    assert 0 < (together == alone[1]).mean() < 1


def test_sources_of_one_onset_start_together():
    wall, site, _ = box(2.0)
    other = site + np.array([8, 0, 0])
    domain = conducting_domain(wall, 2.0)
    times = activation_times(
        domain, np.full(wall.size, VELOCITY), [Source(site, RADIUS), Source(other, RADIUS)]
    )
    nearest = np.minimum(*(np.linalg.norm((np.argwhere(wall) - at) * 2.0, axis=1) for at in (site, other)))
    truth = np.maximum(nearest - RADIUS, 0) / VELOCITY
    assert np.abs(times - truth).mean() < 0.02 * truth.max()


def test_refraction_makes_the_head_wave_of_a_fast_layer_arrive_first():
    """Slow layer of thickness d over a fast one: beyond the crossover the head wave comes first,

    at x / v2 + 2 d cos(i) / v1 with sin(i) = v1 / v2 for source and receiver on the slow side.
    """
    slow, fast, depth = 0.3, 0.9, 10.0
    wall = np.ones((120, 9, 40), bool)
    velocity = np.where(np.arange(40) * 1.0 + 0.5 < depth, slow, fast) * np.ones(wall.shape)
    times = np.full(wall.shape, np.nan)
    radius = 2.0
    times[wall] = paced(wall, velocity, (5, 4, 0), radius, 1.0)
    at = np.arange(60, 110)
    incidence = np.arcsin(slow / fast)
    head = (at - 5) / fast + 2 * (depth - 0.5) * np.cos(incidence) / slow - radius / slow
    direct = (at - 5 - radius) / slow
    assert (head < direct).all()
    np.testing.assert_allclose(times[at, 4, 0], head, rtol=0.03)


def shell(spacing, inner=20.0, outer=28.0, radius=3.0):
    """A spherical shell, its pacing site, and the time of a wave of 1 mm/ms in closed form.

    The shortest way runs straight where the cavity does not stand in it; else along the two
    tangents and the arc between them.
    """
    reach = np.arange(-30.0 + spacing / 2, 30.0, spacing)
    positions = np.stack(np.meshgrid(reach, reach, reach, indexing="ij"), -1)
    wall = (np.linalg.norm(positions, axis=-1) >= inner) & (np.linalg.norm(positions, axis=-1) < outer)
    start = np.array([inner + 0.54 * (outer - inner), 0.2, -0.1])
    here = positions[wall]
    far, near = np.linalg.norm(here, axis=1), np.linalg.norm(start)
    angle = np.arccos(np.clip(here @ start / (far * near), -1, 1))
    hidden = angle - np.arccos(inner / near) - np.arccos(np.minimum(inner / far, 1))
    around = np.sqrt(near**2 - inner**2) + np.sqrt(np.maximum(far**2 - inner**2, 0)) + inner * hidden
    distance = np.where(hidden > 0, around, np.linalg.norm(here - start, axis=1))
    return wall, (start - reach[0]) / spacing, np.maximum(distance - radius, 0)


def test_the_rim_halves_what_voxels_cost_on_a_shell():
    for spacing in (1.0, 2.0):
        wall, site, truth = shell(spacing)
        domain = conducting_domain(wall, spacing)
        bare = domain._replace(conducting=domain.wall, velocity_voxel=np.arange(wall.sum()))
        velocity, sources = np.ones(wall.sum()), [Source(site, 3.0)]
        moved, unmoved = (
            np.abs(activation_times(where, velocity, sources) - truth).mean() for where in (domain, bare)
        )
        assert moved < unmoved / 2


def test_the_rim_neither_bridges_a_gap_nor_is_thicker_than_a_voxel():
    wall = np.zeros((30, 20, 20), bool)
    wall[4:10] = wall[12:18] = True
    conducting = np.zeros(wall.shape, bool)
    domain = conducting_domain(wall, 1.0)
    conducting[domain.box] = domain.conducting
    assert not conducting[10:12].any()
    assert (conducting.sum((1, 2)) > 0).sum() <= 14


def test_the_rim_has_the_velocity_of_the_wall_beside_it(heart):
    domain = conducting_domain(heart.wall, 2.0)
    tissues = heart.labels[heart.wall][domain.velocity_voxel]
    here = heart.labels[domain.box][domain.conducting]
    own = np.isin(here, WALL)
    np.testing.assert_array_equal(tissues[own], here[own])
    assert 0 < (~own).mean() < 0.5


def test_error_on_a_biventricular_wall_is_small_against_the_same_wall_on_fine_voxels():
    """A voxel of 2 mm cut into 27: the same domain, solved on a grid three times as fine."""
    heart = make_phantom(3, 2.0)
    wall = heart.wall
    fine = np.kron(wall, np.ones((3, 3, 3), bool))
    site = np.argwhere(wall)[4000]
    times = paced(wall, 0.6, site, 6.0, 2.0)
    reference = np.zeros(fine.shape)
    reference[fine] = paced(fine, 0.6, site * 3 + 1, 6.0, 2.0 / 3)
    error = np.abs(times - reference[1::3, 1::3, 1::3][wall])
    assert error.mean() < 1.5
    assert error.max() < 5.0
