"""Derivatives of activation times with respect to pacing sites, onsets and velocities.

Source, direction and the time spent in each tissue are carried along the rays of a wave: those of a voxel are
a mean over its neighbours that were activated before, weighted by the part of the wave that came from them.
Where rays meet that left the source in opposite directions, as behind a cavity, the steepest of them counts.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from .eikonal import Source

NEAR = 1.8  # voxels around a zone within which rays point away from its centre


class Neighbours(NamedTuple):
    """Wall voxels that touch each other.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
        Indices of the wall voxels, in C order.
    number : numpy.ndarray of int, shape (voxel, 26)
        Numbers of the neighbours, -1 off the wall.
    steps : numpy.ndarray, shape (26,)
        Their distances in voxels.
    spacing_mm : float
        Edge of a voxel.
    """

    voxels: NDArray
    number: NDArray
    steps: NDArray
    spacing_mm: float


def neighbours(wall: NDArray[np.bool_], spacing_mm: float) -> Neighbours:
    """Find the neighbours of each voxel of a wall.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    Neighbours
    """
    number = np.full(np.add(wall.shape, 2), -1)
    number[1:-1, 1:-1, 1:-1][wall] = np.arange(wall.sum())
    voxels = np.argwhere(wall)
    offsets = np.array([offset for offset in np.ndindex(3, 3, 3) if offset != (1, 1, 1)])
    beside = np.stack([number[tuple((voxels + offset).T)] for offset in offsets], 1)
    return Neighbours(voxels, beside, np.linalg.norm(offsets - 1, axis=1), float(spacing_mm))


def sensitivities(
    near: Neighbours,
    times: NDArray,
    velocity: NDArray,
    tissue: NDArray[np.int_],
    tissues: int,
    sources: Sequence[Source],
) -> tuple[NDArray, NDArray, NDArray]:
    """Differentiate activation times with respect to pacing sites, onsets and velocities.

    Parameters
    ----------
    near : Neighbours
        See `neighbours`.
    times : numpy.ndarray, shape (voxel,)
        ms, see `eikonal.activation_times`.
    velocity : numpy.ndarray, shape (voxel,)
        mm/ms.
    tissue : numpy.ndarray of int, shape (voxel,)
        0, 1, ... for the tissues with a velocity of their own.
    tissues : int
        Number of such tissues.
    sources : sequence of eikonal.Source
        Pacing zones.

    Returns
    -------
    by_position : numpy.ndarray, shape (source, 3, voxel)
        ms/mm, along the voxel axes.
    by_onset : numpy.ndarray, shape (source, voxel)
        1 where the wave of the source is the earliest, else 0.
    by_velocity : numpy.ndarray, shape (tissue, voxel)
        ms, with respect to the logarithm of each tissue's velocity.
    """
    centres = np.array([source.centre for source in sources], float)
    away = (near.voxels - centres[:, None]) * near.spacing_mm
    distance = np.linalg.norm(away, axis=-1)
    radii = np.array([source.radius_mm for source in sources])
    onsets = np.array([source.onset_ms for source in sources])
    begun = (distance - radii[:, None]) / velocity + onsets[:, None]
    source = begun.argmin(0)
    every = np.arange(len(times))
    seeds = distance[source, every] <= radii[source] + NEAR * near.spacing_mm
    zone = distance[source, every] <= radii[source]
    direction = away[source, every] / np.maximum(distance[source, every], 1e-9)[:, None]
    passed = np.zeros((len(times), tissues))
    passed[every, tissue] = np.where(seeds, np.maximum(times - onsets[source], 0.0), 0.0)
    order = np.argsort(times, kind="stable")
    _carry(order, times, near.number, near.steps, tissue, seeds, source, direction, passed)
    there = distance.argmin(1)
    first = source == np.arange(len(sources))[:, None]
    pace = -direction.T / velocity[there][:, None, None]
    return pace * (first & ~zone)[:, None], first.astype(float), -passed.T


@numba.njit(cache=True)
def _carry(
    order: NDArray,
    times: NDArray,
    number: NDArray,
    steps: NDArray,
    tissue: NDArray,
    seeds: NDArray,
    source: NDArray,
    direction: NDArray,
    passed: NDArray,
) -> None:
    """Carry source, direction and time in each tissue along the rays, from voxel to voxel, in place."""
    for here in order:
        if seeds[here]:
            continue
        steepest, leader = 0.0, -1
        for side in range(len(steps)):
            there = number[here, side]
            if there >= 0 and times[here] - times[there] > steepest * steps[side]:
                steepest, leader = (times[here] - times[there]) / steps[side], there
        if leader < 0:
            continue
        source[here] = source[leader]
        total = 0.0
        heading = np.zeros(3)
        met = np.zeros(passed.shape[1])
        for side in range(len(steps)):
            there = number[here, side]
            if there < 0 or times[there] >= times[here] or source[there] != source[here]:
                continue
            took = times[here] - times[there]
            share = took / steps[side] ** 2
            total += share
            heading += share * direction[there]
            met += share * passed[there]
            met[tissue[here]] += share * took
        size = np.sqrt((heading**2).sum())
        direction[here] = heading / size if size > 0 else direction[leader]
        passed[here] = met / total
