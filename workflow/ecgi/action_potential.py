"""One cell's action potential (Mitchell & Schaeffer 2003, Bull Math Biol 65:767-793)."""

import numpy as np
from scipy.integrate import solve_ivp

FOOT_MS = 20.0  # the potential is at rest this long before the upstroke
STIMULUS_MS, STIMULUS_AMPLITUDE = 2.0, 0.2


def mitchell_schaeffer(duration_ms, step_ms, tau_in_ms, tau_out_ms, tau_open_ms, tau_close_ms, v_gate):
    """Transmembrane potential of a stimulated cell, time 0 at the steepest upstroke.

    dv/dt = h v^2 (1 - v) / tau_in - v / tau_out + stimulus;
    dh/dt = (1 - h) / tau_open if v < v_gate, else -h / tau_close.

    Parameters
    ----------
    duration_ms : float
        How long after the upstroke.
    step_ms : float
    tau_in_ms, tau_out_ms, tau_open_ms, tau_close_ms : float
        Time constants; the paper's source has 0.3, 6, 120 and 150 ms.
    v_gate : float
        Gate threshold, 0.13.

    Returns
    -------
    times : numpy.ndarray
        ms from -20 on, a multiple of `step_ms`.
    potential : numpy.ndarray
        Dimensionless, 0 at rest, about 0.95 at the peak.
    """

    def slope(t, state):
        v, h = state
        stimulus = STIMULUS_AMPLITUDE * np.sin(np.pi * t / STIMULUS_MS) if 0 < t < STIMULUS_MS else 0.0
        gate = (1 - h) / tau_open_ms if v < v_gate else -h / tau_close_ms
        return h * v**2 * (1 - v) / tau_in_ms - v / tau_out_ms + stimulus, gate

    end = duration_ms + FOOT_MS + 10 * STIMULUS_MS
    cell = solve_ivp(
        slope, (0, end), (0.0, 1.0), method="LSODA", max_step=1.0, rtol=1e-8, atol=1e-10, dense_output=True
    )
    early = np.arange(0, 20 * STIMULUS_MS, 0.01)
    upstroke = early[np.gradient(cell.sol(early)[0]).argmax()]
    first = -round(FOOT_MS / step_ms)
    times = np.arange(first, round(duration_ms / step_ms) + 1) * step_ms
    since_stimulus = times + upstroke
    potential = np.where(since_stimulus > 0, cell.sol(np.maximum(since_stimulus, 0))[0], 0.0)
    return times, potential
