"""Other readings of a recording, and single leads that contradict the best beat, on a coarse phantom."""

import numpy as np
import pytest

from ecgi.anatomy.torso import Region, Torso
from ecgi.anatomy.torso_shapes import hull
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.errors import InputError
from ecgi.evaluation import cross_examination
from ecgi.evaluation.cross_examination import INVERTED, cross_examine
from ecgi.evaluation.electrode_placements import NEAREST_MM, placements
from ecgi.evaluation.lead_examination import suspicious_leads
from ecgi.physics.lead_field import lead_field_in
from ecgi.physics.torso_conductor import bounded

CELL = ActionPotentialSettings().model_dump()


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """A dictionary of fewer sites, so that the tests take seconds."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cross_examination, "SITES", 50)
        yield


@pytest.fixture(scope="module")
def bsp(patient, beats):
    """A recording of a beat with noise and a time course that all leads have."""
    clean = patient.simulate(beats[1][1]).astype(float)
    noise = 0.01 * clean.std() * np.random.default_rng(0).standard_normal(clean.shape)
    return clean + noise + 0.3 * clean.std() * np.sin(patient.times / 40)


def examined(patient, bsp, electrodes=None, conductor=None):
    names = [f"E{number + 1}" for number in range(len(bsp))]
    places = patient.electrodes if electrodes is None else electrodes
    return cross_examine(bsp, patient.times, names, patient.anatomy, places, CELL, 220.0, conductor)


def test_a_sound_recording_fits_best_as_it_was_read(patient, bsp):
    found = examined(patient, bsp)
    assert found.warnings == []
    assert found.readings[0].name == "as read"
    assert found.readings[0].error == min(reading.error for reading in found.readings) < 0.25
    assert "relative error 0." in found.notes[0]


def test_an_inverted_recording_fits_clearly_better_inverted(patient, bsp):
    first = examined(patient, -bsp).warnings[0]
    assert first.startswith(f"warning: would fit clearly better: {INVERTED} (relative error 0.")


def test_a_recording_is_fitted_in_the_conductor_that_methods_are_given(patient, beats):
    wall = patient.anatomy.positions(patient.anatomy.wall)
    torso = Torso((Region("skin", hull(patient.electrodes, wall, nodes=300), 0.2),))
    conductor = bounded(torso, patient.anatomy, 0.2)
    field = lead_field_in(conductor, patient.anatomy.wall, patient.anatomy.affine, patient.electrodes, 0.2)
    recorded = patient.simulator(patient.anatomy, field)(beats[1][1])
    told = examined(patient, recorded, conductor=conductor).readings[0]
    infinite = examined(patient, recorded).readings[0]
    assert not told.in_infinite
    assert infinite.in_infinite
    assert told.error < 0.75 * infinite.error


@pytest.mark.slow
def test_mirrored_electrodes_are_found(patient, bsp):
    middle = (patient.electrodes.min(0) + patient.electrodes.max(0)) / 2
    mirrored = middle + [-1, 1, 1] * (patient.electrodes - middle)
    warnings = examined(patient, bsp, mirrored).warnings
    assert "mirrored from left to right" in warnings[0]


@pytest.mark.slow
def test_an_onset_that_is_late_is_named(patient, bsp):
    cut = 7  # samples of 4 ms
    warnings = examined(patient.until(bsp.shape[1] - cut), bsp[:, cut:]).warnings
    assert len(warnings) == 1
    assert "ms earlier; check the onset" in warnings[0]


def test_inverted_and_exchanged_leads_are_named():
    rng, times = np.random.default_rng(0), np.arange(120.0)
    centre, width = rng.uniform(40, 80, (20, 4, 1)), rng.uniform(6, 14, (20, 4, 1))
    right = (rng.normal(size=(20, 4, 1)) * np.exp(-(((times - centre) / width) ** 2))).sum(1)
    spoilt = right.copy()
    spoilt[3] *= -1
    spoilt[[5, 9]] = spoilt[[9, 5]]
    names = [f"E{number}" for number in range(20)]
    inverted, exchanged = suspicious_leads(spoilt, 3 * right, names)
    assert "clearly better inverted: lead E3;" in inverted
    assert "clearly better exchanged: lead E5 with E9;" in exchanged
    assert suspicious_leads(right, 3 * right, names) == []


def test_placements_are_possible_and_different(patient):
    wall = patient.anatomy.positions(patient.anatomy.wall)
    found = placements(patient.electrodes, wall)
    assert next(iter(found)) == "as given"
    for places in found.values():
        away = np.linalg.norm(places[:, None] - wall[::50], axis=-1)
        assert away.min() > NEAREST_MM
    grid = patient.electrodes[patient.electrodes[:, 1] > np.median(patient.electrodes[:, 1])]
    flat = np.column_stack([grid[:, 0], np.full(len(grid), grid[:, 1].max()), grid[:, 2]])
    assert "electrodes mirrored from front to back" not in placements(flat, wall)


def test_few_leads_are_not_examined_and_unusable_ones_are_refused(patient, bsp):
    few = examined(patient, bsp[:7], patient.electrodes[:7])
    assert few.readings == few.warnings == []
    assert "not cross-examined" in few.notes[0]
    with pytest.raises(InputError, match="values that are not numbers"):
        examined(patient, np.where(np.arange(len(bsp)) == 3, np.nan, bsp.T).T)
    with pytest.raises(InputError, match="all leads of the recording are the same"):
        examined(patient, np.ones_like(bsp))
