"""Simulation of the beats of a protocol: activation times by the eikonal equation, BSP by dipoles."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anatomy import geodesics
from ..anatomy.heart import Anatomy, to_patient
from ..core.errors import InputError
from ..core.progress import Progress
from . import bsp, eikonal, eikonal_anisotropic, pacing
from .repolarisation import apd_offsets


class SimulationSettings(NamedTuple):
    """Settings with which the beats of an experiment are simulated.

    Attributes
    ----------
    pacing_radius_mm : float
        Of the zones that are activated at once.
    median_velocity : mapping of str to float
        m/s, of each tissue that conducts.
    conduction : mapping
        See `wave_solver`.
    action_potential, sampling : mapping
        See `bsp_solver`.
    """

    pacing_radius_mm: float
    median_velocity: Mapping[str, float]
    conduction: Mapping[str, float]
    action_potential: Mapping[str, Any]
    sampling: Mapping[str, Any]

    @classmethod
    def of(cls, params: object) -> "SimulationSettings":
        """The settings among others, such as the parameters of a job."""
        return cls(*(getattr(params, name) for name in cls._fields))


def simulate_beats(
    anatomy: Anatomy,
    field: NDArray,
    beats: pd.DataFrame,
    sites: pd.DataFrame,
    settings: SimulationSettings,
    fibres: NDArray | None = None,
    velocity: NDArray | None = None,
) -> tuple[NDArray, NDArray[np.float32], NDArray[np.float32]]:
    """Activation times and BSP of some beats of a heart.

    Parameters
    ----------
    anatomy : Anatomy
    field : numpy.ndarray, shape (voxel, electrode)
        Lead field.
    beats, sites : pandas.DataFrame
        See `pacing.plan_beats`.
    settings : SimulationSettings
    fibres : numpy.ndarray, shape (voxel, 3), optional
        See `wave_solver`.
    velocity : numpy.ndarray, shape (voxel,), optional
        See `simulate`.

    Returns
    -------
    times_ms : numpy.ndarray, shape (time,)
    activation_ms : numpy.ndarray of float32, shape (beat, voxel)
    bsp_mv : numpy.ndarray of float32, shape (beat, electrode, time)

    Raises
    ------
    InputError
        Naming case and beat.
    """
    times, bsp_of = bsp_solver(anatomy, field, settings.action_potential, settings.sampling)
    activation, signals = simulate(
        anatomy,
        beats,
        sites,
        settings.pacing_radius_mm,
        settings.median_velocity,
        wave_solver(anatomy, settings.conduction, fibres),
        bsp_of,
        velocity,
    )
    return times, activation, signals


def wave_solver(
    anatomy: Anatomy, conduction: Mapping[str, Any], fibres: NDArray | None = None
) -> Callable[[NDArray, Sequence[eikonal.Source]], NDArray]:
    """Make a function from velocities and pacing zones to activation times.

    Parameters
    ----------
    anatomy : Anatomy
    conduction : dict
        ``velocity_ratio`` and ``reach``, see `geodesics.stencil`; used with fibres only.
    fibres : numpy.ndarray, shape (voxel, 3), optional
        Unit vectors in patient RAS; without them conduction is isotropic.

    Returns
    -------
    callable
        From velocities, shape (voxel,), and sources to activation times in ms, shape (voxel,), see
        `eikonal.activation_times` or `eikonal_anisotropic.activation_times`.

    Raises
    ------
    InputError
        If there is no wall, or a fibre direction is no unit vector.
    """
    spacing = float(anatomy.spacing[0])
    if fibres is None:
        return functools.partial(eikonal.activation_times, eikonal.conducting_domain(anatomy.wall, spacing))
    along_voxels = fibres @ (anatomy.affine[:3, :3] / spacing)
    graph = geodesics.stencil(
        anatomy.wall, spacing, along_voxels, conduction["velocity_ratio"], conduction["reach"]
    )
    return functools.partial(eikonal_anisotropic.activation_times, graph)


def bsp_solver(
    anatomy: Anatomy,
    field: NDArray[np.float32],
    action_potential: Mapping[str, Any],
    sampling: Mapping[str, Any],
) -> tuple[NDArray, Callable[[NDArray], NDArray[np.float32]]]:
    """Make a function from activation times to BSP, with the gradient of action potentials in the wall.

    Parameters
    ----------
    anatomy : Anatomy
    field : numpy.ndarray, shape (voxel, electrode)
        Lead field, mV per mV.
    action_potential : dict
        ``apd_gradient`` and ``apd_range_ms``, see `repolarisation.apd_offsets`, with the
        entries that `bsp.bsp_simulator` requires.
    sampling : dict
        ``samples``, ``time_step_ms`` and optionally ``averaged``, see `bsp.bsp_simulator`.

    Returns
    -------
    times, simulate
        See `bsp.bsp_simulator`.
    """
    offsets = apd_offsets(anatomy, action_potential["apd_gradient"], action_potential["apd_range_ms"])
    return bsp.bsp_simulator(field, action_potential, **sampling, apd_offset_ms=offsets)


def simulate(
    anatomy: Anatomy,
    beats: pd.DataFrame,
    sites: pd.DataFrame,
    radius_mm: float,
    median_velocity: Mapping[str, float],
    times_of: Callable[[NDArray, Sequence[eikonal.Source]], NDArray],
    bsp_of: Callable[[NDArray], NDArray[np.float32]],
    velocity: NDArray | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Simulate activation times and BSP of beats.

    Parameters
    ----------
    anatomy : Anatomy
    beats, sites : pandas.DataFrame
        See `pacing.plan_beats`.
    radius_mm : float
        Radius of the pacing zones.
    median_velocity : dict of str to float
        m/s, for each tissue that conducts, see `pacing.CONDUCTING`.
    times_of : callable
        See `wave_solver`.
    bsp_of : callable
        See `bsp_solver`.
    velocity : numpy.ndarray, shape (voxel,), optional
        Median velocity in m/s of each voxel, instead of one per tissue; it is scaled by the ratio of a beat's
        velocities to the medians of the tissues.

    Returns
    -------
    activation_ms : numpy.ndarray of float32, shape (beat, voxel)
        ms.
    bsp_mv : numpy.ndarray of float32, shape (beat, electrode, time)
        mV.

    Raises
    ------
    InputError
        If a beat can't be simulated; case and beat are named.
    """
    voxel_of = np.linalg.inv(anatomy.affine)
    tissues = anatomy.labels[anatomy.wall]
    activations = np.empty((len(beats), len(tissues)), np.float32)
    signals = []
    for row, beat in enumerate(Progress("beats", beats.itertuples(), len(beats))):
        own = sites[sites["beat"] == beat.beat]
        centres = to_patient(voxel_of, own[["x_mm", "y_mm", "z_mm"]].to_numpy())
        sources = [
            eikonal.Source(centre, radius_mm, onset)
            for centre, onset in zip(centres, own["onset_ms"], strict=True)
        ]
        velocities = {tissue: getattr(beat, f"velocity_{tissue}_m_per_s") for tissue in median_velocity}
        if velocity is None:
            speed = pacing.velocity_of(tissues, velocities)
        else:
            ratio = {tissue: velocities[tissue] / median_velocity[tissue] for tissue in velocities}
            speed = velocity * pacing.velocity_of(tissues, ratio)
        try:
            activations[row] = times_of(speed, sources)
            signals.append(bsp_of(activations[row]))
        except InputError as error:
            raise InputError(f"case {beat.case}, beat {beat.beat}: {error}") from None
    return activations, np.stack(signals)
