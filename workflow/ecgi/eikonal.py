"""Activation times by the eikonal equation, v |grad T| = 1 (FIMH 2019, section 3.1)."""

from typing import NamedTuple

import numpy as np
import skfmm

from .errors import InputError


class EikonalError(InputError):
    """A wave that can't be computed; the message says why."""


class Source(NamedTuple):
    """A pacing zone: a ball that is activated at once.

    Attributes
    ----------
    centre : array-like, shape (3,)
        (Fractional) voxel index.
    radius_mm : float
    onset_ms : float
    """

    centre: np.ndarray
    radius_mm: float
    onset_ms: float


def activation_times(wall, velocity, site, radius_mm, spacing_mm):
    """Time at which a wave from a pacing zone reaches each voxel of the wall.

    Fast marching of second order (scikit-fmm), started from the analytic surface of the pacing
    zone rather than from a voxel, which removes most of the error near the source.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
        What conducts.
    velocity : numpy.ndarray, shape (x, y, z)
        mm/ms, positive on the wall.
    site : array-like, shape (3,)
        Centre of the pacing zone as a (fractional) voxel index.
    radius_mm : float
        Radius of the pacing zone, which is activated at once.
    spacing_mm : float

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        ms, 0 throughout the pacing zone; voxels in C order.

    Raises
    ------
    EikonalError
        If the velocity is not positive and finite everywhere on the wall, if no wall voxel lies in
        the pacing zone, or if the wave can't reach all of the wall.
    """
    speed = velocity[wall]
    bad = ~(np.isfinite(speed) & (speed > 0))
    if bad.any():
        raise EikonalError(f"{bad.sum()} wall voxels have a velocity that is not positive")
    radius_vector = [
        (np.arange(size) - centre) * spacing_mm for size, centre in zip(wall.shape, site, strict=True)
    ]
    x, y, z = np.ix_(*radius_vector)
    distance = np.sqrt(x**2 + y**2 + z**2) - radius_mm
    zone = wall & (distance <= 0)
    if not zone.any():
        raise EikonalError(f"no wall voxel within {radius_mm:g} mm of the pacing site")
    if zone.sum() == wall.sum():
        return np.zeros(int(wall.sum()))
    try:
        times = skfmm.travel_time(
            np.ma.MaskedArray(distance, ~wall),
            np.where(wall, velocity, 1.0),
            dx=float(spacing_mm),
            order=2,
        )
    except ValueError:  # no wall voxel outside the zone has a neighbour inside
        raise EikonalError(
            f"the wave can't reach {(wall & ~zone).sum()} of {wall.sum()} wall voxels"
        ) from None
    times = np.ma.filled(times, np.inf)[wall]
    times[zone[wall]] = 0.0
    unreached = ~np.isfinite(times)
    if unreached.any():
        raise EikonalError(f"the wave can't reach {unreached.sum()} of {len(times)} wall voxels")
    return times
