import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import backend, ops
from scipy.stats import norm

from ecgi.core.errors import InputError
from ecgi.models import registry
from ecgi.models.building import build, load
from ecgi.models.registry import FAMILIES

MAP, BSP, BSP_MAPS = (32, 32, 1), (16, 32, 1), (2, 8, 32)
CONDITIONS = {
    "bsp": BSP,
    "bsp_maps": BSP_MAPS,
    "mask": MAP,
    "recording": BSP[:2],
    "electrode_position": (16, 3),
    "blocks": (40, 5),
    "distance": (40, 40),
    "boundary_kernels": (1, 3, 1),
}


def shapes_of(family):
    settings = registry.family(family)
    shapes = {"target": BSP if settings.target == "bsp" else MAP}
    return shapes | {name: CONDITIONS[name] for name in settings.conditions}


def batch_of(shapes, count=3, seed=0):
    rng = np.random.default_rng(seed)
    batch = {name: rng.random((count, *shape), dtype=np.float32) for name, shape in shapes.items()}
    if "blocks" in batch:
        batch["blocks"] = 50 * batch["blocks"]
        batch["blocks"][..., 0] = np.arange(40) * 6 + 1
        batch["boundary_kernels"] = 1e-6 * batch["boundary_kernels"]
        batch["distance"] = 100 * batch["distance"]
        batch["electrode_position"] = 150 * batch["electrode_position"] + [0, 100, 0]
    return {name: np.float32(values) for name, values in batch.items()}


def variant_of(family, **settings):
    return registry.variant_of({"family": family, "latent": 8, "filters": 4, **settings})


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


def test_output_has_the_shape_of_the_target(family):
    shapes = shapes_of(family)
    model = build(variant_of(family), shapes, 0)
    assert model(batch_of(shapes, 3))["output"].shape == (3, *shapes["target"])


def test_equal_seeds_give_equal_weights_and_others_do_not(family):
    first, same, other = (build(variant_of(family), shapes_of(family), seed) for seed in (1, 1, 2))
    for a, b in zip(first.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first.get_weights(), other.get_weights(), strict=True))


def test_a_saved_model_predicts_what_it_did(family, tmp_path):
    shapes = shapes_of(family)
    model, inputs = build(variant_of(family), shapes, 0), batch_of(shapes)
    expected = np.asarray(model(inputs)["output"])
    model.save(tmp_path / "model.keras")
    reopened = load(tmp_path / "model.keras")
    np.testing.assert_allclose(np.asarray(reopened(inputs)["output"]), expected, atol=1e-6)
    assert reopened.settings["family"] == family


def a_lambda(path):
    """A layer whose code is in the file."""
    inputs = keras.Input((2,))
    outputs = keras.layers.Lambda(lambda x: (Path("ran").touch(), x)[1], output_shape=(2,))(inputs)
    keras.Model(inputs, outputs).save(path)


def sound(path):
    shapes = shapes_of("map_vae")
    model = build(variant_of("map_vae"), shapes, 0)
    model(batch_of(shapes))
    model.save(path)


def with_config(path, change):
    """A sound model whose description is changed."""
    sound("sound.keras")
    with zipfile.ZipFile("sound.keras") as whole, zipfile.ZipFile(path, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "config.json":
                content = json.dumps(change(json.loads(content)))
            changed.writestr(name, content)


def a_call(path):
    """A description that names a function of Python's to call."""
    touch = {"module": "os", "class_name": "system", "registered_name": "system", "config": "touch ran"}
    with_config(path, lambda config: touch)


def a_class_of_elsewhere(path):
    """A description whose class takes a command."""
    popen = {"module": "subprocess", "class_name": "Popen", "registered_name": "Popen"}
    with_config(path, lambda config: {**popen, "config": {"args": ["touch", "ran"]}})


def a_call_among_settings(path):
    """A sound model but for a setting that is to be called."""
    call = {"class_name": "function", "config": "system", "module": "os", "registered_name": "system"}
    with_config(path, lambda config: {**config, "config": {**config["config"], "extra": call}})


def of_somebody_else(path):
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(path)


def cut_short(path):
    sound(path)
    Path(path).write_bytes(Path(path).read_bytes()[:-2000])


def without_weights(path):
    sound("sound.keras")
    with zipfile.ZipFile("sound.keras") as whole, zipfile.ZipFile(path, "w") as changed:
        changed.writestr("config.json", whole.read("config.json"))


@pytest.mark.parametrize(
    "write",
    [
        a_lambda,
        a_call,
        a_class_of_elsewhere,
        a_call_among_settings,
        of_somebody_else,
        cut_short,
        without_weights,
    ],
)
def test_a_model_of_another_making_is_refused_and_runs_nothing(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("model.keras")
    Path("ran").unlink(missing_ok=True)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"model\.keras: not a model of this workflow") as mistake:
        load("model.keras")
    assert len(str(mistake.value).splitlines()) == 1
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_model_is_refused_by_name(content, tmp_path):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.keras: not a model of this workflow"):
        load(tmp_path / "model.keras")


@pytest.mark.parametrize(
    ("family", "signals"),
    [("map_cvae", "bsp_maps"), ("map_prior_cvae", "bsp"), ("map_backprojection", "recording")],
)
def test_conditions_reach_the_output(family, signals):
    shapes = shapes_of(family)
    model, inputs = build(variant_of(family), shapes, 0), batch_of(shapes)
    model.adapt(inputs[signals])
    inputs = {name: ops.convert_to_tensor(value) for name, value in inputs.items()}
    code = ops.zeros((3, 8))
    one = np.asarray(model.decode(code, model.condition(inputs)))
    for name in (signals, "mask"):
        two = np.asarray(model.decode(code, model.condition(inputs | {name: 1 - inputs[name]})))
        assert np.abs(one - two).max() > 1e-4


def test_a_signal_moves_the_picture_in_front_of_it_at_its_moment():
    shapes = {"target": (32, 32, 1), "bsp_maps": (4, 4, 32), "mask": (32, 32, 1)}
    context = build(variant_of("map_cvae"), shapes, 0).context
    inputs = {name: np.zeros((1, *shapes[name]), np.float32) for name in ("bsp_maps", "mask")}
    rest = np.asarray(context(inputs)["pictures"])
    inputs["bsp_maps"][0, 1, 3, 10:12] = 1
    moved = np.abs(np.asarray(context(inputs)["pictures"]) - rest)[0]
    assert np.flatnonzero(moved.any((0, 1))).tolist() == [5]
    assert np.unravel_index(moved[..., 5].argmax(), (32, 32))[0] in range(8, 16)
    assert np.unravel_index(moved[..., 5].argmax(), (32, 32))[1] in range(24, 32)


def test_standardised_signals_have_mean_zero_and_variance_one_over_all():
    from ecgi.models.layers import Standardise

    rows = np.random.default_rng(0).normal([1.0, 2.0], [0.1, 3.0], (500, 2)).astype(np.float32)
    layer = Standardise()
    layer.build(rows.shape)
    layer.adapt(rows)
    out = np.asarray(layer(rows))
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(out.std(), 1, rtol=1e-4)
    np.testing.assert_allclose(
        np.ptp(out[:, 1]) / np.ptp(out[:, 0]), np.ptp(rows[:, 1]) / np.ptp(rows[:, 0]), rtol=1e-3
    )


def test_paper_networks_have_the_layers_of_the_paper():
    model = build(registry.variant_of({"family": "bsp_vae", "latent": 6}), {"target": (100, 128, 1)}, 0)
    convolutions = [layer for layer in model.encoder.layers if "conv" in layer.name]
    transposed = [layer for layer in model.decoder.layers if "conv" in layer.name]
    assert [(c.filters, c.kernel_size, c.strides) for c in convolutions] == [(16, (3, 3), (2, 2))] * 2
    assert [(c.filters, c.kernel_size, c.strides) for c in transposed] == [
        (16, (3, 3), (2, 2)),
        (16, (3, 3), (2, 2)),
        (1, (3, 3), (1, 1)),
    ]
    assert transposed[-1].activation.__name__ == "sigmoid"


def test_fold_and_its_inverse_undo_each_other_in_two_and_three_dimensions():
    from ecgi.models.layers import Fold

    for size in ((8, 12), (4, 8, 12)):
        x = np.random.default_rng(0).random((2, *size, 3), dtype=np.float32)
        folded = Fold(4)(x)
        assert folded.shape == (2, *(side // 4 for side in size), 3 * 4 ** len(size))
        np.testing.assert_array_equal(np.asarray(Fold(4, inverse=True)(folded)), x)


def test_folding_keeps_neighbours_together():
    from ecgi.models.layers import Fold

    x = np.zeros((1, 8, 8, 1), np.float32)
    x[0, :4, 4:] = 1
    folded = np.asarray(Fold(4)(x))[0]
    assert folded[0, 1].min() == 1
    assert folded.sum() == 16


def test_kl_between_gaussians_equals_its_monte_carlo_estimate():
    from ecgi.models.losses import kl_per_dimension

    mean, log_variance, prior_mean, prior_log_variance = 0.7, -0.5, -0.2, 0.4
    x = np.random.default_rng(0).normal(mean, np.exp(log_variance / 2), 400_000)

    def log_density(x, m, v):
        return -0.5 * (np.log(2 * np.pi) + v + (x - m) ** 2 / np.exp(v))

    estimate = np.mean(log_density(x, mean, log_variance) - log_density(x, prior_mean, prior_log_variance))
    exact = kl_per_dimension(*np.float32([mean, log_variance, prior_mean, prior_log_variance]))
    assert float(exact) == pytest.approx(estimate, abs=5e-3)


def test_score_of_two_draws_is_their_distance_to_the_target_less_half_that_between_them():
    from ecgi.models.losses import crps

    target, one, two, weight = np.random.default_rng(0).normal(size=(4, 3, 8, 8, 1)).astype(np.float32)
    weight = (weight > 0).astype(np.float32)
    expected = weight * ((np.abs(one - target) + np.abs(two - target)) / 2 - np.abs(one - two) / 2)
    np.testing.assert_allclose(crps(target, [one, two], weight), expected.sum((1, 2, 3)), rtol=1e-4)


def test_score_of_many_samples_is_that_of_their_gaussian():
    from ecgi.models.losses import crps

    samples = np.random.default_rng(0).normal(size=(200, 2000)).astype(np.float32)
    target = np.full((1, 2000), 0.7, np.float32)
    # Gneiting & Raftery 2007, equation 22
    exact = 0.7 * (2 * norm.cdf(0.7) - 1) + 2 * norm.pdf(0.7) - 1 / np.sqrt(np.pi)
    assert float(crps(target, list(samples[:, None]), 1.0)[0]) / 2000 == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("true_sd", [0.5, 2.0])
def test_score_is_least_for_samples_that_spread_as_the_truth_does(true_sd):
    from ecgi.models.losses import crps

    target, *samples = np.random.default_rng(1).normal(size=(3, 1, 400_000)).astype(np.float32)
    tried = true_sd * np.geomspace(1 / 4, 4, 17)
    scores = [float(crps(true_sd * target, [sd * sample for sample in samples], 1.0)[0]) for sd in tried]
    assert np.argmin(scores) in (7, 8, 9)


def test_loss_is_squared_error_plus_weighted_kl():
    shapes = shapes_of("map_vae")
    variant = variant_of("map_vae", beta=5.0, likelihood_sd=0.1)
    model, inputs = build(variant, shapes, 0), batch_of(shapes)
    model.compile("sgd")
    terms = model(inputs)
    loss = float(model.compute_loss(x=inputs, y_pred=terms, training=False))
    error = np.mean((np.asarray(terms["output"]) - inputs["target"]) ** 2)
    kl = np.asarray(terms["kl"]).sum(1).mean() * 5.0 * 2 * 0.1**2 / np.prod(MAP)
    assert loss == pytest.approx(error + kl, rel=1e-4)


def test_errors_outside_the_weight_do_not_count():
    shapes = shapes_of("map_vae") | {"weight": MAP}
    model, inputs = build(variant_of("map_vae"), shapes, 0), batch_of(shapes)
    model.compile("sgd")
    inputs["weight"] = (inputs["weight"] > 0.5).astype(np.float32)
    code = np.asarray(model(inputs)["error"])
    output = np.asarray(model(inputs)["output"])
    expected = (inputs["weight"] * (output - inputs["target"]) ** 2).sum((1, 2, 3))
    np.testing.assert_allclose(code, expected, rtol=1e-4)


def test_a_signal_code_that_does_not_fit_the_time_samples_is_refused():
    with pytest.raises(ValueError, match="multiple of 8, a quarter of the 32 time samples"):
        build(variant_of("bsp_signal_vae", latent=5), shapes_of("bsp_signal_vae"), 0)


def test_half_the_precision_between_layers_leaves_codes_outputs_and_losses_single(family):
    shapes = shapes_of(family)
    inputs = {name: ops.convert_to_tensor(value) for name, value in batch_of(shapes).items()}
    more = {"prior_weight": 1.0} if registry.family(family).loss == "elbo" else {}
    single, half = (
        build(variant_of(family, precision=policy, **more), shapes, 0)
        for policy in ("float32", "mixed_bfloat16")
    )
    expected, terms = single(inputs), half(inputs)
    assert {backend.standardize_dtype(term.dtype) for term in terms.values()} == {"float32"}
    assert {weight.dtype for weight in half.trainable_weights} == {"float32"}
    assert any(layer.compute_dtype != "float32" for layer in half.decoder.layers)
    assert not np.array_equal(terms["output"], expected["output"])
    for name, value in terms.items():
        assert np.linalg.norm(value - expected[name]) <= 0.1 * np.linalg.norm(expected[name]) + 0.02
