import numpy as np
import patients
import pytest
import spheres

from ecgi.anatomy.slicing import slice_grid
from ecgi.anatomy.torso import Region, Torso
from ecgi.data.blocks import wall_blocks
from ecgi.data.boundary_kernels import boundary_kernels
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.torso_conductor import bounded

SIGMA = 0.2


@pytest.fixture(scope="module")
def grid():
    return slice_grid(patients.phantom(4), "phantom", **patients.SLICES)[0]


def test_an_infinite_or_unknown_conductor_adds_nothing(grid):
    electrodes = grid.centre + 120 * spheres.sphere(0).points
    assert boundary_kernels(grid, electrodes, InfiniteConductor(SIGMA)) is None
    assert boundary_kernels(grid, electrodes, None) is None


def test_a_ball_adds_what_its_closed_form_has_beyond_the_infinite_medium(grid):
    radius = 140.0
    anatomy = patients.phantom(4)
    ball = spheres.sphere(2, radius, grid.centre)
    conductor = bounded(Torso((Region("ball", ball, SIGMA),)), anatomy, SIGMA)
    directions = spheres.sphere(0).points
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    electrodes = grid.centre + radius * directions
    added = boundary_kernels(grid, electrodes, conductor)
    blocks = wall_blocks(grid, 1)[0]
    assert added.shape == (*blocks.shape[:2], 3, len(electrodes))
    for kernels, some in zip(added, blocks, strict=True):
        real = some[:, 0] > 0
        assert not kernels[~real].any()
        centres = some[real, 1:4].astype(float)  # the grid is centred in the ball
        turned = directions @ grid.axes
        closed = spheres.homogeneous(centres, turned, radius, SIGMA)
        infinite = InfiniteConductor(SIGMA).kernels(centres, radius * turned)
        whole = kernels[real] / (4 * np.pi * SIGMA) + infinite
        assert spheres.relative_error(whole, closed) < 0.03
        assert spheres.relative_error(infinite, closed) > 0.2
