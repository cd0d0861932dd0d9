"""Interface of the benchmarks to the BSP code."""

from functools import cache

import numpy as np

from ecgi.physics import bsp, electrodes
from ecgi.physics import lead_field as fields
from ecgi.physics.action_potential import mitchell_schaeffer
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.lead_field import carrying

SIGMA = {"sigma_i": 0.2, "sigma_t": 0.25}
CELL = {
    "amplitude_mv": 100.0,
    "tau_in_ms": 0.3,
    "tau_out_ms": 6.0,
    "tau_open_ms": 120.0,
    "tau_close_ms": 150.0,
    "v_gate": 0.13,
}


def grid(heart, rows=10, columns=10):
    """Grid of electrodes in front of a heart, (electrode, 3) in mm."""
    pitch = 250 / max(rows, columns)
    return electrodes.front_grid(heart.positions(heart.wall), rows, columns, pitch, 40.0)


def lead_field(heart, places, dtype=np.float32):
    """Lead field, (voxel, electrode); in single precision as the workflow stores it."""
    return fields.lead_field(heart.wall, heart.affine, places, **SIGMA, dtype=dtype)


def simulator(field, samples, step_ms, **precision):
    """Function from activation times, (voxel,) or (beat, voxel), to BSP, (..., electrode, time).

    `precision` is ``bin_ms`` and ``tolerance`` of `bsp.bsp_simulator`, if not its defaults.
    """
    return bsp.bsp_simulator(field, CELL, samples, step_ms, **precision)[1]


def carrying_voxels(field):
    """Number of voxels that the simulation of BSP keeps."""
    return len(carrying(field))


def transmembrane(activation_ms, times):
    """Transmembrane potential in mV of each voxel at some times, (time, voxel)."""
    return CELL["amplitude_mv"] * np.interp(np.asarray(times)[:, None] - activation_ms, *_course())


@cache
def _course():
    """Finely sampled action potential, until long after repolarisation."""
    cell = {name: value for name, value in CELL.items() if name != "amplitude_mv"}
    return mitchell_schaeffer(1000.0, 0.01, **cell)


def kernels(heart, places):
    """Dipole kernels of the torso along the voxel axes, (electrode, voxel, axis)."""
    kernel = InfiniteConductor(SIGMA["sigma_t"]).kernels(heart.positions(heart.wall), places)
    return kernel.transpose(2, 0, 1) @ (heart.affine[:3, :3] / heart.spacing[0])


def dipole_sum(heart, kernel, potential):
    """Potential at the electrodes at one time, by the sum over dipoles as in the paper.

    Parameters
    ----------
    heart : Anatomy
    kernel : numpy.ndarray, shape (electrode, voxel, axis)
        See `kernels`.
    potential : numpy.ndarray, shape (voxel,)
        Transmembrane potential in mV.

    Returns
    -------
    numpy.ndarray, shape (electrode,)
        mV.
    """
    moments = gradient(heart, potential)
    scale = -SIGMA["sigma_i"] * heart.spacing[0] ** 3
    return scale * (kernel.reshape(len(kernel), -1) @ moments.ravel())


def gradient(heart, potential):
    """Gradient on the wall, (voxel, axis), by central differences, one-sided at its surface."""
    wall = np.pad(heart.wall, 1)
    values = np.zeros(wall.shape)
    values[wall] = potential
    moments = np.empty((len(potential), 3))
    for axis in range(3):
        ahead, behind = np.roll(wall, -1, axis)[wall], np.roll(wall, 1, axis)[wall]
        high = np.where(ahead, np.roll(values, -1, axis)[wall], potential)
        low = np.where(behind, np.roll(values, 1, axis)[wall], potential)
        steps = np.maximum(ahead.astype(int) + behind, 1)
        moments[:, axis] = (high - low) / (steps * heart.spacing[0])
    return moments
