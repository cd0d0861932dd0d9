"""Inverse methods that take any heart, on a coarse phantom with electrodes all around the torso."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ecgi.anatomy.heart import to_patient
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.experiment import PHYSICS
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.inverse import registry
from ecgi.inverse.base import Heart
from ecgi.inverse.paced_beat_fit import Waves, misfit
from ecgi.inverse.refinement import Refinement, lowest_within, read_sources, together
from ecgi.inverse.search import PhysicsSearch
from ecgi.inverse.surface_nodes import spread_out, surface_nodes
from ecgi.physics import eikonal, electrodes, simulation
from ecgi.physics.lead_field import lead_field

SPACING = 3.0


@pytest.fixture(scope="module")
def heart():
    whole, _ = short_axis(make_phantom(1, SPACING), SPACING, True)
    places = electrodes.vest(whole.positions(whole.wall), 6, 12, 40.0, TorsoSettings().model_dump())
    field = lead_field(whole.wall, whole.affine, places, 0.2, 0.2)
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
    return to_patient(heart.anatomy.affine, sites), np.stack(waves)


@pytest.fixture(scope="module")
def nodes(heart):
    return surface_nodes(heart.anatomy, heart.lead_field, 300)


def test_the_config_knows_the_methods_by_name():
    assert set(PHYSICS) == set(registry.PHYSICS)


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
    maps = registry.PHYSICS[name].predict(heart.simulate(truth), heart, 1, 0)
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
    one, again, louder = (
        SEARCH.predict(clean + share * clean.std() * noise, heart, 8, 0) for share in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert one.std(0).mean() > found[:, :1].std(0).mean()
    assert louder.std(0).mean() == pytest.approx(2 * one.std(0).mean(), rel=0.2)


@pytest.fixture(scope="module")
def waves(heart):
    return Waves.on(heart.anatomy, 4.0, 4.0)


def several_sites(heart, waves, count):
    """Parameters of a beat from sites far apart, the second and third later, LV and RV of different speed."""
    places = waves.places.data[spread_out(waves.places.data, count)]
    onsets = [0.0, 12.0, 25.0][:count]
    sources = np.column_stack([places, onsets])
    return np.array([*sources.ravel(), np.log(0.5), np.log(0.65)])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sources_are_read_off_a_map(heart, waves, count):
    beat = several_sites(heart, waves, count)
    found = read_sources(waves.coarse_times(beat), waves, lowest_within(15.0, waves.places), 4)
    true, read = (parameters[:-2].reshape(-1, 4) for parameters in (beat, found))
    assert len(read) == count
    for source in true:
        nearest = read[np.linalg.norm(read[:, :3] - source[:3], axis=1).argmin()]
        assert np.linalg.norm(nearest[:3] - source[:3]) < 6
        assert abs(nearest[3] - source[3]) < 4
    assert np.exp(found[-2]) == pytest.approx(0.55, abs=0.1)


def test_no_more_sources_are_read_than_are_allowed(heart, waves):
    times = waves.coarse_times(several_sites(heart, waves, 3))
    assert len(read_sources(times, waves, lowest_within(15.0, waves.places), 2)) == 2 * 4 + 2


def test_a_refined_map_explains_the_recording_better_than_what_was_proposed(heart, waves):
    """The proposals are the truth smeared out and shifted by 2 ms on average."""
    truth = Waves.on(heart.anatomy, SPACING, 4.0).times(several_sites(heart, waves, 2))
    bsp = heart.simulate(truth)
    near = cKDTree(heart.anatomy.positions(heart.anatomy.wall)).query(
        heart.anatomy.positions(heart.anatomy.wall), 60
    )[1]
    proposed = np.stack([truth[near].mean(1) + shift for shift in (-6.0, 2.0, 10.0)])
    refined = Refinement(proposals=3).predict(bsp[None], heart, proposed[:, None], 20, 0)
    assert refined.shape == (20, 1, len(truth))
    before, after = (np.abs(maps.mean(0) - truth).mean() for maps in (proposed, refined[:, 0]))
    assert after < 0.8 * before
    again = Refinement(proposals=3).predict(bsp[None], heart, proposed[:, None], 20, 0)
    np.testing.assert_array_equal(refined, again)


def test_two_estimates_combine_as_gaussians_do():
    rng = np.random.default_rng(0)
    first = np.tile([50.0, 70.0], (2000, 1))
    second = [58.0, 62.0] + 4 * rng.normal(size=(2000, 2))
    maps = together(first, second, 0.25)
    np.testing.assert_allclose(maps.mean(0), [50 + 0.2 * 8, 70 - 0.2 * 8], atol=0.1)
    np.testing.assert_allclose(maps.std(0), 4 * np.sqrt(0.2), rtol=0.05)
    np.testing.assert_allclose(together(first, second[:7], 1e9)[:7], second[:7], atol=1e-3)
    np.testing.assert_array_equal(together(first, second, 0.0), first)


def test_the_misfit_is_the_share_of_energy_that_is_left_whatever_amplitude_and_noise(heart, beats):
    _, (one, other, _) = beats
    bsp = heart.simulate(one)
    assert misfit(3 * bsp, heart, one) < 1e-6
    noise = np.random.default_rng(0).normal(size=bsp.shape)
    noise *= 0.1 * np.linalg.norm(bsp) / np.linalg.norm(noise)
    assert misfit(bsp + noise, heart, one) < 0.001
    left = misfit(bsp, heart, other)
    assert 0.02 < left < 1.001
    assert misfit(bsp + noise, heart, other) == pytest.approx(left / 1.01, rel=0.02)


def test_the_mean_of_sites_is_the_same_whatever_the_recording(heart, beats):
    maps = registry.PHYSICS["mean_of_sites"].predict(heart.simulate(beats[1]), heart, 1, 0)
    assert maps.shape == (1, *beats[1].shape)
    assert (maps == maps[:, :1]).all()
    spread = np.abs(beats[1] - beats[1].mean(0)).mean()
    assert np.abs(maps[0] - beats[1]).mean() < 2 * spread
