"""The physics in front of the model that lifts, and what the model learns from what it is shown."""

import numpy as np
import pytest
from hearts import rotation
from scipy.stats import norm

from ecgi import training
from ecgi.dataset import _stacked, wall_blocks
from ecgi.grid import MapGrid
from ecgi.models import load
from ecgi.models.lifted import Lift, Recorded, Spread
from ecgi.settings import Variant, Variety

SAMPLES, PIXEL_MM = 16, 8.0


def ball_of_wall():
    """Blocks of a thick shell 96 mm across."""
    line = (np.arange(12) - 5.5) * PIXEL_MM
    places = np.stack(np.meshgrid(line, line, line, indexing="ij")[::-1], -1)
    distance = np.linalg.norm(places, axis=-1)
    tissue = ((distance > 24) & (distance < 46)).astype(np.uint8)
    return wall_blocks(MapGrid("shell", tissue, line, line, line, places, True), 1)[0][0]


BLOCKS = ball_of_wall()


def around(count=120, radius_mm=140.0):
    """Electrodes all around, evenly."""
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    angle = np.pi * (1 + 5**0.5) * np.arange(count)
    across = np.sqrt(1 - height**2)
    return radius_mm * np.column_stack([across * np.cos(angle), across * np.sin(angle), height])


def signals_of(electrodes, place, moment):
    """Potentials of a dipole that comes and goes, against infinity."""
    away = electrodes - place
    course = np.sin(np.pi * np.arange(SAMPLES) / SAMPLES)
    return (away @ moment / np.linalg.norm(away, axis=1) ** 3)[:, None] * course


def lift(bsp, electrodes, blocks=BLOCKS, kept=None):
    """Lifted dipoles (block, axis, ridge, sample) of one recording."""
    kept = np.ones(len(electrodes)) if kept is None else kept
    given = [np.float32(some)[None] for some in (bsp, electrodes, kept, blocks)]
    found = np.asarray(Lift()(*given))[0].reshape(len(blocks), 2, 3, SAMPLES)
    return np.moveaxis(found, 1, 2)


@pytest.fixture(scope="module")
def recording():
    """Electrodes and a recording of three dipoles."""
    electrodes, draw = around(40), np.random.default_rng(0)
    places = BLOCKS[draw.choice(len(BLOCKS), 3, False), 1:]
    return electrodes, sum(signals_of(electrodes, place, draw.normal(size=3)) for place in places)


@pytest.mark.parametrize("number", range(0, len(BLOCKS), len(BLOCKS) // 6))
def test_a_dipole_is_lifted_to_its_block_or_a_neighbour(number):
    electrodes, place = around(), BLOCKS[number, 1:]
    moment = np.random.default_rng(number).normal(size=3)
    found = lift(signals_of(electrodes, place, moment), electrodes)
    power = np.square(found[:, :, 1]).sum((1, 2))
    assert np.linalg.norm(BLOCKS[power.argmax(), 1:] - place) <= 2 * PIXEL_MM * np.sqrt(3) + 1e-3


def test_neither_the_reference_nor_the_size_of_signals_matters(recording):
    electrodes, bsp = recording
    reference = np.abs(bsp).max() * np.random.default_rng(1).normal(size=SAMPLES)
    np.testing.assert_allclose(lift(7 * bsp + reference, electrodes), lift(bsp, electrodes), atol=0.02)


def test_dipoles_turn_with_heart_and_electrodes(recording):
    electrodes, bsp = recording
    turn, step = rotation(4), np.array([12.0, -30.0, 5.0])
    moved = np.column_stack([BLOCKS[:, 0], BLOCKS[:, 1:] @ turn.T + step])
    found = lift(bsp, electrodes @ turn.T + step, moved)
    expected = np.einsum("ij,bjrt->birt", turn, lift(bsp, electrodes))
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_an_electrode_that_is_missing_says_nothing(recording):
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
    filled = np.concatenate([BLOCKS, np.zeros((9, 4))])
    found = lift(bsp, electrodes, filled)
    assert not found[len(BLOCKS) :].any()
    np.testing.assert_allclose(found[: len(BLOCKS)], lift(bsp, electrodes), atol=5e-3)


def test_features_of_each_block_take_its_place_on_the_grid():
    features = np.random.default_rng(0).random((2, 5, 3), dtype=np.float32)
    cells = np.array([[1, 4, 6, 24, 9], [2, 3, 0, 0, 0]], np.float32)
    grid = np.asarray(Spread((2, 3, 4))(features, cells))
    expected = np.zeros((2, 24, 3), np.float32)
    for sample, block in np.argwhere(cells > 0):
        expected[sample, int(cells[sample, block]) - 1] = features[sample, block]
    np.testing.assert_array_equal(grid, expected.reshape(2, 2, 3, 4, 3))


def recorded(bsp, electrodes, seed=0, training=True, **variety):
    """What a recording becomes in training."""
    quiet = {"onset": 0.0, "snr_db": (100.0, 100.0), "electrode_mm": 0.0, "fewest": 1.0}
    layer = Recorded(Variety(**quiet | variety).model_dump(), seed)
    return [np.asarray(some) for some in layer(np.float32(bsp), np.float32(electrodes), training=training)]


@pytest.fixture(scope="module")
def batch():
    """Ramps in time, 200 recordings of 30 electrodes."""
    slopes = np.random.default_rng(0).uniform(0.5, 2, (200, 30, 1))
    return slopes * np.arange(64.0), np.random.default_rng(1).normal(0, 100, (200, 30, 3))


def test_recordings_stay_as_they_are_out_of_training(batch):
    for found, given in zip(recorded(*batch, training=False, onset=3.0, fewest=0.1), batch, strict=False):
        np.testing.assert_array_equal(found, np.float32(given))
    assert (recorded(*batch, training=False)[2] == 1).all()


def test_onsets_are_shifted_by_no_more_than_asked_for(batch):
    bsp = recorded(*batch, onset=3.0)[0]
    slopes = batch[0][:, :, 1:2]
    shift = ((bsp - batch[0]) / slopes)[:, :, 8:56]
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1, :1], shift.shape), atol=0.02)
    shift = shift[:, 0, 0]
    assert np.abs(shift).max() <= 3.02
    assert shift.min() < -2.5
    assert shift.max() > 2.5


def test_noise_has_the_ratio_asked_for(batch):
    noise = recorded(*batch, snr_db=(10.0, 20.0))[0] - np.float32(batch[0])
    ratio = 10 * np.log10(np.square(batch[0]).mean((1, 2)) / np.square(noise).mean((1, 2)))
    assert ratio.min() > 9.5
    assert ratio.max() < 20.5
    assert np.ptp(ratio) > 9


def test_electrodes_are_off_by_up_to_the_error_asked_for(batch):
    off = (recorded(*batch, electrode_mm=10.0)[1] - batch[1]).std((1, 2))
    assert 9 < np.quantile(off, 0.99) < 12
    assert off.mean() == pytest.approx(5, abs=0.7)


def test_half_of_the_recordings_have_all_electrodes_and_none_fewer_than_asked_for(batch):
    kept = recorded(*batch, fewest=0.3)[2]
    assert set(np.unique(kept)) == {0, 1}
    share = kept.mean(1)
    assert (share == 1).mean() == pytest.approx(0.5, abs=0.12)
    assert share.min() > norm.ppf(1e-4, 0.3, np.sqrt(0.3 * 0.7 / kept.shape[1]))
    assert np.quantile(share, 0.05) < 0.45


def test_three_electrodes_are_always_left(batch):
    few = [some[:, :4] for some in batch]
    assert recorded(*few, fewest=0.01)[2].sum(1).min() == 3


def test_each_step_draws_anew_and_a_seed_draws_the_same(batch):
    variety = Variety().model_dump()
    given = [np.float32(some) for some in batch]
    first, same, other = (Recorded(variety, seed) for seed in (0, 0, 1))
    one, again = (np.asarray(first(*given, training=True)[0]) for _ in range(2))
    assert not np.array_equal(one, again)
    np.testing.assert_array_equal(np.asarray(same(*given, training=True)[0]), one)
    assert not np.array_equal(np.asarray(other(*given, training=True)[0]), one)


def lifted(**settings):
    return Variant(family="map_lifted", reconstruction="wall", **{"latent": 4, "filters": 4} | settings)


def beats_on(frame, count, seed):
    """Beats whose map is one number; their signals tell its size, and nothing its sign."""
    draw = np.random.default_rng(seed)
    size = draw.choice([0.05, 0.3], count)
    maps = 0.5 + (size * draw.choice([-1, 1], count))[:, None] * np.ones(np.prod(frame))
    electrodes = around(8)
    course = np.linspace(0, 1, SAMPLES) ** np.where(size > 0.1, 3, 0.3)[:, None]
    bsp = signals_of(electrodes, np.zeros(3), np.array([1.0, 2.0, 0.5]))[:, 8:9] * course[:, None]
    cells = np.prod(np.array(frame) // 2)
    blocks = np.column_stack([np.arange(cells) + 1, draw.normal(0, 20, (cells, 3))])[::8]
    every = np.arange(count)
    shared = {"electrode_position": electrodes, "blocks": blocks, "mask": np.ones((*frame, 1))}
    inputs = {name: (np.float32(value)[None], 0 * every) for name, value in shared.items()}
    inputs["weight"] = inputs["mask"]
    inputs["recording"] = (np.float32(bsp), every)
    inputs["target"] = (np.float32(maps.reshape(count, *frame, 1)), every)
    return inputs, size


@pytest.mark.parametrize(
    "frame", [(16, 16), pytest.param((8, 16, 8), marks=pytest.mark.slow)], ids=["slices", "a volume"]
)
def test_a_model_of_slices_or_volumes_trains_and_is_opened_again(frame, tmp_path):
    data, _ = beats_on(frame, 8, 0)
    model, history = training.train(lifted(batch=4, epochs=1), data, data, 0, tmp_path)
    assert np.isfinite(history[0]["loss"])
    given = {name: values[row] for name, (values, row) in data.items()}
    expected = np.asarray(model(given)["output"])
    assert expected.shape == (8, *frame, 1)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(load(tmp_path / "model.keras")(given)["output"]), expected, atol=1e-5
    )


def test_recordings_of_a_batch_are_lifted_each_by_its_own_physics(recording):
    electrodes, bsp = recording
    moved = electrodes + np.array([0.0, 20.0, 0.0])
    short = BLOCKS[::2]
    together = Lift()(
        np.float32([bsp, bsp]),
        np.float32([electrodes, moved]),
        np.ones((2, len(electrodes)), np.float32),
        _stacked([BLOCKS[None], short[None]]),
    )
    alone = lift(bsp, electrodes), lift(bsp, moved, short)
    for found, expected in zip(np.asarray(together), alone, strict=True):
        found = np.moveaxis(found.reshape(len(BLOCKS), 2, 3, SAMPLES), 1, 2)[: len(expected)]
        np.testing.assert_allclose(found, expected, atol=0.01)
