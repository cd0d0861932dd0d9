"""Methods put together from their settings and the stores that their kind needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.normalisation import Normalisation
from ..io import stores
from ..io.checked_files import read_table
from ..physics.electrodes import COORDINATES
from .base import InverseMethod, TrainingBeats
from .registry import kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import xarray as xr

    from .generative import GenerativeInverse


def assemble(
    settings: Mapping[str, Any] | None,
    heart: xr.Dataset | None,
    files: Mapping[str, Any],
    slices: Mapping[str, Any],
    network_samples: int,
    window_ms: float,
) -> InverseMethod:
    """Assemble a method from its settings and the files of its rule.

    Parameters
    ----------
    settings : dict or None
        A `base.MethodSettings` as a dictionary; None for a trained model by itself.
    heart : xarray.Dataset or None
        Dataset of the heart that a baseline is fitted on.
    files : mapping
        ``blends``, the store of the heart's blended beats, and ``model``, ``normalisation`` and
        ``electrodes`` of a trained model, see `trained_model`, where the method needs them.
    slices, network_samples, window_ms
        See `trained_model`.
    """
    trained = None
    if files.get("model"):
        trained = trained_model(
            files["model"], files["normalisation"], files["electrodes"], slices, network_samples, window_ms
        )
    return make_method(settings, heart, files.get("blends"), trained)


def make_method(
    settings: Mapping[str, Any] | None,
    heart: xr.Dataset | None,
    blends: str | PathLike[str] | None,
    trained: GenerativeInverse | None,
) -> InverseMethod:
    """A method from its settings and what its kind needs.

    Parameters
    ----------
    settings : dict or None
        A `base.MethodSettings` as a dictionary; None for a trained model by itself.
    heart : xarray.Dataset or None
        Dataset of the heart that a baseline is fitted on.
    blends : path-like or None
        Store of its blended beats.
    trained : GenerativeInverse or None
        The trained model that is the method, or proposes to it.
    """
    if settings is None:
        assert trained is not None
        return trained
    method = kind(settings["kind"]).model_validate(settings)
    training = training_beats(heart, blends) if method.needs == "training" and heart is not None else None
    return method.make(training, trained)


def training_beats(heart: xr.Dataset, blends: str | PathLike[str] | None) -> TrainingBeats:
    """All beats of a heart that are not for testing, and its blended beats if given.

    Parameters
    ----------
    heart : xarray.Dataset
        Dataset of the heart.
    blends : path-like or None
        Store of its blended beats.
    """
    training, times = heart.isel(beat=heart["split"].values != "test"), heart["time"].values
    more = stores.read(blends) if blends else None
    return TrainingBeats(
        training["bsp"].values,
        training["activation_time"].values,
        stores.grid_of(heart),
        heart["electrode_position"].values,
        float(len(times) * (times[1] - times[0])),
        None if more is None else (more["bsp"].values, more["activation_time"].values),
    )


def trained_model(
    model: str | PathLike[str],
    normalisation: str | PathLike[str],
    electrodes: str | PathLike[str],
    slices: Mapping[str, Any],
    network_samples: int,
    window_ms: float,
) -> GenerativeInverse:
    """A trained model as an inverse method.

    Parameters
    ----------
    model, normalisation : path-like
    electrodes : path-like
        Table of the electrodes of all hearts that it was trained on, see `data.description.describe`.
    slices : dict
        See `anatomy.slicing.slice_grid`.
    network_samples : int
        Time samples of the BSP for networks.
    window_ms : float
        Length of a recording.
    """
    from ..models.building import load
    from .generative import GenerativeInverse

    table = read_table(electrodes)
    positions = {
        str(case): rows[COORDINATES].to_numpy(np.float32) for case, rows in table.groupby("case", sort=False)
    }
    scales = Normalisation.read(normalisation)
    return GenerativeInverse(load(model), scales, slices, network_samples, window_ms, positions)
