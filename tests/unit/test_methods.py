"""What holds for every inverse method, on a coarse phantom."""

from copy import copy
from dataclasses import dataclass

import numpy as np
import patients
import pytest

from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.core.errors import InputError
from ecgi.inverse import registry
from ecgi.inverse.base import InverseMethod
from ecgi.models.registry import FAMILIES, family
from ecgi.physics import eikonal

CLOSE_MS = 0.1
SAMPLES = 3
SMALL = {
    "mean_of_sites": {"sites": 8},
    "physics_search": {"sites": 12, "velocities": (0.55,), "starts": 1, "coarse_mm": 6.0, "fine_mm": 6.0},
    "tikhonov": {"nodes": 100},
    "tsvd": {"nodes": 100},
    "greensite": {"nodes": 100},
    "refinement": {
        "proposer": "physics_search",
        "proposals": 2,
        "starts": 1,
        "coarse_mm": 6.0,
        "fine_mm": 6.0,
    },
}
MEANS = ("training_mean", "mean_of_sites")  # which are the same whatever the recording
NETWORKS = [name for name in FAMILIES if family(name).conditions]


@dataclass(frozen=True)
class Made:
    """A method and the input that it takes.

    Attributes
    ----------
    name : str
    method : InverseMethod
    any_heart, any_length : bool
        Whether it takes hearts and electrodes, and recordings of a length, that it was not made with.
    random : bool
        Whether its samples differ.
    untrained : bool
        Whether it is a network of random weights.
    """

    name: str
    method: InverseMethod
    any_heart: bool
    any_length: bool
    random: bool
    untrained: bool = False


@pytest.fixture(scope="module")
def training(patient):
    """BSP and activation times of some beats."""
    walls = np.argwhere(patient.anatomy.wall)
    domain = eikonal.conducting_domain(patient.anatomy.wall, patients.SPACING)
    speed = np.full(len(walls), 0.55)
    sites = walls[np.linspace(50, len(walls) - 50, 12).astype(int)]
    times = np.stack([eikonal.activation_times(domain, speed, [eikonal.Source(site, 5.0)]) for site in sites])
    return patient.simulate(times), times


@pytest.fixture(scope="module")
def networks(patient, training):
    return {name: patients.untrained(name, patient, training[0]) for name in NETWORKS}


@pytest.fixture(scope="module", params=[*registry.KINDS, *NETWORKS])
def made(request, patient, training, networks):
    name = request.param
    if name in NETWORKS:
        return Made(name, networks[name], family(name).any_heart, False, True, True)
    settings = registry.kind(name)(kind=name, **SMALL.get(name, {}))
    if settings.needs == "training":
        return Made(name, settings.make(patients.training_of(patient, *training)), False, False, False)
    if settings.needs == "proposer":
        proposer = registry.kind(settings.proposer)(**SMALL[settings.proposer]).make()
        return Made(name, settings.make(proposer=proposer), True, True, True)
    return Made(name, settings.make(), True, True, name == "physics_search")


@pytest.fixture(scope="module")
def bsp(patient, beats):
    """Recordings of beats, with noise of a hundredth of their size."""
    clean = patient.simulate(beats[1]).astype(float)
    return clean + 0.01 * clean.std() * np.random.default_rng(0).standard_normal(clean.shape)


@pytest.fixture(scope="module")
def maps(made, patient, bsp):
    return made.method.predict(bsp, patient, SAMPLES, 0)


def close(found, expected):
    """Assert that maps are the same but for rounding."""
    np.testing.assert_allclose(found, expected, atol=CLOSE_MS, rtol=0)


@pytest.fixture(scope="module")
def first(made, patient, bsp):
    """Maps of the first beat, predicted alone."""
    return made.method.predict(bsp[:1], patient, SAMPLES, 0)


def test_it_is_an_inverse_method(made):
    assert isinstance(made.method, InverseMethod)


def test_maps_are_in_ms_on_the_wall(made, patient, bsp, maps):
    assert maps.dtype == np.float32
    assert maps.shape == (SAMPLES if made.random else 1, len(bsp), patient.anatomy.wall.sum())
    finite = np.isfinite(maps)
    assert (finite == finite[0, 0]).all()
    if made.any_length:
        assert finite.all()
    assert finite.mean() > 0.03
    lowest = -patient.window_ms if made.untrained else -1.0
    assert lowest < maps[finite].min() < maps[finite].max() < patient.window_ms


def test_maps_are_of_the_recorded_beat(made, maps):
    differences = np.abs(np.diff(maps.mean(0), axis=0))
    assert (np.nanmax(differences) == 0) == (made.name in MEANS)


def test_a_seed_gives_its_samples_again_and_another_gives_others(made, patient, bsp, first, maps):
    again, other = (made.method.predict(bsp[:1], patient, SAMPLES, seed) for seed in (0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other, equal_nan=True) != made.random
    assert (np.nanmax(np.ptp(maps, axis=0)) > 0) == made.random


def test_a_beat_is_predicted_by_itself(made, patient, bsp, first, maps):
    others = made.method.predict(bsp[[0, 2, 1]], patient, SAMPLES, 0)
    close(others[:, 0], maps[:, 0])
    if not made.untrained:
        close(first[:, 0], maps[:, 0])


def test_the_gain_of_an_amplifier_changes_nothing_where_no_calibration_is_needed(made, patient, bsp, first):
    if made.any_heart:
        close(made.method.predict(3 * bsp[:1], patient, SAMPLES, 0), first)


def test_the_reference_changes_nothing_where_no_calibration_is_needed(made, patient, bsp, first):
    if made.any_heart:
        course = np.abs(bsp).max() * (2 + np.sin(np.arange(bsp.shape[-1]) / 9))
        close(made.method.predict(bsp[:1] + course, patient, SAMPLES, 0), first)


def test_the_order_of_leads_changes_nothing_or_is_refused(made, patient, bsp, first):
    order = np.random.default_rng(0).permutation(len(patient.electrodes))
    other = patients.patient_of(patient.anatomy, patient.electrodes[order])
    if made.any_heart:
        close(made.method.predict(bsp[:1, order], other, SAMPLES, 0), first)
    else:
        refused(made, bsp[:1, order], other)


def refused(made, bsp, patient):
    """Assert that a method refuses a recording in one line."""
    with pytest.raises(InputError) as mistake:
        made.method.predict(bsp, patient, SAMPLES, 0)
    assert len(str(mistake.value).splitlines()) == 1


def taken(made, bsp, patient):
    """Assert that a method takes a recording."""
    maps = made.method.predict(bsp, patient, SAMPLES, 0)
    assert maps.shape[1:] == (len(bsp), patient.anatomy.wall.sum())
    assert np.isfinite(maps).any()


def test_another_heart_is_taken_or_refused(made, bsp):
    anatomy = patients.phantom(5)
    other = patients.patient_of(anatomy, patients.vest(anatomy), "other")
    (taken if made.any_heart else refused)(made, bsp[:1], other)


def test_fewer_electrodes_are_taken_or_refused(made, patient, bsp):
    fewer = patients.patient_of(patient.anatomy, patient.electrodes[::2])
    (taken if made.any_heart else refused)(made, bsp[:1, ::2], fewer)


@pytest.mark.parametrize("samples", [100, 96])
def test_a_recording_that_ends_early_is_taken_or_refused(made, patient, bsp, samples):
    short = patients.patient_of(patient.anatomy, patient.electrodes, samples=samples)
    (taken if made.any_length else refused)(made, bsp[:1, :, :samples], short)


def test_a_refinement_takes_and_refuses_what_its_proposer_does(networks, patient, bsp):
    settings = registry.kind("refinement")(**SMALL["refinement"])
    for name, proposer in networks.items():
        refinement = Made(name, settings.make(proposer=proposer), family(name).any_heart, False, True)
        fewer = patients.patient_of(patient.anatomy, patient.electrodes[::2])
        (taken if refinement.any_heart else refused)(refinement, bsp[:1, ::2], fewer)
        short = patients.patient_of(patient.anatomy, patient.electrodes, samples=96)
        refused(refinement, bsp[:1, :, :96], short)
        assert np.isfinite(refinement.method.predict(bsp[:1], patient, SAMPLES, 0)).all()


@pytest.mark.parametrize("name", [name for name in NETWORKS if family(name).any_heart])
def test_a_network_of_any_heart_refuses_an_lv_alone(networks, patient, bsp, name):
    labels = np.where(patient.anatomy.labels == Tissue.RV_WALL, 0, patient.anatomy.labels)
    alone = copy(patient)
    alone.anatomy = Anatomy(labels.astype(np.uint8), patient.anatomy.affine)
    with pytest.raises(InputError, match="this one is an LV alone; physics_search and classical methods"):
        networks[name].predict(bsp[:1], alone, SAMPLES, 0)
