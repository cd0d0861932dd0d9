import numpy as np
import pytest

from ecgi.action_potential import STIMULUS_AMPLITUDE, STIMULUS_MS, mitchell_schaeffer

CELL = {"tau_in_ms": 0.3, "tau_out_ms": 6.0, "tau_open_ms": 120.0, "tau_close_ms": 150.0, "v_gate": 0.13}


@pytest.fixture(scope="module")
def course():
    return mitchell_schaeffer(600.0, 0.25, **CELL)


def duration(times, potential, level=0.13):
    """Time from the upstroke until the potential falls through a level."""
    after = times > 50
    return np.interp(-level, -potential[after], times[after])


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


def test_duration_is_that_of_the_standard_cell(course):
    assert duration(*course) == pytest.approx(285, abs=3)


@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_duration_grows_with_the_closing_time_as_the_asymptotic_formula_says(course, factor):
    longer = duration(*mitchell_schaeffer(900.0, 0.25, **{**CELL, "tau_close_ms": factor * 150}))
    h_min = 4 * CELL["tau_in_ms"] / CELL["tau_out_ms"]
    asymptotic = (factor - 1) * 150 * np.log(1 / h_min)
    assert longer - duration(*course) == pytest.approx(asymptotic, rel=0.1)


def test_times_are_multiples_of_the_step_from_the_foot_to_the_end():
    for step in (0.25, 0.5, 2.0):
        times, potential = mitchell_schaeffer(100.0, step, **CELL)
        np.testing.assert_allclose(times, np.arange(-20, 100 + step / 2, step))
        assert potential.shape == times.shape


def test_potential_does_not_depend_on_step_or_duration(course):
    times, potential = mitchell_schaeffer(300.0, 1.0, **CELL)
    np.testing.assert_allclose(potential, np.interp(times, *course), atol=1e-5)


def test_potential_follows_the_equations(course):
    step = 0.02
    v, h, potential = 0.0, 1.0, []
    for i in range(round(450 / step)):
        potential.append(v)
        phase = i * step / STIMULUS_MS
        stimulus = STIMULUS_AMPLITUDE * np.sin(np.pi * phase) if phase < 1 else 0.0
        dv = h * v**2 * (1 - v) / 0.3 - v / 6 + stimulus
        dh = (1 - h) / 120 if v < 0.13 else -h / 150
        v, h = v + step * dv, h + step * dh
    since_upstroke = (np.arange(len(potential)) - np.gradient(potential).argmax()) * step
    times, solution = course
    recorded = (times > since_upstroke[0]) & (times < since_upstroke[-1])
    expected = np.interp(times[recorded], since_upstroke, potential)
    np.testing.assert_allclose(solution[recorded], expected, atol=5e-3)
