"""Training that can be interrupted at any moment and ends with the same weights.

Which samples make up a step is a function of seed and epoch alone; everything else that training
changes (weights, optimiser, random generators, the best weights so far, the history) is saved
together between epochs, a few times a minute.
"""

import hashlib
import json
import os
import shutil
import time
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from . import models
from .seeds import generator, keras_seed

SAVE_EVERY_S = 20.0
REPORT_EVERY_S = 10.0
STEPS_PER_CALL = 16
VALIDATION_BATCH = 32

OPTIMIZERS = {
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


class Batches(keras.utils.PyDataset):
    """Mini-batches in an order that seed and epoch decide.

    Parameters
    ----------
    inputs : dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and which row belongs to each sample; slices of a beat share its BSP.
    batch : int
    seed : int or None
        None keeps the order and the last, smaller batch.
    """

    def __init__(self, inputs, batch, seed=None):
        super().__init__()
        self.inputs, self.seed = inputs, seed
        self.size = len(next(iter(inputs.values()))[1])
        self.batch = min(batch, self.size)
        self.begin(0)

    def begin(self, epoch):
        """Draw the order of an epoch."""
        shuffled = self.seed is not None
        self.order = (
            generator(self.seed, "order", epoch).permutation(self.size) if shuffled else np.arange(self.size)
        )

    def __len__(self):
        return self.size // self.batch if self.seed is not None else -(-self.size // self.batch)

    def __getitem__(self, step):
        chosen = self.order[step * self.batch : (step + 1) * self.batch]
        return ({name: rows[row[chosen]] for name, (rows, row) in self.inputs.items()},)


def train(variant, training, validation, seed, folder):
    """Train a variant, carrying on from the last saved epoch if there is one.

    Parameters
    ----------
    variant : settings.Variant
    training, validation : dict of str to (numpy.ndarray, numpy.ndarray of int)
        See `Batches`.
    seed : int
    folder : path-like
        Where the state between epochs is kept.

    Returns
    -------
    model : models.VariationalModel
        With the weights of the epoch with the lowest validation loss.
    history : list of dict
        Losses and KL per latent dimension of each epoch.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model, batches = _prepare(variant, training, seed)
    checks = Batches(validation, VALIDATION_BATCH)
    state = {"epoch": 0, "history": [], "best": np.inf, "best_epoch": 0}
    state |= {"fingerprint": _fingerprint(variant, training, validation, seed)}
    state = _restore(model, folder, state["fingerprint"]) or state
    best = state.pop("best_weights", None)
    saved = time.monotonic()
    bar = tqdm(total=variant.epochs, initial=state["epoch"], unit="epoch", mininterval=REPORT_EVERY_S)
    while state["epoch"] < variant.epochs and state["epoch"] - state["best_epoch"] < variant.patience:
        epoch = state["epoch"]
        batches.begin(epoch)
        fitted = model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, verbose=0, shuffle=False)
        losses = {name: float(values[-1]) for name, values in fitted.history.items()}
        judged = _validate(model, checks)
        state["history"].append({"epoch": epoch + 1, **losses, **judged})
        state["epoch"] += 1
        if judged["val_loss"] < state["best"]:
            state["best"], state["best_epoch"] = judged["val_loss"], state["epoch"]
            best = [np.array(value) for value in model.get_weights()]
        if time.monotonic() - saved > SAVE_EVERY_S:
            _save(model, state, best, folder)
            saved = time.monotonic()
        bar.set_postfix(loss=losses["loss"], validation=judged["val_loss"], best=state["best"], refresh=False)
        bar.update()
    bar.close()
    model.set_weights(best)
    return model, state["history"]


def _prepare(variant, training, seed):
    """Compiled model and its batches."""
    batches = Batches(training, variant.batch, keras_seed(seed, "batches"))
    shapes = {name: rows.shape[1:] for name, (rows, _) in training.items()}
    model = models.build(variant, shapes, keras_seed(seed, "weights"))
    for name in {"bsp", "bsp_maps"} & set(training):
        model.adapt(training[name][0])
    rate = variant.learning_rate
    if variant.decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, variant.epochs * len(batches))
    model.compile(OPTIMIZERS[variant.optimizer](rate), steps_per_execution=min(STEPS_PER_CALL, len(batches)))
    model.build()
    model.optimizer.build(model.trainable_variables)
    return model, batches


def _validate(model, checks):
    """Loss at the posterior mean and at the prior mean, and KL per latent dimension."""
    errors, prior_errors, divergences, pixels = [], [], [], 0.0
    for step in range(len(checks)):
        inputs = checks[step][0]
        terms = {name: np.asarray(value) for name, value in model.predict_on_batch(inputs).items()}
        errors.append(terms["error"])
        divergences.append(terms["kl"])
        if "prior_error" in terms:
            prior_errors.append(terms["prior_error"])
        counted = inputs.get("weight", np.ones(1, np.float32))
        pixels += np.broadcast_to(counted, inputs["target"].shape).sum()
    kl = np.concatenate(divergences)
    error = np.concatenate(errors).sum() + model.kl_weight * kl.sum()
    judged = {"val_mse": float(np.concatenate(errors).sum() / pixels)}
    if prior_errors:
        prior_error = np.concatenate(prior_errors).sum()
        error += model.prior_weight * prior_error
        judged["val_prior_mse"] = float(prior_error / pixels)
    judged["val_loss"] = float(error / pixels)
    return judged | {f"kl_{i}": float(value) for i, value in enumerate(kl.mean(0))}


def _variables(model):
    """Everything that a step of training changes, random generators included."""
    return [*model.variables, *model.optimizer.variables]


def _save(model, state, best, folder):
    """Save the state in one step: a file is either whole or not there."""
    arrays = {f"variable_{i}": np.asarray(v.value) for i, v in enumerate(_variables(model))}
    arrays |= {f"best_{i}": value for i, value in enumerate(best)}
    partial = folder / "state.partial.npz"
    np.savez(partial, state=json.dumps(state), **arrays)
    os.replace(partial, folder / "state.npz")


def _fingerprint(variant, training, validation, seed):
    """Hash of all that decides how training goes: settings, seed, data and the code of the models."""
    digest = hashlib.sha256(f"{variant.model_dump_json()} {seed}".encode())
    for file in sorted([Path(__file__), *Path(models.__file__).parent.glob("*.py")]):
        digest.update(file.read_bytes())
    for inputs in (training, validation):
        for name, arrays in sorted(inputs.items()):
            digest.update(name.encode())
            for array in arrays:
                digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def _restore(model, folder, fingerprint):
    """Put a saved state back into the model; None if there is none of this very training."""
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


def forget(folder):
    """Remove the saved state of a training that has ended."""
    shutil.rmtree(folder, ignore_errors=True)
