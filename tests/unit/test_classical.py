"""Potentials on the surface of a coarse phantom's wall, and activation times from their course."""

import numpy as np
import pytest

from ecgi.inverse import registry
from ecgi.inverse.surface_nodes import surface_nodes


@pytest.fixture(scope="module")
def nodes(patient):
    return surface_nodes(patient.anatomy, patient.lead_field, 300)


def test_a_uniform_potential_of_the_nodes_gives_nothing_at_the_electrodes(nodes):
    assert np.abs(nodes.field.sum(1)).max() < 1e-4 * np.abs(nodes.field).sum(1).max()


def test_nodes_carry_what_the_wall_carries(patient, nodes):
    """A potential that varies slowly over the heart gives the same at the electrodes either way."""
    places = patient.anatomy.positions(patient.anatomy.wall)
    for axis in range(3):
        exact = places[:, axis] @ patient.lead_field
        by_nodes = nodes.field @ nodes.positions[:, axis]
        assert np.linalg.norm(by_nodes - exact) < 0.15 * np.linalg.norm(exact)


def test_neighbours_lie_on_one_side_of_the_wall(nodes):
    joined = np.argwhere(nodes.laplacian < 0)
    distance = np.linalg.norm(np.diff(nodes.positions[joined], axis=1), axis=-1)
    np.testing.assert_array_equal(nodes.laplacian, nodes.laplacian.T)
    np.testing.assert_allclose(nodes.laplacian.sum(1), 0)
    assert distance.max() < 30


def test_values_at_the_nodes_are_kept_between_them(patient, nodes):
    np.testing.assert_allclose(nodes.to_wall.sum(1), 1)
    places = patient.anatomy.positions(patient.anatomy.wall)
    assert np.abs(nodes.to_wall @ nodes.positions - places).mean() < 3


@pytest.mark.parametrize("name", ["tikhonov", "tsvd", "greensite"])
def test_classical_methods_find_the_order_of_activation(patient, beats, name):
    _, truth = beats
    maps = registry.kind(name)().make().predict(patient.simulate(truth), patient, 1, 0)
    assert maps.shape == (1, *truth.shape)
    correlation = [np.corrcoef(found, true)[0, 1] for found, true in zip(maps[0], truth, strict=True)]
    assert min(correlation) > 0.7
