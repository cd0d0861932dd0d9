"""Activation times by the anisotropic eikonal equation: waves are faster along the fibres than across them.

The equation, v sqrt(grad T . D grad T) = 1 with D = f f' + (I - f f') / ratio^2,
solved as a shortest path (Wallman et al. 2012, IEEE Trans Biomed Eng 59:1739) on the lines of
`geodesics.stencil`. There is no rim as in `eikonal.conducting_domain`: the wall ends at the centres of its
outermost voxels.
"""

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from ..anatomy.geodesics import Stencil, spread
from .eikonal import EikonalError, Source, refuse_bad_velocity, refuse_unreached


def activation_times(graph: Stencil, velocity: NDArray, sources: Sequence[Source]) -> NDArray:
    """Time at which the first wave from the pacing zones reaches each voxel of the wall.

    Parameters
    ----------
    graph : geodesics.Stencil
    velocity : numpy.ndarray, shape (voxel,)
        mm/ms along the fibres; across them it is this over the ratio of the stencil.
    sources : sequence of eikonal.Source
        Pacing zones.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        ms, of the earliest wave; wall voxels in C order.

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
    spread(times, line_ms, graph.at, graph.number, graph.steps, line_ms.min())
    refuse_unreached(times)
    return times


@numba.njit(cache=True)
def _line_times(
    lengths: NDArray, at: NDArray, passed: NDArray, shares: NDArray, slowness: NDArray
) -> NDArray:
    """Time along each line: its length times the mean slowness along it."""
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
def _leave_zone(
    times: NDArray,
    line_ms: NDArray,
    graph: Stencil,
    zone: NDArray[np.bool_],
    centre: NDArray,
    radius_mm: float,
    onset_ms: float,
) -> None:
    """Start the wave at the surface of the pacing zone: lines count from where they leave it, in place."""
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
