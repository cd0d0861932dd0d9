"""Activation times of a wave that runs faster along the fibres than across them.

The anisotropic eikonal equation, v sqrt(grad T . D grad T) = 1 with D = f f' + (I - f f') / ratio^2,
solved as a shortest path (Wallman et al. 2012, IEEE Trans Biomed Eng 59:1739; Dijkstra 1959): wall
voxels are nodes, and each is joined to all that it can be reached from by a straight line through the
wall of at most `reach` voxels along each axis. A wider stencil has more directions to choose from and
errs less; it never errs on the early side in a homogeneous wall. There is no rim as in
`eikonal.conducting_domain`: the wall ends at the centres of its outermost voxels.
"""

import heapq
from itertools import pairwise, product
from typing import NamedTuple

import numba
import numpy as np

from .eikonal import EikonalError, refuse_bad_velocity, refuse_unreached


class Stencil(NamedTuple):
    """Straight lines between the voxels of a wall, and their lengths.

    Grids are flat, with `reach` voxels of background around them, so that a step to a neighbour is
    one addition. A line and its reverse are the same, hence half of the directions are enough.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
        Places of the wall voxels, in C order.
    at : numpy.ndarray of int, shape (voxel,)
        Where they are on the flat grid.
    number : numpy.ndarray of int, shape (grid,)
        Which wall voxel it is, -1 off the wall.
    offsets : numpy.ndarray of int, shape (line, 3)
        From one end to the other, in voxels.
    steps : numpy.ndarray of int, shape (line,)
        The same on the flat grid.
    lengths : numpy.ndarray of float32, shape (voxel, line)
        Length in mm of a line that starts at the voxel, stretched by the velocity ratio as far as it
        runs across the fibres; infinite where it would leave the wall.
    passed : numpy.ndarray of int, shape (line, passed voxel)
        Steps from the start to the voxels that a line passes through.
    shares : numpy.ndarray, shape (line, passed voxel)
        Which part of the line lies in each, 0 beyond the last one.
    spacing_mm : float
    """

    voxels: np.ndarray
    at: np.ndarray
    number: np.ndarray
    offsets: np.ndarray
    steps: np.ndarray
    lengths: np.ndarray
    passed: np.ndarray
    shares: np.ndarray
    spacing_mm: float


def stencil(wall, spacing_mm, fibres, ratio, reach):
    """Straight lines through the wall from each voxel to its neighbours; once per heart.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
        What conducts.
    spacing_mm : float
    fibres : numpy.ndarray, shape (voxel, 3)
        Unit fibre directions along the voxel axes; wall voxels in C order.
    ratio : float
        Velocity along the fibres over that across.
    reach : int
        Voxels that a line may span along an axis: 26, 98, 290, 578 directions for 1, 2, 3, 4.

    Returns
    -------
    Stencil

    Raises
    ------
    EikonalError
        If a fibre direction is missing or is no unit vector.
    """
    bad = ~(np.abs(np.linalg.norm(fibres, axis=1) - 1) < 1e-3)
    if bad.any():
        raise EikonalError(f"{bad.sum()} wall voxels have a fibre direction that is no unit vector")
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
    local = np.full(grid.size, np.inf)  # length of the whole line, were all fibres like the voxel's
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


def activation_times(graph, velocity, sources):
    """Time at which the wave from pacing zones reaches each voxel of the wall.

    Parameters
    ----------
    graph : Stencil
    velocity : numpy.ndarray, shape (voxel,)
        mm/ms along the fibres; across them it is this over the ratio of the stencil.
    sources : sequence of eikonal.Source
        Pacing zones, each activated at once.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        ms, of the wave that comes first; wall voxels in C order.

    Raises
    ------
    EikonalError
        If the velocity is not positive and finite everywhere, if no wall voxel lies in a pacing zone,
        or if the wave can't reach all of the wall.
    """
    refuse_bad_velocity(velocity)
    slowness = np.zeros(len(graph.number))
    slowness[graph.at] = 1 / velocity
    line_ms = _line_times(graph.lengths, graph.at, graph.passed, graph.shares, slowness)
    times = np.full(len(graph.at), np.inf)
    for source in sources:
        centre = np.asarray(source.centre, float)
        distance = np.linalg.norm((graph.voxels - centre) * graph.spacing_mm, axis=1)
        zone = distance <= source.radius_mm
        if not zone.any():
            raise EikonalError(
                f"no wall voxel within {source.radius_mm:g} mm of a pacing site; raise "
                "protocol.pacing_radius_mm"
            )
        times[zone] = np.minimum(times[zone], source.onset_ms)
        _leave_zone(times, line_ms, graph, zone, centre, source.radius_mm, source.onset_ms)
    _spread(times, line_ms, graph.at, graph.number, graph.steps)
    refuse_unreached(times)
    return times


def distances(wall, spacing_mm, starts, reach=2):
    """Lengths of the shortest ways through the wall.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float
    starts : numpy.ndarray of int, shape (start,)
        Wall voxels, numbered in C order.
    reach : int
        See `stencil`.

    Returns
    -------
    numpy.ndarray of float32, shape (start, voxel)
        mm; infinite where the wall does not lead.
    """
    anyhow = np.tile([1.0, 0.0, 0.0], (int(wall.sum()), 1))
    graph = stencil(wall, spacing_mm, anyhow, 1.0, reach)
    return _all_paths(np.asarray(starts), graph.lengths, graph.at, graph.number, graph.steps)


def _directions(reach):
    """Offsets without a common divisor, of which no two are opposite."""
    steps = np.array(list(product(range(-reach, reach + 1), repeat=3)))
    forward = steps[len(steps) // 2 + 1 :]
    return forward[np.gcd.reduce(forward, axis=1) == 1]


def _line(offset):
    """Voxels through which the line from the origin to `offset` runs, and its share in each."""
    faces = [(np.arange(abs(step)) + 0.5) / abs(step) for step in offset if step]
    crossings = np.unique(np.concatenate([[0, 1], *faces]).round(12))
    voxels = np.rint(np.outer((crossings[1:] + crossings[:-1]) / 2, offset)).astype(int)
    return voxels, np.diff(crossings)


def _joined(inside, at, start, end, strides):
    """Where the wall leads from one voxel to the next by faces, if they touch at an edge or a corner.

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


@numba.njit(cache=True)
def _line_times(lengths, at, passed, shares, slowness):
    """Time along each line: its length times the mean slowness of what it runs through."""
    times = np.full_like(lengths, np.inf)
    for start in range(lengths.shape[0]):
        for line in range(lengths.shape[1]):
            if np.isfinite(lengths[start, line]):
                mean = 0.0
                for k in range(passed.shape[1]):
                    mean += shares[line, k] * slowness[at[start] + passed[line, k]]
                times[start, line] = lengths[start, line] * mean
    return times


@numba.njit(cache=True)
def _leave_zone(times, line_ms, graph, zone, centre, radius_mm, onset_ms):
    """Start the wave at the surface of the pacing zone: lines count from where they leave it."""
    for here in np.flatnonzero(zone):
        from_centre = graph.voxels[here] - centre
        depth = max((radius_mm / graph.spacing_mm) ** 2 - (from_centre**2).sum(), 0.0)
        for line in range(len(graph.steps)):
            for side in (-1, 1):
                there = graph.number[graph.at[here] + side * graph.steps[line]]
                if there < 0 or zone[there]:
                    continue
                offset = side * graph.offsets[line]
                squared = (offset**2).sum()
                outward = (offset * from_centre).sum()
                leaves = (np.sqrt(outward**2 + squared * depth) - outward) / squared
                reached = onset_ms + (1 - leaves) * line_ms[here if side > 0 else there, line]
                if reached < times[there]:
                    times[there] = reached


@numba.njit(cache=True, parallel=True)
def _all_paths(starts, lengths, at, number, steps):
    """Shortest paths from each start by itself."""
    found = np.full((len(starts), len(at)), np.inf, np.float32)
    for row in numba.prange(len(starts)):
        times = np.full(len(at), np.inf)
        times[starts[row]] = 0.0
        _spread(times, lengths, at, number, steps)
        found[row] = times
    return found


@numba.njit(cache=True)
def _spread(times, line_ms, at, number, steps):
    """Lower `times` to those of the shortest paths from the voxels that have one (Dijkstra)."""
    front = [(times[voxel], voxel) for voxel in np.flatnonzero(np.isfinite(times))]
    heapq.heapify(front)
    while front:
        time, here = heapq.heappop(front)
        if time > times[here]:
            continue
        for line in range(len(steps)):
            for side in (-1, 1):
                there = number[at[here] + side * steps[line]]
                if there < 0 or times[there] <= time:
                    continue
                reached = time + line_ms[here if side > 0 else there, line]
                if reached < times[there]:
                    times[there] = reached
                    heapq.heappush(front, (reached, there))
