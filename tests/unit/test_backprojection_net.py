"""The model that takes any heart: its layers, and what it learns."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sources import SAMPLES, around, signals_of

from ecgi.models.backprojection_net import TO_UNITS, Earliest, Picked, Spread
from ecgi.models.building import load
from ecgi.models.registry import variant_of
from ecgi.models.training import trainer


def test_features_of_each_block_take_its_place_on_the_grid():
    features = np.random.default_rng(0).random((2, 5, 3), dtype=np.float32)
    cells = np.array([[1, 4, 6, 24, 9], [2, 3, 0, 0, 0]], np.float32)
    grid = np.asarray(Spread((2, 3, 4))(features, cells))
    expected = np.zeros((2, 24, 3), np.float32)
    for sample, block in np.argwhere(cells > 0):
        expected[sample, int(cells[sample, block]) - 1] = features[sample, block]
    np.testing.assert_array_equal(grid, expected.reshape(2, 2, 3, 4, 3))


def test_features_come_back_from_the_grid_to_their_blocks():
    features = np.random.default_rng(0).random((2, 4, 3), dtype=np.float32)
    cells = np.array([[1, 4, 6, 24], [2, 3, 9, 11]], np.float32)
    np.testing.assert_array_equal(np.asarray(Picked()(Spread((2, 3, 4))(features, cells), cells)), features)


@pytest.fixture(scope="module")
def line():
    """Blocks 5 mm apart in a row, two of which are not there, and how far they are from each other."""
    blocks = np.zeros((1, 42, 5), np.float32)
    blocks[0, :40, 0] = np.arange(40) + 1
    blocks[0, :40, 1] = 5.0 * np.arange(40)
    distance = np.abs(blocks[..., 1:2] - blocks[:, None, :, 1])
    return blocks, distance


def earliest(line, onset, slowness):
    """Times of the first wave, and where it came from, on the blocks that are there."""
    blocks, distance = line
    layer = Earliest()
    given = (np.float32(onset)[None], np.float32(slowness)[None], distance, blocks)
    return [np.asarray(some)[0, :40] for some in layer(*given)]


def test_two_waves_meet_where_they_arrive_at_once(line):
    onset = np.full(42, 5.0)
    onset[[4, 33]], onset[[40, 41]] = (0.1, 0.2), 0.0
    times, came = earliest(line, onset, np.full(42, 0.5))
    place = line[0][0, :40, 1]
    from_first, from_second = 0.1 + 0.005 * np.abs(place - 20), 0.2 + 0.005 * np.abs(place - 165)
    np.testing.assert_allclose(times, np.minimum(from_first, from_second), atol=0.01)
    apart = np.abs(from_first - from_second) > 0.1
    expected = place - np.where(from_first < from_second, 20.0, 165.0)
    np.testing.assert_allclose(came[apart, 0] / TO_UNITS, expected[apart], atol=0.1)
    assert not came[:, 1:].any()


def test_waves_are_late_where_the_wall_is_slow(line):
    onset, slowness = np.full(42, 5.0), np.where(np.arange(42) < 20, 0.5, 1.0)
    onset[0] = 0.0
    times, _ = earliest(line, onset, slowness)
    assert np.diff(times[:20]) == pytest.approx(0.025, abs=1e-3)
    assert times[39] == pytest.approx(1.95 * 0.75, abs=0.01)


def small_variant(**settings):
    small = {"family": "map_backprojection", "reconstruction": "wall", "latent": 4, "filters": 4}
    return variant_of(small | settings)


def beats_on(frame, count, seed):
    """Beats whose map is one number; their signals tell its size, and nothing its sign."""
    rng = np.random.default_rng(seed)
    size = rng.choice([0.05, 0.3], count)
    maps = 0.5 + (size * rng.choice([-1, 1], count))[:, None] * np.ones(np.prod(frame))
    electrodes = around(8)
    course = np.linspace(0, 1, SAMPLES) ** np.where(size > 0.1, 3, 0.3)[:, None]
    bsp = signals_of(electrodes, np.zeros(3), np.array([1.0, 2.0, 0.5]))[:, 8:9] * course[:, None]
    cells = np.prod(np.array(frame) // 2)
    blocks = np.column_stack([np.arange(cells) + 1, rng.normal(0, 20, (cells, 3)), np.zeros(cells)])[::8]
    distance = cdist(blocks[:, 1:4], blocks[:, 1:4])
    every = np.arange(count)
    shared = {"electrode_position": electrodes, "blocks": blocks, "distance": distance}
    shared["boundary_kernels"] = np.zeros((1, 3, 1))
    shared["mask"] = np.ones((*frame, 1))
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
    model, history = trainer.train(small_variant(batch=4, epochs=1), data, data, 0, tmp_path)
    assert np.isfinite(history[0]["loss"])
    given = {name: values[row] for name, (values, row) in data.items()}
    expected = np.asarray(model(given)["output"])
    assert expected.shape == (8, *frame, 1)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(load(tmp_path / "model.keras")(given)["output"]), expected, atol=1e-5
    )
