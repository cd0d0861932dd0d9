"""Body surface potentials by the dipole formulation (FIMH 2019, section 3.1).

In an infinite homogeneous conductor the wall is a cloud of current dipoles -sigma_i grad V:

    phi(e, t) = -sigma_i / (4 pi sigma_T) sum_x grad V(x, t) . (r_e - r_x) / |r_e - r_x|^3 dV.

Summed by parts this is phi = W V with a lead field W that depends on wall and electrodes alone. All
voxels share one action potential U, V(x, t) = U(t - T(x)), so that phi is a W-weighted histogram of
activation times convolved with U.
"""

import numba
import numpy as np
from scipy import sparse

from .errors import InputError

BINS_PER_STEP = 4  # histogram bins per time step; the error falls with the square of the bin width


def gradient_operators(wall, spacing_mm):
    """Central differences on the wall, one-sided at its surface.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float

    Returns
    -------
    list of 3 scipy.sparse.csr_array, shape (voxel, voxel)
        Derivative along each voxel axis, per mm; wall voxels in C order.
    """
    number = np.full(np.array(wall.shape) + 2, -1)
    inner = (slice(1, -1),) * 3
    count = int(wall.sum())
    number[inner][wall] = np.arange(count)
    own = np.arange(count)
    operators = []
    for axis in range(3):
        ahead = np.roll(number, -1, axis)[inner][wall]
        behind = np.roll(number, 1, axis)[inner][wall]
        high = np.where(ahead >= 0, ahead, own)
        low = np.where(behind >= 0, behind, own)
        steps = (high != own).astype(float) + (low != own)
        weight = 1.0 / (np.maximum(steps, 1) * spacing_mm)
        operators.append(
            sparse.csr_array(
                (np.concatenate([weight, -weight]), (np.tile(own, 2), np.concatenate([high, low]))),
                shape=(count, count),
            )
        )
    return operators


def dipole_kernel(positions, electrode):
    """(r_e - r_x) / |r_e - r_x|^3 in 1/mm^2, shape (voxel, 3), for one electrode."""
    towards = electrode - positions
    return towards / np.linalg.norm(towards, axis=1, keepdims=True) ** 3


def lead_field(wall, affine, electrodes, sigma_i, sigma_t):
    """Linear map from the wall's transmembrane potential to the electrodes.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS, mm; isotropic.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    sigma_i, sigma_t : float
        Intracellular conductivity and that of the torso, S/m. Their ratio is a pure scale.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)
        mV at the electrode per mV in the voxel; wall voxels in C order.
    """
    spacing = float(np.linalg.norm(affine[:3, 0]))
    axes = affine[:3, :3] / spacing
    positions = np.argwhere(wall) @ affine[:3, :3].T + affine[:3, 3]
    transposed = [operator.T.tocsr() for operator in gradient_operators(wall, spacing)]
    scale = -sigma_i / (4 * np.pi * sigma_t) * spacing**3
    field = np.empty((len(positions), len(electrodes)), np.float32)
    for e, electrode in enumerate(electrodes):
        kernel = dipole_kernel(positions, electrode) @ axes
        field[:, e] = scale * sum(transposed[axis] @ kernel[:, axis] for axis in range(3))
    return field


def convolution_matrix(times, ap_times, potential, bins):
    """Action potential at each sampling time of a cell activated in each bin.

    Parameters
    ----------
    times : numpy.ndarray
        Sampling times in ms, evenly spaced from 0; bins are `BINS_PER_STEP` to a step.
    ap_times, potential : numpy.ndarray
        Action potential relative to activation; at rest before, at its last value after.
    bins : int

    Returns
    -------
    numpy.ndarray of float32, shape (time, bin)
    """
    bin_ms = (times[1] - times[0]) / BINS_PER_STEP
    lag = times[:, None] - np.arange(bins) * bin_ms
    return np.interp(lag, ap_times, potential).astype(np.float32)


def body_surface_potentials(activation_ms, field, convolution, time_step_ms, amplitude_mv):
    """BSP of one beat.

    Parameters
    ----------
    activation_ms : numpy.ndarray, shape (voxel,)
    field : numpy.ndarray of float32, shape (voxel, electrode)
        See `lead_field`.
    convolution : numpy.ndarray of float32, shape (time, bin)
        See `convolution_matrix`; its last bin lies beyond the latest activation.
    time_step_ms : float
    amplitude_mv : float
        Transmembrane potential of full amplitude.

    Returns
    -------
    numpy.ndarray of float32, shape (electrode, time)
        mV.

    Raises
    ------
    InputError
        If the wave takes longer than the bins reach.
    """
    position = (activation_ms * (BINS_PER_STEP / time_step_ms)).astype(np.float32)
    needed = int(position.max()) + 2
    if needed > convolution.shape[1]:
        raise InputError(
            f"the latest activation, {activation_ms.max():.0f} ms, lies beyond the sampled window of "
            f"{convolution.shape[1] / BINS_PER_STEP * time_step_ms:.0f} ms; raise bsp.samples"
        )
    histogram = _weighted_histogram(position, field, needed)
    return (amplitude_mv * (convolution[:, :needed] @ histogram)).T.astype(np.float32)


@numba.njit(cache=True)
def _weighted_histogram(position, field, bins):
    """Lead field summed into activation-time bins, each voxel shared by its two nearest bins."""
    histogram = np.zeros((bins, field.shape[1]), np.float32)
    for voxel in range(len(position)):
        low = int(position[voxel])
        upper_share = position[voxel] - low
        for electrode in range(field.shape[1]):
            upper = field[voxel, electrode] * upper_share
            histogram[low + 1, electrode] += upper
            histogram[low, electrode] += field[voxel, electrode] - upper
    return histogram
