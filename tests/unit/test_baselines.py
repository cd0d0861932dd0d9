import numpy as np
import pytest

from ecgi.anatomy.slicing import MapGrid
from ecgi.core.errors import InputError
from ecgi.inverse.baselines import KernelRidge, NearestNeighbour
from ecgi.inverse.registry import BASELINES

SHAPE = (2, 6, 6)


@pytest.fixture(scope="module")
def grid():
    tissue = np.zeros(SHAPE, np.uint8)
    tissue[:, 1:5, 1:4] = 1
    places = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1) * 4.0
    return MapGrid("patient7", tissue, np.arange(2.0), np.arange(6.0), np.arange(6.0), places)


@pytest.fixture(scope="module")
def electrodes():
    return np.random.default_rng(0).random((4, 3))


@pytest.fixture(scope="module")
def beats(grid):
    """Beats of two hidden parameters, on which BSP and maps depend smoothly."""
    rng = np.random.default_rng(1)
    hidden = rng.uniform(-1, 1, (60, 2))
    bsp = np.tanh(hidden @ rng.normal(size=(2, 4 * 10))).reshape(60, 4, 10).astype(np.float32)
    maps = 60 + 20 * np.sin(hidden @ rng.normal(size=(2, np.prod(SHAPE)))).reshape(60, *SHAPE)
    return bsp, np.where(grid.mask, maps, np.nan).astype(np.float32)


@pytest.fixture(scope="module")
def fitted(beats, grid, electrodes):
    bsp, maps = beats
    return {name: kind.fit(bsp[:50], maps[:50], grid, electrodes) for name, kind in BASELINES.items()}


@pytest.fixture(params=BASELINES)
def method(request, fitted):
    return fitted[request.param]


def predicted(method, bsp, grid, electrodes):
    return method.predict(bsp, grid, electrodes, None, 1, 0)


def test_one_map_in_ms_per_beat_on_the_wall_and_nothing_outside(method, beats, grid, electrodes):
    maps = predicted(method, beats[0][50:], grid, electrodes)
    assert maps.shape == (1, 10, *SHAPE)
    np.testing.assert_array_equal(np.isfinite(maps), np.broadcast_to(grid.mask, maps.shape))
    assert 30 < np.nanmean(maps) < 90


def test_beats_are_predicted_each_by_itself(method, beats, grid, electrodes):
    bsp = beats[0][50:]
    together = predicted(method, bsp, grid, electrodes)
    alone = predicted(method, bsp[3:4], grid, electrodes)
    np.testing.assert_allclose(alone[0, 0], together[0, 3], rtol=1e-5)


def test_another_heart_is_refused_by_name(method, beats, grid, electrodes):
    tissue = grid.tissue.copy()
    tissue[0, 1, 1] = 0
    other = MapGrid("patient8", tissue, grid.z, grid.y, grid.x, grid.positions)
    with pytest.raises(InputError, match="fitted on heart 'patient7', which 'patient8' is not"):
        predicted(method, beats[0][50:], other, electrodes)


def test_other_electrodes_are_refused(method, beats, grid, electrodes):
    with pytest.raises(InputError, match="fitted on other electrode positions"):
        predicted(method, beats[0][50:], grid, electrodes + 1.0)


def test_the_training_mean_is_the_mean_whatever_the_bsp(beats, fitted, grid, electrodes):
    bsp, maps = beats
    for signals in (bsp[50:], 100 * bsp[50:]):
        for predicted_map in predicted(fitted["training_mean"], signals, grid, electrodes)[0]:
            np.testing.assert_allclose(predicted_map, maps[:50].mean(0), rtol=1e-5)


def test_the_nearest_neighbour_of_a_training_beat_is_itself(beats, grid, electrodes):
    bsp, maps = beats
    method = NearestNeighbour.fit(bsp, maps, grid, electrodes)
    slightly_off = bsp + 1e-3 * np.random.default_rng(2).normal(size=bsp.shape)
    np.testing.assert_array_equal(predicted(method, slightly_off, grid, electrodes)[0], maps)


def test_the_nearest_neighbour_is_nearest_in_bsp_not_in_maps(grid, electrodes):
    bsp = np.array([0.0, 1.0, 5.0])[:, None, None] * np.ones((3, 4, 10))
    maps = np.array([10.0, 20.0, 30.0])[:, None, None, None] * np.where(grid.mask, 1, np.nan)
    method = NearestNeighbour.fit(bsp, maps, grid, electrodes)
    new = np.array([0.4, 0.6, 3.1, 99.0])[:, None, None] * np.ones((4, 4, 10))
    found = np.nanmean(predicted(method, new, grid, electrodes)[0], axis=(1, 2, 3))
    assert found.tolist() == [10, 20, 30, 30]


def test_kernel_ridge_learns_a_smooth_relation(beats, fitted, grid, electrodes):
    bsp, maps = beats

    def error(name):
        return np.sqrt(np.nanmean((predicted(fitted[name], bsp[50:], grid, electrodes)[0] - maps[50:]) ** 2))

    assert error("kernel_ridge") < 0.2 * error("training_mean")
    assert error("kernel_ridge") < error("nearest_neighbour")


def test_kernel_ridge_does_not_depend_on_the_unit_of_the_bsp(beats, fitted, grid, electrodes):
    bsp, maps = beats
    in_mv = predicted(fitted["kernel_ridge"], bsp[50:], grid, electrodes)
    method = KernelRidge.fit(1000 * bsp[:50], maps[:50], grid, electrodes)
    np.testing.assert_allclose(predicted(method, 1000 * bsp[50:], grid, electrodes), in_mv, rtol=1e-3)


def test_kernel_ridge_falls_back_to_the_mean_far_from_all_training_beats(beats, fitted, grid, electrodes):
    bsp, maps = beats
    far = predicted(fitted["kernel_ridge"], bsp[50:] + 1e4, grid, electrodes)[0]
    np.testing.assert_allclose(far, np.broadcast_to(maps[:50].mean(0), far.shape), rtol=1e-4)
