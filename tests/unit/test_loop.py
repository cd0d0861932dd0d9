"""Runs on any of Keras's backends."""

import keras
import numpy as np
import pytest

from ecgi.models.training import loop


class Listener(keras.Model):
    """Adds up what it is trained on, in order: a power of two more for each later step."""

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight(name="scale", shape=(), initializer="zeros")

    def build(self, shape=None):
        self.built = True

    def call(self, inputs, training=False):
        shared = keras.ops.sum(inputs["target"] * inputs["bsp"], -1)
        return {"output": inputs["target"], "error": shared + 0 * self.scale}

    def compute_loss(self, x, y, y_pred, sample_weight, training=True):
        del y, sample_weight, training
        return keras.ops.mean(y_pred["error"]) * self.scale


@pytest.fixture
def inputs():
    rows = np.arange(6, dtype=np.float32)[:, None]
    shared = np.array([[1], [10]], np.float32)
    return loop.on_device({"target": (rows, np.arange(6)), "bsp": (shared, np.arange(6) // 3)})


@pytest.fixture
def model():
    model = Listener()
    model.compile(keras.optimizers.SGD(1.0))
    model.build()
    model.optimizer.build(model.trainable_variables)
    return model


def test_samples_that_share_a_row_get_that_row_and_outputs_stay_where_they_are(model, inputs):
    terms = loop.validator(model, inputs)(np.array([5, 0, 3, 2]))
    assert list(terms) == ["error"]
    assert terms["error"].tolist() == [50, 0, 30, 2]


@pytest.mark.parametrize("steps_per_call", [1, 2, 128])
def test_every_step_is_taken_however_many_there_are_per_call(model, inputs, monkeypatch, steps_per_call):
    monkeypatch.setattr(loop, "STEPS_PER_CALL", steps_per_call)
    train = loop.trainer(model, inputs)
    train(np.array([[0, 1], [2, 3], [4, 5]]))
    assert float(model.scale) == -sum([(0 + 1) / 2, (2 + 30) / 2, (40 + 50) / 2])
    assert int(model.optimizer.iterations) == 3
