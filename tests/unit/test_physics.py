"""Inverse methods that take any heart, on a coarse phantom with electrodes all around the torso."""

import numpy as np
import pytest

from ecgi import anatomy, dipole, eikonal, electrodes, simulation
from ecgi.config import PHYSICS
from ecgi.inverse import physics
from ecgi.inverse.heart import Heart
from ecgi.inverse.nodes import surface_nodes
from ecgi.inverse.search import PhysicsSearch
from ecgi.phantom import make_phantom
from ecgi.settings import ActionPotentialSettings, TorsoSettings

SPACING = 3.0


@pytest.fixture(scope="module")
def heart():
    whole, _ = anatomy.short_axis(make_phantom(1, SPACING), SPACING, True)
    places = electrodes.vest(whole.positions(whole.wall), 6, 12, 40.0, TorsoSettings().model_dump())
    field = dipole.lead_field(whole.wall, whole.affine, places, 0.2, 0.2)
    sampling = {"samples": 512, "time_step_ms": 1.0, "averaged": 4}
    times, simulate = simulation.bsp_solver(whole, field, ActionPotentialSettings().model_dump(), sampling)
    return Heart("phantom", whole, places, field, times, simulate)


@pytest.fixture(scope="module")
def beats(heart):
    """Sites, and activation times of the waves from them."""
    walls = np.argwhere(heart.anatomy.wall)
    sites = walls[[100, len(walls) // 2, -200]]
    domain = eikonal.conducting_domain(heart.anatomy.wall, SPACING)
    speed = np.full(len(walls), 0.55)
    waves = [eikonal.activation_times(domain, speed, [eikonal.Source(site, 5.0)]) for site in sites]
    return anatomy.to_patient(heart.anatomy.affine, sites), np.stack(waves)


@pytest.fixture(scope="module")
def nodes(heart):
    return surface_nodes(heart.anatomy, heart.lead_field, 300)


def test_the_config_knows_the_methods_by_name():
    assert set(PHYSICS) == set(physics.PHYSICS)


def test_a_uniform_potential_of_the_nodes_is_not_seen_outside(nodes):
    assert np.abs(nodes.field.sum(1)).max() < 1e-4 * np.abs(nodes.field).sum(1).max()


def test_nodes_carry_what_the_wall_carries(heart, nodes):
    """A potential that varies slowly over the heart gives the same at the electrodes either way."""
    places = heart.anatomy.positions(heart.anatomy.wall)
    for axis in range(3):
        exact = places[:, axis] @ heart.lead_field
        by_nodes = nodes.field @ nodes.positions[:, axis]
        assert np.linalg.norm(by_nodes - exact) < 0.15 * np.linalg.norm(exact)


def test_neighbours_lie_on_one_side_of_the_wall(nodes):
    joined = np.argwhere(nodes.laplacian < 0)
    distance = np.linalg.norm(np.diff(nodes.positions[joined], axis=1), axis=-1)
    np.testing.assert_array_equal(nodes.laplacian, nodes.laplacian.T)
    np.testing.assert_allclose(nodes.laplacian.sum(1), 0)
    assert distance.max() < 30


def test_values_at_the_nodes_are_kept_between_them(heart, nodes):
    np.testing.assert_allclose(nodes.to_wall.sum(1), 1)
    places = heart.anatomy.positions(heart.anatomy.wall)
    assert np.abs(nodes.to_wall @ nodes.positions - places).mean() < 3


@pytest.mark.parametrize("name", ["tikhonov", "tsvd", "greensite"])
def test_classical_methods_find_the_order_of_activation(heart, beats, name):
    _, truth = beats
    maps = physics.PHYSICS[name].predict(heart.simulate(truth), heart, 1, 0)
    assert maps.shape == (1, *truth.shape)
    correlation = [np.corrcoef(found, true)[0, 1] for found, true in zip(maps[0], truth, strict=True)]
    assert min(correlation) > 0.75


SEARCH = PhysicsSearch(sites=60, velocities=(0.5, 0.7), starts=1)


@pytest.fixture(scope="module")
def found(heart, beats):
    return SEARCH.predict(heart.simulate(beats[1]), heart, 8, 0)


def test_the_search_finds_a_paced_beat_from_its_bsp(heart, beats, found):
    sites, truth = beats
    assert found.shape == (8, *truth.shape)
    assert np.abs(found.mean(0) - truth).mean() < 3
    places = heart.anatomy.positions(heart.anatomy.wall)
    for maps, site in zip(found.mean(0), sites, strict=True):
        earliest = places[maps <= maps.min() + 1].mean(0)
        assert np.linalg.norm(earliest - site) < 5


def test_the_search_needs_no_amplitude(heart, beats):
    truth = beats[1][:1]
    scaled = SEARCH.predict(2.5 * heart.simulate(truth), heart, 1, 0)
    assert np.abs(scaled - truth).mean() < 3


def test_draws_of_the_search_follow_the_seed_and_spread_with_noise(heart, beats, found):
    clean = heart.simulate(beats[1][:1])
    noise = np.random.default_rng(0).standard_normal(clean.shape)
    noisy = clean + 0.5 * clean.std() * noise
    one, again = (SEARCH.predict(noisy, heart, 8, 0) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert one.std(0).mean() > found[:, :1].std(0).mean()
