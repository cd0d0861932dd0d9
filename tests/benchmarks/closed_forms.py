"""Activation times with a closed form: a homogeneous box, two layers, two sources."""

import numpy as np
import waves
from rows import errors, orders, table

SIZE_MM = np.array([48.0, 36.0, 36.0])
SPACINGS = {"quick": (4.0, 2.0), "normal": (4.0, 2.0, 1.0, 0.5), "full": (4.0, 2.0, 1.0, 0.5)}
VELOCITY, RADIUS = 0.6, 4.0
PLACE, OTHER = np.array([9.3, 11.9, 13.7]), np.array([37.1, 20.3, 22.9])
DELAY = 12.0
SLOW, FAST, INTERFACE = 0.3, 1.0, 20.0


def measure(size):
    """Measure errors at several spacings, and their order of convergence."""
    rows, checks = [], {"homogeneous box": _box, "two layers": _layers, "two sources": _sources}
    for check, problem in checks.items():
        for spacing in SPACINGS[size]:
            wall = np.ones(np.rint(SIZE_MM / spacing).astype(int), bool)
            positions = (np.argwhere(wall) + 0.5) * spacing
            velocity, sources, truth = problem(positions)
            indices = [(place / spacing - 0.5, RADIUS, onset) for place, onset in sources]
            times = waves.solve(waves.prepared(wall, spacing), velocity, indices)
            rows += errors(check, f"{spacing:g} mm", times - truth)
        rows += orders(rows, check, "mean error")
        rows += orders(rows, check, "maximum error")
    return table(rows)


def _box(positions):
    """One velocity: time from the distance to the pacing zone."""
    return VELOCITY, [(PLACE, 0.0)], _from_zone(positions, PLACE)


def _sources(positions):
    """Two pacing zones, the second with a delay: time of the earlier wave."""
    times = np.minimum(_from_zone(positions, PLACE), DELAY + _from_zone(positions, OTHER))
    return VELOCITY, [(PLACE, 0.0), (OTHER, DELAY)], times


def _from_zone(positions, place):
    """Time from the surface of a pacing zone."""
    return np.maximum(np.linalg.norm(positions - place, axis=1) - RADIUS, 0) / VELOCITY


def _layers(positions):
    """Slow layer with the pacing zone on a fast one: direct, head and refracted waves.

    The head wave travels along the interface in the fast layer and returns at the critical angle.
    """
    velocity = np.where(positions[:, 0] < INTERFACE, SLOW, FAST)
    along = np.linalg.norm(positions[:, 1:] - PLACE[1:], axis=1)
    above, below = INTERFACE - PLACE[0], positions[:, 0] - INTERFACE
    direct = np.hypot(along, positions[:, 0] - PLACE[0]) / SLOW
    cosine = np.sqrt(1 - (SLOW / FAST) ** 2)
    legs = above - below
    head = along / FAST + legs * cosine / SLOW
    reached = along >= legs * SLOW / FAST / cosine
    slow_side = np.where(reached, np.minimum(direct, head), direct)
    times = np.where(below < 0, slow_side, _refracted(along, above, np.maximum(below, 0)))
    return velocity, [(PLACE, 0.0)], np.maximum(times - RADIUS / SLOW, 0)


def _refracted(along, above, below):
    """Time through both layers; the crossing of the ray by Snell's law is found by bisection."""
    low, high = np.zeros_like(along), along.copy()
    for _ in range(50):
        crossing = (low + high) / 2
        rest = along - crossing
        too_far = crossing / np.hypot(crossing, above) / SLOW > rest / np.hypot(rest, below) / FAST
        high = np.where(too_far, crossing, high)
        low = np.where(too_far, low, crossing)
    return np.hypot(low, above) / SLOW + np.hypot(along - low, below) / FAST
