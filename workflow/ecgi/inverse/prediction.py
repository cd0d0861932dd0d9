"""Predictions of a method for simulated beats and for a recording, from the stores of the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..anatomy.interpolation import fill_wall
from ..anatomy.slicing import slice_grid
from ..core.errors import InputError, listed
from ..core.seeds import generator
from ..data.normalisation import Normalisation
from ..io import stores
from ..physics.electrodes import referenced
from .base import InverseMethod, Patient, TrainingBeats
from .registry import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    import xarray as xr
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy
    from .generative import GenerativeInverse

LARGEST = 100_000_000  # values of the maps that are held at once
MAP_DIMS = ("sample", "beat", "slice", "y", "x")
BSP_DIMS = ("beat", "electrode", "time")


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
    datasets: Iterable[str | PathLike[str]],
    slices: Mapping[str, Any],
    samples: int,
    window_ms: float,
) -> GenerativeInverse:
    """A trained model as an inverse method.

    Parameters
    ----------
    model, normalisation : path-like
    datasets : sequence of path-like
        Of all hearts that it was trained on.
    slices : dict
        See `anatomy.slicing.slice_grid`.
    samples : int
        Time samples of the BSP for networks.
    window_ms : float
        Length of a recording.
    """
    from ..models.building import load
    from .generative import GenerativeInverse

    hearts = map(stores.read, datasets)
    electrodes = {heart.attrs["case"]: heart["electrode_position"].values for heart in hearts}
    scales = Normalisation.read(normalisation)
    return GenerativeInverse(load(model), scales, slices, samples, window_ms, electrodes)


def patient_of_beats(
    case: str,
    anatomy: Anatomy,
    beats: xr.Dataset,
    planned: xr.Dataset,
    action_potential: Mapping[str, Any],
    sampling: Mapping[str, Any],
    conductivity: Mapping[str, Any],
) -> Patient:
    """Patient data of a heart whose beats were simulated.

    Parameters
    ----------
    case : str
    anatomy : Anatomy
    beats : xarray.Dataset
        Of one condition, with the planned positions of the electrodes that there are.
    planned : xarray.Dataset
        Lead field of all planned electrodes.
    action_potential, sampling, conductivity : dict
        See `physics.simulation.bsp_solver` and `physics.lead_field.lead_field`.
    """
    from ..physics.lead_field import lead_field

    electrodes = beats["electrode_position"].values
    places = planned["electrode_position"].values
    numbers = beats["electrode"].values[beats["electrode"].values < len(places)]

    def field() -> NDArray:
        if np.array_equal(electrodes, places[numbers]):
            return planned["lead_field"].values[:, numbers]
        return lead_field(anatomy.wall, anatomy.affine, electrodes, **conductivity)

    averaged = sampling["samples"] // beats.sizes["time"]
    return Patient(
        case,
        anatomy,
        electrodes,
        beats["time"].values,
        field,
        action_potential,
        {**sampling, "averaged": averaged},
    )


def predict_beats(
    method: InverseMethod,
    beats: xr.Dataset,
    patient: Patient,
    slices: Mapping[str, Any],
    samples: int,
    seed: int,
) -> dict[str, tuple[tuple[str, ...], NDArray]]:
    """Maps of beats on the models' grid, a few beats at a time.

    Parameters
    ----------
    method : InverseMethod
    beats : xarray.Dataset
    patient : Patient
    slices : dict
        See `anatomy.slicing.slice_grid`.
    samples, seed : int

    Returns
    -------
    dict of str to (tuple of str, numpy.ndarray)
        Dimensions and values of ``activation_time`` and, for the baseline that predicts a mean, ``bsp``.
    """
    _, gather = slice_grid(patient.anatomy, patient.case, **slices)
    at_once = max(1, LARGEST // (samples * int(patient.anatomy.wall.sum())))
    maps = []
    for number, first in enumerate(range(0, beats.sizes["beat"], at_once)):
        some = beats["bsp"].isel(beat=slice(first, first + at_once)).values
        own = seed if number == 0 else int(generator(seed, "batch of beats", number).integers(2**31))
        maps.append(gather(method.predict(some, patient, samples, own)))
    predicted: dict[str, tuple[tuple[str, ...], NDArray]] = {
        "activation_time": (MAP_DIMS, np.concatenate(maps, 1))
    }
    mean = getattr(method, "mean_bsp", None)
    if mean is not None:
        predicted["bsp"] = (BSP_DIMS, np.repeat(mean[None], beats.sizes["beat"], 0))
    return predicted


def predict_or_refuse(
    method: InverseMethod,
    beats: xr.Dataset,
    patient: Patient,
    slices: Mapping[str, Any],
    samples: int,
    seed: int,
) -> tuple[dict[str, tuple[tuple[str, ...], NDArray]], dict[str, str]]:
    """Maps of beats, or why a method can't take them.

    Parameters
    ----------
    method, beats, patient, slices, samples, seed
        See `predict_beats`.

    Returns
    -------
    results : dict
        See `predict_beats`; empty if the method refuses the beats.
    refusal : dict of str to str
        ``refused`` and the reason, if it does.
    """
    try:
        return predict_beats(method, beats, patient, slices, samples, seed), {}
    except InputError as error:
        print(f"refused: {error}")
        return {}, {"refused": str(error)}


def predict_recording(
    method: InverseMethod,
    case: str,
    anatomy: Anatomy,
    recording: xr.Dataset,
    lead_field: NDArray,
    action_potential: Mapping[str, Any],
    sampling: Mapping[str, Any],
    samples: int,
    seed: int,
) -> dict[str, Any]:
    """Maps of a recorded beat, and the BSP that they would give at the leads that can be used.

    Parameters
    ----------
    method : InverseMethod
    case : str
    anatomy : Anatomy
    recording : xarray.Dataset
        See `data.preprocessing.prepare`.
    lead_field : numpy.ndarray, shape (voxel, electrode)
        Of all leads.
    action_potential, sampling : dict
        See `physics.simulation.bsp_solver`.
    samples, seed : int

    Returns
    -------
    dict
        ``maps`` (sample, voxel) in ms, ``recorded`` (electrode, time) and ``simulated``
        (sample, electrode, time) in mV against the mean of the electrodes, and ``kept``, the part of the
        recording that was used.

    Raises
    ------
    InputError
        If the method can't take the recording.
    """
    kept = recording.isel(electrode=recording["good"].values).dropna("time", subset=["bsp"])
    left_out = recording["name"].values[~recording["good"].values]
    patient = Patient(
        case,
        anatomy,
        kept["electrode_position"].values,
        kept["time"].values,
        lambda: lead_field[:, kept["electrode"].values],
        action_potential,
        sampling,
    )
    try:
        maps = method.predict(kept["bsp"].values[None], patient, samples, seed)[:, 0]
    except InputError as error:
        leads = f"; leads left out of the recording: {listed(left_out.tolist())}" if len(left_out) else ""
        raise InputError(f"{error}{leads}") from None
    whole = fill_wall(maps, anatomy.positions(anatomy.wall))
    return {
        "maps": maps,
        "recorded": referenced(kept["bsp"].values, axis=0),
        "simulated": patient.simulate(whole),
        "kept": kept,
    }
