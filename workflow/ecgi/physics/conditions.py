"""Simulation of test beats under conditions that differ from those of the training.

A condition changes the heart (finer voxels, a scar that the segmentation lacks, another place and direction),
the velocities of beats, the electrodes (fewer, or displaced from their planned positions), the conductor and
its conductivities, and the signals (noise).
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy
from ..anatomy.interpolation import sample_wall
from ..anatomy.repair import add_scar
from ..anatomy.reslice import NO_WALLS, Walls, short_axis
from ..core.seeds import generator
from . import electrodes, measurement
from .bsp import average_in_time
from .conductor import Conductor
from .conductors_of_cases import conductor_of
from .layouts import referenced_lead_field
from .lead_field import lead_field_in
from .simulation import SimulationSettings, simulate_beats

# What methods are told otherwise than it is, if a condition sets it.
NOT_TOLD = ("conductor", "known_conductor", "electrode_error_mm", "heart_shift_mm", "heart_turn_degrees")


class Leads(NamedTuple):
    """Planned electrodes of a heart and their lead field.

    Attributes
    ----------
    names : list of str
        Of the electrodes.
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    lead_field : numpy.ndarray, shape (voxel, electrode)
        mV per mV.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall around which the electrodes are placed, patient RAS in mm.
    conductor : Conductor or None
        None for a lead field from a file.
    """

    names: list[str]
    positions: NDArray
    lead_field: NDArray
    wall_positions: NDArray
    conductor: Conductor | None


class Electrodes(NamedTuple):
    """Electrodes under a condition.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (electrode,)
        Their numbers among the planned ones.
    names : list of str
    planned, true : numpy.ndarray, shape (electrode, 3)
        Planned and true positions; patient RAS, mm.
    """

    numbers: NDArray[np.int_]
    names: list[str]
    planned: NDArray
    true: NDArray


class Recorded(NamedTuple):
    """Beats recorded under a condition.

    Attributes
    ----------
    electrodes : Electrodes
    times_ms : numpy.ndarray, shape (time,)
        Sampling times, ms.
    activation_ms : numpy.ndarray, shape (beat, point)
        Activation times at given points, ms.
    bsp_mv, noise_free_mv : numpy.ndarray, shape (beat, electrode, time)
        mV.
    told_mv : numpy.ndarray, shape (beat, electrode, time), or None
        What the same beats would give with the heart, electrodes and conductor that methods are told, mV;
        None where these are the true ones.
    known_conductor : Conductor or None
        The conductor that methods are given, where it is not the planned one.
    """

    electrodes: Electrodes
    times_ms: NDArray
    activation_ms: NDArray
    bsp_mv: NDArray
    noise_free_mv: NDArray
    told_mv: NDArray | None
    known_conductor: Conductor | None


def scale_velocities(beats: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Scale the conduction velocities of beats in all tissues.

    Parameters
    ----------
    beats : pandas.DataFrame
        See `pacing.plan_beats`.
    factor : float
        Dimensionless.

    Returns
    -------
    pandas.DataFrame
        A changed copy of `beats`.
    """
    columns = [column for column in beats if column.startswith("velocity_")]
    return beats.assign(**{column: beats[column] * factor for column in columns})


def choose_electrodes(
    which: str, leads: Leads, torso: Mapping[str, float], rng: np.random.Generator
) -> tuple[NDArray[np.int_], list[str], NDArray]:
    """Choose the electrodes of a recording.

    Parameters
    ----------
    which : {"all", "half", "twelve_lead"}
        All planned electrodes, half of them at random, or instead of them those of the 12-lead ECG on the
        torso of the heart.
    leads : Leads
        Planned electrodes.
    torso : mapping
        Sizes, see `electrodes.on_torso`.
    rng : numpy.random.Generator
        For a random half.

    Returns
    -------
    numbers : numpy.ndarray of int, shape (electrode,)
        Numbers among the planned ones, ascending; 0 to 8 for the 12-lead ECG.
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


def anatomy_of_condition(
    condition: Mapping[str, Any],
    segmentation: Anatomy,
    spacing_mm: float,
    scar_conducts: bool,
    rng: np.random.Generator,
    axis: NDArray | None = None,
    walls: Walls = NO_WALLS,
    septum_mm: ArrayLike | None = None,
) -> Anatomy:
    """Resample a heart on the grid of a condition, and add its scar.

    Parameters
    ----------
    condition : mapping
        ``spacing_factor`` and ``scar_radius_mm``, see `config.evaluation.Condition`.
    segmentation : Anatomy
        In patient space.
    spacing_mm : float
        Edge of the voxels in training.
    scar_conducts : bool
        See `reslice.short_axis`.
    rng : numpy.random.Generator
        For the position of the scar.
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.
    walls : Walls
        That the heart gets, see `reslice.short_axis`.
    septum_mm : array-like, shape (3,), optional
        See `septum.find_septum`.

    Returns
    -------
    Anatomy
        In its short-axis frame.
    """
    spacing_mm *= condition["spacing_factor"]
    anatomy, _ = short_axis(segmentation, spacing_mm, scar_conducts, axis, walls, septum_mm)
    return add_scar(anatomy, condition["scar_radius_mm"], rng) if condition["scar_radius_mm"] else anatomy


def nearest_directions(positions: NDArray, known_positions: NDArray, directions: NDArray) -> NDArray:
    """Resample fibre directions on another grid by nearest neighbour.

    Parameters
    ----------
    positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    known_positions : numpy.ndarray, shape (known voxel, 3)
        Patient RAS, mm.
    directions : numpy.ndarray, shape (known voxel, 3)
        Unit vectors in patient RAS.

    Returns
    -------
    numpy.ndarray, shape (voxel, 3)
        Unit vectors in patient RAS.
    """
    return directions[cKDTree(known_positions).query(positions)[1]]


def simulate_condition(
    name: str,
    condition: Mapping[str, Any],
    case: str,
    seed: int,
    anatomy: Anatomy,
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
    known_anatomy: Anatomy | None = None,
) -> Recorded:
    """Simulate recordings of beats of a heart under a condition.

    Parameters
    ----------
    name : str
        Name of the condition.
    condition : mapping
        ``velocity_factor``, ``electrodes``, ``electrode_error_mm``, ``heart_shift_mm``,
        ``heart_turn_degrees``, ``snr_db``, ``conductor``, ``known_conductor`` and the factors on its
        conductivities, see `config.evaluation.Condition`.
    case : str
        Name of the case.
    seed : int
        Seed of the experiment.
    anatomy : Anatomy
        See `anatomy_of_condition`.
    leads : Leads
        Planned electrodes.
    layout : mapping
        See `layouts.layout_of_case`. A ``lead_field`` from a file holds for the condition too.
    conductivity : mapping
        ``sigma_i`` and those of the conductor, see `conductors_of_cases.conductor_of`.
    beats, sites : pandas.DataFrame
        See `pacing.plan_beats`.
    settings : SimulationSettings
    points : numpy.ndarray, shape (point, 3)
        Points at which activation times are returned, patient RAS in mm.
    samples : int
        Number of samples of the recorded signals, each the mean of neighbouring simulated ones.
    fibres : (numpy.ndarray, numpy.ndarray), optional
        Positions of voxels and fibre directions there, shape (voxel, 3) each.
    velocity_on : callable, optional
        From an anatomy to the velocity of its wall voxels in m/s, instead of one per tissue, see
        `simulation.simulate`.
    known_anatomy : Anatomy, optional
        The heart of training, which the conductor that methods are given is made from.

    Returns
    -------
    Recorded

    Raises
    ------
    InputError
        If an electrode is displaced into the wall, or a beat can't be simulated.
    """
    placed = _misplaced(name, condition, case, seed, anatomy)
    used = _displaced(name, condition, case, seed, placed, leads, layout)
    known, told = None, None
    if layout["lead_field"]:
        field = leads.lead_field[:, used.numbers]
    else:
        conductor = leads.conductor
        if condition["conductor"] or conductor is None:
            kind = condition["conductor"] or "infinite"
            conductor = conductor_of(kind, case, seed, placed, leads.positions, layout, conductivity, True)
            print(f"conductor of the beats: {conductor.description}")
        if condition["known_conductor"]:
            at, given = known_anatomy or anatomy, told_conductivity(condition, conductivity)
            kind = condition["known_conductor"]
            known = conductor_of(kind, case, seed, at, used.planned, layout, given)
            print(f"conductor that methods are given: {known.description}")

        def field_in(conductor: Conductor, heart: Anatomy, positions: NDArray) -> NDArray:
            sigma_i = conductivity["sigma_i"]
            field_at = partial(lead_field_in, conductor, heart.wall, heart.affine, sigma_i=sigma_i)
            return referenced_lead_field(used.names, positions, leads.wall_positions, layout, field_at)

        field = field_in(conductor, placed, used.true)
        supposed = known or leads.conductor
        if supposed is not None and any(condition[key] for key in NOT_TOLD):
            told = field_in(supposed, anatomy, used.planned)
    times, activation, bsp = simulate_beats(
        anatomy,
        field if told is None else np.concatenate([field, told], 1),
        scale_velocities(beats, condition["velocity_factor"]),
        sites,
        settings,
        nearest_directions(anatomy.positions(anatomy.wall), *fibres) if fibres else None,
        velocity_on(anatomy) if velocity_on else None,
    )
    clean, as_told = np.split(bsp, [field.shape[1]], axis=1)
    purpose = f"noise {name} {case}"
    noisy = measurement.add_noise_to_beats(clean, condition["snr_db"], beats["beat"], seed, purpose)
    return Recorded(
        used,
        average_in_time(times, samples),
        sample_wall(anatomy, activation, points),
        average_in_time(noisy, samples),
        average_in_time(clean, samples),
        None if told is None else average_in_time(as_told, samples),
        known,
    )


def told_conductivity(condition: Mapping[str, Any], conductivity: Mapping[str, float]) -> dict[str, float]:
    """Conductivities that methods are told.

    Parameters
    ----------
    condition : mapping
        ``known_sigma_t_factor``, ``known_sigma_lungs_factor`` and ``known_sigma_blood_factor``.
    conductivity : mapping of str to float
        True conductivities, S/m; those without a factor are told as they are.

    Returns
    -------
    dict of str to float
        S/m.
    """
    return {name: value * condition.get(f"known_{name}_factor", 1.0) for name, value in conductivity.items()}


def _displaced(
    name: str,
    condition: Mapping[str, Any],
    case: str,
    seed: int,
    anatomy: Anatomy,
    leads: Leads,
    layout: Mapping[str, Any],
) -> Electrodes:
    """Choose electrodes and displace them from their planned positions."""
    rng = generator(seed, f"electrodes {name} {case}")
    numbers, names, planned = choose_electrodes(condition["electrodes"], leads, layout["torso"], rng)
    true = measurement.displace(planned, condition["electrode_error_mm"], rng)
    labels = [f"{name}: electrode {electrode}, displaced," for electrode in names]
    electrodes.refuse_near_wall(true, anatomy.positions(anatomy.wall), float(anatomy.spacing[0]), labels)
    return Electrodes(numbers, names, planned, true)


def _misplaced(name: str, condition: Mapping[str, Any], case: str, seed: int, anatomy: Anatomy) -> Anatomy:
    """Heart where it is and not where methods suppose it; it conducts as it does there."""
    shift_mm, turn_degrees = condition["heart_shift_mm"], condition["heart_turn_degrees"]
    if not shift_mm and not turn_degrees:
        return anatomy
    centre = anatomy.positions(anatomy.wall).mean(0)
    rng = generator(seed, f"pose {name} {case}")
    moved = measurement.misplace(centre, shift_mm, turn_degrees, rng)
    return Anatomy(anatomy.labels, moved @ anatomy.affine)
