import numpy as np
import pytest

from ecgi.electrodes import front_grid


@pytest.fixture
def wall():
    return np.random.default_rng(0).uniform([-60, 20, -40], [50, 110, 30], (500, 3))


def test_grid_lies_in_a_plane_in_front_of_the_heart(wall):
    grid = front_grid(wall, 3, 4, 25, 40)
    np.testing.assert_allclose(grid[:, 1], wall[:, 1].max() + 40)


def test_grid_is_centred_on_the_heart(wall):
    grid = front_grid(wall, 3, 4, 25, 40)
    np.testing.assert_allclose(grid.mean(0)[[0, 2]], wall.mean(0)[[0, 2]])


def test_electrodes_run_from_head_to_foot_row_by_row_from_right_to_left(wall):
    rows = front_grid(wall, 3, 4, 25, 40).reshape(3, 4, 3)
    np.testing.assert_allclose(np.diff(rows, axis=1), np.broadcast_to([-25, 0, 0], (3, 3, 3)), atol=1e-9)
    np.testing.assert_allclose(np.diff(rows, axis=0), np.broadcast_to([0, 0, -25], (2, 4, 3)), atol=1e-9)


def test_a_single_electrode_stands_over_the_centre(wall):
    (electrode,) = front_grid(wall, 1, 1, 25, 10)
    np.testing.assert_allclose(electrode, [wall[:, 0].mean(), wall[:, 1].max() + 10, wall[:, 2].mean()])


def test_grid_follows_the_heart(wall):
    step = np.array([7, -8, 9])
    np.testing.assert_allclose(front_grid(wall + step, 3, 4, 25, 40), front_grid(wall, 3, 4, 25, 40) + step)
