import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ecgi.core.errors import InputError
from ecgi.physics.action_potential import (
    STIMULUS_AMPLITUDE,
    STIMULUS_MS,
    asymptotic_duration,
    closing_time,
    duration,
    mitchell_schaeffer,
)

CELL = {"tau_in_ms": 0.3, "tau_out_ms": 6.0, "tau_open_ms": 120.0, "tau_close_ms": 150.0, "v_gate": 0.13}


@pytest.fixture(scope="module")
def course():
    return mitchell_schaeffer(600.0, 0.25, **CELL)


def test_cell_is_at_rest_before_the_stimulus_and_after_recovery(course):
    times, potential = course
    assert potential[0] == 0
    assert potential[times < -10].max() == 0
    assert potential[-1] == pytest.approx(0, abs=1e-3)
    assert potential.min() > -1e-6


def test_steepest_upstroke_is_at_time_0(course):
    times, potential = course
    assert abs(times[np.gradient(potential).argmax()]) <= 0.25


def test_peak_is_that_of_the_standard_cell(course):
    times, potential = course
    assert potential.max() == pytest.approx(0.945, abs=0.01)
    assert 0 < times[potential.argmax()] < 10


def test_duration_is_that_of_the_standard_cell():
    assert duration(**CELL) == pytest.approx(282.9, abs=0.1)


def test_the_asymptotic_formula_falls_41_ms_short_of_the_standard_cell():
    assert asymptotic_duration(**CELL) == pytest.approx(241.4, abs=0.1)
    assert duration(**CELL) - asymptotic_duration(**CELL) == pytest.approx(41.5, abs=0.2)


def test_the_asymptotic_formula_comes_true_as_the_gate_slows():
    slow = {**CELL, "tau_open_ms": 120e2, "tau_close_ms": 150e2}
    gap = 1 - asymptotic_duration(**CELL) / duration(**CELL)
    assert abs(1 - asymptotic_duration(**slow) / duration(**slow)) < gap / 10


@pytest.mark.parametrize("change", [-60.0, -20.0, 0.0, 5.0, 40.0])
def test_closing_time_changes_the_duration_by_as_much_as_asked_for(change):
    changed = {**CELL, "tau_close_ms": closing_time(change, **CELL)}
    assert duration(**changed) - duration(**CELL) == pytest.approx(change, abs=0.05)


def test_a_duration_below_zero_is_refused():
    with pytest.raises(InputError, match="283 ms can't be 400 ms shorter; lower apd_range_ms"):
        closing_time(-400.0, **CELL)


def test_a_cell_that_can_not_fire_is_refused():
    with pytest.raises(InputError, match="tau_in_ms must be below tau_out_ms / 4"):
        duration(**{**CELL, "tau_in_ms": 1.6})


def test_upstroke_is_smooth_however_finely_it_is_sampled():
    bends = []
    for step in (0.1, 0.05, 0.025):
        times, potential = mitchell_schaeffer(30.0, step, **CELL)
        bends.append(np.abs(np.diff(potential, 2)).max() / step**2)
    assert bends[2] == pytest.approx(bends[1], rel=0.02)
    foot = (times > -15) & (times < 0)
    assert (np.diff(potential[foot]) >= -1e-9).all()


def test_times_are_multiples_of_the_step_from_the_foot_to_the_end():
    for step in (0.25, 0.5, 2.0):
        times, potential = mitchell_schaeffer(100.0, step, **CELL)
        np.testing.assert_allclose(times, np.arange(-20, 100 + step / 2, step))
        assert potential.shape == times.shape


def test_potential_does_not_depend_on_step_or_duration(course):
    times, potential = mitchell_schaeffer(300.0, 1.0, **CELL)
    np.testing.assert_allclose(potential, np.interp(times, *course), atol=1e-5)


@pytest.mark.parametrize("method", ["DOP853", "Radau"])
def test_potential_is_that_of_a_solver_at_tight_tolerance(course, method):
    def slope(t, state):
        v, h = state
        stimulus = STIMULUS_AMPLITUDE * np.sin(np.pi * t / STIMULUS_MS) if t < STIMULUS_MS else 0.0
        return [
            h * v**2 * (1 - v) / 0.3 - v / 6 + stimulus,
            (1 - h) / 120 if v < 0.13 else -h / 150,
        ]

    def gate(t, state):
        return state[0] - 0.13

    gate.terminal = True
    pieces, start, state = [], 0.0, [0.0, 1.0]
    while start < 450:  # the equations bend where the stimulus ends and where the gate turns
        end = STIMULUS_MS if start < STIMULUS_MS else 450.0
        solution = solve_ivp(
            slope, (start, end), state, method, rtol=1e-11, atol=1e-13, events=gate, dense_output=True
        )
        pieces.append(solution)
        start, state = solution.t[-1], solution.y[:, -1]
        state[0] += 1e-15 * np.sign(slope(start, state)[0])
    early = np.arange(0, 40, 0.01)

    def potential(t):
        piece = np.searchsorted([piece.t[-1] for piece in pieces[:-1]], t)
        return np.array([pieces[number].sol(at)[0] for number, at in zip(piece, t, strict=True)])

    upstroke = early[np.gradient(potential(early)).argmax()]
    times, solution = course
    recorded = (times > -upstroke) & (times < 400)
    np.testing.assert_allclose(solution[recorded], potential(times[recorded] + upstroke), atol=1e-5)
