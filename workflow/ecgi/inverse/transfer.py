"""Transfer of a trained model to a new heart: training continued on some of its beats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..core.seeds import keras_seed
from ..data.normalisation import Normalisation
from ..io import stores
from ..models.building import load
from ..models.training import trainer
from ..models.training.samples import samples_of
from .generative import sampled_maps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import xarray as xr
    from numpy.typing import NDArray

    from ..models.base import GenerativeModel
    from ..models.settings import Variant


def transfer(
    variant: Variant,
    model: str | PathLike[str],
    normalisation: str | PathLike[str],
    heart: xr.Dataset,
    settings: Mapping[str, Any],
    samples: int,
    seed: int,
    training_seed: int,
) -> pd.DataFrame:
    """Error on a heart's test beats after training on more and more of its other beats.

    Parameters
    ----------
    variant : Variant
    model, normalisation : path-like
        Trained model, and the constants it was trained with.
    heart : xarray.Dataset
        Dataset of the new heart, with parts ``test`` and ``transfer``.
    settings : dict
        ``beats``, a list of numbers of beats, ``epochs`` and ``learning_rate``.
    samples : int
        Maps per prediction.
    seed, training_seed : int
        Of the experiment, and of the model's training.

    Returns
    -------
    pandas.DataFrame
        A row per number of beats and test beat: beats, beat, mae_ms.
    """
    split = heart["split"].values
    test, new = heart.isel(beat=split == "test"), heart.isel(beat=split == "transfer")
    constants = Normalisation.read(normalisation)
    rows = []
    for count in [0, *settings["beats"]]:
        trained = load(model)
        if count:
            trainer.fine_tune(
                trained,
                variant,
                samples_of(variant, heart, new.isel(beat=slice(count)), constants),
                settings["epochs"],
                settings["learning_rate"],
                keras_seed(seed, f"transfer {training_seed} {count}"),
            )
        errors = _errors(trained, constants, heart, test, samples, training_seed)
        rows.append(pd.DataFrame({"beats": count, "beat": test["beat"].values, "mae_ms": errors}))
    return pd.concat(rows)


def _errors(
    model: GenerativeModel,
    constants: Normalisation,
    heart: xr.Dataset,
    test: xr.Dataset,
    samples: int,
    seed: int,
) -> NDArray:
    """Mean absolute error of the mean map of each test beat, in ms."""
    grid, electrodes = stores.grid_of(heart), heart["electrode_position"].values
    boundary = stores.boundary_kernels_in(heart)
    maps = sampled_maps(model, constants, test["bsp"].values, grid, electrodes, boundary, samples, seed)
    difference = maps.mean(0)[:, grid.mask] - test["activation_time"].values[:, grid.mask]
    return np.abs(difference).mean(1)
