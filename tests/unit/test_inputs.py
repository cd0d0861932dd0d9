import numpy as np
import pytest
from hearts import CENTRE, rotation
from scipy.spatial.distance import cdist

from ecgi.anatomy.heart import Tissue
from ecgi.anatomy.slicing import MapGrid
from ecgi.data.blocks import block_distances, wall_blocks
from ecgi.data.inputs import join_inputs, model_inputs
from ecgi.data.normalisation import Normalisation


@pytest.fixture(scope="module")
def families():
    from ecgi.models.registry import FAMILIES, family

    return {name: family(name) for name in FAMILIES}


BEATS, SLICES = 3, 2


def data_that_says_where_it_is_from(volume=False):
    """Maps worth 10 beat + slice + 1, BSP worth the beat, walls of as many pixels as the slice's number."""
    maps = 10.0 * np.arange(BEATS)[:, None] + np.arange(SLICES) + 1
    maps = np.broadcast_to(maps[..., None, None], (BEATS, SLICES, 4, 4))
    bsp = np.broadcast_to(np.arange(float(BEATS))[:, None, None], (BEATS, 5, 6))
    wall = np.arange(16).reshape(4, 4) < np.arange(1, SLICES + 1)[:, None, None]
    return maps, bsp, grid_of(wall, volume), np.random.default_rng(0).normal(0, 100, (5, 3))


def grid_of(wall, volume=False):
    """A grid of pixels of 4 mm, turned and moved in the patient."""
    layers, rows, columns = (4.0 * np.arange(count) for count in wall.shape)
    places = np.stack(np.meshgrid(layers, rows, columns, indexing="ij")[::-1], -1)
    tissue = np.where(wall, np.uint8(Tissue.LV_WALL), np.uint8(0))
    return MapGrid("patient7", tissue, layers, rows, columns, CENTRE + places @ rotation(3).T, volume)


IDENTITY = Normalisation(1.0, 0.0, 1.0, 0.0)


def rows(inputs, name):
    values, row = inputs[name]
    return values[row]


def test_each_slice_of_each_beat_is_a_sample_with_its_own_bsp_and_mask(families):
    inputs = model_inputs(families["map_prior_cvae"], "wall", *data_that_says_where_it_is_from(), IDENTITY)
    assert set(inputs) == {"target", "bsp", "mask", "weight"}
    beat, slice_ = np.divmod(np.arange(BEATS * SLICES), SLICES)
    target, bsp, mask = (rows(inputs, name) for name in ("target", "bsp", "mask"))
    assert target.shape == (6, 4, 4, 1)
    assert bsp.shape == (6, 5, 6, 1)
    np.testing.assert_array_equal(target[:, 0, 0, 0], 10 * beat + slice_ + 1)
    np.testing.assert_array_equal(bsp[:, 0, 0, 0], beat)
    np.testing.assert_array_equal(mask.sum((1, 2, 3)), slice_ + 1)
    np.testing.assert_array_equal(rows(inputs, "weight"), mask)


def test_signals_of_an_electrode_grid_become_maps_row_by_row(families):
    maps, _, grid, electrodes = data_that_says_where_it_is_from()
    bsp = np.arange(BEATS * 6 * 4.0).reshape(BEATS, 6, 4)
    inputs = model_inputs(families["map_cvae"], "wall", maps, bsp, grid, electrodes, IDENTITY, (2, 3))
    assert set(inputs) == {"target", "bsp_maps", "mask", "weight"}
    signals = rows(inputs, "bsp_maps")
    assert signals.shape == (BEATS * SLICES, 2, 3, 4)
    np.testing.assert_array_equal(signals[:, 1, 2], np.repeat(bsp[:, 5], SLICES, 0))


def test_what_samples_share_is_held_once(families):
    inputs = model_inputs(families["map_prior_cvae"], "wall", *data_that_says_where_it_is_from(), IDENTITY)
    assert {name: len(values) for name, (values, _) in inputs.items()} == {
        "target": BEATS * SLICES,
        "bsp": BEATS,
        "mask": SLICES,
        "weight": SLICES,
    }


def test_an_unconditional_model_of_maps_gets_maps_alone(families):
    inputs = model_inputs(families["map_vae"], "full_frame", *data_that_says_where_it_is_from(), IDENTITY)
    assert set(inputs) == {"target"}


def test_a_model_of_bsp_gets_one_sample_per_beat(families):
    inputs = model_inputs(families["bsp_vae"], "full_frame", *data_that_says_where_it_is_from(), IDENTITY)
    assert set(inputs) == {"target"}
    np.testing.assert_array_equal(rows(inputs, "target")[:, 0, 0, 0], np.arange(BEATS))


def test_signals_weigh_by_their_inverse_variance_up_to_a_hundredfold(families):
    wave = np.array([-1.0, 1.0])
    bsp = np.array([[1.0], [2.0], [4.0], [1e-6], [3.0]]) * wave
    maps, _, *heart = data_that_says_where_it_is_from()
    inputs = model_inputs(families["bsp_signal_vae"], "signal", maps[:1], bsp[None], *heart, IDENTITY)
    weight = rows(inputs, "weight")
    np.testing.assert_allclose(weight.ravel(), [4 / 1, 4 / 4, 4 / 16, 100, 4 / 9], rtol=1e-5)
    assert np.broadcast_shapes(weight.shape, rows(inputs, "target").shape) == (1, 5, 2, 1)


def test_joined_hearts_keep_each_sample_with_its_own_rows(families):
    maps, bsp, grid, electrodes = data_that_says_where_it_is_from()
    family, other = families["map_prior_cvae"], grid_of(~grid.mask)
    first = model_inputs(family, "full_frame", maps, bsp, grid, electrodes, IDENTITY)
    second = model_inputs(family, "full_frame", maps + 100, bsp + 100, other, electrodes, IDENTITY)
    joined = join_inputs([first, second, first])
    for name in first:
        separate = [rows(part, name) for part in (first, second, first)]
        np.testing.assert_array_equal(rows(joined, name), np.concatenate(separate))
        assert len(joined[name][0]) == sum(len(part[name][0]) for part in (first, second, first))


def test_a_volume_is_one_sample_per_beat_and_says_where_its_wall_and_electrodes_are(families):
    maps, bsp, grid, electrodes = data_that_says_where_it_is_from(volume=True)
    inputs = model_inputs(families["map_backprojection"], "wall", maps, bsp, grid, electrodes, IDENTITY)
    assert set(inputs) == {
        "target",
        "recording",
        "mask",
        "electrode_position",
        "blocks",
        "distance",
        "boundary_kernels",
        "weight",
    }
    assert not rows(inputs, "boundary_kernels").any()
    assert rows(inputs, "target").shape == (BEATS, SLICES, 4, 4, 1)
    np.testing.assert_array_equal(rows(inputs, "target")[..., 0], maps)
    np.testing.assert_array_equal(rows(inputs, "recording"), bsp)
    np.testing.assert_array_equal(rows(inputs, "weight")[1, ..., 0], grid.mask)
    np.testing.assert_array_equal(rows(inputs, "electrode_position")[2], grid.centred(electrodes))
    assert {len(values) for name, (values, _) in inputs.items() if name not in ("target", "recording")} == {1}


def test_joined_hearts_of_unlike_size_are_filled_up_with_zeros(families):
    maps, bsp, grid, electrodes = data_that_says_where_it_is_from(volume=True)
    wide = grid_of(np.ones_like(grid.mask), volume=True)
    few, many = (
        model_inputs(families["map_backprojection"], "wall", maps, bsp, some, electrodes, IDENTITY)
        for some in (grid, wide)
    )
    joined = rows(join_inputs([few, many]), "blocks")
    own = rows(few, "blocks")
    assert joined.shape == (2 * BEATS, *rows(many, "blocks").shape[1:])
    np.testing.assert_array_equal(joined[:BEATS, : own.shape[1]], own)
    assert not joined[:BEATS, own.shape[1] :].any()
    np.testing.assert_array_equal(joined[BEATS:], rows(many, "blocks"))


def test_hearts_in_an_infinite_conductor_and_in_torsos_are_joined_block_by_block(families):
    maps, bsp, _, places = data_that_says_where_it_is_from(volume=True)
    small, large = np.zeros((2, 2, 4, 4), bool)
    small[:, :2, :2], large[:] = True, True
    kernels = np.ones((1, wall_blocks(grid_of(small, True), 1)[0].shape[1], 3, 5), np.float32)
    parts = [
        model_inputs(
            families["map_backprojection"],
            "wall",
            maps,
            bsp,
            grid_of(wall, True),
            places,
            IDENTITY,
            None,
            added,
        )
        for wall, added in ((small, kernels), (large, None))
    ]
    joined = join_inputs(parts)
    added, blocks = rows(joined, "boundary_kernels"), rows(joined, "blocks")
    assert added.shape == (2 * BEATS, blocks.shape[1], 3, 5)
    assert (added[:BEATS, : kernels.shape[1]] == 1).all()
    assert not added[:BEATS, kernels.shape[1] :].any()
    assert not added[BEATS:].any()


@pytest.mark.parametrize("volume", [False, True])
def test_blocks_of_wall_are_those_that_hold_some_with_its_centre(volume):
    wall = np.random.default_rng(2).random((4, 6, 8)) < 0.08
    wall[2] = False
    wall[2, 5, 7] = True
    grid = grid_of(wall, volume)
    right = np.random.default_rng(3).random(wall.shape) < 0.5
    grid.tissue[wall & right] = Tissue.RV_WALL
    blocks, row = wall_blocks(grid, 3)
    features = np.concatenate([grid.centred(grid.positions), right[..., None]], -1)
    frames, places = (some[None] if volume else some for some in (wall, features))
    np.testing.assert_array_equal(row, np.tile(np.arange(len(frames)), 3))
    most = 0
    for found, frame, place in zip(blocks, frames, places, strict=True):
        expected = []
        for cell, corner in enumerate(np.ndindex(tuple(side // 2 for side in frame.shape))):
            inside = tuple(slice(2 * at, 2 * at + 2) for at in corner)
            if frame[inside].any():
                expected.append([cell + 1, *place[inside][frame[inside]].mean(0)])
        np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-4)
        assert not found[len(expected) :].any()
        most = max(most, len(expected))
    assert blocks.shape[1:] == (most, 5)


def test_ways_between_blocks_go_through_the_wall():
    wall = np.zeros((4, 16, 16), bool)
    wall[:, :, :4] = wall[:, :, 12:] = wall[:, 12:] = True
    grid = grid_of(wall, volume=True)
    (ways,), _ = block_distances(grid, 2)
    blocks = wall_blocks(grid, 2)[0][0]
    straight = cdist(blocks[:, 1:4], blocks[:, 1:4])
    assert (ways >= straight - 1e-3).all()
    np.testing.assert_array_equal(ways, ways.T)
    left, right = (np.abs(blocks[:, 1:3] - corner).sum(1).argmin() for corner in ([-28, -28], [28, -28]))
    corners = np.array([[-28, -28], [-16, 20], [16, 20], [28, -28]])
    around = np.linalg.norm(np.diff(corners, axis=0), axis=1).sum()
    assert straight[left, right] == pytest.approx(56)
    assert ways[left, right] == pytest.approx(around, rel=0.12)
    near = (straight > 0) & (straight < 10)
    assert np.abs(ways - straight)[near].mean() < 2.5


@pytest.mark.parametrize("volume", [False, True])
def test_ways_are_straight_where_the_wall_does_not_hang_together(volume):
    wall = np.zeros((4, 6, 8), bool)
    wall[:, :2, :2] = wall[:, 4:, 6:] = True
    ways, row = block_distances(grid_of(wall, volume), 3)
    blocks, expected_row = wall_blocks(grid_of(wall, volume), 3)
    np.testing.assert_array_equal(row, expected_row)
    straight = [cdist(some[:, 1:4], some[:, 1:4]) for some in blocks]
    apart = np.abs(blocks[:, :, None, 1] - blocks[:, None, :, 1]) > 20
    np.testing.assert_allclose(ways[apart], np.array(straight)[apart], rtol=1e-4)
