import numpy as np
import pytest

from ecgi.anatomy.interpolation import NEIGHBOURS, at_points, fill_wall, inverse_distance_weights

NODES = np.random.default_rng(0).uniform(0, 50, (60, 3))
POINTS = np.random.default_rng(1).uniform(0, 50, (20, 3))


@pytest.mark.parametrize(("neighbours", "power"), [(1, 1.0), (6, 2.0), (60, 1.0), (100, 1.0)])
def test_weights_fall_with_a_power_of_the_distance_to_the_nearest_nodes(neighbours, power):
    weights = inverse_distance_weights(POINTS, NODES, neighbours, power).toarray()
    distance = np.linalg.norm(POINTS[:, None] - NODES, axis=2)
    farthest = np.sort(distance, 1)[:, [min(neighbours, len(NODES)) - 1]]
    expected = np.where(distance <= farthest, distance**-power, 0)
    np.testing.assert_allclose(weights, expected / expected.sum(1, keepdims=True), atol=1e-12)


def test_a_point_on_a_node_has_its_value():
    np.testing.assert_allclose(inverse_distance_weights(NODES, NODES).toarray(), np.eye(60), atol=1e-5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_values_at_points_and_in_gaps_are_the_weighted_ones(shape):
    values = np.random.default_rng(2).normal(size=(*shape, len(NODES)))
    weights = inverse_distance_weights(POINTS, NODES).toarray()
    np.testing.assert_allclose(at_points(POINTS, NODES, values), values @ weights.T)
    positions = np.concatenate([NODES, POINTS])
    gaps = np.concatenate([values, np.full((*shape, len(POINTS)), np.nan)], -1)
    filled = fill_wall(gaps, positions)
    np.testing.assert_array_equal(filled[..., : len(NODES)], values)
    np.testing.assert_array_equal(filled[..., len(NODES) :], at_points(POINTS, NODES, values))


def test_fewer_nodes_than_neighbours_all_count():
    few = NODES[: NEIGHBOURS - 3]
    assert (inverse_distance_weights(POINTS, few).toarray() > 0).all()
    np.testing.assert_allclose(at_points(POINTS, few[:1], np.array([7.0])), 7)
