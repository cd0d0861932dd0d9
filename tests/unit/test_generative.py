import numpy as np
import pytest

from ecgi.anatomy.slicing import MapGrid
from ecgi.core.errors import InputError
from ecgi.data.normalisation import Normalisation
from ecgi.inverse.generative import GenerativeInverse
from ecgi.models.building import build, load
from ecgi.models.registry import family as family_of
from ecgi.models.registry import variant_of

ELECTRODES = np.random.default_rng(0).random((16, 3))
SHAPES = {"target": (16, 16, 1), "bsp": (16, 32, 1), "bsp_maps": (4, 4, 32), "mask": (16, 16, 1)}


@pytest.fixture(scope="module")
def grid():
    tissue = np.zeros((2, 16, 16), np.uint8)
    tissue[:, 4:12, 4:12] = 1
    places = np.zeros((*tissue.shape, 3))
    return MapGrid("patient7", tissue, np.arange(2.0), np.arange(16.0), np.arange(16.0), places)


@pytest.fixture(scope="module", params=["map_cvae", "map_prior_cvae"])
def model(request):
    shapes = {name: SHAPES[name] for name in ("target", *family_of(request.param).conditions)}
    settings = variant_of({"family": request.param, "latent": 3, "filters": 4, "reconstruction": "wall"})
    return build(settings, shapes, 0)


def inverse(model):
    return GenerativeInverse(model, Normalisation(100.0, -1.0, 1.0, 0.0), {"patient7": ELECTRODES})


def drawn(model, grid, beats=3, draws=4, seed=0):
    bsp = np.random.default_rng(1).uniform(-1, 1, (5, 16, 32)).astype(np.float32)[:beats]
    return inverse(model).predict(bsp, grid, ELECTRODES, None, draws, seed)


def test_draws_are_maps_on_the_wall_that_differ_and_come_again_with_their_seed(model, grid):
    maps = drawn(model, grid)
    assert maps.shape == (4, 3, 2, 16, 16)
    np.testing.assert_array_equal(np.isfinite(maps), np.broadcast_to(grid.mask, maps.shape))
    assert maps.std(0)[:, grid.mask].max(1).min() > 0
    np.testing.assert_array_equal(drawn(model, grid), maps)
    assert not np.array_equal(drawn(model, grid, seed=1), maps, equal_nan=True)


def test_a_reopened_model_draws_the_same(model, grid, tmp_path):
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(drawn(load(tmp_path / "model.keras"), grid), drawn(model, grid), rtol=1e-4)


def test_other_electrodes_are_refused(model, grid):
    with pytest.raises(InputError, match="trained on the electrodes of patient7; these lie elsewhere"):
        inverse(model).predict(np.zeros((1, 16, 32)), grid, ELECTRODES + 1, None, 2, 0)
