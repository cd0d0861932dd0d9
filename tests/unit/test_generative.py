import numpy as np
import pytest

from ecgi.anatomy.heart import Anatomy
from ecgi.anatomy.slicing import slice_grid
from ecgi.core.errors import InputError
from ecgi.data.normalisation import Normalisation
from ecgi.inverse.base import Patient
from ecgi.inverse.generative import GenerativeInverse, sampled_maps
from ecgi.models.building import build, load
from ecgi.models.registry import family, variant_of

ELECTRODES = np.random.default_rng(0).random((16, 3))
SHAPES = {"target": (16, 16, 1), "bsp": (16, 32, 1), "bsp_maps": (4, 4, 32), "mask": (16, 16, 1)}
SLICES = {"count": 2, "first": 0.0, "last": 1.0, "pixel_mm": 4.0, "pixels": 16}
STEP_MS = 4.0
SCALES = Normalisation(100.0, -1.0, 1.0, 0.0)


def patient_with(electrodes=ELECTRODES, samples=32, case="patient7"):
    """A block of wall of two layers."""
    labels = np.zeros((16, 16, 2), np.uint8)
    labels[4:12, 4:12] = 1
    anatomy = Anatomy(labels, np.diag([4.0, 4.0, 4.0, 1.0]))
    return Patient(case, anatomy, electrodes, STEP_MS * np.arange(samples), lambda: None, {}, {})


@pytest.fixture(scope="module")
def patient():
    return patient_with()


@pytest.fixture(scope="module", params=["map_cvae", "map_prior_cvae"])
def model(request):
    shapes = {name: SHAPES[name] for name in ("target", *family(request.param).conditions)}
    settings = {"family": request.param, "latent": 3, "filters": 4, "reconstruction": "wall"}
    return build(variant_of(settings), shapes, 0)


def inverse(model, electrodes=None):
    return GenerativeInverse(model, SCALES, SLICES, 32, 32 * STEP_MS, electrodes or {"patient7": ELECTRODES})


def bsp_of(beats):
    return np.random.default_rng(1).uniform(-1, 1, (5, 16, 32)).astype(np.float32)[:beats]


def sampled(model, patient, beats=3, samples=4, seed=0):
    return inverse(model).predict(bsp_of(beats), patient, samples, seed)


def test_samples_are_maps_of_the_wall_that_differ_and_come_again_with_their_seed(model, patient):
    maps = sampled(model, patient)
    assert maps.shape == (4, 3, patient.anatomy.wall.sum())
    assert np.isfinite(maps).all()
    assert maps.std(0).max(1).min() > 0
    np.testing.assert_array_equal(sampled(model, patient), maps)
    assert not np.array_equal(sampled(model, patient, seed=1), maps)


def test_maps_lie_on_the_wall_of_the_grid_and_nothing_outside(model, patient):
    grid, gather = slice_grid(patient.anatomy, "patient7", **SLICES)
    maps = sampled_maps(model, SCALES, bsp_of(3), grid, ELECTRODES, None, 4, 0)
    assert maps.shape == (4, 3, 2, 16, 16)
    np.testing.assert_array_equal(np.isfinite(maps), np.broadcast_to(grid.mask, maps.shape))
    np.testing.assert_allclose(gather(sampled(model, patient)), maps, rtol=1e-5)


def test_a_reopened_model_gives_the_same_samples(model, patient, tmp_path):
    model.save(tmp_path / "model.keras")
    reopened = load(tmp_path / "model.keras")
    np.testing.assert_allclose(sampled(reopened, patient), sampled(model, patient), rtol=1e-4)


@pytest.mark.parametrize("electrodes", [ELECTRODES + 1, ELECTRODES[:-1]])
def test_other_electrodes_are_refused(model, electrodes):
    with pytest.raises(InputError, match="trained on the 16 electrodes of patient7, and takes no others"):
        inverse(model).predict(np.zeros((1, len(electrodes), 32)), patient_with(electrodes), 2, 0)


def test_electrodes_of_a_new_heart_are_taken_where_those_of_training_differed_from_heart_to_heart(model):
    several = {"patient7": ELECTRODES, "patient8": ELECTRODES + 1}
    new = patient_with(ELECTRODES + 2, case="patient9")
    assert inverse(model, several).predict(bsp_of(1), new, 2, 0).shape == (2, 1, new.anatomy.wall.sum())
    with pytest.raises(InputError, match="trained on the 16 electrodes of patient7, patient8"):
        inverse(model, several).predict(np.zeros((1, 15, 32)), patient_with(ELECTRODES[:-1]), 2, 0)


def test_a_recording_that_ends_early_is_refused(model):
    with pytest.raises(InputError, match="trained on recordings of 128 ms, and this one has 120 ms"):
        inverse(model).predict(np.zeros((1, 16, 30)), patient_with(samples=30), 2, 0)
