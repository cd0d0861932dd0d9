import re

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from ecgi.anatomy.heart import WALL, Anatomy, Tissue
from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.slicing import slice_grid, spread_over_wall
from ecgi.core.errors import InputError
from ecgi.data.normalisation import Normalisation
from ecgi.data.splits import split_beats
from ecgi.physics.bsp import average_in_time

COUNT, FIRST, LAST, PIXEL_MM, PIXELS = 4, 0.2, 0.85, 4.0, 32


@pytest.fixture(scope="module")
def sliced(heart):
    return slice_grid(heart, "patient7", COUNT, FIRST, LAST, PIXEL_MM, PIXELS)


def wall_voxels_of_pixels(heart, grid):
    """Wall voxels, numbered in C order, that lie in each pixel."""
    places = np.linalg.solve(heart.affine[:3, :3], (grid.positions - heart.affine[:3, 3])[..., None])[..., 0]
    number = np.full(heart.labels.shape, -1)
    number[heart.wall] = np.arange(heart.wall.sum())
    for pixel in np.ndindex(grid.mask.shape):
        i, j, k = np.rint(places[pixel] - [0.5, 0.5, 0]).astype(int)
        block = number[max(i, 0) : max(i + 2, 0), max(j, 0) : max(j + 2, 0), k]
        yield pixel, block[block >= 0]


def test_gathered_pixels_are_means_of_their_wall_voxels(heart, sliced):
    grid, gather = sliced
    values = np.random.default_rng(0).random(heart.wall.sum())
    expected = np.full(grid.mask.shape, np.nan)
    for pixel, voxels in wall_voxels_of_pixels(heart, grid):
        if len(voxels) >= 2:
            expected[pixel] = values[voxels].mean()
    np.testing.assert_allclose(gather(values), expected, rtol=1e-6)
    np.testing.assert_array_equal(np.isfinite(expected), grid.mask)


def test_positions_of_full_pixels_are_the_means_of_their_voxels(heart, sliced):
    grid, gather = sliced
    full = np.zeros(grid.mask.shape, bool)
    for pixel, voxels in wall_voxels_of_pixels(heart, grid):
        full[pixel] = len(voxels) == 4
    gathered = np.moveaxis(gather(heart.positions(heart.wall).T), 0, -1)
    assert full.sum() > 200
    np.testing.assert_allclose(grid.positions[full], gathered[full], atol=1e-3)


def test_many_beats_are_gathered_as_one_by_one(heart, sliced):
    _, gather = sliced
    values = np.random.default_rng(1).random((2, 3, heart.wall.sum()))
    maps = gather(values)
    assert maps.shape == (2, 3, COUNT, PIXELS, PIXELS)
    np.testing.assert_array_equal(maps[1, 2], gather(values[1, 2]))


def test_slices_lie_at_the_shares_of_the_lv_asked_for(heart, sliced):
    grid, _ = sliced
    lv = np.flatnonzero((heart.labels == Tissue.LV_WALL).any((0, 1)))
    np.testing.assert_allclose(grid.z, np.linspace(FIRST, LAST, COUNT) * np.ptp(lv) * 2.0, atol=1.0)
    assert (np.diff(grid.z) > 0).all()


def test_pixels_lie_on_a_square_grid_around_the_heart(sliced):
    grid, _ = sliced
    for axis in (grid.y, grid.x):
        np.testing.assert_allclose(np.diff(axis), PIXEL_MM)
        assert axis.mean() == pytest.approx(0, abs=1e-9)
    rows, columns = np.nonzero(grid.mask.any(0))
    for along in (rows, columns):
        assert abs((along.min() + along.max()) / 2 - (PIXELS - 1) / 2) <= 2


def test_tissue_of_a_pixel_is_what_most_of_it_is(heart, sliced):
    grid, _ = sliced
    labels = heart.labels[heart.wall]
    for pixel, voxels in wall_voxels_of_pixels(heart, grid):
        if grid.mask[pixel]:
            counts = np.bincount(labels[voxels], minlength=len(Tissue))
            assert counts[grid.tissue[pixel]] == counts.max()
    assert set(np.unique(grid.tissue)) == {0, *WALL} - {Tissue.BORDER_ZONE}


def test_a_heart_that_does_not_fit_is_refused_with_advice_that_helps(heart):
    with pytest.raises(
        InputError, match=r"case patient7: .* raise slices\.pixels or slices\.pixel_mm"
    ) as error:
        slice_grid(heart, "patient7", COUNT, FIRST, LAST, PIXEL_MM, 8)
    needed = int(re.search(r"(\d+) pixels of 4 mm", str(error.value))[1])
    grid, _ = slice_grid(heart, "patient7", COUNT, FIRST, LAST, PIXEL_MM, needed)
    assert grid.mask.any()
    with pytest.raises(InputError):
        slice_grid(heart, "patient7", COUNT, FIRST, LAST, PIXEL_MM, needed - 1)


def test_pixels_of_one_voxel_hold_the_voxels_themselves(heart):
    grid, gather = slice_grid(heart, "patient7", 3, 0.1, 0.9, 2.0, 64)
    labels = heart.labels[heart.wall].astype(float)
    np.testing.assert_array_equal(np.nan_to_num(gather(labels)), grid.tissue)


def test_a_pixel_less_than_half_of_wall_is_none():
    plane = [[1, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 1]]
    labels = np.repeat(np.array(plane)[:, :, None], 3, 2)
    grid, gather = slice_grid(Anatomy(labels.astype(np.uint8), np.eye(4)), "block", 1, 0.5, 0.5, 2.0, 2)
    assert grid.mask.tolist() == [[[False, True], [True, True]]]
    np.testing.assert_array_equal(gather(np.ones(labels.sum())), [[[np.nan, 1], [1, 1]]])


@pytest.mark.parametrize(("count", "tests", "validations"), [(120, 24, 10), (40, 8, 3), (10, 2, 1)])
def test_parts_have_the_sizes_asked_for(count, tests, validations):
    split = split_beats(count, 0.2, 0.1, "patient7", 1)
    parts, sizes = np.unique(split, return_counts=True)
    assert dict(zip(parts.tolist(), sizes.tolist(), strict=True)) == {
        "test": tests,
        "validation": validations,
        "train": count - tests - validations,
    }


def test_a_split_depends_on_case_and_seed_alone():
    split = split_beats(120, 0.2, 0.1, "patient7", 1)
    np.testing.assert_array_equal(split_beats(120, 0.2, 0.1, "patient7", 1), split)
    assert (split_beats(120, 0.2, 0.1, "patient8", 1) != split).any()
    assert (split_beats(120, 0.2, 0.1, "patient7", 2) != split).any()


def test_the_test_part_does_not_depend_on_the_size_of_the_validation_part():
    small, large = (split_beats(120, 0.2, share, "patient7", 1) for share in (0.05, 0.3))
    np.testing.assert_array_equal(small == "test", large == "test")


def test_beats_of_every_age_are_tested():
    split = split_beats(1000, 0.2, 0.1, "patient7", 1)
    assert np.flatnonzero(split == "test").mean() == pytest.approx(500, abs=4 * 289 / np.sqrt(200))


def test_signals_averaged_in_time_are_means_of_neighbours():
    signals = np.arange(24.0).reshape(2, 12)
    np.testing.assert_array_equal(average_in_time(signals, 4), [[1, 4, 7, 10], [13, 16, 19, 22]])
    np.testing.assert_array_equal(average_in_time(signals, 12), signals)


@pytest.fixture
def training():
    rng = np.random.default_rng(0)
    maps = rng.uniform(0, 140, (5, 2, 4, 4)).astype(np.float32)
    maps[:, :, 0] = np.nan
    return maps, rng.normal(0.3, 2, (5, 3, 8))


def scaling_of(maps, bsp, background):
    """Constants of training beats."""
    return Normalisation(float(np.nanmax(maps)), float(bsp.min()), float(bsp.max()), background)


def test_scaled_training_data_fill_0_to_1(training):
    maps, bsp = training
    scaling = scaling_of(maps, bsp, background=-0.5)
    scaled = scaling.scale_maps(maps)
    assert np.nanmax(scaled[~np.isnan(maps)]) == 1
    assert (scaled[np.isnan(maps)] == -0.5).all()
    assert scaling.scale_maps(np.zeros(1)) == 0
    assert scaling.scale_bsp(bsp).min() == 0
    assert scaling.scale_bsp(bsp).max() == 1


def test_scaling_can_be_undone(training):
    maps, bsp = training
    scaling = scaling_of(maps, bsp, background=-0.5)
    np.testing.assert_allclose(scaling.maps_in_ms(scaling.scale_maps(maps), ~np.isnan(maps)), maps, rtol=1e-5)
    np.testing.assert_allclose(scaling.bsp_in_mv(scaling.scale_bsp(bsp)), bsp, atol=1e-5)


def test_later_beats_than_in_training_scale_beyond_1(training):
    scaling = scaling_of(*training, background=0.0)
    assert scaling.scale_maps(np.array([2 * scaling.latest_ms])) == pytest.approx(2)


def test_values_of_the_wall_are_sampled_linearly_between_its_voxels(heart):
    places = heart.positions(heart.wall)
    slope = np.array([0.3, -0.1, 0.2])
    values = np.stack([places @ slope, np.full(len(places), 7.0)])
    thick = ndimage.binary_erosion(heart.wall, np.ones((3, 3, 3)))
    inside = heart.positions(thick)[::50] + np.random.default_rng(0).uniform(-0.9, 0.9, 3)
    sampled = sample_wall(heart, values, inside)
    np.testing.assert_allclose(sampled[0], inside @ slope, atol=1e-3)
    np.testing.assert_allclose(sampled[1], 7)


def test_places_off_the_wall_take_the_nearest_voxel_and_blood_counts_for_nothing(heart):
    places = heart.positions(heart.wall)
    values = np.arange(len(places), dtype=float)
    away = heart.positions(heart.labels == Tissue.LV_CAVITY)[::40]
    nearest = np.linalg.norm(places[:, None] - away, axis=2)
    alone = nearest.min(0) > 2 * np.sqrt(3)
    assert alone.any()
    taken = sample_wall(heart, values, away)[alone].astype(int)
    np.testing.assert_allclose(nearest[taken, np.flatnonzero(alone)], nearest.min(0)[alone])
    beside = sample_wall(heart, np.full(len(places), 5.0), away)
    np.testing.assert_allclose(beside, 5)


def test_pixels_put_back_on_the_wall_are_gathered_as_they_were(heart, sliced):
    grid, gather = sliced
    maps = np.random.default_rng(0).random((3, *grid.mask.shape)).astype(np.float32)
    spread = spread_over_wall(heart, grid, maps)
    np.testing.assert_allclose(
        gather(np.where(np.isnan(spread), 1e6, spread))[:, grid.mask], maps[:, grid.mask], rtol=1e-5
    )
    planes = np.unique(np.argwhere(heart.wall)[np.isfinite(spread[0])][:, 2])
    assert len(planes) == COUNT


def test_a_voxel_put_back_has_the_value_of_the_pixel_over_it(heart, sliced):
    grid, _ = sliced
    spread = spread_over_wall(heart, grid, grid.positions[..., 1])
    spoken = np.isfinite(spread)
    assert np.abs(spread[spoken] - heart.positions(heart.wall)[spoken, 1]).max() <= 1.5


@pytest.fixture(scope="module")
def cubed(heart):
    return slice_grid(heart, "patient7", COUNT, FIRST, LAST, PIXEL_MM, PIXELS, volume=True)


def test_a_volume_is_one_frame_that_covers_the_whole_wall(heart, cubed):
    grid, gather = cubed
    assert grid.mask.shape == grid.frame == (PIXELS,) * 3
    edges = [np.ptp(grid.positions[line], 0) for line in ((0, 0), (0, slice(None), 0), (slice(None), 0, 0))]
    np.testing.assert_allclose(np.linalg.norm(edges, axis=1), (PIXELS - 1) * PIXEL_MM)
    nearest, _ = cKDTree(grid.positions.reshape(-1, 3)).query(heart.positions(heart.wall))
    assert nearest.max() <= PIXEL_MM / 2 * np.sqrt(3)
    spread = spread_over_wall(heart, grid, gather(np.ones(heart.wall.sum())))
    assert np.isfinite(spread).mean() > 0.97
    bare = heart.positions(heart.wall)[np.isnan(spread)]
    assert cKDTree(grid.positions[grid.mask]).query(bare)[0].max() < 2 * PIXEL_MM


def test_places_gathered_in_a_volume_and_spread_back_are_right_to_half_a_pixel(heart, cubed):
    grid, gather = cubed
    places = heart.positions(heart.wall)
    back = spread_over_wall(heart, grid, gather(places.T))
    spoken = np.isfinite(back[0])
    along = np.abs((back.T - places)[spoken] @ (heart.affine[:3, :3] / heart.spacing))
    assert along.max() <= PIXEL_MM / 2 + 1e-3
    gathered = np.moveaxis(gather(places.T), 0, -1)[grid.mask]
    off = np.abs((gathered - grid.positions[grid.mask]) @ (heart.affine[:3, :3] / heart.spacing))
    assert off.max() <= PIXEL_MM / 2


def test_a_heart_that_does_not_fit_into_a_volume_is_refused(heart):
    length = np.ptp(np.argwhere(heart.wall), 0).max() + 1
    needed = int(np.ceil(length / 2))
    assert slice_grid(heart, "patient7", 1, 0, 0, PIXEL_MM, needed, volume=True)
    with pytest.raises(InputError, match=f"the heart is {needed} pixels of 4 mm across"):
        slice_grid(heart, "patient7", 1, 0, 0, PIXEL_MM, needed - 1, volume=True)


@pytest.mark.parametrize("kind", ["sliced", "cubed"])
def test_places_are_centred_rigidly_along_the_axes_of_the_grid(kind, request):
    grid, _ = request.getfixturevalue(kind)
    places = np.random.default_rng(0).normal(0, 200, (30, 3))
    centred = grid.centred(places)
    between, after = (np.linalg.norm(some[:, None] - some, axis=-1) for some in (places, centred))
    np.testing.assert_allclose(after, between, atol=1e-2)
    turned = np.linalg.lstsq(places - places.mean(0), centred - centred.mean(0), rcond=None)[0]
    assert np.linalg.det(turned) == pytest.approx(1, abs=1e-4)
    layers, rows, columns = np.meshgrid(grid.z - grid.z.mean(), grid.y, grid.x, indexing="ij")
    expected = np.stack([columns, rows, layers], -1)
    np.testing.assert_allclose(grid.centred(grid.positions), expected, atol=1e-2)
