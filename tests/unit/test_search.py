"""Paced beats that fit a recording, found by search on a coarse phantom."""

from copy import copy

import numpy as np
import pytest

from ecgi.core.errors import InputError
from ecgi.inverse.paced_beat_fit import apart, misfit
from ecgi.inverse.search import MeanOfSites, PhysicsSearch

SEARCH = PhysicsSearch(sites=60, velocities=(0.5, 0.7), starts=1).make()


@pytest.fixture(scope="module")
def found(patient, beats):
    return SEARCH.predict(patient.simulate(beats[1]), patient, 8, 0)


def test_the_search_finds_a_paced_beat_from_its_bsp(patient, beats, found):
    sites, truth = beats
    assert found.shape == (8, *truth.shape)
    assert np.abs(found.mean(0) - truth).mean() < 3
    places = patient.anatomy.positions(patient.anatomy.wall)
    for maps, site in zip(found.mean(0), sites, strict=True):
        earliest = places[maps <= maps.min() + 1].mean(0)
        assert np.linalg.norm(earliest - site) < 5


def test_the_search_needs_no_amplitude(patient, beats):
    truth = beats[1][:1]
    scaled = SEARCH.predict(2.5 * patient.simulate(truth), patient, 1, 0)
    assert np.abs(scaled - truth).mean() < 3


@pytest.mark.parametrize("noise", [0.03, 1.0])
def test_samples_of_the_search_follow_the_seed_and_spread_about_as_far_as_it_errs(patient, beats, noise):
    truth = beats[1][:1]
    clean = patient.simulate(truth)
    noisy = clean + noise * clean.std() * np.random.default_rng(0).standard_normal(clean.shape)
    one, again = (SEARCH.predict(noisy, patient, 8, 0) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one.mean(0) - truth).mean() < 2 * one.std(0).mean() < 15


def test_the_misfit_is_the_share_of_energy_that_is_left_whatever_amplitude_and_noise(patient, beats):
    _, (one, other, _) = beats
    bsp = patient.simulate(one)
    assert misfit(3 * bsp, patient, one) < 1e-6
    noise = np.random.default_rng(0).normal(size=bsp.shape)
    noise *= 0.1 * np.linalg.norm(bsp) / np.linalg.norm(noise)
    assert misfit(bsp + noise, patient, one) < 0.001
    left = misfit(bsp, patient, other)
    assert 0.02 < left < 1.001
    assert misfit(bsp + noise, patient, other) == pytest.approx(left / 1.01, rel=0.02)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_recordings_that_nothing_can_be_fitted_to_are_refused_in_one_line(patient, beats, value):
    bsp = patient.simulate(beats[1][:1])
    bsp[0, 3, 5] = value
    with pytest.raises(InputError, match="values that are not numbers"):
        SEARCH.predict(bsp, patient, 1, 0)
    with pytest.raises(InputError, match="all leads of the recording are the same"):
        SEARCH.predict(np.ones_like(bsp), patient, 1, 0)


def test_a_lead_field_or_a_map_that_is_not_a_number_is_refused_in_one_line(patient, beats):
    bsp = patient.simulate(beats[1][:1])
    times = beats[1][0].copy()
    times[7::9] = np.nan
    with pytest.raises(InputError, match="activation times are not numbers"):
        misfit(bsp[0], patient, times)
    broken = copy(patient)
    broken.__dict__.pop("simulate", None)
    broken.__dict__["_make_lead_field"] = lambda: np.full_like(patient.lead_field, np.nan)
    broken.__dict__.pop("lead_field", None)
    with pytest.raises(InputError, match="the lead field has values that are not numbers"):
        SEARCH.predict(bsp, broken, 1, 0)


def test_the_mean_of_sites_is_the_same_whatever_the_recording(patient, beats):
    maps = MeanOfSites().make().predict(patient.simulate(beats[1]), patient, 1, 0)
    assert maps.shape == (1, *beats[1].shape)
    assert (maps == maps[:, :1]).all()
    spread = np.abs(beats[1] - beats[1].mean(0)).mean()
    assert np.abs(maps[0] - beats[1]).mean() < 2 * spread


def test_fits_begin_from_the_best_places_that_are_apart():
    places = np.array([[0.0, 0, 0], [5, 0, 0], [30, 0, 0], [31, 0, 0], [90, 0, 0]])
    misfit = np.array([0.2, 0.1, 0.4, 0.3, 0.9])
    assert apart(places, misfit, 3, 20.0) == [1, 3, 4]
    assert apart(places, misfit, 2, 20.0) == [1, 3]
    assert apart(places, misfit, 9, 0.5) == [1, 0, 3, 2, 4]
