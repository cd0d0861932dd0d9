import numpy as np
import pytest

from ecgi.anatomy.heart import Anatomy
from ecgi.anatomy.slicing import MapGrid
from ecgi.core.errors import InputError
from ecgi.inverse.base import Patient, TrainingBeats
from ecgi.inverse.baselines import KernelRidge, NearestNeighbour, TrainingMean

SHAPE = (2, 6, 6)
WINDOW_MS = 40.0
BASELINES = {
    "training_mean": TrainingMean,
    "nearest_neighbour": NearestNeighbour,
    "kernel_ridge": KernelRidge,
}


@pytest.fixture(scope="module")
def grid():
    tissue = np.zeros(SHAPE, np.uint8)
    tissue[:, 1:5, 1:4] = 1
    places = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1)[..., ::-1] * 4.0
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
def fit(grid, electrodes):
    """Fit a baseline on some beats."""
    return lambda kind, bsp, maps, blended=None, **settings: kind(**settings).make(
        TrainingBeats(bsp, maps, grid, electrodes, WINDOW_MS, blended)
    )


@pytest.fixture(scope="module")
def fitted(beats, fit):
    bsp, maps = beats
    return {name: fit(kind, bsp[:50], maps[:50]) for name, kind in BASELINES.items()}


@pytest.fixture(params=BASELINES)
def method(request, fitted):
    return fitted[request.param]


def patient_on(grid, electrodes, case="patient7", samples=10):
    """A patient whose wall voxels are the pixels of a grid."""
    anatomy = Anatomy(grid.tissue.T, np.diag([4.0, 4.0, 4.0, 1.0]))
    return Patient(case, anatomy, electrodes, WINDOW_MS / 10 * np.arange(samples), lambda: None, {}, {})


def on_wall(maps, grid):
    """Maps at the wall's voxels, shape (..., voxel)."""
    return np.swapaxes(maps, -3, -1)[..., grid.mask.T]


@pytest.fixture(scope="module")
def patient(grid, electrodes):
    return patient_on(grid, electrodes)


def test_one_map_in_ms_per_beat_on_the_wall(method, beats, grid, patient):
    maps = method.predict(beats[0][50:], patient, 4, 0)
    assert maps.shape == (1, 10, grid.mask.sum())
    assert np.isfinite(maps).all()
    assert 30 < maps.mean() < 90


def test_beats_are_predicted_each_by_itself(method, beats, patient):
    bsp = beats[0][50:]
    together, alone = (method.predict(some, patient, 1, 0) for some in (bsp, bsp[3:4]))
    np.testing.assert_allclose(alone[0, 0], together[0, 3], rtol=1e-5)


def test_a_recording_of_more_samples_is_averaged(method, beats, patient, grid, electrodes):
    bsp = beats[0][50:]
    finer = patient_on(grid, electrodes, samples=30)
    finer.times = finer.times / 3
    np.testing.assert_allclose(
        method.predict(np.repeat(bsp, 3, 2), finer, 1, 0), method.predict(bsp, patient, 1, 0), rtol=1e-4
    )


def test_another_heart_is_refused_by_name(method, beats, grid, electrodes):
    other = patient_on(grid, electrodes, "patient8")
    with pytest.raises(InputError, match="fitted on heart 'patient7', which 'patient8' is not"):
        method.predict(beats[0][50:], other, 1, 0)


def test_other_electrodes_are_refused(method, beats, grid, electrodes):
    with pytest.raises(InputError, match="fitted on 4 electrodes, and takes no others, fewer or moved ones"):
        method.predict(beats[0][50:], patient_on(grid, electrodes + 1.0), 1, 0)


def test_a_recording_of_another_length_is_refused_though_its_samples_could_be_averaged(
    method, beats, grid, electrodes
):
    longer = patient_on(grid, electrodes, samples=20)
    with pytest.raises(InputError, match="fitted on recordings of 40 ms, and this one has 80 ms"):
        method.predict(np.repeat(beats[0][50:], 2, 2), longer, 1, 0)


def test_the_training_mean_is_the_mean_whatever_the_bsp(beats, fitted, grid, patient):
    bsp, maps = beats
    mean = on_wall(maps[:50].mean(0), grid)
    for signals in (bsp[50:], 100 * bsp[50:]):
        for predicted in fitted["training_mean"].predict(signals, patient, 1, 0)[0]:
            np.testing.assert_allclose(predicted, mean, rtol=1e-5)


def test_the_training_mean_alone_predicts_a_mean_bsp(beats, fitted):
    np.testing.assert_allclose(fitted["training_mean"].mean_bsp, beats[0][:50].mean(0), rtol=1e-5)
    assert all(fitted[name].mean_bsp is None for name in ("nearest_neighbour", "kernel_ridge"))


def test_the_nearest_neighbour_of_a_training_beat_is_itself(beats, fit, grid, patient):
    bsp, maps = beats
    method = fit(NearestNeighbour, bsp, maps)
    slightly_off = bsp + 1e-3 * np.random.default_rng(2).normal(size=bsp.shape)
    np.testing.assert_array_equal(method.predict(slightly_off, patient, 1, 0)[0], on_wall(maps, grid))


def test_the_nearest_neighbour_is_nearest_in_bsp_not_in_maps(fit, grid, patient):
    bsp = np.array([0.0, 1.0, 5.0])[:, None, None] * np.ones((3, 4, 10))
    maps = np.array([10.0, 20.0, 30.0])[:, None, None, None] * np.where(grid.mask, 1, np.nan)
    method = fit(NearestNeighbour, bsp, maps)
    new = np.array([0.4, 0.6, 3.1, 99.0])[:, None, None] * np.ones((4, 4, 10))
    assert method.predict(new, patient, 1, 0)[0].mean(1).tolist() == [10, 20, 30, 30]


def error(method, beats, grid, patient):
    """RMS error in ms on the beats that were not fitted."""
    bsp, maps = beats
    difference = method.predict(bsp[50:], patient, 1, 0)[0] - on_wall(maps[50:], grid)
    return np.sqrt(np.square(difference).mean())


def test_kernel_ridge_learns_a_smooth_relation(beats, fitted, grid, patient):
    ridge, nearest, mean = (
        error(fitted[name], beats, grid, patient)
        for name in ("kernel_ridge", "nearest_neighbour", "training_mean")
    )
    assert ridge < 0.2 * mean
    assert ridge < nearest


def test_kernel_ridge_does_not_depend_on_the_unit_of_the_bsp(beats, fit, fitted, patient):
    bsp, maps = beats
    in_mv = fitted["kernel_ridge"].predict(bsp[50:], patient, 1, 0)
    in_uv = fit(KernelRidge, 1000 * bsp[:50], maps[:50]).predict(1000 * bsp[50:], patient, 1, 0)
    np.testing.assert_allclose(in_uv, in_mv, rtol=1e-3)


def test_kernel_ridge_falls_back_to_the_mean_far_from_all_training_beats(beats, fitted, grid, patient):
    bsp, maps = beats
    far = fitted["kernel_ridge"].predict(bsp[50:] + 1e4, patient, 1, 0)[0]
    mean = on_wall(maps[:50].mean(0), grid)
    np.testing.assert_allclose(far, np.broadcast_to(mean, far.shape), rtol=1e-4)


@pytest.mark.parametrize("kind", BASELINES.values())
def test_blended_beats_are_fitted_too(kind, beats, fit, grid, patient):
    bsp, maps = beats
    with_blends, without = (
        fit(kind, bsp[:20], maps[:20], blended, blends=blended is not None)
        for blended in ((bsp[20:50], maps[20:50]), None)
    )
    assert error(with_blends, beats, grid, patient) < error(without, beats, grid, patient)


@pytest.mark.parametrize("kind", BASELINES.values())
def test_a_baseline_without_training_beats_is_refused(kind):
    with pytest.raises(InputError, match="needs training beats"):
        kind().make()
