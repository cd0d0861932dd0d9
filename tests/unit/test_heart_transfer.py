import numpy as np
import pytest
from spheres import sphere

from ecgi.physics.heart_transfer import MATRICES

INNER, OUTER = 40.0, 100.0


def harmonics(points):
    """A harmonic of each degree 0, 1, 2 in the directions of points."""
    x, _, z = (points / np.linalg.norm(points, axis=1, keepdims=True)).T
    return np.stack([np.ones(len(points)), z, 1.5 * z**2 - 0.5, x * z], 1)


def carried(degree):
    """Potential at the outer sphere per potential at the inner one, no current crossing the outer.

    phi = r^n + n / (n + 1) R^(2 n + 1) / r^(n + 1).
    """
    n = degree
    return (
        OUTER**n * (2 * n + 1) / (n + 1) / (INNER**n + n / (n + 1) * OUTER ** (2 * n + 1) / INNER ** (n + 1))
    )


@pytest.mark.parametrize(("name", "coarse", "fine"), [("bem", 0.04, 0.011), ("mfs", 0.02, 0.003)])
def test_spheres_agree_with_the_closed_form(name, coarse, fine):
    torso = sphere(3, OUTER)
    electrodes = torso.points[::7]
    expected = harmonics(electrodes) * [carried(0), carried(1), carried(2), carried(2)]
    for subdivisions, limit in ((2, coarse), (3, fine)):
        heart = sphere(subdivisions, INNER)
        matrix = MATRICES[name](torso, heart, electrodes)
        assert matrix.shape == (len(electrodes), len(heart.points))
        found = matrix @ harmonics(heart.points)
        np.testing.assert_allclose(found[:, 0], 1, atol=1e-4)
        relative = np.linalg.norm(found - expected, axis=0) / np.linalg.norm(expected, axis=0)
        assert relative.max() < limit


def test_both_methods_agree_where_there_is_no_closed_form():
    torso, heart = sphere(3, OUTER), sphere(2, INNER, (15.0, -20.0, 10.0))
    electrodes = torso.points[::7]
    potentials = harmonics(heart.points - [15.0, -20.0, 10.0])[:, 1:]
    bem, mfs = (MATRICES[name](torso, heart, electrodes) @ potentials for name in ("bem", "mfs"))
    assert np.linalg.norm(bem - mfs) < 0.04 * np.linalg.norm(mfs)


def test_electrodes_between_nodes_lie_between_their_potentials():
    torso, heart = sphere(2, OUTER), sphere(1, INNER)
    corners = torso.points[torso.triangles[5]]
    matrix = MATRICES["bem"](torso, heart, np.concatenate([corners, corners.mean(0)[None]]))
    np.testing.assert_allclose(matrix[3], matrix[:3].mean(0), atol=1e-10)
