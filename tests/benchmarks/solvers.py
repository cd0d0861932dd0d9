"""Time and error of the eikonal solver compared with others, on the wall of a phantom.

All solve the same problem, a wave from a zone of 3 mm. The others start from its centre, as is their
default, and their times are counted from when the wave leaves the zone.
"""

import numpy as np
import SimpleITK as sitk
import skfmm
import waves
from measuring import installed, seconds
from rows import row, table
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

SEED, VELOCITY, RADIUS = 3, 0.6, 3.0
SPACING = {"quick": 3.0, "normal": 1.0, "full": 1.0}
REPEATS = {"quick": 1, "normal": 5, "full": 9}
BASE = "scikit-fmm, order 2"


def measure(size):
    """Measure the time of a solution and its error against the solution on voxels cut into 3 x 3 x 3."""
    spacing = SPACING[size]
    heart = waves.phantom(SEED, spacing)
    site = waves.sites(heart, 3)[1]
    source = [(site, RADIUS, 0.0)]
    alone, rimmed = (waves.prepared(heart.wall, spacing, rim) for rim in (False, True))
    start = tuple(at - part.start for at, part in zip(site, alone.box, strict=True))
    calls = {
        "this solver, voxels alone": lambda: waves.solve(alone, VELOCITY, source),
        "this solver, with rim": lambda: waves.solve(rimmed, VELOCITY, source),
    }
    ours = len(calls)
    for name, prepare in OTHERS.items():
        solve = prepare(alone.wall, start, spacing)
        if solve is not None:
            calls[name] = solve
    exact = waves.solve_cut(alone, VELOCITY, source)
    zone = np.linalg.norm(np.argwhere(heart.wall) - site, axis=1) * spacing <= RADIUS
    mean, worst = {}, {}
    for number, (name, call) in enumerate(calls.items()):
        times = np.asarray(call(), float)
        if number >= ours:
            times = np.where(zone, 0, times[alone.wall] - RADIUS / VELOCITY)
        difference = np.abs(times - exact)
        mean[name], worst[name] = difference.mean(), difference.max()
    taken = seconds(calls, REPEATS[size])
    check, rows = "solvers", []
    for name in calls:
        judged = name == "this solver, with rim"
        rows += [
            row(check, "time", name, 1000 * taken[name], "ms"),
            row(check, "time, ratio", name, taken[name] / taken[BASE], "", "≤ 1" if judged else None),
            row(check, "mean error", name, mean[name], "ms"),
            row(check, "maximum error", name, worst[name], "ms"),
            row(check, "times as accurate", name, mean[BASE] / mean[name], "", "≥ 2.5" if judged else None),
        ]
    rows.append(row("size of the wall", "voxels", f"{spacing:g} mm", heart.wall.sum(), ""))
    return table(rows)


def _skfmm(order):
    def prepare(wall, start, spacing):
        phi = np.ones(wall.shape)
        phi[start] = 0
        phi = np.ma.MaskedArray(phi, ~wall)
        speed = np.full(wall.shape, VELOCITY)
        return lambda: np.ma.filled(skfmm.travel_time(phi, speed, dx=spacing, order=order), np.inf)

    return prepare


def _pykonal(wall, start, spacing):
    if not installed("pykonal"):
        return None
    import pykonal

    def solve():
        solver = pykonal.EikonalSolver(coord_sys="cartesian")
        solver.velocity.min_coords = 0, 0, 0
        solver.velocity.node_intervals = (spacing,) * 3
        solver.velocity.npts = wall.shape
        solver.velocity.values = np.where(wall, VELOCITY, 0.0)
        solver.traveltime.values[start] = 0
        solver.unknown[start] = False
        solver.trial.push(*start)
        solver.solve()
        return solver.traveltime.values

    return solve


def _simpleitk(wall, start, spacing):
    speed = sitk.GetImageFromArray(np.where(wall, VELOCITY, 0.0))
    speed.SetSpacing((spacing,) * 3)
    seed = [int(at) for at in start[::-1]]
    return lambda: sitk.GetArrayFromImage(sitk.FastMarching(speed, trialPoints=[seed]))


def _scikit_image(wall, start, spacing):
    if not installed("skimage"):
        return None
    from skimage.graph import MCP_Geometric

    costs = np.where(wall, 1 / VELOCITY, -1.0)
    return lambda: MCP_Geometric(costs, sampling=(spacing,) * 3).find_costs([start])[0]


def _dijkstra(wall, start, spacing):
    """Shortest paths on a graph of 26 neighbours, built beforehand."""
    number = np.full(np.array(wall.shape) + 2, -1)
    inner = number[1:-1, 1:-1, 1:-1]
    inner[wall] = np.arange(wall.sum())
    ends, weights = [], []
    for step in np.argwhere(np.ones((3, 3, 3))) - 1:
        if not step.any():
            continue
        other = np.roll(number, tuple(-step), (0, 1, 2))[1:-1, 1:-1, 1:-1][wall]
        joined = np.flatnonzero(other >= 0)
        ends.append((joined, other[joined]))
        weights.append(np.full(len(joined), np.linalg.norm(step) * spacing / VELOCITY))
    rows, columns = np.concatenate(ends, 1)
    graph = sparse.csr_array((np.concatenate(weights), (rows, columns)), shape=(wall.sum(),) * 2)
    seed = int(inner[start])

    def solve():
        times = np.full(wall.shape, np.inf)
        times[wall] = dijkstra(graph, indices=seed)
        return times

    return solve


OTHERS = {
    BASE: _skfmm(2),
    "scikit-fmm, order 1": _skfmm(1),
    "pykonal": _pykonal,
    "SimpleITK FastMarching": _simpleitk,
    "scikit-image MCP_Geometric": _scikit_image,
    "SciPy Dijkstra, 26 neighbours": _dijkstra,
}
