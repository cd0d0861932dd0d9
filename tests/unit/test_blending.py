import numpy as np
import pytest
from scipy.optimize import nnls

from ecgi.data.blending import blend_activations


@pytest.fixture(scope="module")
def activations():
    """Plane waves from all sides over a sheet, 0 at the earliest."""
    rng = np.random.default_rng(0)
    places = rng.random((300, 2))
    angles = rng.uniform(0, 2 * np.pi, 30)
    times = 100 * (np.stack([np.cos(angles), np.sin(angles)], -1) @ places.T)
    return (times - times.min(1, keepdims=True)).astype(np.float32)


def blends_of(activations, count, seed=0, **options):
    return np.stack(list(blend_activations(activations, count, seed, **options)))


def test_blends_start_at_0(activations):
    blends = blends_of(activations, 20)
    assert blends.shape == (20, 300)
    np.testing.assert_array_equal(blends.min(1), 0)


def test_a_blend_does_not_depend_on_how_many_are_drawn(activations):
    np.testing.assert_array_equal(blends_of(activations, 3), blends_of(activations, 9)[:3])


def test_seed_and_purpose_each_make_other_blends(activations):
    blends = blends_of(activations, 3)
    for other in (blends_of(activations, 3, seed=1), blends_of(activations, 3, purpose="blend patient7")):
        assert (np.abs(other - blends).max(1) > 1e-3).all()


def test_a_blend_is_a_convex_combination_of_three_beats_moved_to_0(activations):
    for blend in blends_of(activations, 10, spread=0.0):
        shift = np.ones(len(blend))
        beats = np.column_stack([*activations.astype(float), shift, -shift])
        sum_of_weights = np.append(np.ones(len(activations)), [0, 0])
        weights, residual = nnls(np.vstack([beats, 1e4 * sum_of_weights]), np.append(blend, 1e4))
        assert residual < 1e-2
        assert weights[:-2].sum() == pytest.approx(1, abs=1e-4)


def test_blends_lie_between_the_beats(activations):
    span = np.ptp(activations, axis=1).max()
    assert blends_of(activations, 50, spread=0.0).max() <= span + 1e-4


def test_only_nearest_beats_are_blended():
    rng = np.random.default_rng(1)
    early = np.linspace(0, 50, 40) + rng.random((5, 40))
    late = np.linspace(200, 0, 40) + rng.random((5, 40))
    blends = blends_of(np.concatenate([early, late]), 40, neighbours=4, spread=0.0)
    rises = blends[:, -1] > blends[:, 0]
    assert 0 < rises.sum() < 40
    assert np.ptp(blends[rises], axis=1).max() < 52
    assert np.ptp(blends[~rises], axis=1).min() > 198


def test_stretch_has_the_spread_asked_for():
    one_shape = np.outer(np.ones(12), np.linspace(0, 100, 50)) + 1e-3 * np.random.default_rng(0).random(
        (12, 50)
    )
    stretch = np.log(blends_of(one_shape, 400, spread=0.2).max(1) / 100)
    assert stretch.std() == pytest.approx(0.2, rel=0.15)
    assert stretch.mean() == pytest.approx(0, abs=4 * 0.2 / 20)
