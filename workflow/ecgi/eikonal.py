"""Activation times by the eikonal equation, v |grad T| = 1 (FIMH 2019, section 3.1)."""

from typing import NamedTuple

import numba
import numpy as np
import skfmm
from scipy import ndimage

from .errors import InputError

WINDOW = 2  # voxels around a voxel of the rim in which the wall must be one piece


class EikonalError(InputError):
    """A wave that can't be computed; the message says why."""


class Source(NamedTuple):
    """A pacing zone, activated at once.

    Attributes
    ----------
    centre : array-like, shape (3,)
        As a (fractional) voxel index.
    radius_mm : float
    onset_ms : float
    """

    centre: np.ndarray
    radius_mm: float
    onset_ms: float = 0.0


class Domain(NamedTuple):
    """Where waves travel, see `conducting_domain`.

    Attributes
    ----------
    box : tuple of 3 slices
        Part of the volume that holds the wall.
    wall, conducting : numpy.ndarray of bool, shape (x, y, z) of the box
        The wall, and what the wave may pass.
    lender : numpy.ndarray of int, shape (conducting voxel,)
        Number of the wall voxel whose velocity it has.
    spacing_mm : float
    """

    box: tuple
    wall: np.ndarray
    conducting: np.ndarray
    lender: np.ndarray
    spacing_mm: float


def conducting_domain(wall, spacing_mm):
    """The wall on its bounding box, with a rim that conducts too.

    A wave on voxel centres can't come nearer to the surface of the wall than the outermost centre,
    on average half a voxel from it, and on its steps not even that; it runs a longer way round every
    cavity. A rim of one voxel outside, which has the velocity of the wall beside it, halves that
    error. Where two parts of the wall come close to each other it is left out, lest the wave jump.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float

    Returns
    -------
    Domain

    Raises
    ------
    EikonalError
        If there is no wall.
    """
    if not wall.any():
        raise EikonalError("there is no wall to conduct")
    box = tuple(
        slice(max(part.start - 1, 0), part.stop + 1)
        for part in ndimage.find_objects(wall.astype(np.uint8))[0]
    )
    wall = np.ascontiguousarray(wall[box])
    rim = np.argwhere(ndimage.binary_dilation(wall) & ~wall)
    conducting = wall.copy()
    conducting[tuple(rim[_beside_one_piece(wall, rim)].T)] = True
    number = np.zeros(wall.shape, np.int64)
    number[wall] = np.arange(wall.sum())
    nearest = ndimage.distance_transform_edt(~wall, return_distances=False, return_indices=True)
    return Domain(box, wall, conducting, number[tuple(nearest)][conducting], float(spacing_mm))


@numba.njit(cache=True)
def _beside_one_piece(wall, voxels):
    """Whether the wall within `WINDOW` of each voxel is one face-connected piece."""
    side = 2 * WINDOW + 1
    alone = np.empty(len(voxels), np.bool_)
    waiting = np.empty((side**3, 3), np.int64)
    for v in range(len(voxels)):
        low = voxels[v] - WINDOW
        left = np.zeros((side, side, side), np.bool_)
        total = 0
        for i in range(max(-low[0], 0), min(side, wall.shape[0] - low[0])):
            for j in range(max(-low[1], 0), min(side, wall.shape[1] - low[1])):
                for k in range(max(-low[2], 0), min(side, wall.shape[2] - low[2])):
                    if wall[low[0] + i, low[1] + j, low[2] + k]:
                        left[i, j, k] = True
                        total += 1
                        waiting[0] = i, j, k
        left[waiting[0, 0], waiting[0, 1], waiting[0, 2]] = False
        found, count = 1, 1
        while count:
            count -= 1
            here = waiting[count].copy()
            for axis in range(3):
                for step in (-1, 1):
                    there = here.copy()
                    there[axis] += step
                    if 0 <= there[axis] < side and left[there[0], there[1], there[2]]:
                        left[there[0], there[1], there[2]] = False
                        waiting[count] = there
                        count += 1
                        found += 1
        alone[v] = found == total
    return alone


def activation_times(domain, velocity, sources):
    """Time at which the first wave from the pacing zones reaches each voxel of the wall.

    Fast marching of second order (scikit-fmm), started from the analytic surface of a pacing zone
    rather than from a voxel, which removes most of the error near the source. Zones of one onset
    start together; for others the earliest of their waves counts.

    Parameters
    ----------
    domain : Domain
    velocity : numpy.ndarray, shape (wall voxel,)
        mm/ms, positive.
    sources : sequence of Source

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        ms; the onset throughout a pacing zone, unless another wave comes first. Voxels in C order.

    Raises
    ------
    EikonalError
        If the velocity is not positive and finite everywhere, if no wall voxel lies in a pacing
        zone, or if the waves can't reach all of the wall.
    """
    bad = ~(np.isfinite(velocity) & (velocity > 0))
    if bad.any():
        raise EikonalError(f"{bad.sum()} of {len(bad)} wall voxels have a velocity that is not positive")
    speed = np.ones(domain.conducting.shape)
    speed[domain.conducting] = velocity[domain.lender]
    times = np.full(domain.wall.shape, np.inf)
    for onset in sorted({source.onset_ms for source in sources}):
        together = [source for source in sources if source.onset_ms == onset]
        np.minimum(times, onset + _travel_time(domain, speed, together), out=times)
    times = times[domain.wall]
    unreached = ~np.isfinite(times)
    if unreached.any():
        raise EikonalError(f"the wave can't reach {unreached.sum()} of {len(times)} wall voxels")
    return times


def _travel_time(domain, speed, sources):
    """Time from the nearest zone, on the box; infinite where no wave comes."""
    outside = np.full(domain.wall.shape, np.inf)
    for source in sources:
        distance = _distance(domain, source.centre) - source.radius_mm
        if not (domain.wall & (distance <= 0)).any():
            raise EikonalError(f"no wall voxel within {source.radius_mm:g} mm of a pacing site")
        np.minimum(outside, distance, out=outside)
    zone = outside <= 0
    if not (domain.conducting & ~zone).any():
        return np.where(zone, 0.0, np.inf)
    try:
        times = skfmm.travel_time(
            np.ma.MaskedArray(outside, ~domain.conducting), speed, dx=domain.spacing_mm, order=2
        )
    except ValueError:  # no wall voxel outside the zone has a neighbour inside
        return np.where(zone, 0.0, np.inf)
    times = np.ma.filled(times, np.inf)
    times[zone] = 0.0
    return times


def _distance(domain, centre):
    """Distance in mm of the box's voxels from a (fractional) voxel index."""
    x, y, z = np.ix_(
        *(
            (part.start + np.arange(size) - middle) * domain.spacing_mm
            for part, size, middle in zip(domain.box, domain.wall.shape, centre, strict=True)
        )
    )
    return np.sqrt(x**2 + y**2 + z**2)
