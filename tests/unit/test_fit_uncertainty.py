"""The spread of fitted maps: what the residual, displaced electrodes and local errors add to it."""

import numpy as np
import patients
import pytest
from scipy.optimize import OptimizeResult

from ecgi.inverse.fit_uncertainty import LENGTH_MM, covariance, electrode_slopes, scattered, smooth_fields
from ecgi.physics.electrodes import referenced

LEADS, SAMPLES, PARAMETERS, VOXELS = 12, 40, 3, 50


@pytest.fixture(scope="module")
def found():
    """A fit of three parameters, and the slopes of its signals with the electrodes."""
    rng = np.random.default_rng(0)
    fit = OptimizeResult(
        jac=rng.normal(size=(LEADS * SAMPLES, PARAMETERS)),
        prior=np.zeros((PARAMETERS, PARAMETERS)),
        residual=0.1 * rng.normal(size=(LEADS, SAMPLES)).cumsum(1),
        times=np.linspace(20, 120, VOXELS),
        changes=rng.normal(size=(PARAMETERS, VOXELS)),
    )
    return fit, rng.normal(size=(3, LEADS, SAMPLES))


def local(samples, rng):
    return rng.standard_normal((samples, VOXELS))


def test_the_covariance_grows_with_the_energy_of_the_residual_and_is_definite(found):
    fit, slopes = found
    small = covariance(fit, slopes)
    louder = OptimizeResult(fit, residual=3 * fit.residual)
    np.testing.assert_allclose(covariance(louder, slopes), 9 * small, rtol=1e-6)
    assert np.linalg.eigvalsh(small).min() > 0


def test_samples_lie_about_the_best_map_and_one_alone_is_it(found):
    fit, slopes = found
    many = scattered(fit, slopes, local, 30, np.random.default_rng(1))
    np.testing.assert_allclose(many.mean(0), fit.times)
    assert many.std(0).min() > 0.5
    np.testing.assert_array_equal(scattered(fit, slopes, local, 1, np.random.default_rng(1))[0], fit.times)


def test_smooth_fields_have_unit_variance_and_are_alike_nearby():
    line = np.column_stack([np.arange(0.0, 80.0, 5.0), np.zeros(16), np.zeros(16)])
    fields = smooth_fields(line)(4000, np.random.default_rng(0))
    np.testing.assert_allclose(fields.std(0), 1, atol=0.1)
    alike = np.corrcoef(fields.T)[0]
    assert alike[1] > 0.9
    assert alike[round(LENGTH_MM / 5)] == pytest.approx(np.exp(-0.5), abs=0.25)
    assert np.abs(alike[12:]).max() < 0.4


def test_slopes_are_the_change_of_signals_with_displaced_electrodes(patient, beats):
    moved = patient.electrodes + np.array([0.0, 0.5, 0.0])
    there = patients.patient_of(patient.anatomy, moved)
    times = beats[1][0]
    here = referenced(patient.simulate(times), axis=0)
    change = (there.simulate(times) - here) / 0.5 / np.linalg.norm(here)
    slopes = referenced(electrode_slopes(patient, patient.anatomy)(times)[1], axis=0)
    assert np.linalg.norm(slopes - change) < 0.05 * np.linalg.norm(change)
