import numpy as np
import pytest

from ecgi.anatomy.coordinates import aha_segments
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.short_axis_slices import slice_table
from ecgi.anatomy.slicing import slice_grid
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.errors import InputError
from ecgi.data.blending import blend_activations, blend_beats, blends_with_bsp
from ecgi.data.network_beats import network_beats, segments_on
from ecgi.data.splits import split_beats, split_case
from ecgi.physics.simulation import bsp_solver

SLICES = {"count": 3, "first": 0.2, "last": 0.8, "pixel_mm": 4.0, "pixels": 32}


def test_beats_are_put_on_pixels_and_samples(heart):
    rng = np.random.default_rng(0)
    activation, bsp = rng.random((4, heart.wall.sum())), rng.random((4, 5, 12))
    made = network_beats(heart, "patient7", SLICES, 4, iter(activation), bsp, np.arange(12.0))
    grid, gather = slice_grid(heart, "patient7", **SLICES)
    np.testing.assert_array_equal(made.activation_ms, gather(activation))
    np.testing.assert_allclose(made.bsp_mv, bsp.reshape(4, 5, 4, 3).mean(-1))
    np.testing.assert_array_equal(made.times_ms, [1, 4, 7, 10])
    np.testing.assert_array_equal(made.grid.tissue, grid.tissue)


def test_the_segment_of_a_pixel_is_that_of_the_voxel_in_it(heart):
    grid, _ = slice_grid(heart, "patient7", 3, 0.2, 0.8, 2.0, 64)  # pixels of one voxel
    segments = segments_on(grid, heart)
    volume = np.zeros(heart.labels.shape, np.uint8)
    volume[heart.wall] = aha_segments(heart)
    index = np.linalg.solve(heart.affine[:3, :3], (grid.positions[grid.mask] - heart.affine[:3, 3]).T)
    np.testing.assert_array_equal(segments[grid.mask], volume[tuple(np.rint(index).astype(int))])
    assert (segments[~grid.mask] == 0).all()


def test_a_heart_of_a_cohort_has_one_part_but_for_the_beats_to_go_on_from():
    assert split_case(5, "a", 1, {}, "test", 2).tolist() == ["test"] * 3 + ["transfer"] * 2
    assert split_case(3, "a", 1, {}, "validation").tolist() == ["validation"] * 3


def test_a_heart_by_itself_is_split_by_the_fractions():
    fractions = {"test_fraction": 0.25, "validation_fraction": 0.2}
    assert split_case(40, "a", 1, fractions).tolist() == split_beats(40, 0.25, 0.2, "a", 1).tolist()


def test_the_slices_of_a_heart_are_tabled_with_their_walls(phantom):
    heart, _ = short_axis(phantom, 3.0, True)
    table = slice_table(heart, "patient7", SLICES | {"pixel_mm": 3.0})
    grid, _ = slice_grid(heart, "patient7", **SLICES | {"pixel_mm": 3.0})
    assert table.columns.tolist() == ["slice", "from_base_mm", "wall_pixels"]
    assert table["slice"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(table["from_base_mm"], grid.z)
    np.testing.assert_array_equal(table["wall_pixels"], grid.mask.sum((1, 2)))


@pytest.fixture
def activations():
    return np.random.default_rng(2).uniform(0, 100, (6, 40))


def test_blends_have_the_bsp_of_their_own_maps(activations):
    def bsp_of(times):
        return np.outer([1.0, -2.0], times[:12])

    maps, bsp = blends_with_bsp(
        activations, 3, 1, "patient7", lambda times: times.reshape(2, 4, 5), bsp_of, 4
    )
    expected = list(blend_activations(activations, 3, 1, "blend patient7"))
    np.testing.assert_array_equal(maps, np.reshape(expected, (3, 2, 4, 5)))
    np.testing.assert_allclose(
        bsp, [bsp_of(times).reshape(2, 4, 3).mean(-1) for times in expected], rtol=1e-6
    )


def test_a_blend_that_lasts_too_long_names_its_heart(activations):
    def refuse(times):
        raise InputError("raise bsp.samples")

    with pytest.raises(InputError, match=r"case patient7, a blended beat: raise bsp\.samples"):
        blends_with_bsp(activations, 1, 1, "patient7", lambda times: times, refuse, 4)


def test_blends_of_a_heart_are_on_its_pixels_and_have_bsp_of_its_lead_field(heart):
    rng = np.random.default_rng(4)
    along = heart.positions(heart.wall) @ rng.standard_normal((3, 5))
    activations = (along - along.min(0)).T / 2
    field = rng.standard_normal((heart.wall.sum(), 2)).astype(np.float32)
    cell, sampling = ActionPotentialSettings().model_dump(), {"samples": 120, "time_step_ms": 4.0}
    blends = blend_beats(heart, field, "patient7", activations, 2, 1, SLICES, cell, sampling, 30)
    grid, gather = slice_grid(heart, "patient7", **SLICES)
    times, bsp_of = bsp_solver(heart, field, cell, sampling)
    expected = np.stack(list(blend_activations(activations, 2, 1, "blend patient7")))
    np.testing.assert_array_equal(blends.activation_ms, gather(expected))
    np.testing.assert_array_equal(np.isfinite(blends.activation_ms[0]), grid.mask)
    np.testing.assert_allclose(
        blends.bsp_mv, bsp_of(expected).reshape(2, 2, 30, 4).mean(-1), atol=1e-4 * np.abs(field).sum(0).max()
    )
    np.testing.assert_allclose(blends.times_ms, times.reshape(30, 4).mean(1))
