"""Potentials on the heart's outer surface against those of the forward chain in the same torso."""

import numpy as np
import patients
import pytest
from inside import Inside
from scipy.spatial import cKDTree

from ecgi.anatomy.epicardium import OUTSIDE_MM, epicardium
from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.triangles import signed_distance
from ecgi.core.errors import InputError
from ecgi.evaluation.electrograms import potential_scores
from ecgi.inverse.epicardial import Epicardial, heart_surface
from ecgi.physics.conductors_of_cases import conductor_of
from ecgi.physics.electrodes import referenced
from ecgi.physics.lead_field import lead_field_in

TORSO = {"sigma_t": 0.2, "sigma_lungs": 0.04, "sigma_blood": 0.6}


@pytest.fixture(scope="module")
def in_torso(patient):
    """The patient in the hull of the electrodes with blood."""
    anatomy, places = patient.anatomy, patient.electrodes
    conductor = conductor_of("hull_and_blood", "phantom", 0, anatomy, places, {}, TORSO)
    inner = patients.patient_of(anatomy, places)
    inner.conductor = conductor
    inner._make_lead_field = lambda: lead_field_in(conductor, anatomy.wall, anatomy.affine, places, 0.2)
    return inner


@pytest.fixture(scope="module")
def surface(in_torso):
    return heart_surface(in_torso, 350, "bem")


@pytest.fixture(scope="module")
def simulated(in_torso, surface, beats):
    """BSP and potentials on the heart of some beats, both against the mean of the electrodes."""
    anatomy, places = in_torso.anatomy, surface.shape.points
    own, inner = (
        lead_field_in(conductor, anatomy.wall, anatomy.affine, at, 0.2)
        for conductor, at in (
            (in_torso.conductor, in_torso.electrodes),
            (Inside(in_torso.conductor), places),
        )
    )
    against_mean = inner - own.mean(1, keepdims=True)
    return in_torso.simulate(beats[1]), in_torso.simulator(anatomy, against_mean)(beats[1])


def test_the_surface_of_a_ball_is_a_sphere_around_it():
    at = np.indices((40, 40, 40)) - 20
    radius = np.sqrt((at**2).sum(0))
    labels = np.where(radius < 15, Tissue.LV_WALL, Tissue.BACKGROUND).astype(np.uint8)
    labels[radius < 8] = Tissue.LV_CAVITY
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    shape = epicardium(Anatomy(labels, affine), 300)
    found = np.linalg.norm(shape.points - 40.0, axis=1)
    assert np.abs(found - (30 + OUTSIDE_MM)).max() < 1.5
    assert shape.volume == pytest.approx(4 / 3 * np.pi * (30 + OUTSIDE_MM) ** 3, rel=0.1)


def test_the_surface_lies_around_all_of_the_heart(patient, surface):
    anatomy = patient.anatomy
    assert signed_distance(surface.shape, anatomy.positions(anatomy.labels > 0)[::7]).max() < 1
    assert 0.7 < surface.over_muscle.mean() < 1


@pytest.mark.parametrize("nodes", [150, 350])
def test_the_surface_of_a_segmented_heart_is_closed_around_its_wall(rodero, nodes):
    anatomy = short_axis(rodero, 3.0, True)[0]
    shape = epicardium(anatomy, nodes)
    assert shape.volume > 0.95 * (anatomy.labels > 0).sum() * 27.0
    assert (signed_distance(shape, anatomy.positions(anatomy.wall)[::5]) < 0).mean() > 0.99


def test_potentials_of_the_forward_chain_on_the_heart_give_its_bsp(surface, simulated):
    bsp, potentials = simulated
    for signals, on_heart in zip(bsp, potentials, strict=True):
        carried = referenced(surface.transfer @ on_heart, axis=0)
        assert np.linalg.norm(carried - signals) < 0.08 * np.linalg.norm(signals)


@pytest.mark.parametrize("solver", ["tikhonov", "tsvd", "greensite"])
def test_electrograms_resemble_those_of_the_forward_chain(in_torso, surface, simulated, solver):
    method = Epicardial(solver=solver)
    for signals, truth in zip(*simulated, strict=True):
        found = method.electrograms(signals, in_torso, surface)
        kept = slice(found.smooth_mv.shape[1])
        once = np.ones((1, len(truth)), int)
        scores = potential_scores(truth[:, kept], found.potentials_mv[:, kept], once)
        assert scores["sc"][0] > 0.6
        assert scores["tc"][0] > 0.65
        assert scores["re"][0] < 0.8


def test_maps_have_the_order_of_activation(in_torso, beats, simulated):
    maps = Epicardial().predict(simulated[0], in_torso, 1, 0)
    assert maps.shape == (1, *beats[1].shape)
    assert np.isfinite(maps).all()
    for found, true in zip(maps[0], beats[1], strict=True):
        assert np.corrcoef(found, true)[0, 1] > 0.85


def test_a_time_course_of_all_electrodes_changes_nothing(in_torso, simulated):
    bsp = simulated[0][:1]
    drift = np.linspace(0, 50, bsp.shape[-1])
    plain, drifting = (Epicardial().predict(some, in_torso, 1, 0) for some in (bsp, bsp + drift))
    np.testing.assert_allclose(drifting, plain, atol=0.01)


def test_without_a_conductor_the_torso_is_the_hull_of_the_electrodes(patient, in_torso, surface, capsys):
    own = heart_surface(patient, 350, "bem")
    assert "hull of the electrodes" in capsys.readouterr().out
    assert np.linalg.norm(own.transfer - surface.transfer) < 0.1 * np.linalg.norm(surface.transfer)


def test_electrodes_in_front_of_the_heart_alone_are_refused(patient):
    front = patient.electrodes[patient.electrodes[:, 1] > np.median(patient.electrodes[:, 1])]
    with pytest.raises(InputError, match="there is no torso, and the electrodes do not surround the heart"):
        heart_surface(patients.patient_of(patient.anatomy, front), 350, "bem")


def test_a_heart_that_sticks_out_of_the_torso_is_refused(in_torso):
    moved = np.eye(4)
    moved[:3, 3] = 0, 150, 0
    there = Anatomy(in_torso.anatomy.labels, moved @ in_torso.anatomy.affine)
    outside = patients.patient_of(there, in_torso.electrodes)
    outside.conductor = in_torso.conductor
    with pytest.raises(InputError, match="outside the torso, or the surfaces cross"):
        heart_surface(outside, 350, "bem")


def test_muscle_takes_the_time_of_the_surface_over_it(surface, patient):
    wall = patient.anatomy.positions(patient.anatomy.wall)
    there = surface.shape.points[surface.over_muscle]
    np.testing.assert_allclose(surface.to_wall.sum(1), 1)
    outer = cKDTree(there).query(wall)[0] < 8
    assert np.abs(surface.to_wall @ there - wall)[outer].mean() < 5
