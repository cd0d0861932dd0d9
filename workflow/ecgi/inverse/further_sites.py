"""Further sites of a beat, one after the other, as long as the recording asks for them.

A wave from another site is added where it explains most of what the fitted beat leaves of the recording, and
all sites are fitted together again. It is kept only if the misfit falls clearly: a site more explains a
part of any residual, of noise and of a wrong conductor as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.interpolation import spread_out
from .paced_beat_fit import apart, best_fit, misfit, single_site, smooth_energy

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.optimize import OptimizeResult

    from .base import Patient
    from .paced_beat_fit import Waves

SITES = 80  # tried, spread evenly over the wall
DELAYS = (0.0, 0.3, 0.6, 0.85)  # of a site's onset, as shares of the time at which waves from others arrive
EARLIER_MS = 8.0  # than waves from others, at least, that a site is active
STARTS, APART_MM = 3, 20.0  # sites from which a fit begins
CLEARLY = 0.75  # share of the misfit, that a site more leaves at most; a wrong conductor alone gave 0.79
EXPLAINED = 0.02  # share of the recording's energy, below which nothing is left to explain


def with_further_sites(
    recorded: NDArray, patient: Patient, coarse: Waves, fine: Waves, fitted: OptimizeResult, most: int
) -> OptimizeResult:
    """Beat of as many sites as the recording asks for.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV, against the mean of the electrodes.
    patient : Patient
    coarse, fine : Waves
        See `paced_beat_fit.best_fit`.
    fitted : scipy.optimize.OptimizeResult
        Best beat of one site, see `paced_beat_fit.fit`.
    most : int
        Sites at most.

    Returns
    -------
    scipy.optimize.OptimizeResult
    """
    for _ in range(1, most):
        left = smooth_energy(fitted.residual)
        if left < EXPLAINED:
            break
        starts = _starts(recorded, patient, coarse, fitted)
        if not starts:
            break
        more = best_fit(recorded, patient, coarse, fine, starts)
        if smooth_energy(more.residual) > CLEARLY * left:
            break
        fitted = more
        print(f"{len(fitted.parameters) // 4} sites explain the recording clearly better than one less")
    return fitted


def _starts(recorded: NDArray, patient: Patient, waves: Waves, fitted: OptimizeResult) -> list[NDArray]:
    """Parameters of the fitted beat with a site more, where this leaves least of the recording."""
    places = waves.places.data[spread_out(waves.places.data, SITES)]
    before = waves.coarse_times(fitted.parameters)
    first = fitted.parameters[:-2].reshape(-1, 4)[:, 3].min()
    lowest, sources = np.full(len(places), np.inf), np.zeros((len(places), 4))
    for number, place in enumerate(places):
        alone = single_site(place, 1.0)
        alone[-2:] = fitted.parameters[-2:]
        arrival = before[waves.places.query(place)[1]] - EARLIER_MS - first
        if arrival <= 0:
            continue
        travel = waves.coarse_times(alone)
        for delay in first + arrival * np.array(DELAYS):
            both = waves.to_heart @ np.minimum(before, travel + delay)
            left = misfit(recorded, patient, np.maximum(both, 0.0))
            if left < lowest[number]:
                lowest[number], sources[number] = left, (*place, delay)
    chosen = [one for one in apart(places, lowest, STARTS, APART_MM) if np.isfinite(lowest[one])]
    return [np.concatenate([fitted.parameters[:-2], sources[one], fitted.parameters[-2:]]) for one in chosen]
