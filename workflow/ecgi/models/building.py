"""Build an untrained model, and load a trained one."""

import zipfile
from collections.abc import Mapping, Sequence
from os import PathLike

import keras

from ..core.errors import InputError, one_line
from .base import GenerativeModel
from .crps_model import ScoredModel
from .settings import Variant
from .vae import VariationalModel


def build(variant: Variant, shapes: Mapping[str, Sequence[int]], seed: int) -> GenerativeModel:
    """Untrained model of a variant.

    Parameters
    ----------
    variant : Variant
    shapes : dict of str to sequence of int
        Shape of one sample of each input.
    seed : int
        Of weights and samples; the global Keras seed is set.

    Returns
    -------
    base.GenerativeModel
    """
    keras.utils.set_random_seed(seed)
    kind = {"crps": ScoredModel, "elbo": VariationalModel}[variant.loss]
    return kind(variant.model_dump(), {name: list(shape) for name, shape in shapes.items()}, seed)


def load(path: str | PathLike[str]) -> GenerativeModel:
    """Open a trained model.

    Parameters
    ----------
    path : path-like
        A `.keras` file.

    Raises
    ------
    InputError
        If it is none, is damaged, or carries code, which is never run.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()  # Keras seeks in the weights, which skips their checksum
        if damaged:
            raise InputError(f"{path}: damaged, not the bytes that were written; remove it and run again")
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except InputError:
        raise
    except Exception as error:  # Keras raises errors of many kinds on damaged or malicious files
        raise InputError(f"{path}: not a model of this workflow ({one_line(error)})") from None
    if not isinstance(model, GenerativeModel):
        raise InputError(f"{path}: not a model of this workflow, but a {type(model).__name__}")
    return model
