"""Anisotropic conduction: error and time by the reach of the solver's stencil."""

from functools import partial

import numpy as np
from measuring import seconds
from rows import errors, row, table

from ecgi.anatomy import geodesics
from ecgi.physics import eikonal_anisotropic
from ecgi.physics.eikonal import Source

SLAB_MM = np.array([60.0, 40.0, 12.0])
SPACING = {"quick": 4.0, "normal": 1.0, "full": 1.0}
REACHES = {"quick": (1, 2), "normal": (1, 2, 3, 4), "full": (1, 2, 3, 4)}
REPEATS = {"quick": 1, "normal": 3, "full": 5}
VELOCITY, RADIUS, PLACE = 0.6, 4.0, np.array([17.3, 14.9, 6.1])
RATIOS = (1.0, 2.5)
FIBRE = np.array([np.cos(0.4), np.sin(0.4), 0.0])


def measure(size):
    """Measure errors and time on a slab of straight, oblique fibres, where a closed form is known."""
    spacing = SPACING[size]
    wall = np.ones(np.rint(SLAB_MM / spacing).astype(int), bool)
    positions = (np.argwhere(wall) + 0.5) * spacing
    fibres, speed = np.tile(FIBRE, (len(positions), 1)), np.full(len(positions), VELOCITY)
    sources = [Source(PLACE / spacing - 0.5, RADIUS, 0.0)]
    rows = []
    for ratio in RATIOS:
        check, truth = f"reach, velocity ratio {ratio:g}", _closed_form(positions - PLACE, ratio)
        for reach in REACHES[size]:
            graph = geodesics.stencil(wall, spacing, fibres, ratio, reach)
            solve = partial(eikonal_anisotropic.activation_times, graph, speed, sources)
            setting = f"{reach} voxel{'s' if reach > 1 else ''}"
            rows += errors(check, setting, solve() - truth)
            taken = seconds({"wave": solve}, REPEATS[size])["wave"]
            rows.append(row(check, "time", setting, 1000 * taken, "ms"))
    return table(rows)


def _closed_form(offsets, ratio):
    """Time along the shortest path from the surface of the pacing zone.

    The fibre is an axis of symmetry of zone and wave, so that the path lies in a plane with it. Its start
    on the surface of the zone is searched over a thousand angles.
    """
    along = np.abs(offsets @ FIBRE)
    across = np.sqrt(np.maximum((offsets**2).sum(1) - along**2, 0))
    shortest = np.full(len(offsets), np.inf)
    for angle in np.linspace(0, np.pi / 2, 1000):
        length = np.hypot(along - RADIUS * np.cos(angle), ratio * (across - RADIUS * np.sin(angle)))
        np.minimum(shortest, length, out=shortest)
    return np.where(np.hypot(along, across) <= RADIUS, 0, shortest) / VELOCITY
