"""Activation times by the eikonal equation, v |grad T| = 1 (FIMH 2019, section 3.1)."""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
import skfmm
from numpy.typing import NDArray
from scipy import ndimage

from ..core.errors import InputError

WINDOW = 2  # voxels around a voxel of the rim, within which the wall must be one piece
MARGIN = WINDOW + 1


class EikonalError(InputError):
    """Impossible wave; the message names the reason."""


class Source(NamedTuple):
    """Ball-shaped pacing zone, activated at one time.

    Attributes
    ----------
    centre : sequence of float, shape (3,)
        (Fractional) voxel index.
    radius_mm : float
    onset_ms : float
        Time of its activation.
    """

    centre: Sequence[float] | NDArray
    radius_mm: float
    onset_ms: float = 0.0


class Domain(NamedTuple):
    """Domain of the eikonal equation, see `conducting_domain`.

    Attributes
    ----------
    box : tuple of 3 slices
        Part of the volume that holds the wall.
    wall, conducting : numpy.ndarray of bool, shape (x, y, z) of the box
        Masks of the wall, and of the wall with its rim.
    velocity_voxel : numpy.ndarray of int, shape (conducting voxel,)
        Number of the wall voxel whose velocity it has.
    spacing_mm : float
        Edge of a voxel.
    """

    box: tuple[slice, ...]
    wall: NDArray[np.bool_]
    conducting: NDArray[np.bool_]
    velocity_voxel: NDArray[np.int_]
    spacing_mm: float


def conducting_domain(wall: NDArray[np.bool_], spacing_mm: float) -> Domain:
    """Domain of the eikonal equation: the wall on its bounding box, with a conducting rim.

    A wave on voxel centres comes no nearer to the surface of the wall than the outermost centres, on
    average half a voxel from it, so that its paths around cavities are too long. A rim of one voxel
    outside the wall, with the velocity of the wall beside it, halves that error. It is left out where two
    parts of the wall come close to each other, so that the wave does not cross the gap.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float
        Edge of a voxel.

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
    number = np.full(np.add(wall.shape, 2 * MARGIN), -1)
    inner = (slice(MARGIN, -MARGIN),) * 3
    number[inner][wall] = np.arange(wall.sum())
    velocity_voxel = _with_rim(number)[inner]
    conducting = velocity_voxel >= 0
    return Domain(box, wall, conducting, velocity_voxel[conducting], float(spacing_mm))


@numba.njit(cache=True)
def _with_rim(number: NDArray[np.int_]) -> NDArray[np.int_]:
    """Find the wall voxel whose velocity each voxel of wall and rim has, -1 where nothing conducts.

    `number` is that of each wall voxel, -1 elsewhere, within a margin of -1.
    """
    velocity_voxel = number.copy()
    for i in range(MARGIN - 1, number.shape[0] - MARGIN + 1):
        for j in range(MARGIN - 1, number.shape[1] - MARGIN + 1):
            for k in range(MARGIN - 1, number.shape[2] - MARGIN + 1):
                if number[i, j, k] >= 0:
                    continue
                beside = max(
                    max(number[i - 1, j, k], number[i + 1, j, k]),
                    max(number[i, j - 1, k], number[i, j + 1, k]),
                    max(number[i, j, k - 1], number[i, j, k + 1]),
                )
                if beside >= 0 and _one_piece(number, i, j, k):
                    velocity_voxel[i, j, k] = beside
    return velocity_voxel


@numba.njit(cache=True)
def _one_piece(number: NDArray[np.int_], i: int, j: int, k: int) -> bool:
    """Whether the wall within `WINDOW` of a voxel is one face-connected piece."""
    side = 2 * WINDOW + 3
    left = np.zeros(side**3, np.bool_)
    waiting = np.empty(side**3, np.int64)
    total = 0
    for x in range(1, side - 1):
        for y in range(1, side - 1):
            for z in range(1, side - 1):
                if number[i + x - MARGIN, j + y - MARGIN, k + z - MARGIN] >= 0:
                    at = (x * side + y) * side + z
                    left[at] = True
                    waiting[0] = at
                    total += 1
    left[waiting[0]] = False
    found, count = 1, 1
    while count:
        count -= 1
        at = waiting[count]
        for step in (-1, 1, -side, side, -side * side, side * side):
            if left[at + step]:
                left[at + step] = False
                waiting[count] = at + step
                count += 1
                found += 1
    return found == total


def activation_times(domain: Domain, velocity: NDArray, sources: Sequence[Source]) -> NDArray:
    """Time at which the first wave from the pacing zones reaches each voxel of the wall.

    Fast marching of second order (scikit-fmm), started from the analytic surface of a pacing zone
    rather than from a voxel, which removes most of the error near the source. Zones of one onset are
    solved together; of different onsets, the earliest wave counts.

    Parameters
    ----------
    domain : Domain
        See `conducting_domain`.
    velocity : numpy.ndarray, shape (wall voxel,)
        mm/ms, positive.
    sources : sequence of Source
        Pacing zones.

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
    refuse_bad_velocity(velocity)
    speed = np.ones(domain.conducting.shape)
    speed[domain.conducting] = velocity[domain.velocity_voxel]
    times = np.full(domain.wall.shape, np.inf)
    for onset in sorted({source.onset_ms for source in sources}):
        together = [source for source in sources if source.onset_ms == onset]
        np.minimum(times, onset + _travel_time(domain, speed, together), out=times)
    times = times[domain.wall]
    refuse_unreached(times)
    return times


def refuse_bad_velocity(velocity: NDArray) -> None:
    """Refuse velocities that are not positive and finite.

    Parameters
    ----------
    velocity : numpy.ndarray, shape (wall voxel,)
        mm/ms.

    Raises
    ------
    EikonalError
        If any is not.
    """
    bad = ~(np.isfinite(velocity) & (velocity > 0))
    if bad.any():
        raise EikonalError(f"{bad.sum()} of {len(bad)} wall voxels have a velocity that is not positive")


def refuse_unreached(times: NDArray) -> None:
    """Refuse activation times of a wave that does not reach all of the wall.

    Parameters
    ----------
    times : numpy.ndarray, shape (wall voxel,)
        ms; infinite or NaN where the wave does not arrive.

    Raises
    ------
    EikonalError
        If there are such voxels.
    """
    unreached = ~np.isfinite(times)
    if unreached.any():
        raise EikonalError(f"the wave can't reach {unreached.sum()} of {len(times)} wall voxels")


def _travel_time(domain: Domain, speed: NDArray, sources: Sequence[Source]) -> NDArray:
    """Time from the nearest zone, on the box; infinite where no wave arrives."""
    outside = np.full(domain.wall.shape, np.inf)
    for source in sources:
        distance = _distance(domain, source.centre) - source.radius_mm
        if not (domain.wall & (distance <= 0)).any():
            raise EikonalError(
                f"no wall voxel within {source.radius_mm:g} mm of a pacing site; raise "
                "protocol.pacing_radius_mm"
            )
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


def _distance(domain: Domain, centre: Sequence[float] | NDArray) -> NDArray:
    """Distance in mm of the box's voxels from a (fractional) voxel index."""
    x, y, z = np.ix_(
        *(
            (part.start + np.arange(size) - middle) * domain.spacing_mm
            for part, size, middle in zip(domain.box, domain.wall.shape, centre, strict=True)
        )
    )
    return np.sqrt(x**2 + y**2 + z**2)
