"""The forward chain from an activation map to body surface potentials, set up once per heart."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from .action_potential import PARAMETERS, closing_time, mitchell_schaeffer
from .dipole import (
    BIN_MS,
    CARRYING_TOLERANCE,
    bin_width,
    body_surface_potentials,
    carrying,
    condensed,
    convolution_matrix,
)

APD_GROUPS = 12  # durations of which all others are mixed; over 40 ms, BSP are right to 0.1 %


def bsp_simulator(
    field: NDArray[np.float32],
    action_potential: Mapping[str, float],
    samples: int,
    time_step_ms: float,
    apd_offset_ms: NDArray | None = None,
    averaged: int = 1,
    bin_ms: float = BIN_MS,
    tolerance: float = CARRYING_TOLERANCE,
) -> tuple[NDArray, Callable[[NDArray], NDArray[np.float32]]]:
    """Function from activation times to BSP.

    Parameters
    ----------
    field : numpy.ndarray of float32, shape (voxel, electrode)
        Lead field, see `dipole.lead_field`.
    action_potential : dict
        ``amplitude_mv`` and the parameters of `action_potential.mitchell_schaeffer`.
    samples : int
        Time samples from t = 0 on.
    time_step_ms : float
    apd_offset_ms : numpy.ndarray, shape (voxel,), optional
        How much longer each voxel's action potential lasts, see `repolarisation.apd_offsets`.
    averaged : int
        Neighbouring samples whose mean is returned in their place.
    bin_ms : float
        Widest bin of activation times.
    tolerance : float
        What may be left out, see `dipole.carrying`; 0 for nothing.

    Returns
    -------
    times : numpy.ndarray, shape (samples / averaged,)
        ms.
    simulate : callable
        Activation times in ms, shape (voxel,) or (beat, voxel), to BSP in mV, shape
        (electrode, time) or (beat, electrode, time).
    """
    times = np.arange(samples) * time_step_ms
    width = bin_width(time_step_ms, bin_ms)
    bins = round(samples * time_step_ms / width)
    cell = {name: action_potential[name] for name in PARAMETERS}
    voxels = carrying(field, tolerance)
    weights, group, changes = condensed(field, voxels), np.zeros(len(voxels), int), [0.0]
    if apd_offset_ms is not None:
        voxels, weights, group, changes = _mixed(voxels, weights, apd_offset_ms[voxels])
    convolution = np.empty((len(changes), bins, samples // averaged), np.float32)
    for number, change in enumerate(changes):
        course = mitchell_schaeffer(
            times[-1], width, **{**cell, "tau_close_ms": closing_time(change, **cell)}
        )
        every = convolution_matrix(times, width, bins, *course)
        convolution[number] = every.reshape(bins, -1, averaged).mean(-1)
    convolution *= action_potential["amplitude_mv"]

    def simulate(activation_ms):
        beats = np.take(np.atleast_2d(activation_ms), voxels, axis=1)
        bsp = body_surface_potentials(beats, weights, group, convolution, width)
        return bsp.reshape(*activation_ms.shape[:-1], *bsp.shape[1:])

    return times.reshape(-1, averaged).mean(-1), simulate


def _mixed(voxels, field, offset_ms):
    """Each voxel as a mixture of two whose action potentials are among a few.

    Returns
    -------
    voxels : numpy.ndarray of int, shape (part,)
        Voxel of each part.
    field : numpy.ndarray, shape (part, electrode)
        Its share of the voxel's lead field.
    group : numpy.ndarray of int, shape (part,)
        Which action potential it has.
    changes : numpy.ndarray, shape (group,)
        Durations of the action potentials in ms, as a change from the standard one.
    """
    changes = np.linspace(offset_ms.min(), offset_ms.max(), APD_GROUPS)
    step = changes[1] - changes[0]
    place = (offset_ms - changes[0]) / (step if step else 1.0)
    low = np.minimum(place.astype(int), APD_GROUPS - 2)
    share = (place - low).astype(field.dtype)[:, None]
    parts = np.concatenate([field * (1 - share), field * share])
    return np.tile(voxels, 2), parts, np.concatenate([low, low + 1]), changes
