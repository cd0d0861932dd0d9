import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from ecgi.anatomy.geodesics import distances, stencil
from ecgi.core.errors import InputError
from ecgi.physics.eikonal import EikonalError, Source
from ecgi.physics.eikonal_anisotropic import activation_times

RADIUS, VELOCITY, RATIO = 4.0, 0.6, 2.5
SITE = np.array([9.2, 8.1, 7.4])
DIRECTIONS = {
    "x": (1, 0, 0),
    "diagonal": (0, 1, 1),
    "between": (3, 1, -2),
    "oblique": (0.2, 0.93, 0.37),
}


def constant(wall, direction):
    """The same unit direction in every wall voxel."""
    return np.tile(np.divide(direction, np.linalg.norm(direction)), (int(wall.sum()), 1))


def solved(wall, fibres, sources, ratio=RATIO, reach=2, spacing=1.0, velocity=VELOCITY):
    graph = stencil(wall, spacing, fibres, ratio, reach)
    return activation_times(graph, np.full(int(wall.sum()), velocity), sources)


def closed_form(wall, direction, site, ratio, spacing=1.0):
    """Times in a homogeneous box: the shortest way from any point of the zone's surface.

    Zone and metric are round about the fibre, so that a plane through it holds the shortest way.
    """
    direction = np.divide(direction, np.linalg.norm(direction))
    vector = (np.argwhere(wall) - site) * spacing
    along = np.abs(vector @ direction)[:, None]
    across = np.sqrt(np.maximum((vector**2).sum(1)[:, None] - along**2, 0))
    angle = np.linspace(0, np.pi / 2, 361)
    from_surface = np.hypot(along - RADIUS * np.cos(angle), ratio * (across - RADIUS * np.sin(angle)))
    inside = np.linalg.norm(vector, axis=1) <= RADIUS
    return np.where(inside, 0, from_surface.min(1)) / VELOCITY


@pytest.fixture(scope="module")
def box():
    return np.ones((24, 20, 18), bool)


def errors(wall, direction, reach, ratio=RATIO):
    times = solved(wall, constant(wall, direction), [Source(SITE, RADIUS, 0.0)], ratio, reach)
    return times - closed_form(wall, direction, SITE, ratio)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_wave_takes_the_analytic_time_for_any_direction_of_the_fibres(box, direction):
    error = errors(box, direction, reach=4)
    assert np.abs(error).mean() < 0.5
    assert np.abs(error).max() < 2.5


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_error_falls_with_reach(box, direction):
    first, second, third, fourth = (errors(box, direction, reach).mean() for reach in (1, 2, 3, 4))
    assert second < first / 2
    assert third < second
    assert fourth < third


def test_wave_is_never_early_in_a_homogeneous_wall(box):
    what_the_closed_form_leaves_out_between_its_angles = 0.05
    for reach in (1, 2, 3):
        early = -errors(box, DIRECTIONS["oblique"], reach).min()
        assert early < what_the_closed_form_leaves_out_between_its_angles


def test_ratio_1_is_the_isotropic_wave(box):
    times = {
        name: solved(box, constant(box, direction), [Source(SITE, RADIUS, 0.0)], ratio=1.0)
        for name, direction in DIRECTIONS.items()
    }
    distance = np.linalg.norm(np.argwhere(box) - SITE, axis=1)
    truth = np.maximum(distance - RADIUS, 0) / VELOCITY
    assert np.abs(times["x"] - truth).max() < 0.04 * truth.max()
    np.testing.assert_allclose(times["oblique"], times["x"], rtol=1e-5)


def test_wave_runs_along_fibres_faster_than_across_by_the_ratio():
    wall = np.ones((41, 41, 5), bool)
    times = solved(wall, constant(wall, (1, 0, 0)), [Source((20, 20, 2), RADIUS, 0.0)]).reshape(wall.shape)
    np.testing.assert_allclose(np.diff(times[26:, 20, 2]), 1 / VELOCITY, rtol=1e-5)
    np.testing.assert_allclose(np.diff(times[20, 26:, 2]), RATIO / VELOCITY, rtol=1e-5)
    assert times[40, 20, 2] == pytest.approx((20 - RADIUS) / VELOCITY)
    assert times[20, 40, 2] == pytest.approx((20 - RADIUS) * RATIO / VELOCITY)


@pytest.mark.parametrize("plane", [(0, 1), (1, 2), (2, 0)], ids=str)
def test_a_quarter_turn_turns_the_wave(plane):
    rng = np.random.default_rng(0)
    wall = np.ones((12, 12, 12), bool)
    fibres = rng.standard_normal((*wall.shape, 3))
    fibres /= np.linalg.norm(fibres, axis=-1, keepdims=True)
    matrix = np.eye(3)
    first, second = plane
    matrix[[first, second]] = matrix[[second, first]]
    matrix[first] *= -1
    turned = np.rot90(fibres, axes=plane) @ matrix.T
    site = np.array([3.0, 4.0, 5.0])
    turned_site = matrix @ (site - 5.5) + 5.5
    times = solved(wall, fibres.reshape(-1, 3), [Source(site, 2.0, 0.0)])
    turned_times = solved(wall, turned.reshape(-1, 3), [Source(turned_site, 2.0, 0.0)])
    np.testing.assert_allclose(
        turned_times.reshape(wall.shape), np.rot90(times.reshape(wall.shape), axes=plane), rtol=1e-5
    )


def test_signs_of_fibres_do_not_matter(box):
    fibres = np.random.default_rng(1).standard_normal((box.sum(), 3))
    fibres /= np.linalg.norm(fibres, axis=1, keepdims=True)
    flipped = fibres * np.random.default_rng(2).choice([-1, 1], (box.sum(), 1))
    source = [Source(SITE, RADIUS, 0.0)]
    np.testing.assert_array_equal(solved(box, fibres, source), solved(box, flipped, source))


def test_there_and_back_take_the_same_time():
    rng = np.random.default_rng(3)
    wall = rng.random((14, 13, 12)) < 0.9
    wall[:2] = wall[-2:] = wall[:, :2] = True
    fibres = rng.standard_normal((wall.sum(), 3))
    fibres /= np.linalg.norm(fibres, axis=1, keepdims=True)
    velocity = rng.uniform(0.2, 1.0, int(wall.sum()))
    graph = stencil(wall, 1.0, fibres, RATIO, 2)
    number = np.cumsum(wall).reshape(wall.shape) - 1
    here, there = (0, 0, 0), (13, 12, 11)
    out = activation_times(graph, velocity, [Source(here, 1e-6, 0.0)])[number[there]]
    back = activation_times(graph, velocity, [Source(there, 1e-6, 0.0)])[number[here]]
    assert out == pytest.approx(back, rel=1e-5)


def test_time_is_inverse_to_velocity_and_grows_with_the_size_of_the_heart(box):
    fibres = constant(box, DIRECTIONS["between"])
    once = solved(box, fibres, [Source(SITE, RADIUS, 0.0)])
    slow = solved(box, fibres, [Source(SITE, RADIUS, 0.0)], velocity=VELOCITY / 3)
    large = solved(box, fibres, [Source(SITE, 2 * RADIUS, 0.0)], spacing=2.0)
    np.testing.assert_allclose(slow, 3 * once)
    np.testing.assert_allclose(large, 2 * once)


def test_slow_tissue_thinner_than_a_line_is_not_jumped():
    wall = np.ones((24, 7, 7), bool)
    velocity = np.where((np.arange(24) == 14)[:, None, None], 0.01, 1.0) * wall
    graph = stencil(wall, 1.0, constant(wall, (1, 0, 0)), 1.0, 4)
    times = activation_times(graph, velocity[wall], [Source((4, 3, 3), 2.0, 0.0)]).reshape(wall.shape)
    assert times[20, 3, 3] == pytest.approx(16 - 2 - 1 + 1 / 0.01, rel=0.01)


@pytest.mark.parametrize("reach", [1, 2, 3, 4])
def test_a_wave_does_not_jump_a_gap(reach):
    wall = np.ones((12, 6, 6), bool)
    wall[5] = False
    with pytest.raises(EikonalError, match="can't reach 216 of 396 wall voxels"):
        solved(wall, constant(wall, (1, 1, 0)), [Source((2, 3, 3), 1.5, 0.0)], reach=reach)


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_a_wave_does_not_pass_between_voxels_that_touch_at_an_edge(reach):
    wall = np.zeros((8, 8, 3), bool)
    wall[:4, :4] = wall[4:, 4:] = True
    with pytest.raises(EikonalError, match="can't reach 48 of 96"):
        solved(wall, constant(wall, (1, 1, 0)), [Source((1, 1, 1), 1.5, 0.0)], reach=reach)


def test_a_wave_does_not_pass_between_voxels_that_touch_at_a_corner():
    wall = np.zeros((6, 6, 6), bool)
    wall[:3, :3, :3] = wall[3:, 3:, 3:] = True
    with pytest.raises(EikonalError, match="can't reach 27 of 54"):
        solved(wall, constant(wall, (1, 1, 1)), [Source((1, 1, 1), 1.5, 0.0)])


def test_a_wave_takes_a_diagonal_that_faces_lead_along():
    wall = np.zeros((12, 12, 1), bool)
    steps = np.arange(12)
    wall[steps, steps] = wall[steps[1:], steps[:-1]] = True
    times = solved(wall, constant(wall, (1, 0, 0)), [Source((0, 0, 0), 0.5, 0.0)], ratio=1.0, velocity=1.0)
    assert times[-1] == pytest.approx(11 * np.sqrt(2) - 0.5, rel=1e-5)


def test_wave_goes_around_what_does_not_conduct():
    wall = np.ones((41, 31, 7), bool)
    wall[20, :21] = False
    times = np.full(wall.shape, np.nan)
    times[wall] = solved(
        wall, constant(wall, (1, 0, 0)), [Source((10, 5, 3), 3.0, 0.0)], ratio=1.0, reach=3, velocity=1.0
    )
    assert times[30, 5, 3] == pytest.approx(2 * np.hypot(10, 16) - 3, rel=0.03)


def test_pacing_zones_are_activated_at_their_onsets_and_the_first_wave_counts(box):
    fibres = constant(box, DIRECTIONS["between"])
    early, late = Source((5, 5, 5), 3.0, 0.0), Source((19, 14, 12), 4.0, 7.0)
    both = solved(box, fibres, [early, late])
    each = [solved(box, fibres, [source]) for source in (early, late)]
    np.testing.assert_array_equal(both, np.minimum(*each))
    for source in (early, late):
        zone = np.linalg.norm(np.argwhere(box) - source.centre, axis=1) <= source.radius_mm
        np.testing.assert_array_equal(both[zone], source.onset_ms)
        np.testing.assert_array_equal(solved(box, fibres, [source]) == source.onset_ms, zone)


def test_a_zone_that_the_wave_has_passed_adds_nothing(box):
    fibres = constant(box, DIRECTIONS["x"])
    first, belated = Source((5, 5, 5), 3.0, 0.0), Source((19, 14, 12), 4.0, 1e3)
    np.testing.assert_array_equal(solved(box, fibres, [first, belated]), solved(box, fibres, [first]))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_velocities_that_do_not_conduct_are_refused_and_counted(box, value):
    velocity = np.ones(box.sum())
    velocity[5:8] = value
    graph = stencil(box, 1.0, constant(box, (1, 0, 0)), RATIO, 1)
    with pytest.raises(EikonalError, match="3 of 8640 wall voxels have a velocity that is not positive"):
        activation_times(graph, velocity, [Source(SITE, RADIUS, 0.0)])


def test_a_pacing_zone_outside_the_wall_is_refused():
    wall = np.zeros((12, 6, 6), bool)
    wall[:3] = True
    inside, outside = Source((1, 3, 3), 2.5, 0.0), Source((9, 3, 3), 2.5, 0.0)
    with pytest.raises(EikonalError, match=r"no wall voxel within 2\.5 mm of a pacing site"):
        solved(wall, constant(wall, (1, 0, 0)), [inside, outside])


@pytest.mark.parametrize("direction", [(0, 0, 0), (np.nan, 0, 1), (0, 2, 0)], ids=str)
def test_fibres_that_are_no_unit_vectors_are_refused_and_counted(box, direction):
    fibres = constant(box, (1, 0, 0))
    fibres[10:14] = direction
    with pytest.raises(InputError, match="4 wall voxels have a fibre direction that is no unit vector"):
        stencil(box, 1.0, fibres, RATIO, 1)


def test_ways_through_a_box_are_straight_and_around_a_gap_longer():
    wall = np.ones((11, 11, 5), bool)
    positions, starts = np.argwhere(wall), np.array([0, 300])
    straight = 2.0 * np.linalg.norm(positions[starts][:, None] - positions, axis=-1)
    ways = distances(wall, 2.0, starts)
    assert (ways >= straight - 1e-3).all()
    assert ((ways - straight) / np.maximum(straight, 1)).max() < 0.06
    wall[5, :9] = False
    positions = np.argwhere(wall)
    (way,) = distances(wall, 2.0, [0])
    across = (positions == [10, 0, 0]).all(1).argmax()
    assert way[across] == pytest.approx(2 * 2 * np.hypot(5, 9), rel=0.03)


def test_ways_are_the_shortest_of_the_graph():
    wall = np.random.default_rng(1).random((9, 8, 7)) < 0.7
    graph = stencil(wall, 2.0, constant(wall, (1, 0, 0)), 1.0, 2)
    start, line = np.nonzero(np.isfinite(graph.lengths))
    ends = graph.number[graph.at[start] + graph.steps[line]]
    size = (len(graph.at), len(graph.at))
    lines = coo_array((graph.lengths[start, line].astype(float), (start, ends)), size)
    starts = [0, len(graph.at) // 2]
    np.testing.assert_allclose(
        distances(wall, 2.0, starts), dijkstra(lines.tocsr(), directed=False, indices=starts), rtol=1e-6
    )


def test_no_path_leads_to_another_piece_of_the_wall():
    wall = np.zeros((6, 3, 3), bool)
    wall[[0, 1, 4]] = True
    (way,) = distances(wall, 1.0, [0])
    np.testing.assert_array_equal(np.isfinite(way), np.argwhere(wall)[:, 0] < 2)
