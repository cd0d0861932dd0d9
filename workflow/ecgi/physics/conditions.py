"""Test beats under another condition than the training's: as they would be recorded from another heart.

A condition changes the heart (finer voxels, a scar that the segmentation does not show), the beats (their
velocities), the electrodes (fewer, or not quite where they are said to be) and the signals (noise).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy
from ..anatomy.interpolation import sample_wall
from ..anatomy.repair import add_scar
from ..anatomy.reslice import short_axis
from ..core.seeds import generator
from . import electrodes, measurement
from .bsp import average_in_time
from .layouts import referenced_lead_field
from .lead_field import lead_field
from .simulation import SimulationSettings, simulate_beats


class Leads(NamedTuple):
    """Electrodes of a heart and the lead field to its wall, as planned.

    Attributes
    ----------
    names : list of str
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    lead_field : numpy.ndarray, shape (voxel, electrode)
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Of the wall that they were placed around.
    """

    names: list[str]
    positions: NDArray
    lead_field: NDArray
    wall_positions: NDArray


class Electrodes(NamedTuple):
    """Electrodes under a condition.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (electrode,)
    names : list of str
    stated, true : numpy.ndarray, shape (electrode, 3)
        Where they are said to be, and where they are; patient RAS, mm.
    """

    numbers: NDArray[np.int_]
    names: list[str]
    stated: NDArray
    true: NDArray


class Recorded(NamedTuple):
    """Beats as recorded under a condition.

    Attributes
    ----------
    electrodes : Electrodes
    times_ms : numpy.ndarray, shape (sample,)
    activation_ms : numpy.ndarray, shape (beat, point)
        At the points asked for.
    bsp_mv, noise_free_mv : numpy.ndarray, shape (beat, electrode, sample)
    """

    electrodes: Electrodes
    times_ms: NDArray
    activation_ms: NDArray
    bsp_mv: NDArray
    noise_free_mv: NDArray


def scale_velocities(beats: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Beats that conduct faster or slower than planned, in every tissue.

    Parameters
    ----------
    beats : pandas.DataFrame
        See `pacing.plan_beats`.
    factor : float

    Returns
    -------
    pandas.DataFrame
    """
    columns = [column for column in beats if column.startswith("velocity_")]
    return beats.assign(**{column: beats[column] * factor for column in columns})


def choose_electrodes(
    which: str, leads: Leads, torso: Mapping[str, float], rng: np.random.Generator
) -> tuple[NDArray[np.int_], list[str], NDArray]:
    """Electrodes that are recorded from.

    Parameters
    ----------
    which : {"all", "half", "twelve_lead"}
        All that were planned, half of them at random, or in their place those of the 12-lead ECG on the
        torso of the heart.
    leads : Leads
    torso : mapping
        See `electrodes.on_torso`.
    rng : numpy.random.Generator

    Returns
    -------
    numbers : numpy.ndarray of int, shape (electrode,)
        Ascending.
    names : list of str
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    """
    if which == "twelve_lead":
        positions = electrodes.twelve_lead(leads.wall_positions, torso)
        return np.arange(len(positions)), list(electrodes.TWELVE_LEAD), positions
    numbers = np.arange(len(leads.names))
    if which == "half":
        numbers = np.sort(rng.permutation(numbers)[: (len(numbers) + 1) // 2])
    return numbers, [leads.names[number] for number in numbers], leads.positions[numbers]


def heart_under(
    condition: Mapping[str, Any],
    segmentation: Anatomy,
    spacing_mm: float,
    scar_conducts: bool,
    rng: np.random.Generator,
) -> Anatomy:
    """Heart on the grid of a condition, with the scar that it adds.

    Parameters
    ----------
    condition : mapping
        ``spacing_factor`` and ``scar_radius_mm``, see `config.evaluation.Condition`.
    segmentation : Anatomy
        In patient space.
    spacing_mm : float
        Of the training's voxels.
    scar_conducts : bool
        See `reslice.short_axis`.
    rng : numpy.random.Generator
        For the place of the scar.

    Returns
    -------
    Anatomy
        In its short-axis frame.
    """
    heart, _ = short_axis(segmentation, spacing_mm * condition["spacing_factor"], scar_conducts)
    return add_scar(heart, condition["scar_radius_mm"], rng) if condition["scar_radius_mm"] else heart


def add_noise_to_beats(
    bsp: NDArray, snr_db: float | None, beats: Sequence[int], seed: int, purpose: str
) -> NDArray:
    """White noise on each beat, whichever other beats there are.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (beat, electrode, time)
    snr_db : float or None
        See `measurement.add_noise`; None for no noise.
    beats : sequence of int
        Number of each beat.
    seed : int
    purpose : str
        See `seeds.generator`.

    Returns
    -------
    numpy.ndarray, shape (beat, electrode, time)
    """
    if snr_db is None:
        return bsp
    return np.stack(
        [
            measurement.add_noise(signals, snr_db, generator(seed, purpose, int(beat)))
            for beat, signals in zip(beats, bsp, strict=True)
        ]
    )


def nearest_directions(positions: NDArray, known_positions: NDArray, directions: NDArray) -> NDArray:
    """Fibre directions on another grid, those of the nearest voxels.

    Parameters
    ----------
    positions : numpy.ndarray, shape (voxel, 3)
        mm.
    known_positions, directions : numpy.ndarray, shape (known voxel, 3)

    Returns
    -------
    numpy.ndarray, shape (voxel, 3)
    """
    return directions[cKDTree(known_positions).query(positions)[1]]


def simulate_condition(
    name: str,
    condition: Mapping[str, Any],
    case: str,
    seed: int,
    heart: Anatomy,
    leads: Leads,
    layout: Mapping[str, Any],
    conductivity: Mapping[str, float],
    beats: pd.DataFrame,
    sites: pd.DataFrame,
    settings: SimulationSettings,
    points: NDArray,
    samples: int,
    fibres: tuple[NDArray, NDArray] | None = None,
    velocity_on: Callable[[Anatomy], NDArray] | None = None,
) -> Recorded:
    """Simulate beats of a heart as they would be recorded under a condition.

    Parameters
    ----------
    name : str
    condition : mapping
        ``velocity_factor``, ``electrodes``, ``electrode_error_mm`` and ``snr_db``, see
        `config.evaluation.Condition`.
    case : str
    seed : int
        Seed of the experiment.
    heart : Anatomy
        See `heart_under`.
    leads : Leads
    layout : mapping
        See `layouts.layout_of_case`. Where its ``lead_field`` comes from a file, it counts for the condition
        too.
    conductivity : mapping
        ``sigma_i`` and ``sigma_t``, see `lead_field.lead_field`.
    beats, sites : pandas.DataFrame
        See `pacing.plan_beats`.
    settings : SimulationSettings
    points : numpy.ndarray, shape (point, 3)
        Where activation times are wanted, patient RAS in mm.
    samples : int
        Of the recorded signals, each the mean of neighbouring simulated ones.
    fibres : (numpy.ndarray, numpy.ndarray), optional
        Positions of voxels and fibre directions there, shape (voxel, 3) each.
    velocity_on : callable, optional
        Heart to the velocity of its wall voxels in m/s, in place of one per tissue.

    Returns
    -------
    Recorded

    Raises
    ------
    InputError
        If an electrode is displaced into the wall, or as in `simulation.simulate_beats`.
    """
    used = _displaced(name, condition, case, seed, heart, leads, layout)
    if layout["lead_field"]:
        field = leads.lead_field[:, used.numbers]
    else:
        sigma_i, sigma_t = conductivity["sigma_i"], conductivity["sigma_t"]
        field_at = partial(lead_field, heart.wall, heart.affine, sigma_i=sigma_i, sigma_t=sigma_t)
        field = referenced_lead_field(used.names, used.true, leads.wall_positions, layout, field_at)
    times, activation, clean = simulate_beats(
        heart,
        field,
        scale_velocities(beats, condition["velocity_factor"]),
        sites,
        settings,
        nearest_directions(heart.positions(heart.wall), *fibres) if fibres else None,
        velocity_on(heart) if velocity_on else None,
    )
    noisy = add_noise_to_beats(clean, condition["snr_db"], beats["beat"], seed, f"noise {name} {case}")
    return Recorded(
        used,
        average_in_time(times, samples),
        sample_wall(heart, activation, points),
        average_in_time(noisy, samples),
        average_in_time(clean, samples),
    )


def _displaced(
    name: str,
    condition: Mapping[str, Any],
    case: str,
    seed: int,
    heart: Anatomy,
    leads: Leads,
    layout: Mapping[str, Any],
) -> Electrodes:
    """Chosen electrodes, each a little off the place that it is said to have."""
    rng = generator(seed, f"electrodes {name} {case}")
    numbers, names, stated = choose_electrodes(condition["electrodes"], leads, layout["torso"], rng)
    true = measurement.displace(stated, condition["electrode_error_mm"], rng)
    labels = [f"{name}: electrode {electrode}, displaced," for electrode in names]
    electrodes.refuse_near_wall(true, heart.positions(heart.wall), float(heart.spacing[0]), labels)
    return Electrodes(numbers, names, stated, true)
