import numpy as np
from hearts import rotation

from ecgi.physics.conductor import InfiniteConductor

POINTS = np.random.default_rng(0).uniform(-40, 40, (7, 3))
ELECTRODES = np.random.default_rng(1).uniform(80, 200, (5, 3))


def monopoles(points, sigma_t):
    """Potential of unit current sources, (point, electrode)."""
    return 1 / (4 * np.pi * sigma_t * np.linalg.norm(points[:, None] - ELECTRODES, axis=2))


def test_a_dipole_is_a_source_and_a_sink_close_to_each_other():
    step = 1e-3
    for axis in range(3):
        moved = step / 2 * np.eye(3)[axis]
        pair = (monopoles(POINTS + moved, 0.3) - monopoles(POINTS - moved, 0.3)) / step
        kernel = InfiniteConductor(0.3).kernels(POINTS, ELECTRODES)[:, axis]
        np.testing.assert_allclose(kernel, pair, rtol=1e-6, atol=1e-10)


def test_kernels_turn_with_points_and_electrodes_and_fall_with_conductivity_and_distance_squared():
    kernels, turn = InfiniteConductor(0.3).kernels(POINTS, ELECTRODES), rotation(2)
    assert kernels.shape == (7, 3, 5)
    turned = InfiniteConductor(0.3).kernels(POINTS @ turn.T, ELECTRODES @ turn.T)
    np.testing.assert_allclose(turned, turn @ kernels, atol=1e-12)
    far = InfiniteConductor(0.6).kernels(3 * POINTS, 3 * ELECTRODES)
    np.testing.assert_allclose(far, kernels / (2 * 3**2))
