"""Many steps per call on data that stay on the device.

A step is Keras's own; what is ours is the loop around it, the one thing that is not the same for all
of Keras's backends. Within it the samples of a step are picked on the device, so that nothing passes
between host and device but the order of the samples, and the metrics once an epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from ...core.errors import InputError
from ..types import Inputs, Tensor, Tensors

STEPS_PER_CALL = 128


def on_device(inputs: Inputs) -> dict[str, tuple[Tensor, Tensor]]:
    """Inputs as tensors.

    Parameters
    ----------
    inputs : dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and which row belongs to each sample; slices of a beat share its BSP.
    """
    return {
        name: (ops.convert_to_tensor(rows), ops.convert_to_tensor(row, "int32"))
        for name, (rows, row) in inputs.items()
    }


def trainer(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], dict[str, float]]:
    """Function that trains a compiled model on some samples in their order.

    Parameters
    ----------
    model : keras.Model
        Compiled and built, its optimiser too.
    inputs : dict of str to (tensor, tensor)
        See `on_device`.

    Returns
    -------
    callable
        Takes an order of samples, shape (step, batch), and returns the metrics' means over its steps.
    """
    steps = _backend()[0](model, inputs)

    def train(order: NDArray) -> dict[str, float]:
        model.reset_metrics()
        steps(order.astype(np.int32))
        return {name: float(value) for name, value in sorted(model.get_metrics_result().items())}

    return train


def validator(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], dict[str, NDArray]]:
    """Function from samples, shape (sample,), to the terms of a model's loss as arrays.

    Parameters
    ----------
    model : keras.Model
    inputs : dict of str to (tensor, tensor)
        See `on_device`.
    """
    call = _backend()[1](model, inputs)

    def terms(samples: NDArray) -> Tensor:
        return {name: ops.convert_to_numpy(value) for name, value in call(samples.astype(np.int32)).items()}

    return terms


def _backend() -> Any:
    """How to train and how to call a model on the backend at hand."""
    name = keras.config.backend()
    if name not in BACKENDS:
        raise InputError(f"KERAS_BACKEND is {name}; training runs on {' and '.join(BACKENDS)}")
    return BACKENDS[name]


def _picked(inputs: Tensors, samples: NDArray) -> Tensor:
    """What belongs to some samples."""
    return {name: ops.take(rows, ops.take(row, samples), axis=0) for name, (rows, row) in inputs.items()}


def _terms(outputs: Tensor) -> Tensor:
    return {name: value for name, value in outputs.items() if name != "output"}


def _calls(order: NDArray, most: int = STEPS_PER_CALL) -> list[NDArray]:
    """Parts of an order, one per call, of about the same length."""
    return np.array_split(order, -(-len(order) // most))


def _train_tensorflow(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], None]:
    import tensorflow as tf

    @partial(tf.function, jit_compile=model.jit_compile)
    def step(samples: Tensor) -> None:
        model.train_step((_picked(inputs, samples),))

    @partial(tf.function, input_signature=[tf.TensorSpec((None, None), tf.int32)])
    def steps(order: Tensor) -> None:
        for samples in order:
            step(samples)

    def train(order: NDArray) -> None:
        for part in _calls(order):
            steps(part)

    return train


def _call_tensorflow(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], dict[str, Tensor]]:
    import tensorflow as tf

    @partial(tf.function, input_signature=[tf.TensorSpec((None,), tf.int32)])
    def call(samples: NDArray) -> Any:
        return _terms(model(_picked(inputs, samples), training=False))

    return call


def _train_jax(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], None]:
    import jax

    @partial(jax.jit, donate_argnums=0)
    def steps(state: Tensor, inputs: Tensors, order: Tensor) -> Tensor:
        def step(state: Tensor, samples: Tensor) -> tuple[Tensor, None]:
            return model.train_step(state, (_picked(inputs, samples),))[1], None

        return jax.lax.scan(step, state, order)[0]

    # In a loop XLA's convolutions are two to three times slower on a CPU; a loop of one step is none.
    most = 1 if jax.default_backend() == "cpu" else STEPS_PER_CALL
    parts = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )

    def train(order: NDArray) -> None:
        # Copies, because memory is given away to be overwritten, and some variables share theirs.
        state = tuple([jax.numpy.copy(variable.value) for variable in variables] for variables in parts)
        for part in _calls(order, most):
            state = steps(state, inputs, part)
        for variables, values in zip(parts, state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    return train


def _call_jax(model: keras.Model, inputs: Tensors) -> Callable[[NDArray], dict[str, Tensor]]:
    import jax

    @jax.jit
    def call(trained: Tensor, fixed: Tensor, inputs: Tensors, samples: NDArray) -> Any:
        return _terms(model.stateless_call(trained, fixed, _picked(inputs, samples), training=False)[0])

    def called(samples: NDArray) -> Tensor:
        variables = model.trainable_variables, model.non_trainable_variables
        return call(*([v.value for v in some] for some in variables), inputs, samples)

    return called


BACKENDS = {"tensorflow": (_train_tensorflow, _call_tensorflow), "jax": (_train_jax, _call_jax)}
