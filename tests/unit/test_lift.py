"""Signals taken back to where they come from, by the patient's own physics."""

import numpy as np
import pytest
from hearts import rotation
from sources import SAMPLES, around, signals_of

from ecgi.anatomy.slicing import MapGrid
from ecgi.data.blocks import stack_padded, wall_blocks
from ecgi.models.lift import FEATURES, RIDGES, Lift
from ecgi.physics.conductor import InfiniteConductor

PIXEL_MM = 8.0
NOTHING = np.zeros((1, 3, 1))  # added by boundaries


def ball_of_wall():
    """Blocks of a thick shell 96 mm across."""
    line = (np.arange(12) - 5.5) * PIXEL_MM
    places = np.stack(np.meshgrid(line, line, line, indexing="ij")[::-1], -1)
    distance = np.linalg.norm(places, axis=-1)
    tissue = ((distance > 24) & (distance < 46)).astype(np.uint8)
    return wall_blocks(MapGrid("shell", tissue, line, line, line, places, True), 1)[0][0]


BLOCKS = ball_of_wall()


def lift(bsp, electrodes, blocks=BLOCKS, kept=None):
    """Lifted dipoles (block, axis, ridge, sample) of one recording."""
    found = np.asarray(layer_output(bsp, electrodes, blocks, kept)[0])[0]
    return np.moveaxis(found.reshape(len(blocks), 2, 3, SAMPLES), 1, 2)


def layer_output(bsp, electrodes, blocks=BLOCKS, kept=None, boundary=NOTHING):
    """Dipoles and figures of one recording, as the layer gives them."""
    kept = np.ones(len(electrodes)) if kept is None else kept
    return Lift()(*[np.float32(some)[None] for some in (bsp, electrodes, kept, blocks, boundary)])


def figures_of(bsp, electrodes, kept=None):
    """How many electrodes, how restless, and what share each ridge leaves; not as logarithms."""
    return np.exp(np.asarray(layer_output(bsp, electrodes, kept=kept)[1])[0])


@pytest.fixture(scope="module")
def recording():
    """Electrodes and a recording of three dipoles."""
    electrodes, rng = around(40), np.random.default_rng(0)
    places = BLOCKS[rng.choice(len(BLOCKS), 3, False), 1:4]
    return electrodes, sum(signals_of(electrodes, place, rng.normal(size=3)) for place in places)


@pytest.mark.parametrize("number", range(0, len(BLOCKS), len(BLOCKS) // 6))
def test_a_dipole_is_lifted_to_its_block_or_a_neighbour(number):
    electrodes, place = around(), BLOCKS[number, 1:4]
    moment = np.random.default_rng(number).normal(size=3)
    found = lift(signals_of(electrodes, place, moment), electrodes)
    power = np.square(found[:, :, 1]).sum((1, 2))
    assert np.linalg.norm(BLOCKS[power.argmax(), 1:4] - place) <= 2 * PIXEL_MM * np.sqrt(3) + 1e-3


def test_neither_the_reference_nor_the_size_of_signals_matters(recording):
    electrodes, bsp = recording
    reference = np.abs(bsp).max() * np.random.default_rng(1).normal(size=SAMPLES)
    np.testing.assert_allclose(lift(7 * bsp + reference, electrodes), lift(bsp, electrodes), atol=0.02)


def test_dipoles_turn_with_heart_and_electrodes(recording):
    electrodes, bsp = recording
    turn, step = rotation(4), np.array([12.0, -30.0, 5.0])
    moved = np.column_stack([BLOCKS[:, 0], BLOCKS[:, 1:4] @ turn.T + step])
    found = lift(bsp, electrodes @ turn.T + step, moved)
    expected = np.einsum("ij,bjrt->birt", turn, lift(bsp, electrodes))
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_boundaries_add_to_the_kernels(recording):
    """What makes kernels those of other electrodes gives what these electrodes give."""
    electrodes, bsp = recording
    moved = electrodes + np.array([8.0, -5.0, 12.0])
    infinite = InfiniteConductor(1 / (4 * np.pi))
    here, there = (infinite.kernels(BLOCKS[:, 1:4].astype(float), places) for places in (electrodes, moved))
    found = layer_output(bsp, electrodes, boundary=there - here)
    for some, expected in zip(found, layer_output(bsp, moved), strict=True):
        np.testing.assert_allclose(some, expected, atol=0.02)
    assert np.abs(np.asarray(found[0]) - np.asarray(layer_output(bsp, electrodes)[0])).max() > 0.1


def test_an_electrode_that_is_missing_changes_nothing(recording):
    electrodes, bsp = recording
    kept = np.ones(len(electrodes))
    kept[[3, 17]] = 0
    other_places, other_bsp = electrodes.copy(), bsp.copy()
    other_places[[3, 17]] += 60
    other_bsp[[3, 17]] = 5
    found = lift(bsp, electrodes, kept=kept)
    np.testing.assert_allclose(lift(other_bsp, other_places, kept=kept), found, atol=5e-3)
    without = lift(np.delete(bsp, [3, 17], 0), np.delete(electrodes, [3, 17], 0))
    np.testing.assert_allclose(found, without, atol=5e-3)


def test_blocks_that_fill_up_change_nothing(recording):
    electrodes, bsp = recording
    filled = np.concatenate([BLOCKS, np.zeros((9, 5))])
    found = lift(bsp, electrodes, filled)
    assert not found[len(BLOCKS) :].any()
    np.testing.assert_allclose(found[: len(BLOCKS)], lift(bsp, electrodes), atol=5e-3)


def test_recordings_of_a_batch_are_lifted_each_by_its_own_physics(recording):
    electrodes, bsp = recording
    moved = electrodes + np.array([0.0, 20.0, 0.0])
    short = BLOCKS[::2]
    together, _ = Lift()(
        np.float32([bsp, bsp]),
        np.float32([electrodes, moved]),
        np.ones((2, len(electrodes)), np.float32),
        stack_padded([BLOCKS[None], short[None]]),
        np.float32([NOTHING, NOTHING]),
    )
    alone = lift(bsp, electrodes), lift(bsp, moved, short)
    for found, expected in zip(np.asarray(together), alone, strict=True):
        found = np.moveaxis(found.reshape(len(BLOCKS), 2, 3, SAMPLES), 1, 2)[: len(expected)]
        np.testing.assert_allclose(found, expected, atol=0.01)


def test_noise_and_misplaced_electrodes_show(recording):
    electrodes, bsp = recording
    rng = np.random.default_rng(2)
    noisy = bsp + 0.1 * bsp.std() * rng.normal(size=bsp.shape)
    astray = electrodes + rng.normal(0, 15, electrodes.shape)
    count, restless, *unexplained = figures_of(bsp, electrodes)
    assert len(unexplained) == len(RIDGES) == FEATURES - 2
    assert count == pytest.approx(len(electrodes))
    assert figures_of(noisy, electrodes)[1] > 3 * restless
    assert figures_of(bsp, astray)[1] == pytest.approx(restless, rel=1e-3)
    assert figures_of(bsp, astray)[-1] > 3 * unexplained[-1]


def test_more_is_left_unexplained_the_larger_the_ridge(recording):
    electrodes, bsp = recording
    shares = figures_of(bsp, electrodes)[2:]
    assert list(np.argsort(shares)[::-1]) == list(np.argsort(RIDGES)[::-1])
    assert 0 < shares.min() < shares.max() < 1
