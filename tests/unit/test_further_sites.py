"""Beats of two sites, and beats of one that a wrong conductor leaves unexplained, on a coarse phantom."""

import numpy as np
import pytest

from ecgi.anatomy.interpolation import spread_out
from ecgi.anatomy.torso import Region, Torso
from ecgi.anatomy.torso_shapes import hull
from ecgi.inverse import further_sites
from ecgi.inverse.further_sites import with_further_sites
from ecgi.inverse.paced_beat_fit import Waves, best_fit, single_site, smooth_energy
from ecgi.physics.electrodes import referenced
from ecgi.physics.lead_field import lead_field_in
from ecgi.physics.torso_conductor import bounded


@pytest.fixture(scope="module", autouse=True)
def few():
    """Fewer sites, so that the tests take seconds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(further_sites, "SITES", 30)
        yield


@pytest.fixture(scope="module")
def waves(patient):
    return Waves.on(patient.anatomy, 4.0, 4.0)


@pytest.fixture(scope="module")
def sites(waves):
    """Two places far apart."""
    places = waves.places.data
    return places[spread_out(places, 5)[1::2]]


def fits(patient, waves, recorded, places):
    """The best beat of one site, and that with as many as the recording asks for."""
    recorded = referenced(recorded, axis=0)
    starts = [single_site(place, 0.6) for place in places]
    alone = best_fit(recorded, patient, waves, waves, starts)
    return alone, with_further_sites(recorded, patient, waves, waves, alone, 3)


def test_a_beat_of_two_sites_is_fitted_by_two_and_far_better(patient, waves, sites):
    beat = np.array([*sites[0], 0.0, *sites[1], 15.0, np.log(0.6), np.log(0.6)])
    times = waves.times(beat)
    alone, found = fits(patient, waves, patient.simulate(times).astype(float), sites)
    assert len(found.parameters) == len(beat)
    assert found.cost < 0.5 * alone.cost
    off, off_alone = (np.abs(one.times - times).mean() for one in (found, alone))
    assert off < 0.8 * off_alone, (off, off_alone)


def test_a_beat_of_one_site_in_another_conductor_keeps_one(patient, waves, sites):
    wall = patient.anatomy.positions(patient.anatomy.wall)
    torso = Torso((Region("skin", hull(patient.electrodes, wall, nodes=300), 0.2),))
    conductor = bounded(torso, patient.anatomy, 0.2)
    field = lead_field_in(conductor, patient.anatomy.wall, patient.anatomy.affine, patient.electrodes, 0.2)
    times = waves.times(single_site(sites[0], 0.6))
    recorded = patient.simulator(patient.anatomy, field)(times).astype(float)
    alone, found = fits(patient, waves, recorded, sites)
    assert smooth_energy(alone.residual) > further_sites.EXPLAINED
    assert found is alone
