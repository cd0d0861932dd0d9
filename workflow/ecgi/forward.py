"""The forward chain from an activation map to body surface potentials, set up once per heart."""

import numpy as np

from .action_potential import mitchell_schaeffer
from .dipole import BINS_PER_STEP, body_surface_potentials, convolution_matrix


def bsp_simulator(field, action_potential, samples, time_step_ms):
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

    Returns
    -------
    times : numpy.ndarray, shape (samples,)
        ms.
    simulate : callable
        Activation times in ms, shape (voxel,), to BSP in mV, shape (electrode, samples).
    """
    times = np.arange(samples) * time_step_ms
    cell = {name: value for name, value in action_potential.items() if name != "amplitude_mv"}
    cell_times, potential = mitchell_schaeffer(times[-1], time_step_ms / BINS_PER_STEP, **cell)
    convolution = convolution_matrix(times, cell_times, potential, samples * BINS_PER_STEP)

    def simulate(activation_ms):
        return body_surface_potentials(
            activation_ms, field, convolution, time_step_ms, action_potential["amplitude_mv"]
        )

    return times, simulate
