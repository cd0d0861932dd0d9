"""Shortest paths through the wall (Dijkstra 1959), along straight lines between voxels.

Wall voxels are nodes, and edges are the straight lines through the wall that span at most `reach` voxels
along each axis. A wider stencil has more directions to choose from and a smaller error; in a homogeneous
wall no path comes out too short.
"""

from itertools import pairwise, product
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import InputError


class Stencil(NamedTuple):
    """Straight lines between the voxels of a wall, and their lengths.

    Grids are flattened, with `reach` voxels of background around them, so that a step to a neighbour is
    one addition. A line and its reverse are the same, hence half of the directions are stored.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
        Indices of the wall voxels, in C order.
    at : numpy.ndarray of int, shape (voxel,)
        Their indices on the flattened grid.
    number : numpy.ndarray of int, shape (grid,)
        Number of the wall voxel at each index of the flattened grid, -1 off the wall.
    offsets : numpy.ndarray of int, shape (line, 3)
        From one end to the other, in voxels.
    steps : numpy.ndarray of int, shape (line,)
        The same on the flattened grid.
    lengths : numpy.ndarray of float32, shape (voxel, line)
        Length in mm of a line that starts at the voxel, stretched by the velocity ratio as far as it
        runs across the fibres; infinite where it would leave the wall.
    passed : numpy.ndarray of int, shape (line, passed voxel)
        Steps from the start to the voxels that a line passes through.
    shares : numpy.ndarray, shape (line, passed voxel)
        Share of the line in each, 0 beyond the last one.
    spacing_mm : float
        Edge of a voxel.
    """

    voxels: NDArray[np.int_]
    at: NDArray[np.int_]
    number: NDArray[np.int_]
    offsets: NDArray[np.int_]
    steps: NDArray[np.int_]
    lengths: NDArray[np.float32]
    passed: NDArray[np.int_]
    shares: NDArray[np.float64]
    spacing_mm: float


def stencil(wall: NDArray[np.bool_], spacing_mm: float, fibres: NDArray, ratio: float, reach: int) -> Stencil:
    """Straight lines through the wall from each voxel to its neighbours, and their lengths.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
        Voxels that conduct.
    spacing_mm : float
        Edge of a voxel.
    fibres : numpy.ndarray, shape (voxel, 3)
        Unit fibre directions along the voxel axes; wall voxels in C order.
    ratio : float
        Velocity along the fibres over that across them.
    reach : int
        Voxels that a line may span along an axis: 26, 98, 290, 578 directions for 1, 2, 3, 4.

    Returns
    -------
    Stencil

    Raises
    ------
    InputError
        If a fibre direction is missing or is no unit vector.
    """
    bad = ~(np.abs(np.linalg.norm(fibres, axis=1) - 1) < 1e-3)
    if bad.any():
        raise InputError(f"{bad.sum()} wall voxels have a fibre direction that is no unit vector")
    grid = np.pad(wall, reach)
    strides = np.array(grid.strides) // grid.itemsize
    inside = grid.ravel()
    at = np.flatnonzero(inside)
    number = np.full(grid.size, -1)
    number[at] = np.arange(len(at))

    offsets = _directions(reach)
    lines = [_line(offset) for offset in offsets]
    most = max(len(voxels) for voxels, _ in lines)
    passed = np.zeros((len(offsets), most), np.int64)
    shares = np.zeros((len(offsets), most))
    lengths = np.empty((len(at), len(offsets)), np.float32)
    local = np.full(grid.size, np.inf)  # length of the whole line if all fibres were those of the voxel
    for line, (offset, (voxels, share)) in enumerate(zip(offsets, lines, strict=True)):
        passed[line, : len(voxels)] = voxels @ strides
        shares[line, : len(voxels)] = share
        stretched = ratio**2 * (offset @ offset) - (ratio**2 - 1) * (fibres @ offset) ** 2
        local[at] = spacing_mm * np.sqrt(stretched)
        length = sum(part * local[at + step] for part, step in zip(share, voxels @ strides, strict=True))
        for start, end in pairwise(voxels):
            length[~_joined(inside, at, start, end, strides)] = np.inf
        lengths[:, line] = length
    return Stencil(
        np.argwhere(wall), at, number, offsets, offsets @ strides, lengths, passed, shares, float(spacing_mm)
    )


def distances(
    wall: NDArray[np.bool_], spacing_mm: float, starts: ArrayLike, reach: int = 2
) -> NDArray[np.float32]:
    """Lengths of the shortest paths through the wall.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float
        Edge of a voxel.
    starts : array-like of int, shape (start,)
        Wall voxels, numbered in C order.
    reach : int
        See `stencil`.

    Returns
    -------
    numpy.ndarray of float32, shape (start, voxel)
        mm; infinite for voxels that the wall does not connect to the start.
    """
    any_direction = np.tile([1.0, 0.0, 0.0], (int(wall.sum()), 1))
    graph = stencil(wall, spacing_mm, any_direction, 1.0, reach)
    return _all_paths(np.asarray(starts), graph.lengths, graph.at, graph.number, graph.steps)


def _directions(reach: int) -> NDArray[np.int_]:
    """Offsets without a common divisor, of which no two are opposite."""
    steps = np.array(list(product(range(-reach, reach + 1), repeat=3)))
    forward = steps[len(steps) // 2 + 1 :]
    return forward[np.gcd.reduce(forward, axis=1) == 1]


def _line(offset: NDArray[np.int_]) -> tuple[NDArray[np.int_], NDArray]:
    """Voxels on the line from the origin to `offset`, and the share of the line in each."""
    faces = [(np.arange(abs(step)) + 0.5) / abs(step) for step in offset if step]
    crossings = np.unique(np.concatenate([[0, 1], *faces]).round(12))
    voxels = np.rint(np.outer((crossings[1:] + crossings[:-1]) / 2, offset)).astype(int)
    return voxels, np.diff(crossings)


def _joined(
    inside: NDArray[np.bool_], at: NDArray, start: NDArray, end: NDArray, strides: NDArray
) -> NDArray[np.bool_]:
    """Whether wall voxels join two that touch, face by face, also if those touch at an edge or a corner.

    `start` and `end` are relative to the voxels at `at`, and differ by at most 1 along each axis.
    """
    step = end - start
    axes = np.flatnonzero(step)
    if len(axes) == 1:
        return inside[at + end @ strides]
    joined = np.zeros(len(at), bool)
    for axis in axes:
        between = start + step * (np.arange(3) == axis)
        joined |= inside[at + between @ strides] & _joined(inside, at, between, end, strides)
    return joined


@numba.njit(cache=True, parallel=True)
def _all_paths(
    starts: NDArray, lengths: NDArray, at: NDArray, number: NDArray, steps: NDArray
) -> NDArray[np.float32]:
    """Lengths of the shortest paths from each start, shape (start, voxel)."""
    found = np.full((len(starts), len(at)), np.inf, np.float32)
    shortest = lengths.min()
    for row in numba.prange(len(starts)):
        times = np.full(len(at), np.inf)
        times[starts[row]] = 0.0
        spread(times, lengths, at, number, steps, shortest)
        found[row] = times
    return found


@numba.njit(cache=True)
def spread(
    times: NDArray, lengths: NDArray, at: NDArray, number: NDArray, steps: NDArray, shortest: float
) -> None:
    """Lower arrival times to those of the shortest paths from the voxels that have one, in place.

    Dijkstra's algorithm without a sorted queue: all voxels that are later than the earliest by no more than
    the shortest line are final, as no path through the others is shorter.

    Parameters
    ----------
    times : numpy.ndarray, shape (voxel,)
        Start times, infinite where no path starts.
    lengths : numpy.ndarray, shape (voxel, line)
        Of the lines, in the unit of `times`; see `Stencil`.
    at, number, steps : numpy.ndarray of int
        See `Stencil`.
    shortest : float
        Smallest of `lengths`.
    """
    waits = np.isfinite(times)
    waiting, front = np.empty(len(times), np.int64), np.empty(len(times), np.int64)
    count = waits.sum()
    waiting[:count] = np.flatnonzero(waits)
    while count:
        last = times[waiting[:count]].min() + shortest
        left, ready = 0, 0
        for here in waiting[:count]:
            if times[here] <= last:
                waits[here] = False
                front[ready] = here
                ready += 1
            else:
                waiting[left] = here
                left += 1
        count = left
        for here in front[:ready]:
            time = times[here]
            for line in range(len(steps)):
                for side in (-1, 1):
                    there = number[at[here] + side * steps[line]]
                    if there < 0 or times[there] <= time:
                        continue
                    reached = time + lengths[here if side > 0 else there, line]
                    if reached < times[there]:
                        times[there] = reached
                        if not waits[there]:
                            waits[there] = True
                            waiting[count] = there
                            count += 1
