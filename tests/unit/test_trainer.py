import numpy as np
import pytest

from ecgi.core.errors import InputError
from ecgi.models.registry import variant_of
from ecgi.models.training import trainer


def blobs(count, seed):
    """Maps with one bright blob each, and the row of each sample."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(4, 12, (count, 2))
    grid = np.stack(np.meshgrid(np.arange(16), np.arange(16), indexing="ij"), -1)
    distance = ((grid[None] - centre[:, None, None]) ** 2).sum(-1)
    return {"target": (np.exp(-distance / 8)[..., None].astype(np.float32), np.arange(count))}


def variant(**settings):
    small = {"latent": 3, "filters": 4, "batch": 8, "epochs": 6, "learning_rate": 0.01}
    return variant_of({"family": "map_vae"} | small | settings)


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_training_lowers_the_validation_loss(tmp_path, precision):
    _, history = trainer.train(
        variant(epochs=15, precision=precision), blobs(64, 0), blobs(16, 1), 0, tmp_path
    )
    assert history[-1]["val_loss"] < 0.5 * history[0]["val_loss"]


def stop_after(monkeypatch, epochs, *arguments):
    """Train, and be interrupted in the epoch after the given number of epochs."""
    whole, left = trainer._validate, iter(range(epochs))

    def stop(model, checks):
        if next(left, None) is None:
            raise Interrupted
        return whole(model, checks)

    with monkeypatch.context() as until_then:
        until_then.setattr(trainer, "_validate", stop)
        with pytest.raises(Interrupted):
            trainer.train(*arguments)


def assert_same(one, other):
    """Two trainings ended with the same weights after the same epochs."""
    assert one[1] == other[1]
    for a, b in zip(one[0].get_weights(), other[0].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("optimizer", "precision"),
    [("adam", "float32"), ("nadam", "float32"), ("rmsprop", "float32"), ("adam", "mixed_float16")],
)
def test_interrupted_training_ends_with_the_weights_of_an_undisturbed_one(
    tmp_path, monkeypatch, capfd, optimizer, precision
):
    monkeypatch.setattr(trainer, "SAVE_EVERY_S", 0.0)
    inputs = variant(optimizer=optimizer, precision=precision, decay=True), blobs(40, 0), blobs(8, 1), 0
    undisturbed = trainer.train(*inputs, tmp_path / "whole")
    stop_after(monkeypatch, 3, *inputs, tmp_path / "broken")
    resumed = trainer.train(*inputs, tmp_path / "broken")
    assert "carrying on after epoch 3" in capfd.readouterr().out
    assert_same(undisturbed, resumed)


def test_interrupted_training_stops_as_early_as_an_undisturbed_one(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "SAVE_EVERY_S", 0.0)
    inputs = variant(epochs=200, patience=3, learning_rate=0.05), blobs(16, 0), blobs(16, 1), 0
    undisturbed = trainer.train(*inputs, tmp_path / "whole")
    stop_after(monkeypatch, len(undisturbed[1]) - 2, *inputs, tmp_path / "broken")
    assert_same(undisturbed, trainer.train(*inputs, tmp_path / "broken"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Inputs of a training, what came of it, and its state as it was saved last."""
    folder = tmp_path_factory.mktemp("saved")
    inputs = variant(epochs=3), blobs(16, 0), blobs(8, 1), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "SAVE_EVERY_S", 0.0)
        undisturbed = trainer.train(*inputs, folder)
    return inputs, undisturbed, (folder / "state.npz").read_bytes()


@pytest.mark.parametrize("harm", ["cut short", "emptied", "overwritten"])
def test_a_damaged_state_is_reported_and_training_starts_anew(tmp_path, capfd, saved, harm):
    inputs, undisturbed, state = saved
    middle = len(state) // 2
    damaged = {
        "cut short": state[:middle],
        "emptied": b"",
        "overwritten": state[:middle] + bytes(200) + state[middle + 200 :],
    }
    (tmp_path / "state.npz").write_bytes(damaged[harm])
    assert_same(undisturbed, trainer.train(*inputs, tmp_path))
    assert "training starts anew" in capfd.readouterr().out


def test_training_that_diverges_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(
        InputError, match="validation loss of epoch 1 is nan; lower the variant's learning_rate"
    ):
        trainer.train(variant(learning_rate=1e30), blobs(16, 0), blobs(8, 1), 0, tmp_path)


def test_training_stops_when_validation_gets_no_better(tmp_path):
    _, history = trainer.train(
        variant(epochs=200, patience=3, learning_rate=0.05), blobs(16, 0), blobs(16, 1), 0, tmp_path
    )
    losses = [epoch["val_loss"] for epoch in history]
    assert len(losses) < 200
    assert len(losses) - 1 - int(np.argmin(losses)) == 3


def test_the_best_epochs_weights_are_kept(tmp_path):
    validation = blobs(16, 1)
    model, history = trainer.train(variant(learning_rate=0.05), blobs(16, 0), validation, 0, tmp_path)
    output = model.reconstruct(validation["target"][0])
    best = min(history, key=lambda epoch: epoch["val_loss"])
    assert np.mean((output - validation["target"][0]) ** 2) == pytest.approx(best["val_mse"], rel=1e-4)


def test_history_has_the_kl_of_each_latent_dimension(saved):
    _, (_, history), _ = saved
    assert {"kl_0", "kl_1", "kl_2"} <= set(history[0])


def test_an_epoch_visits_each_sample_at_most_once_and_epochs_differ():
    orders = [trainer.order_of(epoch, 10, 3, seed=1) for epoch in (0, 1, 0)]
    for order in orders:
        assert order.shape == (3, 3)
        assert len(set(order.ravel())) == 9
    assert orders[0].tolist() == orders[2].tolist() != orders[1].tolist()


def test_state_of_another_training_is_not_carried_on(tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "SAVE_EVERY_S", 0.0)
    trainer.train(variant(epochs=2), blobs(16, 0), blobs(8, 1), 0, tmp_path)
    _, again = trainer.train(variant(epochs=2), blobs(16, 0), blobs(8, 1), 0, tmp_path)
    fresh, other = trainer.train(variant(epochs=2, latent=2), blobs(16, 0), blobs(8, 1), 0, tmp_path)
    assert [epoch["epoch"] for epoch in again] == [epoch["epoch"] for epoch in other] == [1, 2]
    assert fresh.latent == 2
    assert "kl_2" not in other[0]
