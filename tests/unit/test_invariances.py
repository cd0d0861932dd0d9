"""Maps of a heart that is turned or mirrored with its electrodes and its grid."""

import numpy as np
import patients
import pytest
from hearts import rotation

from ecgi.anatomy.frame import short_axis_frame
from ecgi.anatomy.heart import Anatomy
from ecgi.anatomy.interpolation import sample_wall, spread_out
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.repair import keep_largest_piece
from ecgi.anatomy.reslice import reslice
from ecgi.inverse import registry
from ecgi.physics import eikonal

SPACING, CLOSE_MS = 4.0, 2.0
MOVES = {
    "turned": rotation(1),
    "mirrored": np.diag([-1.0, 1.0, 1.0]),
    "both": rotation(2) @ np.diag([1, -1, 1]),
}
METHODS = {
    "physics_search": {"sites": 25, "velocities": (0.55,), "starts": 2},
    "tikhonov": {"nodes": 300},
    "greensite": {"nodes": 300},
}


@pytest.fixture(scope="module")
def segmentation():
    return make_phantom(7, 3.0)


def moved(segmentation, move):
    """The heart under a rotation or a reflection of the patient, in its short-axis frame."""
    affine = np.eye(4)
    affine[:3, :3] = move
    heart = Anatomy(segmentation.labels, affine @ segmentation.affine)
    resliced = reslice(heart, short_axis_frame(heart), SPACING, centred=True)
    return Anatomy(keep_largest_piece(resliced.labels)[0], resliced.affine)


@pytest.fixture(scope="module")
def recorded(segmentation):
    """The heart as it is, its electrodes and a noisy recording."""
    heart = moved(segmentation, np.eye(3))
    places = patients.vest(heart)
    voxels = np.argwhere(heart.wall)
    domain = eikonal.conducting_domain(heart.wall, SPACING)
    speed, source = np.full(len(voxels), 0.6), eikonal.Source(voxels[len(voxels) // 3], 5.0)
    patient = patients.patient_of(heart, places)
    clean = patient.simulate(eikonal.activation_times(domain, speed, [source])).astype(float)
    noise = np.random.default_rng(0).standard_normal(clean.shape)
    return patient, clean + 0.02 * clean.std() * noise


@pytest.mark.parametrize("name", METHODS)
def test_a_heart_that_is_turned_or_mirrored_with_its_electrodes_has_the_same_map(
    segmentation, recorded, name
):
    patient, bsp = recorded
    method = registry.kind(name)(kind=name, **METHODS[name]).make()
    expected = method.predict(bsp[None], patient, 4, 0).mean((0, 1))
    for move in list(MOVES.values())[-1 if name == "physics_search" else 0 :]:
        heart = moved(segmentation, move)
        other = patients.patient_of(heart, patient.electrodes @ move.T)
        found = method.predict(bsp[None], other, 4, 0).mean((0, 1))
        there = patient.anatomy.positions(patient.anatomy.wall) @ move.T
        assert np.abs(sample_wall(heart, found, there) - expected).mean() < CLOSE_MS


@pytest.mark.parametrize("move", MOVES)
def test_the_grid_of_a_heart_is_turned_and_mirrored_with_it(segmentation, move):
    plain, other = (moved(segmentation, by) for by in (np.eye(3), MOVES[move]))
    places, there = (heart.positions(heart.wall) for heart in (plain, other))
    back = there @ MOVES[move]
    order, reordered = (np.lexsort(np.round(points, 3).T) for points in (places, back))
    np.testing.assert_allclose(places[order], back[reordered], atol=1e-6)


@pytest.mark.parametrize("move", MOVES)
def test_points_that_are_spread_out_are_turned_and_mirrored_with_the_grid(move):
    """On a grid most distances occur many times; the points are in another order."""
    grid = np.argwhere(np.ones((6, 5, 7))).astype(float)
    places = grid[np.random.default_rng(3).random(len(grid)) < 0.7]
    order = np.random.default_rng(0).permutation(len(places))
    chosen = places[spread_out(places, 20)] @ MOVES[move].T
    other = (places @ MOVES[move].T)[order]
    np.testing.assert_allclose(other[spread_out(other, 20)], chosen, atol=1e-9)
