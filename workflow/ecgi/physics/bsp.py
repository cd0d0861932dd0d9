"""Body surface potentials from activation times."""

from collections.abc import Callable, Mapping

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from scipy.ndimage import uniform_filter1d

from ..core.errors import InputError
from .action_potential import PARAMETERS, closing_time, mitchell_schaeffer
from .lead_field import BLOCK, CARRYING_TOLERANCE, carrying, condensed

BIN_MS = 0.5  # widest histogram bin; the error falls with its square
LEAST_ENERGY = 1e-300  # sum of squares, below which signals count as 0


def average_in_time(signals: NDArray, samples: int) -> NDArray:
    """Average neighbouring samples.

    Parameters
    ----------
    signals : numpy.ndarray, shape (..., time)
        The number of times is a multiple of `samples`.
    samples : int
        Number of means.

    Returns
    -------
    numpy.ndarray, shape (..., samples)
    """
    return signals.reshape(*signals.shape[:-1], samples, -1).mean(-1)


def interpolate_in_time(signals: NDArray, times: NDArray, wanted: NDArray) -> NDArray:
    """Resample signals at other times, NaN after their last sample.

    Cubic splines through the samples, or, against aliasing of noise, through running means over one new time
    step where samples are denser than that.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    times : numpy.ndarray, shape (time,)
        Of the samples, ms, ascending.
    wanted : numpy.ndarray, shape (wanted time,)
        ms, ascending.

    Returns
    -------
    numpy.ndarray, shape (electrode, wanted time)
    """
    ratio = float(np.median(np.diff(wanted)) / np.median(np.diff(times)))
    smooth = uniform_filter1d(signals, 2 * int(ratio / 2 + 1e-6) + 1, axis=1, mode="nearest")
    values = make_interp_spline(times, smooth, k=3, axis=1)(wanted)
    return np.where(wanted <= times[-1] + 1e-6, values, np.nan)


def fitted_amplitude(recorded: NDArray, simulated: NDArray) -> NDArray[np.float64]:
    """Non-negative least-squares amplitude of simulated BSP for recorded ones.

    Parameters
    ----------
    recorded, simulated : numpy.ndarray, shape (..., electrode, time)
        Leading dimensions are broadcast.

    Returns
    -------
    numpy.ndarray, shape (...)
        0 where they correlate negatively.
    """
    recorded, simulated = (
        np.asarray(signals, float).reshape(*signals.shape[:-2], -1) for signals in (recorded, simulated)
    )
    energy = np.vecdot(simulated, simulated)
    return np.maximum(np.vecdot(recorded, simulated), 0.0) / np.maximum(energy, LEAST_ENERGY)


def scaled_residual(recorded: NDArray, simulated: NDArray) -> NDArray[np.float64]:
    """Residual after least-squares amplitude scaling: scaled simulated BSP less recorded ones.

    Parameters
    ----------
    recorded, simulated : numpy.ndarray, shape (..., electrode, time)
        Leading dimensions are broadcast.

    Returns
    -------
    numpy.ndarray, shape (..., electrode, time)
    """
    return fitted_amplitude(recorded, simulated)[..., None, None] * simulated - recorded


def normalised_residual(recorded: NDArray, simulated: NDArray) -> NDArray[np.float64]:
    """Residual of signals of unit norm: simulated BSP over their norm less recorded ones.

    Its energy is 2 - 2 c for a correlation c about 0 and recorded BSP of unit norm; it falls with c also
    where c is negative, unlike the residual after a non-negative amplitude.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (..., electrode, time)
        Of unit norm.
    simulated : numpy.ndarray, shape (..., electrode, time)
        Leading dimensions are broadcast.

    Returns
    -------
    numpy.ndarray, shape (..., electrode, time)
    """
    simulated = np.asarray(simulated, float)
    norm = np.sqrt(np.square(simulated).sum((-2, -1), keepdims=True))
    return simulated / np.maximum(norm, LEAST_ENERGY) - recorded


def bin_width(time_step_ms: float, widest_ms: float = BIN_MS) -> float:
    """Width of histogram bins, the time step over a whole number.

    Parameters
    ----------
    time_step_ms : float
        Of the BSP.
    widest_ms : float
        Upper limit of the width.

    Returns
    -------
    float
        ms.
    """
    return time_step_ms / int(np.ceil(time_step_ms / widest_ms - 1e-9))


def convolution_matrix(
    times: NDArray, bin_ms: float, bins: int, ap_times: NDArray, potential: NDArray
) -> NDArray[np.float32]:
    """Build the matrix that maps histograms of activation times to potentials.

    Its rows are action potentials, shifted to the activation time of each bin.

    Parameters
    ----------
    times : numpy.ndarray, shape (time,)
        Sampling times in ms.
    bin_ms : float
        Width of a bin; the first one is at t = 0.
    bins : int
        Number of bins.
    ap_times, potential : numpy.ndarray, shape (action potential time,)
        Times in ms relative to activation, and the action potential at them; it keeps its first and last
        value before and after.

    Returns
    -------
    numpy.ndarray of float32, shape (bin, time)
    """
    lag = times - np.arange(bins)[:, None] * bin_ms
    return np.interp(lag, ap_times, potential).astype(np.float32)


def body_surface_potentials(
    activation_ms: NDArray,
    field: NDArray[np.float32],
    group: NDArray[np.int_],
    convolution: NDArray[np.float32],
    bin_ms: float,
) -> NDArray[np.float32]:
    """Body surface potentials of beats from their activation times.

    Parameters
    ----------
    activation_ms : numpy.ndarray, shape (beat, voxel)
        ms.
    field : numpy.ndarray of float32, shape (voxel, electrode)
        See `lead_field`.
    group : numpy.ndarray of int, shape (voxel,)
        Number of each voxel's action potential.
    convolution : numpy.ndarray of float32, shape (group, bin, time)
        See `convolution_matrix`; mV. The last bin lies beyond the latest activation.
    bin_ms : float
        Width of a bin.

    Returns
    -------
    numpy.ndarray of float32, shape (beat, electrode, time)
        mV.

    Raises
    ------
    InputError
        If an activation is later than the last bin, or not a number.
    """
    if np.isnan(activation_ms).any():
        raise InputError("activation times are not numbers; no signals can be computed from them")
    position = (activation_ms * (1 / bin_ms)).astype(np.float32)
    needed = int(position.max()) + 2
    if needed > convolution.shape[1]:
        raise InputError(
            f"the latest activation, {activation_ms.max():.0f} ms, lies beyond the sampled window of "
            f"{convolution.shape[1] * bin_ms:.0f} ms; raise bsp.samples"
        )
    histograms = _weighted_histograms(position, field, group, len(convolution), needed)
    reached = convolution[:, :needed].reshape(-1, convolution.shape[2])
    return np.matmul(histograms.transpose(0, 2, 1), reached)


@numba.njit(cache=True, fastmath=True)
def _weighted_histograms(
    position: NDArray[np.float32],
    field: NDArray[np.float32],
    group: NDArray[np.int_],
    groups: int,
    bins: int,
) -> NDArray[np.float32]:
    """Histograms of activation times weighted by the lead field, each voxel shared by its two nearest bins.

    Shape (beat, group and bin, electrode). Electrodes are contiguous in memory, and all beats use a block of
    the field while it is in the cache.
    """
    beats, voxels = position.shape
    electrodes = field.shape[1]
    histograms = np.zeros((beats, groups * bins, electrodes), np.float32)
    for first in range(0, voxels, BLOCK):
        for beat in range(beats):
            histogram = histograms[beat]
            for voxel in range(first, min(first + BLOCK, voxels)):
                low = int(position[beat, voxel])
                upper_share = position[beat, voxel] - np.float32(low)
                lower_share = np.float32(1) - upper_share
                low += group[voxel] * bins
                row, lower, upper = field[voxel], histogram[low], histogram[low + 1]
                for electrode in range(electrodes):  # two loops, so that the compiler vectorises both
                    lower[electrode] += row[electrode] * lower_share
                for electrode in range(electrodes):
                    upper[electrode] += row[electrode] * upper_share
    return histograms


APD_GROUPS = 12  # durations that others are mixtures of; over a range of 40 ms, the error of BSP is 0.1 %


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
    """Make a function from activation times to BSP.

    Parameters
    ----------
    field : numpy.ndarray of float32, shape (voxel, electrode)
        Lead field, see `lead_field.lead_field`.
    action_potential : dict
        ``amplitude_mv`` and the parameters of `action_potential.mitchell_schaeffer`.
    samples : int
        Number of time samples, the first at t = 0.
    time_step_ms : float
        Between samples.
    apd_offset_ms : numpy.ndarray, shape (voxel,), optional
        How much longer each voxel's action potential lasts, see `repolarisation.apd_offsets`.
    averaged : int
        Number of neighbouring samples that are averaged.
    bin_ms : float
        Widest bin of activation times.
    tolerance : float
        Share of the lead field that may be left out, see `lead_field.carrying`; 0 to keep all.

    Returns
    -------
    times : numpy.ndarray, shape (samples / averaged,)
        ms.
    simulate : callable
        From activation times in ms, shape (voxel,) or (beat, voxel), to BSP in mV, shape
        (electrode, time) or (beat, electrode, time).
    """
    times = np.arange(samples) * time_step_ms
    width = bin_width(time_step_ms, bin_ms)
    bins = round(samples * time_step_ms / width)
    cell = {name: action_potential[name] for name in PARAMETERS}
    voxels = carrying(field, tolerance)
    weights, group, changes = condensed(field, voxels), np.zeros(len(voxels), int), np.zeros(1)
    if apd_offset_ms is not None:
        voxels, weights, group, changes = _mixed(voxels, weights, apd_offset_ms[voxels])
    convolution = np.empty((len(changes), bins, samples // averaged), np.float32)
    for number, change in enumerate(changes):
        course = mitchell_schaeffer(
            times[-1], width, **{**cell, "tau_close_ms": closing_time(change, **cell)}
        )
        every = convolution_matrix(times, width, bins, *course)
        convolution[number] = average_in_time(every, samples // averaged)
    convolution *= action_potential["amplitude_mv"]

    def simulate(activation_ms: NDArray) -> NDArray[np.float32]:
        beats = np.take(np.atleast_2d(activation_ms), voxels, axis=1)
        bsp = body_surface_potentials(beats, weights, group, convolution, width)
        return bsp.reshape(*activation_ms.shape[:-1], *bsp.shape[1:])

    return average_in_time(times, samples // averaged), simulate


def _mixed(
    voxels: NDArray[np.intp], field: NDArray[np.float32], offset_ms: NDArray
) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.int_], NDArray]:
    """Split each voxel into two parts with action potentials of the nearest among `APD_GROUPS` durations.

    Returns
    -------
    voxels : numpy.ndarray of int, shape (part,)
        Voxel of each part.
    field : numpy.ndarray, shape (part, electrode)
        Its share of the voxel's lead field.
    group : numpy.ndarray of int, shape (part,)
        Number of its action potential.
    changes : numpy.ndarray, shape (group,)
        Change of duration of each action potential from the standard one, ms.
    """
    changes = np.linspace(offset_ms.min(), offset_ms.max(), APD_GROUPS)
    step = changes[1] - changes[0]
    position = (offset_ms - changes[0]) / (step if step else 1.0)
    low = np.minimum(position.astype(int), APD_GROUPS - 2)
    share = (position - low).astype(field.dtype)[:, None]
    parts = np.concatenate([field * (1 - share), field * share])
    return np.tile(voxels, 2), parts, np.concatenate([low, low + 1]), changes
