"""Action potential against a reference solution, and its duration against theory."""

import numpy as np
from rows import row, table
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from ecgi.physics import action_potential

CELL = {"tau_in_ms": 0.3, "tau_out_ms": 6.0, "tau_open_ms": 120.0, "tau_close_ms": 150.0, "v_gate": 0.13}
CLOSING = {"quick": (150.0,), "normal": (75.0, 150.0, 300.0, 600.0), "full": (75.0, 150.0, 300.0, 600.0)}
STEP = 0.25


def measure(size):
    """Measure errors of the potential, and durations with their asymptotic formula."""
    times, potential = action_potential.mitchell_schaeffer(600.0, STEP, **CELL)
    exact, upstroke, _ = _integrated(**CELL)
    shown = times + upstroke > 0
    difference = np.abs(potential[shown] - exact(times[shown] + upstroke))
    check = "action potential"
    rows = [
        row(check, "largest error", "of the amplitude of 1", difference.max(), ""),
        row(check, "root mean square error", "of the amplitude of 1", np.sqrt((difference**2).mean()), ""),
        row(check, "peak", "standard cell", potential.max(), ""),
    ]
    check = "action potential duration"
    for tau_close in CLOSING[size]:
        cell = {**CELL, "tau_close_ms": tau_close}
        _, _, duration = _integrated(**cell)
        own = _duration(*action_potential.mitchell_schaeffer(6 * tau_close, STEP, **cell), cell["v_gate"])
        h_min = 4 * cell["tau_in_ms"] / cell["tau_out_ms"]
        asymptotic = tau_close * np.log(1 / h_min)
        setting = f"{tau_close:g} ms closing time"
        rows += [
            row(check, "measured", setting, own, "ms"),
            row(check, "reference solution", setting, duration, "ms"),
            row(check, "asymptotic formula", setting, asymptotic, "ms"),
            row(check, "measured − asymptotic", setting, own - asymptotic, "ms"),
        ]
    return table(rows)


def _duration(times, potential, level):
    """Time from the upstroke until the potential falls through a level."""
    after = times > times[potential.argmax()]
    return np.interp(-level, -potential[after], times[after])


def _integrated(tau_in_ms, tau_out_ms, tau_open_ms, tau_close_ms, v_gate):
    """Potential after the start of the stimulus, time of the steepest upstroke, duration down to the gate.

    Implicit Runge-Kutta (Radau) at tight tolerance, restarted where the equations change:
    at the end of the stimulus and whenever the potential passes the gate.
    """
    length, strength = action_potential.STIMULUS_MS, action_potential.STIMULUS_AMPLITUDE

    def slope(t, state, stimulated, gate_open):
        v, h = state
        current = strength * np.sin(np.pi * t / length) if stimulated else 0.0
        return [
            h * v**2 * (1 - v) / tau_in_ms - v / tau_out_ms + current,
            (1 - h) / tau_open_ms if gate_open else -h / tau_close_ms,
        ]

    def gate(t, state, *_):
        return state[0] - v_gate

    gate.terminal = True
    pieces, passages, start, state = [], [], 0.0, [0.0, 1.0]
    end = 8 * tau_close_ms
    while start < end:
        gate_open = len(passages) % 2 == 0
        gate.direction = 1 if gate_open else -1
        stimulated = start < length
        piece = solve_ivp(
            slope,
            (start, length if stimulated else end),
            state,
            "Radau",
            dense_output=True,
            events=gate,
            args=(stimulated, gate_open),
            rtol=1e-11,
            atol=1e-13,
        )
        pieces.append((start, piece))
        start, state = piece.t[-1], piece.y[:, -1]
        if piece.status == 1:
            passages.append(start)

    def potential(t):
        which = np.searchsorted([first for first, _ in pieces], t, side="right") - 1
        found = np.empty_like(t)
        for number, (_, piece) in enumerate(pieces):
            found[which == number] = piece.sol(t[which == number])[0]
        return found

    def steepness(t):
        return slope(t, piece_at(t).sol(t), t < length, t < passages[0])[0]

    def piece_at(t):
        return [piece for first, piece in pieces if first <= t][-1]

    fine = np.arange(0.0, 20 * length, 0.01)
    near = fine[np.argmax([steepness(t) for t in fine])]
    upstroke = brentq(lambda t: steepness(t + 1e-3) - steepness(t - 1e-3), near - 0.02, near + 0.02)
    return potential, upstroke, passages[1] - upstroke
