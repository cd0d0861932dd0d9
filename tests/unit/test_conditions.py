import numpy as np
import pandas as pd
import pytest

from ecgi.anatomy.heart import Tissue
from ecgi.config.electrodes import ElectrodeSettings
from ecgi.config.evaluation import Condition
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.errors import InputError
from ecgi.core.seeds import generator
from ecgi.physics import conductors_of_cases
from ecgi.physics.conditions import (
    Leads,
    anatomy_of_condition,
    choose_electrodes,
    nearest_directions,
    scale_velocities,
    simulate_condition,
    told_conductivity,
)
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.electrodes import TWELVE_LEAD, referenced
from ecgi.physics.layouts import electrodes_of_layout, layout_of_case, referenced_lead_field
from ecgi.physics.lead_field import lead_field
from ecgi.physics.measurement import add_noise_to_beats, misplace
from ecgi.physics.pacing import plan_beats
from ecgi.physics.simulation import SimulationSettings, simulate_beats

SEED, CASE, SAMPLES = 3, "patient7", 20
CONDUCTIVITY = {"sigma_i": 0.2, "sigma_t": 0.2}
TORSO = CONDUCTIVITY | {"sigma_lungs": 0.04, "sigma_blood": 0.6}
SETTINGS = SimulationSettings(
    6.0,
    {"lv": 0.6, "rv": 0.6},
    {"velocity_ratio": 2.0, "reach": 2},
    ActionPotentialSettings().model_dump(),
    {"samples": 100, "time_step_ms": 4.0},
)
PROTOCOL = {"kinds": {"single_site": 1.0}, "surface": "endocardium", "sites": 1, "delay_ms": 0.0}


@pytest.fixture(scope="module")
def planned(small_heart):
    velocities = {"lv": (0.6, 0.1), "rv": (0.6, 0.1)}
    return plan_beats(small_heart, CASE, 3, PROTOCOL, velocities, SEED)


@pytest.fixture(scope="module")
def layout():
    settings = ElectrodeSettings(rows=3, columns=3, pitch_mm=60.0, reference="wilson")
    return layout_of_case(settings.model_dump(), CASE, SEED)


@pytest.fixture(scope="module")
def leads(small_heart, layout):
    wall = small_heart.positions(small_heart.wall)
    names, positions = electrodes_of_layout(wall, layout)

    def field_at(places):
        return lead_field(small_heart.wall, small_heart.affine, places, **CONDUCTIVITY)

    field = referenced_lead_field(names, positions, wall, layout, field_at)
    return Leads(names, positions, field, wall, InfiniteConductor(CONDUCTIVITY["sigma_t"]))


@pytest.fixture(scope="module")
def simulate(small_heart, planned, layout, leads):
    def simulate(name="other", heart=small_heart, layout=layout, leads=leads, velocity_on=None, **condition):
        return simulate_condition(
            name,
            Condition(**condition).model_dump(),
            CASE,
            SEED,
            heart,
            leads,
            layout,
            TORSO,
            *planned,
            SETTINGS,
            heart.positions(heart.wall)[::50],
            SAMPLES,
            velocity_on=velocity_on,
        )

    return simulate


@pytest.fixture(scope="module")
def nominal(simulate):
    return simulate()


def test_a_condition_that_changes_nothing_gives_the_beats_as_planned(small_heart, planned, leads, nominal):
    times, activation, bsp = simulate_beats(small_heart, leads.lead_field, *planned, SETTINGS)
    np.testing.assert_array_equal(nominal.bsp_mv, bsp.reshape(3, 9, SAMPLES, 5).mean(-1))
    np.testing.assert_array_equal(nominal.noise_free_mv, nominal.bsp_mv)
    np.testing.assert_allclose(nominal.activation_ms, activation[:, ::50], atol=1e-3)
    np.testing.assert_allclose(nominal.times_ms, times.reshape(SAMPLES, 5).mean(1))
    np.testing.assert_array_equal(nominal.electrodes.planned, leads.positions)
    np.testing.assert_array_equal(nominal.electrodes.true, leads.positions)


def test_faster_conduction_shortens_all_times_by_its_factor(simulate, nominal):
    faster = simulate(velocity_factor=2.0)
    np.testing.assert_allclose(faster.activation_ms, nominal.activation_ms / 2, atol=0.05)


def test_velocities_change_and_nothing_else_of_a_beat(planned):
    beats, _ = planned
    changed = scale_velocities(beats, 1.5)
    velocity = [column for column in beats if column.startswith("velocity_")]
    pd.testing.assert_frame_equal(changed[velocity], beats[velocity] * 1.5)
    pd.testing.assert_frame_equal(changed.drop(columns=velocity), beats.drop(columns=velocity))


def test_noise_is_on_the_recorded_signals_alone_with_the_power_asked_for(simulate, nominal):
    noisy = simulate(snr_db=10.0)
    np.testing.assert_array_equal(noisy.noise_free_mv, nominal.bsp_mv)
    noise = noisy.bsp_mv - noisy.noise_free_mv
    mean_of_5 = 10 * np.log10(5)  # white noise loses power where neighbouring samples are averaged
    ratio = 10 * np.log10((nominal.bsp_mv**2).mean() / (noise**2).mean())
    assert ratio == pytest.approx(10 + mean_of_5, abs=1.0)


def test_the_noise_of_a_beat_does_not_depend_on_the_other_beats():
    bsp = np.random.default_rng(0).standard_normal((3, 4, 50))
    every = add_noise_to_beats(bsp, 20.0, [4, 7, 9], SEED, "noise")
    np.testing.assert_array_equal(add_noise_to_beats(bsp[1:2], 20.0, [7], SEED, "noise")[0], every[1])
    assert add_noise_to_beats(bsp, None, [4, 7, 9], SEED, "noise") is bsp


def test_displaced_electrodes_are_stated_where_they_were_planned(simulate, nominal, leads):
    moved = simulate(electrode_error_mm=5.0)
    np.testing.assert_array_equal(moved.electrodes.planned, leads.positions)
    distance = np.linalg.norm(moved.electrodes.true - leads.positions, axis=1)
    assert 2 < np.sqrt((distance**2).mean() / 3) < 10
    change = np.linalg.norm(moved.bsp_mv - nominal.bsp_mv) / np.linalg.norm(nominal.bsp_mv)
    assert 0.005 < change < 0.5


def test_half_of_the_electrodes_record_what_they_do_among_all(simulate, nominal):
    half = simulate(electrodes="half")
    assert len(half.electrodes.numbers) == len(set(half.electrodes.numbers)) == 5
    among_all = nominal.bsp_mv[:, half.electrodes.numbers]
    np.testing.assert_allclose(half.bsp_mv, among_all, atol=1e-3 * np.abs(among_all).max())


def test_which_half_it_is_depends_on_the_generator_alone(leads, layout):
    one, same, other = (
        choose_electrodes("half", leads, layout["torso"], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one[0], same[0])
    assert list(one[0]) != list(other[0])
    assert one[1] == [leads.names[number] for number in one[0]]
    np.testing.assert_array_equal(one[2], leads.positions[one[0]])


def test_the_12_lead_ecg_is_recorded_in_place_of_the_layout(simulate):
    recorded = simulate(electrodes="twelve_lead")
    assert recorded.electrodes.names == list(TWELVE_LEAD)
    limbs = [recorded.electrodes.names.index(limb) for limb in ("RA", "LA", "LL")]
    np.testing.assert_allclose(recorded.bsp_mv[:, limbs].sum(1), 0, atol=1e-4 * np.abs(recorded.bsp_mv).max())


def test_a_lead_field_of_a_file_counts_under_the_condition_too(simulate, nominal, layout, leads):
    own = leads._replace(lead_field=2 * leads.lead_field)
    doubled = simulate(layout=layout | {"lead_field": "torso.zarr"}, leads=own)
    np.testing.assert_allclose(doubled.bsp_mv, 2 * nominal.bsp_mv, rtol=1e-5)


def test_an_electrode_displaced_into_the_wall_is_refused_by_its_name(simulate, leads):
    inside = leads.positions.copy()
    inside[4] = leads.wall_positions[100]
    with pytest.raises(InputError, match=r"other: electrode E5, displaced,: in the wall"):
        simulate(leads=leads._replace(positions=inside))


def test_a_velocity_image_is_read_on_the_heart_of_the_condition(simulate, nominal, small_heart):
    read = []

    def twice_as_fast(heart):
        read.append(heart)
        return np.full(heart.wall.sum(), 1.2)

    faster = simulate(heart=small_heart, velocity_on=twice_as_fast)
    assert read == [small_heart]
    np.testing.assert_allclose(faster.activation_ms, nominal.activation_ms / 2, atol=0.05)


def test_a_anatomy_of_condition_a_condition_has_its_voxels_and_its_scar(phantom):
    plain = Condition(spacing_factor=2.0).model_dump()
    coarse = anatomy_of_condition(plain, phantom, 2.0, True, np.random.default_rng(0))
    np.testing.assert_allclose(coarse.spacing, 4.0)
    condition = Condition(spacing_factor=2.0, scar_radius_mm=10.0).model_dump()
    scarred, same = (
        anatomy_of_condition(condition, phantom, 2.0, True, np.random.default_rng(seed)) for seed in (1, 1)
    )
    added = (scarred.labels == Tissue.SCAR) & (coarse.labels != Tissue.SCAR)
    assert 500 < added.sum() * 4.0**3 < 1.1 * 4 / 3 * np.pi * 10**3
    assert (coarse.labels[added] == Tissue.LV_WALL).all()
    np.testing.assert_array_equal(scarred.labels, same.labels)


def test_fibres_on_another_grid_are_those_of_the_nearest_voxel():
    known = np.array([[0.0, 0, 0], [10, 0, 0]])
    directions = np.array([[1.0, 0, 0], [0, 1, 0]])
    found = nearest_directions(np.array([[9.0, 1, 0], [1, 1, 1], [4.9, 0, 0]]), known, directions)
    np.testing.assert_array_equal(found, directions[[1, 0, 0]])


def test_beats_in_a_torso_that_methods_are_not_given(simulate, small_heart, monkeypatch):
    monkeypatch.setattr(conductors_of_cases, "SKIN", 100)
    settings = ElectrodeSettings(layout="vest", rows=4, columns=8, pitch_mm=40.0)
    layout = layout_of_case(settings.model_dump(), CASE, SEED)
    wall = small_heart.positions(small_heart.wall)
    names, positions = electrodes_of_layout(wall, layout)
    field = lead_field(small_heart.wall, small_heart.affine, positions, **CONDUCTIVITY)
    leads = Leads(names, positions, field, wall, InfiniteConductor(CONDUCTIVITY["sigma_t"]))
    plain = simulate(layout=layout, leads=leads)
    other = simulate(layout=layout, leads=leads, conductor="hull", known_conductor="infinite")
    assert plain.known_conductor is None
    assert other.known_conductor == leads.conductor
    one, two = (recorded.bsp_mv - recorded.bsp_mv.mean(1, keepdims=True) for recorded in (plain, other))
    rdm = np.linalg.norm(one / np.linalg.norm(one) - two / np.linalg.norm(two))
    assert 0.1 < rdm < 0.6  # alike, but far beyond noise
    assert 1.2 < np.linalg.norm(two) / np.linalg.norm(one) < 4  # a boundary that no current leaves by


def test_conductivities_that_are_off_are_those_of_the_conductor_that_methods_are_given(simulate, nominal):
    """In an infinite conductor potentials are as the inverse of its conductivity."""
    off = simulate(known_conductor="infinite", known_sigma_t_factor=1.3)
    assert off.known_conductor == InfiniteConductor(pytest.approx(1.3 * CONDUCTIVITY["sigma_t"]))
    np.testing.assert_allclose(off.bsp_mv, nominal.bsp_mv, atol=1e-4 * np.abs(nominal.bsp_mv).max())
    np.testing.assert_allclose(1.3 * off.told_mv, off.noise_free_mv, atol=1e-4 * np.abs(off.bsp_mv).max())


def test_each_conductivity_has_a_factor_of_its_own():
    condition = Condition(known_conductor="hull", known_sigma_lungs_factor=0.7, known_sigma_blood_factor=1.3)
    told = told_conductivity(condition.model_dump(), TORSO)
    assert told == pytest.approx(TORSO | {"sigma_lungs": 0.7 * 0.04, "sigma_blood": 1.3 * 0.6})


def test_what_methods_are_told_rightly_is_not_simulated_twice(nominal, simulate):
    assert nominal.told_mv is None
    assert simulate(snr_db=20.0, electrodes="half").told_mv is None


def test_methods_are_told_the_planned_places_of_electrodes(simulate, nominal):
    moved = simulate(electrode_error_mm=5.0)
    np.testing.assert_allclose(moved.told_mv, nominal.bsp_mv, atol=1e-4 * np.abs(nominal.bsp_mv).max())


def test_a_movement_has_its_distance_and_its_angle_and_is_rigid():
    centre = np.array([10.0, -20.0, 30.0])
    moved = misplace(centre, 10.0, 10.0, np.random.default_rng(0))
    turned = moved[:3, :3]
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-12)
    assert np.degrees(np.arccos((np.trace(turned) - 1) / 2)) == pytest.approx(10)
    assert np.linalg.norm(turned @ centre + moved[:3, 3] - centre) == pytest.approx(10)
    np.testing.assert_allclose(misplace(centre, 0, 0, np.random.default_rng(0)), np.eye(4), atol=1e-12)


def test_a_heart_off_its_place_is_recorded_where_it_is_and_told_where_it_is_not(simulate, nominal, leads):
    """Moving the heart is as moving the electrodes the other way."""
    off = simulate(heart_shift_mm=10.0, heart_turn_degrees=10.0, conductor="infinite")
    limit = 1e-4 * np.abs(nominal.bsp_mv).max()
    np.testing.assert_allclose(off.activation_ms, nominal.activation_ms)
    np.testing.assert_allclose(off.told_mv, nominal.bsp_mv, atol=limit)
    np.testing.assert_array_equal(off.electrodes.true, leads.positions)
    moved = misplace(leads.wall_positions.mean(0), 10.0, 10.0, generator(SEED, f"pose other {CASE}"))
    back = np.linalg.inv(moved)
    there = simulate(leads=leads._replace(positions=leads.positions @ back[:3, :3].T + back[:3, 3]))
    one, two = (referenced(recorded.bsp_mv, axis=1) for recorded in (off, there))
    np.testing.assert_allclose(one, two, atol=20 * limit)
    assert np.linalg.norm(one - referenced(nominal.bsp_mv, axis=1)) > 0.05 * np.linalg.norm(one)
