"""Training that can be interrupted at any moment and ends with the same weights.

Which samples make up a step is a function of seed and epoch alone; everything else that training
changes (weights, optimiser, random generators, the best weights so far, the history) is saved
together between epochs, a few times a minute.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError
from ...core.progress import Progress
from ...core.seeds import generator, keras_seed
from .. import building
from ..base import GenerativeModel
from ..settings import Variant
from ..types import Inputs
from . import loop

SAVE_EVERY_S = 20.0
VALIDATION_BATCH = 32

OPTIMIZERS = {
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


def train(
    variant: Variant, training: Inputs, validation: Inputs, seed: int, folder: str | PathLike[str]
) -> tuple[GenerativeModel, list[dict[str, Any]]]:
    """Train a variant, carrying on from the last saved epoch if there is one.

    Parameters
    ----------
    variant : models.settings.Variant
    training, validation : dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and which row belongs to each sample; slices of a beat share its BSP.
    seed : int
    folder : path-like
        Where the state between epochs is kept.

    Returns
    -------
    model : models.base.GenerativeModel
        With the weights of the epoch with the lowest validation loss.
    history : list of dict
        Losses and KL per latent dimension of each epoch.

    Raises
    ------
    InputError
        If the validation loss is not a number.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model, train_for = _prepare(variant, training, seed)
    checks = _checks(model, validation)
    state: dict[str, Any] = {"epoch": 0, "history": [], "best": np.inf, "best_epoch": 0}
    state |= {"fingerprint": _fingerprint(variant, training, validation, seed)}
    state = _restore(model, folder, state["fingerprint"]) or state
    best = state.pop("best_weights", None)
    saved = time.monotonic()
    bar = Progress("epochs", total=variant.epochs, done=state["epoch"])
    while state["epoch"] < variant.epochs and state["epoch"] - state["best_epoch"] < variant.patience:
        epoch = state["epoch"]
        losses = train_for(epoch)
        metrics = _validate(model, checks)
        if not np.isfinite(metrics["val_loss"]):
            raise InputError(
                f"training diverged: the validation loss of epoch {epoch + 1} is {metrics['val_loss']}; "
                "lower the variant's learning_rate, or set its precision to float32"
            )
        state["history"].append({"epoch": epoch + 1, **losses, **metrics})
        state["epoch"] += 1
        if metrics["val_loss"] < state["best"]:
            state["best"], state["best_epoch"] = metrics["val_loss"], state["epoch"]
            best = [np.array(value) for value in model.get_weights()]
        if time.monotonic() - saved > SAVE_EVERY_S:
            _save(model, state, best, folder)
            saved = time.monotonic()
        bar.set_postfix(
            loss=losses["loss"], validation=metrics["val_loss"], best=state["best"], refresh=False
        )
        bar.update()
    bar.close()
    model.set_weights(best)
    return model, state["history"]


def fine_tune(
    model: GenerativeModel, variant: Variant, training: Inputs, epochs: int, learning_rate: float, seed: int
) -> None:
    """Continue the training of a model on other samples.

    Parameters
    ----------
    model : models.base.GenerativeModel
        Trained; changed.
    variant : models.settings.Variant
        Its settings, of which optimiser and batch count here.
    training : dict of str to (numpy.ndarray, numpy.ndarray of int)
        See `train`.
    epochs : int
    learning_rate : float
        Falls to zero along a cosine.
    seed : int
    """
    size = _size(training)
    batch = min(variant.batch, size)
    order = np.concatenate([order_of(epoch, size, batch, seed) for epoch in range(epochs)])
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, len(order))
    model.compile(OPTIMIZERS[variant.optimizer](rate))
    model.optimizer.build(model.trainable_variables)
    loop.trainer(model, loop.on_device(training))(order)


def order_of(epoch: int, size: int, batch: int, seed: int) -> NDArray:
    """Samples of each step of an epoch, in random order; those that fill no batch are left out.

    Parameters
    ----------
    epoch : int
    size : int
        Number of samples.
    batch : int
        Samples per step.
    seed : int

    Returns
    -------
    numpy.ndarray of int, shape (step, batch)
    """
    order = generator(seed, "order", epoch).permutation(size)
    return order[: size // batch * batch].reshape(-1, batch)


def _size(inputs: Inputs) -> int:
    """Number of samples."""
    return len(inputs["target"][1])


def _prepare(
    variant: Variant, training: Inputs, seed: int
) -> tuple[GenerativeModel, Callable[[int], dict[str, float]]]:
    """Compiled model, and the function that trains it for an epoch."""
    shapes = {name: rows.shape[1:] for name, (rows, _) in training.items()}
    model = building.build(variant, shapes, keras_seed(seed, "weights"))
    for name in {"bsp", "bsp_maps"} & set(training):
        model.adapt(training[name][0])
    size = _size(training)
    batch = min(variant.batch, size)
    rate = variant.learning_rate
    if variant.decay:
        steps = variant.epochs * (size // batch)
        rising = round(variant.warm_up * steps)
        start, summit = (0.0, rate) if rising else (rate, None)
        rate = keras.optimizers.schedules.CosineDecay(
            start, steps - rising, warmup_target=summit, warmup_steps=rising
        )
    model.compile(OPTIMIZERS[variant.optimizer](rate))
    model.build()
    model.optimizer.build(model.trainable_variables)
    take_steps = loop.trainer(model, loop.on_device(training))
    order_seed = keras_seed(seed, "batches")
    return model, lambda epoch: take_steps(order_of(epoch, size, batch, order_seed))


def _checks(model: GenerativeModel, validation: Inputs) -> tuple[Any, list[NDArray], float]:
    """Arguments of `_validate`: a function to the terms of the loss, its batches, and the sum of weights."""
    every = np.arange(_size(validation))
    batches = [every[first : first + VALIDATION_BATCH] for first in every[::VALIDATION_BATCH]]
    shape = validation["target"][0].shape[1:]
    weight, row = validation.get("weight", (np.ones((1, *shape), np.float32), 0 * every))
    pixels = sum(np.broadcast_to(weight[row[some]], (len(some), *shape)).sum() for some in batches)
    return loop.validator(model, loop.on_device(validation)), batches, pixels


def _validate(model: GenerativeModel, checks: tuple[Any, list[NDArray], float]) -> dict[str, float]:
    """Metrics of the validation samples, see `base.GenerativeModel.validation_metrics`."""
    terms_of, batches, pixels = checks
    parts = [terms_of(batch) for batch in batches]
    return model.validation_metrics(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, pixels
    )


def _variables(model: GenerativeModel) -> list[Any]:
    """Everything that a step of training changes, random generators included."""
    return [*model.variables, *model.optimizer.variables]


def _save(model: GenerativeModel, state: dict[str, Any], best: Sequence[NDArray], folder: Path) -> None:
    """Save the state in one step: a file is either whole or not there."""
    arrays: dict[str, Any] = {f"variable_{i}": np.asarray(v.value) for i, v in enumerate(_variables(model))}
    arrays |= {f"best_{i}": value for i, value in enumerate(best)}
    partial = folder / "state.partial.npz"
    np.savez(partial, state=json.dumps(state), **arrays)
    os.replace(partial, folder / "state.npz")


def _fingerprint(variant: Variant, training: Inputs, validation: Inputs, seed: int) -> str:
    """Hash of all that training depends on: settings, seed, backend, data and code."""
    digest = hashlib.sha256(f"{variant.model_dump_json()} {seed} {keras.config.backend()}".encode())
    for file in sorted([Path(__file__), Path(loop.__file__), *Path(building.__file__).parent.glob("*.py")]):
        digest.update(file.read_bytes())
    for inputs in (training, validation):
        for name, arrays in sorted(inputs.items()):
            digest.update(name.encode())
            for array in arrays:
                digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _restore(model: GenerativeModel, folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Put a saved state back into the model; None if there is none, or one of another training."""
    path = folder / "state.npz"
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = dict(saved)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        print(f"{path} can't be read ({error}); training starts anew")
        return None
    state = json.loads(str(arrays.pop("state")))
    if state["fingerprint"] != fingerprint:
        return None
    for i, variable in enumerate(_variables(model)):
        variable.assign(arrays.pop(f"variable_{i}"))
    print(f"carrying on after epoch {state['epoch']}")
    return state | {"best_weights": [arrays[f"best_{i}"] for i in range(len(arrays))]}


def remove_state(folder: str | PathLike[str]) -> None:
    """Remove the saved state of a training that has ended.

    Parameters
    ----------
    folder : path-like
        See `train`.
    """
    shutil.rmtree(folder, ignore_errors=True)
