import numpy as np
import pytest
from hearts import oblique_affine, rotation

from ecgi.action_potential import mitchell_schaeffer
from ecgi.dipole import (
    BINS_PER_STEP,
    body_surface_potentials,
    convolution_matrix,
    dipole_kernel,
    gradient_operators,
    lead_field,
)
from ecgi.eikonal import Source, activation_times, conducting_domain
from ecgi.electrodes import front_grid
from ecgi.errors import InputError
from ecgi.forward import bsp_simulator

SIGMA = {"sigma_i": 0.2, "sigma_t": 0.25}
CELL = {
    "amplitude_mv": 100.0,
    "tau_in_ms": 0.3,
    "tau_out_ms": 6.0,
    "tau_open_ms": 120.0,
    "tau_close_ms": 150.0,
    "v_gate": 0.13,
}


@pytest.fixture(scope="module")
def electrodes(small_heart):
    return front_grid(small_heart.positions(small_heart.wall), 3, 4, 40, 30)


@pytest.fixture(scope="module")
def field(small_heart, electrodes):
    return lead_field(small_heart.wall, small_heart.affine, electrodes, **SIGMA)


@pytest.fixture(scope="module")
def activation(small_heart):
    site = np.argwhere(small_heart.wall)[500]
    domain = conducting_domain(small_heart.wall, 3.0)
    return activation_times(domain, np.full(small_heart.wall.sum(), 0.6), [Source(site, 5.0)])


def gradients(potential, wall, spacing):
    """Derivatives on the wall along the voxel axes, differences over what wall there is."""
    filled = np.pad(np.full(wall.shape, np.nan), 1, constant_values=np.nan)
    filled[1:-1, 1:-1, 1:-1][wall] = potential
    slopes = []
    for axis in range(3):
        after, before = np.roll(filled, -1, axis), np.roll(filled, 1, axis)
        central, forward, backward = after - before, after - filled, filled - before
        slope = np.where(np.isnan(forward), backward, forward)
        slope = np.where(np.isnan(central), slope, central / 2)
        slopes.append(np.nan_to_num(slope)[1:-1, 1:-1, 1:-1][wall] / spacing)
    return np.stack(slopes, -1)


def naive_potentials(potential, heart, electrodes):
    """Sum over dipoles, one electrode and one voxel after the other."""
    spacing = heart.spacing[0]
    moments = gradients(potential, heart.wall, spacing) @ (heart.affine[:3, :3] / spacing).T
    positions = heart.positions(heart.wall)
    sums = []
    for electrode in electrodes:
        towards = electrode - positions
        sums.append(np.sum(moments * towards / np.sum(towards**2, 1)[:, None] ** 1.5))
    return -SIGMA["sigma_i"] / (4 * np.pi * SIGMA["sigma_t"]) * spacing**3 * np.array(sums)


def test_gradient_of_a_linear_potential_is_its_slope_up_to_the_surface():
    wall = np.ones((5, 6, 7), bool)
    potential = np.argwhere(wall) * 2.0 @ [3.0, -4.0, 0.5] + 7
    slopes = [operator @ potential for operator in gradient_operators(wall, 2.0)]
    np.testing.assert_allclose(slopes, np.broadcast_to([[3.0], [-4.0], [0.5]], (3, 210)), atol=1e-12)


def test_gradient_across_a_wall_of_one_voxel_is_0():
    wall = np.zeros((5, 5, 5), bool)
    wall[:, :, 2] = True
    potential = np.random.default_rng(0).random(25)
    assert not (gradient_operators(wall, 1.0)[2] @ potential).any()


def test_gradient_does_not_reach_across_a_gap():
    wall = np.ones((5, 3, 3), bool)
    wall[2] = False
    potential = np.where(np.argwhere(wall)[:, 0] < 2, 0.0, 1.0)
    assert not (gradient_operators(wall, 1.0)[0] @ potential).any()


def test_kernel_points_at_the_electrode_and_falls_with_the_square_of_the_distance():
    kernel = dipole_kernel(np.array([[0.0, 0, 0], [0, 0, 6]]), np.array([0.0, 0, 10]))
    np.testing.assert_allclose(kernel, [[0, 0, 1 / 100], [0, 0, 1 / 16]])


def test_lead_field_gives_the_sum_over_dipoles(small_heart, electrodes, field):
    for seed in range(3):
        potential = np.random.default_rng(seed).random(small_heart.wall.sum())
        truth = naive_potentials(potential, small_heart, electrodes)
        np.testing.assert_allclose(potential @ field.astype(float), truth, rtol=0, atol=1e-5 * np.ptp(truth))


def test_a_uniform_potential_is_not_seen(field):
    uniform = field.astype(float).sum(0)
    assert np.abs(uniform).max() < 1e-5 * np.abs(field).sum(0).max()


def test_a_wave_front_that_is_closed_within_the_wall_is_not_seen():
    wall = np.ones((25, 25, 25), bool)
    radius = np.linalg.norm(np.argwhere(wall) - 12, axis=1)
    field = lead_field(wall, np.eye(4), np.array([[12.0, 40, 12], [-20, 5, 30]]), **SIGMA).astype(float)
    closed = 1 / (1 + np.exp(2 * (radius - 7)))
    across = 1 / (1 + np.exp(2 * (np.argwhere(wall)[:, 1] - 12.0)))
    assert np.abs(closed @ field).max() < 1e-3 * np.abs(across @ field).max()


def test_potential_far_away_is_that_of_one_dipole():
    wall = np.ones((5, 5, 5), bool)
    along = np.array([0.0, 0.0, 1.0])
    far = 2 + 1000 * np.array([[0, 0, 1], [0, 0, 2], [0, 0, -1], [0, 1, 0]])
    field = lead_field(wall, np.eye(4), far, **SIGMA).astype(float)
    dipole = -SIGMA["sigma_i"] / (4 * np.pi * SIGMA["sigma_t"]) * 125
    expected = dipole / 1000**2 * np.array([1, 1 / 4, -1, 0])
    potential = (np.argwhere(wall) @ along) @ field
    np.testing.assert_allclose(potential, expected, atol=1e-4 * abs(expected[0]))


def test_only_the_ratio_of_conductivities_matters(small_heart, electrodes, field):
    doubled = lead_field(small_heart.wall, small_heart.affine, electrodes, sigma_i=0.4, sigma_t=0.5)
    np.testing.assert_allclose(doubled, field, rtol=1e-6)
    stronger = lead_field(small_heart.wall, small_heart.affine, electrodes, sigma_i=0.4, sigma_t=0.25)
    np.testing.assert_allclose(stronger, 2 * field, rtol=1e-6)


@pytest.mark.parametrize("seed", range(2))
def test_moving_heart_and_electrodes_together_changes_nothing(small_heart, electrodes, field, seed):
    motion = oblique_affine(seed, 1.0)
    moved = electrodes @ motion[:3, :3].T + motion[:3, 3]
    turned = lead_field(small_heart.wall, motion @ small_heart.affine, moved, **SIGMA)
    np.testing.assert_allclose(turned, field, rtol=0, atol=1e-6 * np.abs(field).max())


def test_moving_the_electrodes_alone_changes_the_potential(small_heart, electrodes, field):
    turned = lead_field(small_heart.wall, small_heart.affine, electrodes @ rotation(0), **SIGMA)
    assert np.abs(turned - field).max() > 0.1 * np.abs(field).max()


@pytest.mark.parametrize("step", [1.0, 2.0])
def test_bsp_is_the_lead_field_times_the_transmembrane_potential(field, activation, step):
    times, simulate = bsp_simulator(field, CELL, int(500 / step), step)
    cell = {name: value for name, value in CELL.items() if name != "amplitude_mv"}
    potential = np.interp(times[:, None] - activation, *mitchell_schaeffer(500.0, 0.05, **cell))
    truth = (100 * potential @ field.astype(float)).T
    assert np.linalg.norm(simulate(activation) - truth) < 1e-3 * np.linalg.norm(truth) * step**2


def test_a_wave_towards_an_electrode_deflects_upward_and_one_away_downward():
    wall = np.ones((40, 5, 5), bool)
    field = lead_field(wall, np.eye(4), np.array([[80.0, 2, 2], [-40, 2, 2]]), **SIGMA)
    _, simulate = bsp_simulator(field, CELL, 100, 1.0)
    towards, away = simulate(np.argwhere(wall)[:, 0] / 0.6)[:, 5:55]
    assert towards.min() > 0
    assert away.max() < 0


def test_bsp_returns_to_0_when_all_have_recovered(field, activation):
    _, simulate = bsp_simulator(field, CELL, 400, 2.0)
    bsp = simulate(activation)
    assert np.abs(bsp[:, -1]).max() < 1e-3 * np.abs(bsp).max()


def test_a_later_wave_gives_the_same_bsp_later(field, activation):
    times, simulate = bsp_simulator(field, CELL, 512, 1.0)
    np.testing.assert_array_equal(times, np.arange(512))
    now, later = simulate(activation), simulate(activation + 40)
    np.testing.assert_allclose(later[:, 60:], now[:, 20:-40], rtol=0, atol=2e-4 * np.abs(now).max())


def test_bsp_is_proportional_to_the_amplitude(field, activation):
    bsp, tenfold = (
        bsp_simulator(field, {**CELL, "amplitude_mv": amplitude}, 256, 2.0)[1](activation)
        for amplitude in (10.0, 100.0)
    )
    np.testing.assert_allclose(tenfold, 10 * bsp, rtol=1e-5, atol=1e-5 * np.abs(bsp).max())


def test_a_cell_is_at_rest_before_its_activation_and_keeps_its_last_value():
    matrix = convolution_matrix(np.arange(4.0), np.array([-1.0, 0.0, 1.0]), np.array([0.0, 0.5, 1.0]), 8)
    assert matrix.shape == (4, 8)
    np.testing.assert_allclose(matrix[0], [0.5, 0.375, 0.25, 0.125, 0, 0, 0, 0])
    np.testing.assert_allclose(matrix[:, 0], [0.5, 1, 1, 1])


def test_a_wave_beyond_the_window_is_refused_with_advice():
    convolution = np.zeros((10, 10 * BINS_PER_STEP), np.float32)
    with pytest.raises(InputError, match=r"25 ms, lies beyond .* of 20 ms; raise bsp\.samples"):
        body_surface_potentials(np.array([0.0, 25.0]), np.ones((2, 3), np.float32), convolution, 2.0, 100.0)
