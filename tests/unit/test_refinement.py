"""Sources that are read off a map, and proposals and fit combined, on a coarse phantom."""

from dataclasses import dataclass

import numpy as np
import patients
import pytest
from scipy.spatial import cKDTree

from ecgi.anatomy.interpolation import spread_out
from ecgi.core.errors import InputError
from ecgi.inverse.paced_beat_fit import EVALUATIONS, Waves, best_fit, fit, single_site
from ecgi.inverse.refinement import Refinement, lowest_within, read_sources, together


@pytest.fixture(scope="module")
def waves(patient):
    return Waves.on(patient.anatomy, 4.0, 4.0)


@dataclass
class Proposer:
    """A method that knows its maps beforehand, shape (sample, beat, voxel)."""

    maps: np.ndarray

    def predict(self, bsp, patient, samples, seed):
        return self.maps


def several_sites(patient, waves, count):
    """Parameters of a beat from sites far apart, the second and third later, LV and RV of different speed."""
    places = waves.places.data[spread_out(waves.places.data, count)]
    onsets = [0.0, 12.0, 25.0][:count]
    sources = np.column_stack([places, onsets])
    return np.array([*sources.ravel(), np.log(0.5), np.log(0.65)])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sources_are_read_off_a_map(patient, waves, count):
    beat = several_sites(patient, waves, count)
    found = read_sources(waves.coarse_times(beat), waves, lowest_within(15.0, waves.places), 4)
    true, read = (parameters[:-2].reshape(-1, 4) for parameters in (beat, found))
    assert len(read) == count
    for source in true:
        nearest = read[np.linalg.norm(read[:, :3] - source[:3], axis=1).argmin()]
        assert np.linalg.norm(nearest[:3] - source[:3]) < 6
        assert abs(nearest[3] - source[3]) < 4
    assert np.exp(found[-2]) == pytest.approx(0.55, abs=0.1)


def test_no_more_sources_are_read_than_are_allowed(patient, waves):
    times = waves.coarse_times(several_sites(patient, waves, 3))
    assert len(read_sources(times, waves, lowest_within(15.0, waves.places), 2)) == 2 * 4 + 2


def test_a_refined_map_explains_the_recording_better_than_what_was_proposed(patient, waves):
    """The proposals are the truth smeared out and shifted by 2 ms on average."""
    truth = Waves.on(patient.anatomy, patients.SPACING, 4.0).times(several_sites(patient, waves, 2))
    bsp = patient.simulate(truth)
    near = cKDTree(patient.anatomy.positions(patient.anatomy.wall)).query(
        patient.anatomy.positions(patient.anatomy.wall), 60
    )[1]
    proposed = np.stack([truth[near].mean(1) + shift for shift in (-6.0, 2.0, 10.0)])
    proposed[:, ::50] = np.nan
    method = Refinement(proposer="known", proposals=3).make(proposer=Proposer(proposed[:, None]))
    refined = method.predict(bsp[None], patient, 20, 0)
    assert refined.shape == (20, 1, len(truth))
    before, after = (np.nanmean(np.abs(maps.mean(0) - truth)) for maps in (proposed, refined[:, 0]))
    assert after < 0.8 * before
    assert np.isfinite(refined).all()
    np.testing.assert_array_equal(refined, method.predict(bsp[None], patient, 20, 0))


def test_a_refinement_without_a_proposer_is_refused():
    with pytest.raises(InputError, match="a refinement needs lifted, whose maps it refines"):
        Refinement(proposer="lifted").make()


def test_proposals_without_finite_times_are_refused_in_one_line(patient, waves):
    bsp = patient.simulate(waves.times(several_sites(patient, waves, 1)))
    nothing = np.full((3, 1, patient.anatomy.wall.sum()), np.nan, np.float32)
    method = Refinement(proposer="broken").make(proposer=Proposer(nothing))
    with pytest.raises(InputError, match="broken proposes maps without any finite time"):
        method.predict(bsp[None], patient, 3, 0)


def test_a_fit_moves_from_a_beat_that_is_anticorrelated_with_the_recording_and_says_if_that_is_all(
    patient, waves, capsys, monkeypatch
):
    place = waves.places.data[len(waves.places.data) // 2]
    start = single_site(place, 0.55)
    upside_down = -patient.simulate(waves.times(start))
    found = fit(upside_down, patient, waves, start, 8)
    assert np.linalg.norm(found.parameters[:3] - place) > 3
    assert found.fun @ found.fun < 3.9
    assert np.isfinite(found.times).all()
    for part in EVALUATIONS:
        monkeypatch.setitem(EVALUATIONS, part, 1)
    best_fit(upside_down, patient, waves, waves, [start])
    assert "warning: no beat that was tried correlates with the recording" in capsys.readouterr().out


def test_two_estimates_combine_as_gaussians_do():
    rng = np.random.default_rng(0)
    first = np.tile([50.0, 70.0], (2000, 1))
    second = [58.0, 62.0] + 4 * rng.normal(size=(2000, 2))
    maps = together(first, second, 0.25)
    np.testing.assert_allclose(maps.mean(0), [50 + 0.2 * 8, 70 - 0.2 * 8], atol=0.1)
    np.testing.assert_allclose(maps.std(0), 4 * np.sqrt(0.2), rtol=0.05)
    np.testing.assert_allclose(together(first, second[:7], 1e9)[:7], second[:7], atol=1e-3)
    np.testing.assert_array_equal(together(first, second, 0.0), first)
