import numpy as np
import pytest
from hearts import oblique_affine, rotation

from ecgi.core.errors import InputError
from ecgi.io.lead_fields import matched_field
from ecgi.physics.action_potential import PARAMETERS, closing_time, mitchell_schaeffer
from ecgi.physics.bsp import bin_width, bsp_simulator, convolution_matrix
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.eikonal import Source, activation_times, conducting_domain
from ecgi.physics.electrodes import front_grid
from ecgi.physics.lead_field import carrying, condensed, gradient_operators, lead_field
from ecgi.physics.repolarisation import apd_offsets

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


def test_lead_field_gives_the_sum_over_dipoles(small_heart, electrodes, field):
    for seed in range(3):
        potential = np.random.default_rng(seed).random(small_heart.wall.sum())
        truth = naive_potentials(potential, small_heart, electrodes)
        np.testing.assert_allclose(potential @ field.astype(float), truth, rtol=0, atol=1e-5 * np.ptp(truth))


def test_lead_field_in_double_precision_gives_it_to_10_digits(small_heart, electrodes, activation):
    double = lead_field(small_heart.wall, small_heart.affine, electrodes, **SIGMA, dtype=np.float64)
    course = mitchell_schaeffer(400.0, 0.25, **{name: CELL[name] for name in PARAMETERS})
    for time in (20.0, 60.0, 300.0):
        potential = np.interp(time - activation, *course)
        truth = naive_potentials(potential, small_heart, electrodes)
        np.testing.assert_allclose(potential @ double, truth, rtol=0, atol=1e-10 * np.abs(truth).max())


def test_a_uniform_potential_gives_no_bsp(field):
    uniform = field.astype(float).sum(0)
    assert np.abs(uniform).max() < 1e-5 * np.abs(field).sum(0).max()


def test_a_wave_front_that_is_closed_within_the_wall_gives_no_bsp():
    wall = np.ones((25, 25, 25), bool)
    radius = np.linalg.norm(np.argwhere(wall) - 12, axis=1)
    field = lead_field(wall, np.eye(4), np.array([[12.0, 40, 12], [-20, 5, 30]]), **SIGMA).astype(float)
    closed = 1 / (1 + np.exp(2 * (radius - 7)))
    across = 1 / (1 + np.exp(2 * (np.argwhere(wall)[:, 1] - 12.0)))
    assert np.abs(closed @ field).max() < 1e-3 * np.abs(across @ field).max()


def test_lead_field_is_that_of_the_kernels_of_an_infinite_conductor(small_heart, electrodes):
    spacing = small_heart.spacing[0]
    kernels = InfiniteConductor(SIGMA["sigma_t"]).kernels(small_heart.positions(small_heart.wall), electrodes)
    along_voxels = np.einsum("xae,ab->bxe", kernels, small_heart.affine[:3, :3] / spacing)
    operators = gradient_operators(small_heart.wall, spacing)
    summed = sum(slope.T @ kernel for slope, kernel in zip(operators, along_voxels, strict=True))
    expected = -SIGMA["sigma_i"] * spacing**3 * summed
    field = lead_field(small_heart.wall, small_heart.affine, electrodes, **SIGMA, dtype=float)
    np.testing.assert_allclose(field, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


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


def test_bsp_of_many_beats_is_that_of_each(field, activation):
    _, simulate = bsp_simulator(field, CELL, 256, 2.0)
    beats = np.stack([activation, activation[::-1], activation + 30])
    one_by_one = np.stack([simulate(beat) for beat in beats])
    np.testing.assert_allclose(simulate(beats), one_by_one, rtol=0, atol=1e-5 * np.abs(one_by_one).max())


def test_bsp_at_another_group_of_cells_is_that_of_their_longer_action_potential(field, activation):
    offset = np.where(np.arange(len(activation)) < 700, -20.0, 20.0)
    bsp = bsp_simulator(field, CELL, 500, 1.0, offset)[1](activation)
    parts = []
    for change, part in ((-20.0, offset < 0), (20.0, offset > 0)):
        cell = {name: CELL[name] for name in PARAMETERS}
        longer = {**CELL, "tau_close_ms": closing_time(change, **cell)}
        alone = np.where(part[:, None], field, 0)
        parts.append(bsp_simulator(alone, longer, 500, 1.0, tolerance=0.0)[1](activation))
    np.testing.assert_allclose(bsp, sum(parts), rtol=0, atol=1e-3 * np.abs(bsp).max())


@pytest.mark.parametrize("offset", [0.0, 15.0])
def test_uniform_offsets_are_one_action_potential(field, activation, offset):
    cell = {name: CELL[name] for name in PARAMETERS}
    longer = {**CELL, "tau_close_ms": closing_time(offset, **cell)}
    alone = bsp_simulator(field, longer, 500, 1.0)[1](activation)
    mixed = bsp_simulator(field, CELL, 500, 1.0, np.full(len(field), offset))[1](activation)
    np.testing.assert_allclose(mixed, alone, rtol=0, atol=1e-4 * np.abs(alone).max())


def test_mixing_a_few_action_potentials_stands_for_one_per_voxel(small_heart, field, activation):
    offset = apd_offsets(small_heart, "transmural", 40.0)
    times, simulate = bsp_simulator(field, CELL, 500, 1.0, offset)
    cell = {name: CELL[name] for name in PARAMETERS}
    few, changes = np.linspace(-20, 20, 5), np.linspace(-20, 20, 33)
    closing = np.interp(changes, few, [closing_time(change, **cell) for change in few])
    courses = [mitchell_schaeffer(500.0, 0.25, **{**cell, "tau_close_ms": tau}) for tau in closing]
    place = (offset + 20) / 1.25
    truth = np.zeros((field.shape[1], len(times)))
    for number, course in enumerate(courses):
        share = np.maximum(1 - np.abs(place - number), 0)
        its = share > 0
        potential = np.interp(times - activation[its, None], *course) * share[its, None]
        truth += 100 * (field[its].T @ potential)
    recovery = times > 200
    error = np.linalg.norm((simulate(activation) - truth)[:, recovery])
    assert error < 0.01 * np.linalg.norm(truth[:, recovery])


def test_error_falls_with_the_width_of_the_bins(field, activation):
    def bsp(bin_ms):
        return bsp_simulator(field, CELL, 500, 1.0, bin_ms=bin_ms, tolerance=0.0)[1](activation)

    potential = np.interp(
        np.arange(500.0)[:, None] - activation,
        *mitchell_schaeffer(500.0, 0.02, **{name: CELL[name] for name in PARAMETERS}),
    )
    truth = (100 * potential @ field.astype(float)).T
    errors = [np.linalg.norm(bsp(width) - truth) / np.linalg.norm(truth) for width in (1, 0.5, 0.25, 0.125)]
    assert errors[1] < 5e-4  # the default
    assert (np.divide(errors[:-1], errors[1:]) > 2.5).all()


@pytest.mark.parametrize(("step", "width"), [(1.0, 0.5), (0.5, 0.5), (0.3, 0.3), (2.0, 0.5), (0.7, 0.35)])
def test_bins_are_a_whole_fraction_of_the_time_step(step, width):
    assert bin_width(step) == pytest.approx(width)


def test_a_cell_is_at_rest_before_its_activation_and_keeps_its_last_value():
    matrix = convolution_matrix(
        np.arange(4.0), 0.25, 8, np.array([-1.0, 0.0, 1.0]), np.array([0.0, 0.5, 1.0])
    )
    assert matrix.shape == (8, 4)
    np.testing.assert_allclose(matrix[:, 0], [0.5, 0.375, 0.25, 0.125, 0, 0, 0, 0])
    np.testing.assert_allclose(matrix[0], [0.5, 1, 1, 1])


def test_a_wave_beyond_the_window_is_refused_with_advice(field, activation):
    _, simulate = bsp_simulator(field, CELL, 10, 2.0)
    with pytest.raises(InputError, match=r"ms, lies beyond .* of 20 ms; raise bsp\.samples"):
        simulate(activation)


@pytest.mark.parametrize("tolerance", [1e-5, 1e-4, 1e-2, 0.2])
def test_what_is_left_out_changes_no_potential_by_more_than_promised(field, activation, tolerance):
    left_out = np.setdiff1d(np.arange(len(field)), carrying(field, tolerance))
    share = np.abs(field[left_out]).sum(0) / np.abs(field).sum(0)
    assert share.max() <= tolerance
    bsp, truth = (
        bsp_simulator(field, CELL, 500, 1.0, tolerance=left)[1](activation) for left in (tolerance, 0.0)
    )
    bound = tolerance * CELL["amplitude_mv"] * np.abs(field).sum(0)
    assert (np.abs(bsp - truth).max(1) <= bound).all()


def test_what_is_left_out_by_default_is_a_fraction_of_the_error_of_the_bins(field, activation):
    bsp, truth = (
        bsp_simulator(field, CELL, 500, 1.0, **left)[1](activation) for left in ({}, {"tolerance": 0})
    )
    assert np.linalg.norm(bsp - truth) < 2e-4 * np.linalg.norm(truth)


def test_two_outer_layers_of_an_isotropic_wall_carry_the_bsp(electrodes):
    wall = np.ones((30, 30, 30), bool)
    field = lead_field(wall, np.eye(4), np.array([[120.0, 10, 15], [15, -80, 15]]), **SIGMA)
    layers = np.minimum(np.argwhere(wall), 29 - np.argwhere(wall)).min(1)
    assert (layers[carrying(field)] < 2).all()
    assert (np.bincount(layers[carrying(field)]) > 0.9 * np.bincount(layers)[:2]).all()


def test_what_is_left_out_is_added_to_its_neighbour(field):
    voxels = np.array([2, 3, 9, 20])
    rows = condensed(field[:24], voxels)
    for row, (first, last) in zip(rows, [(0, 3), (3, 7), (7, 15), (15, 24)], strict=True):
        np.testing.assert_allclose(row, field[first:last].sum(0), rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(condensed(field, np.arange(len(field))), field)


def test_rows_without_a_lead_field_are_left_out_and_no_others():
    field = np.random.default_rng(0).uniform(1, 2, (40, 3)).astype(np.float32)
    field[::2] = 0
    np.testing.assert_array_equal(carrying(field), np.arange(1, 40, 2))
    field[:, 1] = 0  # an electrode that sees nothing
    np.testing.assert_array_equal(carrying(field), np.arange(1, 40, 2))


def test_a_shell_that_is_activated_at_once_gives_no_bsp_outside():
    index = np.argwhere(np.ones((41, 41, 41), bool)) - 20
    radius = np.linalg.norm(index, axis=1)
    shell = (radius >= 8) & (radius <= 17)
    potential = 1 / (1 + np.exp(1.5 * (radius[shell] - 12.5)))  # a closed double layer
    outside = 20 + 40 * np.array([[1, 0, 0], [0, -1, 0], [0.6, 0, 0.8], [0.5, 0.5, -0.7]])
    field = lead_field(shell.reshape(41, 41, 41), np.eye(4), outside, **SIGMA, dtype=float)
    open_layer = np.where(index[shell, 0] > 0, potential, 0)
    assert np.abs(potential @ field).max() < 1e-2 * np.abs(open_layer @ field).max()


def test_a_lead_field_from_elsewhere_is_put_in_the_order_of_the_case(small_heart, electrodes, field):
    positions = small_heart.positions(small_heart.wall)
    order = np.random.default_rng(0).permutation(len(positions))
    matched = matched_field(
        field[order][:, ::-1],
        positions[order] + 1.0,
        electrodes[::-1] + 0.4,
        positions,
        electrodes,
        small_heart.spacing[0] * 1.2,
        "torso.zarr",
    )
    np.testing.assert_array_equal(matched, field)


def test_a_lead_field_with_rows_for_more_than_the_wall_will_do(small_heart, electrodes, field):
    positions = small_heart.positions(small_heart.wall)
    more = np.concatenate([positions[:1] + np.array([500, 0, 0]), positions])
    matched = matched_field(
        np.concatenate([field[:1], field]), more, electrodes, positions, electrodes, 3.0, "torso.zarr"
    )
    np.testing.assert_array_equal(matched, field)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"voxels": 2.0}, r"torso.zarr: wall voxel at .* and \d+ more have nothing within 1.5 mm"),
        ({"electrodes": 1.5}, r"torso.zarr: electrode at .* and 11 more have nothing within 1 mm"),
        ({"transposed": True}, r"lead_field has the shape \(12, \d+\)"),
        ({"nan": True}, "not a finite number in 1 of the wall's voxels"),
        ({"twice": True}, "electrode: two of the case's share one"),
        ({"offset": True}, "the same potential in all of the wall gives one at 12 of the electrodes"),
    ],
)
def test_a_lead_field_of_another_case_is_refused(small_heart, electrodes, field, change, message):
    positions = small_heart.positions(small_heart.wall)
    other = field.T if "transposed" in change else field.copy()
    if "nan" in change:
        other[5, 3] = np.nan
    if "offset" in change:
        other += 10 * np.abs(field).max()
    places = electrodes[[0, 0, *range(2, 12)]] if "twice" in change else electrodes
    with pytest.raises(InputError, match=message):
        matched_field(
            other,
            positions + change.get("voxels", 0) * np.array([1, 0, 0]),
            electrodes + change.get("electrodes", 0) * np.array([1, 0, 0]),
            positions,
            places,
            3.0,
            "torso.zarr",
        )
