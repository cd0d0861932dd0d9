"""Learnt methods from what is on disk: baselines to be fitted, trained models to be read."""

import json

from ..data.normalisation import Normalisation
from ..io import stores
from .registry import BASELINES


def fitted(name, heart, blends=None):
    """A baseline fitted on the whole training part of a heart, and on blended beats if given.

    Parameters
    ----------
    name : str
        One of `BASELINES`.
    heart : xarray.Dataset
        A heart's dataset.
    blends : path-like, optional
        Store of its blended beats.
    """
    training = heart.isel(beat=heart["split"].values != "test")
    more = stores.read(blends) if blends else None
    return BASELINES[name].fit(
        training["bsp"].values,
        training["activation_time"].values,
        stores.grid_of(heart),
        heart["electrode_position"].values,
        None if more is None else (more["bsp"].values, more["activation_time"].values),
    )


def trained(model, normalisation, datasets):
    """A trained model, its normalisation, and the electrodes of each heart it was trained on.

    Parameters
    ----------
    model, normalisation : path-like
    datasets : sequence of path-like
        Of all hearts that it was trained on.
    """
    from ..models.registry import load

    with open(normalisation) as constants:
        scales = Normalisation(**json.load(constants))
    hearts = map(stores.read, datasets)
    known = {heart.attrs["case"]: heart["electrode_position"].values for heart in hearts}
    return load(model), scales, known
