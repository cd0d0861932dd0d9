import numpy as np
import pytest
import spheres

from ecgi.physics.boundary_elements import kernels, mesh_of

R, SIGMA = 100.0, 0.2
CENTRED = np.zeros((1, 3))
ECCENTRIC = R * np.array([[0.5, 0, 0], [0.0, 0.3, -0.4], [-0.2, 0.1, 0.5]])
IN_SHELL = R * np.array([[0.6, 0, 0], [0, -0.55, 0.1], [-0.3, 0.4, 0.4]])
BLOOD = 0.6


def error(subdivisions, points, core=None):
    skin = spheres.sphere(subdivisions, R)
    electrodes = skin.corners.mean(1)[::3]
    directions = electrodes / np.linalg.norm(electrodes, axis=1)[:, None]
    if core is None:
        mesh = mesh_of([skin], np.array([SIGMA]), np.zeros(1))
        truth = spheres.homogeneous(points, directions, R, SIGMA)
    else:
        inner = spheres.sphere(subdivisions, core)
        mesh = mesh_of([skin, inner], np.array([SIGMA, BLOOD]), np.array([0, SIGMA]))
        truth = spheres.with_core(points, directions, R, core, SIGMA, BLOOD)
    found = kernels(mesh, points, electrodes, np.arange(0, len(skin.triangles), 3))
    return spheres.relative_error(found, truth)


def test_the_two_closed_forms_agree():
    directions = spheres.sphere(1).points
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    closed = spheres.homogeneous(ECCENTRIC, directions, R, SIGMA)
    series = spheres.with_core(ECCENTRIC, directions, R, 0.2 * R, SIGMA, SIGMA)
    np.testing.assert_allclose(
        series - series.mean(-1, keepdims=True),
        closed - closed.mean(-1, keepdims=True),
        atol=1e-9 * np.abs(closed).max(),
    )


@pytest.mark.parametrize(
    ("points", "core", "limit"), [(CENTRED, None, 0.003), (ECCENTRIC, None, 0.003), (IN_SHELL, 40.0, 0.005)]
)
def test_potentials_in_spheres_are_those_of_closed_forms_and_converge(points, core, limit):
    coarse, fine = (error(level, points, core) for level in (1, 2))
    assert fine < limit
    assert coarse / fine > 3  # second order: the edges are half as long


@pytest.mark.exhaustive
@pytest.mark.parametrize(("points", "core"), [(CENTRED, None), (ECCENTRIC, None), (IN_SHELL, 40.0)])
def test_642_points_give_potentials_within_a_thousandth(points, core):
    assert error(3, points, core) < 0.001
