"""Predictions of a method for simulated beats and for a recording, from the stores of the workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..anatomy.interpolation import fill_wall
from ..anatomy.slicing import slice_grid
from ..core.errors import InputError, listed
from ..core.seeds import generator
from ..io.conductors import conductor_in
from ..physics.electrodes import referenced
from .base import InverseMethod, MethodSettings, Patient

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

LARGEST = 100_000_000  # values of the maps that are held at once
MAP_DIMS = ("sample", "beat", "slice", "y", "x")
BSP_DIMS = ("beat", "electrode", "time")


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
        Of one condition, with the planned positions of the electrodes that there are and, where it differs
        from the planned one, the conductor that methods are given.
    planned : xarray.Dataset
        Lead field of all planned electrodes, and their conductor.
    action_potential, sampling, conductivity : dict
        See `physics.simulation.bsp_solver`; of the conductivities ``sigma_i`` is used.
    """
    from ..physics.lead_field import lead_field_in

    electrodes = beats["electrode_position"].values
    places = planned["electrode_position"].values
    numbers = beats["electrode"].values[beats["electrode"].values < len(places)]

    own = "conductor" in beats.attrs  # the condition has a conductor of its own for methods
    conductor = conductor_in(beats if own else planned)

    def field() -> NDArray:
        if not own and np.array_equal(electrodes, places[numbers]):
            return planned["lead_field"].values[:, numbers]
        if conductor is None:
            raise InputError("the lead field is from a file; it holds for its own electrodes alone")
        return lead_field_in(conductor, anatomy.wall, anatomy.affine, electrodes, conductivity["sigma_i"])

    averaged = sampling["samples"] // beats.sizes["time"]
    return Patient(
        case,
        anatomy,
        electrodes,
        beats["time"].values,
        field,
        action_potential,
        {**sampling, "averaged": averaged},
        conductor=conductor,
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


def coordinates(heart: xr.Dataset, beats: xr.Dataset) -> dict[str, Any]:
    """Coordinates of predictions for beats.

    Parameters
    ----------
    heart : xarray.Dataset
        Dataset of the heart, with the grid of the models.
    beats : xarray.Dataset
        The beats that were predicted, under any condition.

    Returns
    -------
    dict
        Names and values, see `stores.write`.
    """
    return {
        "beat": beats["beat"].values,
        "split": ("beat", beats["split"].values),
        **{name: heart[name].values for name in ("y", "x")},
        **{name: beats[name].values for name in ("electrode", "time")},
        "z": ("slice", heart["z"].values),
    }


def predict_recording(
    method: InverseMethod,
    case: str,
    anatomy: Anatomy,
    recording: xr.Dataset,
    leads: xr.Dataset,
    action_potential: Mapping[str, Any],
    sampling: Mapping[str, Any],
    fit: Literal["qrs", "beat"] | float,
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
    leads : xarray.Dataset
        Lead field of all leads, and their conductor.
    action_potential, sampling : dict
        See `physics.simulation.bsp_solver`.
    fit : {"qrs", "beat"} or float
        What methods of physics fit: the QRS complex until it has plausibly ended, the whole beat, or so many
        ms of it.
    samples, seed : int

    Returns
    -------
    dict
        ``maps`` (sample, voxel) in ms, ``recorded`` (electrode, time) and ``simulated``
        (sample, electrode, time) in mV against the mean of the electrodes, and ``kept``, the part of the
        recording that was used, ``fitted_until_ms``, the latest time that was fitted, and ``on_heart``, an
        `on_heart.OnHeart`, or None from a method without electrograms.

    Raises
    ------
    InputError
        If the method can't take the recording.
    """
    kept = recording.isel(electrode=recording["good"].values).dropna("time", subset=["bsp"])
    left_out = recording["name"].values[~recording["good"].values]
    ends = {"qrs": recording.attrs["qrs_end_bounds_ms"][1] - recording.attrs["onset_ms"], "beat": np.inf}
    lead_field = leads["lead_field"].values
    until = min(float(ends[fit] if isinstance(fit, str) else fit), float(kept["time"].values[-1]))
    patient = Patient(
        case,
        anatomy,
        kept["electrode_position"].values,
        kept["time"].values,
        lambda: lead_field[:, kept["electrode"].values],
        action_potential,
        sampling,
        until,
        conductor_in(leads),
    )
    try:
        maps = method.predict(kept["bsp"].values[None], patient, samples, seed)[:, 0]
        on_heart = None
        if isinstance(method, MethodSettings) and method.gives_electrograms:
            on_heart = method.on_heart(kept["bsp"].values, patient)
    except InputError as error:
        others = f"; leads left out of the recording: {listed(left_out.tolist())}" if len(left_out) else ""
        raise InputError(f"{error}{others}") from None
    whole = fill_wall(maps, anatomy.positions(anatomy.wall))
    return {
        "maps": with_doubt_of_onset(maps, recording.attrs, seed),
        "recorded": referenced(kept["bsp"].values, axis=0),
        "simulated": patient.simulate(whole),
        "kept": kept,
        "fitted_until_ms": until,
        "on_heart": on_heart,
    }


def with_doubt_of_onset(maps: NDArray, attributes: Mapping[Any, Any], seed: int) -> NDArray:
    """Shift the samples of a map by what the onset of the recording may be off.

    Parameters
    ----------
    maps : numpy.ndarray, shape (sample, voxel)
        ms after the onset that was used; a single map is returned as it is.
    attributes : mapping
        Of the recording: ``onset_ms`` and ``onset_bounds_ms``, between which the onset lies.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (sample, voxel)
        ms after the onset of each sample, drawn evenly from the interval.
    """
    low, high = (float(bound) - attributes["onset_ms"] for bound in attributes["onset_bounds_ms"])
    if len(maps) == 1 or high <= low:
        return maps
    shares = (generator(seed, "onset").permutation(len(maps)) + 0.5) / len(maps)
    onsets = (low + (high - low) * shares).astype(maps.dtype)
    return np.maximum(maps - onsets[:, None], np.minimum(maps, 0))
