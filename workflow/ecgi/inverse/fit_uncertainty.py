"""Uncertainty of a fitted map: beats that fit about as well, and errors that the fit can't show.

What a fit leaves of a recording is noise, and signals of the kind that displaced electrodes, another torso or
another conduction give. Both are estimated from the residual itself, so that the spread is small where the
model explains the recording, and large where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..physics.electrodes import referenced
from ..physics.lead_field import lead_field
from .paced_beat_fit import smooth_energy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.optimize import OptimizeResult

    from ..anatomy.heart import Anatomy
    from .base import Patient

STEP_MM = 1.0  # over which the change of potentials with an electrode's place is taken
INFLATION = 4.0  # of the SD by the residual; with the local errors chosen on phantoms for coverage
LOCAL_MS = 1.5  # SD of local errors of the map that sites, onsets and two velocities can't express
LOCAL_SHARE = 0.02  # of the time since the earliest activation, that adds to them
LENGTH_MM = 20.0  # over which local errors are alike
WAVES = 40  # of which their random fields consist


def electrode_slopes(patient: Patient, anatomy: Anatomy) -> Callable[[NDArray], NDArray]:
    """Function from activation times to the change of unit BSP as electrodes are displaced.

    In an infinite homogeneous conductor, whatever the patient's lead field: only the pattern matters.

    Parameters
    ----------
    patient : Patient
    anatomy : Anatomy
        The heart on the grid of the times, usually a coarse one.

    Returns
    -------
    callable
        From activation times in ms, shape (voxel,), to the change of each electrode's signal per mm along
        each axis, relative to the norm of all signals, shape (axis, electrode, time).
    """

    def field(offset: NDArray) -> NDArray:
        return lead_field(anatomy.wall, anatomy.affine, patient.electrodes + offset, 1.0, 1.0)

    changes = [(field(step) - field(-step)) / (2 * STEP_MM) for step in STEP_MM * np.eye(3)]
    simulate = patient.simulator(anatomy, np.concatenate([*changes, field(np.zeros(3))], 1))

    def slopes(times: NDArray) -> NDArray:
        signals = simulate(times).reshape(4, len(patient.electrodes), -1).astype(float)
        return signals[:3] / max(np.linalg.norm(referenced(signals[3], axis=0)), 1e-12)

    return slopes


def covariance(found: OptimizeResult, slopes: NDArray) -> NDArray:
    """Covariance of the parameters of a fit, in units of the fit.

    Residuals are correlated between electrodes and in time. Their covariance is the mean of two estimates of
    their energy: the product of the covariances between electrodes and in time, each as the residual shows
    it; and that of electrodes displaced at random so far that they would leave as much besides noise.

    Parameters
    ----------
    found : scipy.optimize.OptimizeResult
        See `paced_beat_fit.fit`.
    slopes : numpy.ndarray, shape (axis, electrode, time)
        See `electrode_slopes`.

    Returns
    -------
    numpy.ndarray, shape (parameter, parameter)
    """
    residual = found.residual
    by_parameter = found.jac.T.reshape(-1, *residual.shape)
    between, within = residual @ residual.T, residual.T @ residual
    alike = np.einsum("kes,les->kl", between @ by_parameter @ within, by_parameter)
    alike /= max(np.square(residual).sum(), 1e-300)
    moved = np.einsum("ket,aet->kae", by_parameter, slopes).reshape(len(by_parameter), -1)
    variance = smooth_energy(residual) / max(np.square(slopes).sum(), 1e-300)  # of a displacement, mm²
    inverse = np.linalg.pinv(found.jac.T @ found.jac + found.prior)
    return inverse @ (alike + variance * moved @ moved.T) @ inverse / 2


def scattered(
    found: OptimizeResult,
    slopes: NDArray,
    local: Callable[[int, np.random.Generator], NDArray],
    samples: int,
    rng: np.random.Generator,
) -> NDArray:
    """Maps of beats that fit about as well, with local errors: a Gaussian around the best, to first order.

    The mean of the samples is the best map, but for times before 0; a single sample is the best map.

    Parameters
    ----------
    found : scipy.optimize.OptimizeResult
        See `paced_beat_fit.fit`.
    slopes : numpy.ndarray, shape (axis, electrode, time)
        See `electrode_slopes`.
    local : callable
        See `smooth_fields`.
    samples : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (sample, voxel)
        ms.
    """
    spread = INFLATION**2 * covariance(found, slopes)
    changes = rng.multivariate_normal(np.zeros(len(spread)), spread, samples, method="eigh")
    size = np.hypot(LOCAL_MS, LOCAL_SHARE * (found.times - found.times.min()))
    errors = changes @ found.changes + size * local(samples, rng)
    errors = (errors - errors.mean(0)) * np.sqrt(samples / max(samples - 1, 1))
    return np.maximum(found.times + errors, 0.0)


def smooth_fields(places: NDArray) -> Callable[[int, np.random.Generator], NDArray]:
    """Function that draws smooth random fields of unit variance.

    Parameters
    ----------
    places : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    callable
        From a number of samples and a random generator to fields, shape (sample, voxel): sums of the same
        plane waves, whose correlation falls with distance as a Gaussian of SD `LENGTH_MM`.
    """
    vectors = np.random.default_rng(0).normal(size=(3, WAVES)) / LENGTH_MM
    phase = (places - places.mean(0)) @ vectors
    waves = np.concatenate([np.cos(phase), np.sin(phase)], 1).T / np.sqrt(WAVES)

    def drawn(samples: int, rng: np.random.Generator) -> NDArray:
        return rng.standard_normal((samples, len(waves))) @ waves

    return drawn
