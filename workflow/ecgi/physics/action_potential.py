"""Action potential of one cell (Mitchell & Schaeffer 2003, Bull Math Biol 65:767-793).

The activation time T of a cell, here and wherever it is used, is that of its steepest upstroke: the potential
of a cell activated at T is U(t - T), and U is steepest at time 0. The stimulus is a half sine of 2 ms, so
that U leaves rest smoothly some milliseconds earlier.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from ..core.errors import InputError

PARAMETERS = ("tau_in_ms", "tau_out_ms", "tau_open_ms", "tau_close_ms", "v_gate")
FOOT_MS = 20.0  # the potential is at rest this long before the upstroke
STIMULUS_MS, STIMULUS_AMPLITUDE = 2.0, 0.2
FIRED = 0.5  # share of the amplitude that a cell exceeds if it fires


def mitchell_schaeffer(
    duration_ms: float,
    step_ms: float,
    tau_in_ms: float,
    tau_out_ms: float,
    tau_open_ms: float,
    tau_close_ms: float,
    v_gate: float,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Transmembrane potential of a stimulated cell, time 0 at its steepest upstroke.

    dv/dt = h v^2 (1 - v) / tau_in - v / tau_out + stimulus;
    dh/dt = (1 - h) / tau_open if v < v_gate, else -h / tau_close.

    Parameters
    ----------
    duration_ms : float
        Length of the result after the upstroke.
    step_ms : float
        Time step of the result.
    tau_in_ms, tau_out_ms, tau_open_ms, tau_close_ms : float
        Time constants; the paper's source has 0.3, 6, 120 and 150 ms.
    v_gate : float
        Gate threshold, dimensionless; 0.13 in the paper's source.

    Returns
    -------
    times : numpy.ndarray, shape (time,)
        ms, from about -20 on; multiples of `step_ms`.
    potential : numpy.ndarray, shape (time,)
        Dimensionless, 0 at rest, about 0.95 at the peak.

    Raises
    ------
    InputError
        If the cell does not fire.
    """

    def slope(t: float, state: NDArray) -> tuple[float, float]:
        v, h = state
        stimulus = STIMULUS_AMPLITUDE * np.sin(np.pi * t / STIMULUS_MS) if 0 < t < STIMULUS_MS else 0.0
        gate = (1 - h) / tau_open_ms if v < v_gate else -h / tau_close_ms
        return h * v**2 * (1 - v) / tau_in_ms - v / tau_out_ms + stimulus, gate

    end = duration_ms + FOOT_MS + 10 * STIMULUS_MS
    cell = solve_ivp(
        slope, (0, end), (0.0, 1.0), method="LSODA", max_step=1.0, rtol=1e-8, atol=1e-10, dense_output=True
    )
    early = np.arange(0, 20 * STIMULUS_MS, 0.01)
    peak = cell.sol(early)[0].max()
    if peak < FIRED:
        raise InputError(
            f"action_potential: the stimulated cell reaches {peak:.2f} of the amplitude and does not fire; "
            "lower tau_in_ms or raise tau_out_ms"
        )
    upstroke = early[np.gradient(cell.sol(early)[0]).argmax()]
    first = -round(FOOT_MS / step_ms)
    times = np.arange(first, round(duration_ms / step_ms) + 1) * step_ms
    since_stimulus = times + upstroke
    potential = np.where(since_stimulus > 0, cell.sol(np.maximum(since_stimulus, 0))[0], 0.0)
    return times, potential


def asymptotic_duration(
    tau_in_ms: float, tau_out_ms: float, tau_open_ms: float, tau_close_ms: float, v_gate: float
) -> float:
    """Duration of the action potential in the limit of small time constant ratios.

    Mitchell & Schaeffer's tau_close ln(tau_out / (4 tau_in)), 241 ms for the standard cell; its action
    potential is 41 ms longer, see `duration`.

    Parameters
    ----------
    tau_in_ms, tau_out_ms, tau_open_ms, tau_close_ms, v_gate : float
        See `mitchell_schaeffer`; the opening time constant and the threshold have no effect.

    Returns
    -------
    float
        ms.
    """
    return tau_close_ms * np.log(tau_out_ms / (4 * tau_in_ms))


def duration(**cell: float) -> float:
    """Duration of the action potential, from its steepest upstroke to its fall below the gate threshold.

    Parameters
    ----------
    **cell : float
        Time constants and threshold, see `mitchell_schaeffer`.

    Returns
    -------
    float
        ms.

    Raises
    ------
    InputError
        If the cell does not fire.
    """
    expected = asymptotic_duration(**cell)
    if expected <= 0:
        raise InputError("action_potential: the cell can't fire; tau_in_ms must be below tau_out_ms / 4")
    times, potential = mitchell_schaeffer(2 * expected + 10 * cell["tau_out_ms"], 0.25, **cell)
    last = np.flatnonzero(potential > cell["v_gate"])[-1]
    return np.interp(-cell["v_gate"], -potential[last : last + 2], times[last : last + 2])


def closing_time(change_ms: float, **cell: float) -> float:
    """Time constant of the closing gate that changes the duration of the action potential by a given amount.

    Parameters
    ----------
    change_ms : float
        Change of the duration, negative for a shorter one.
    **cell : float
        Time constants and threshold, see `mitchell_schaeffer`.

    Returns
    -------
    float
        ms.

    Raises
    ------
    InputError
        If the action potential is too short for such a change, or the cell does not fire.
    """
    if change_ms == 0:
        return cell["tau_close_ms"]
    now, tau = duration(**cell), cell["tau_close_ms"]
    first = tau * (1 + change_ms / asymptotic_duration(**cell))
    if first <= 0:
        raise InputError(
            f"action_potential: an action potential of {now:.0f} ms can't be {-change_ms:.0f} ms shorter; "
            "lower apd_range_ms"
        )
    gained = duration(**{**cell, "tau_close_ms": first}) - now
    return float(tau + (first - tau) * change_ms / gained)  # the duration is almost linear in tau
