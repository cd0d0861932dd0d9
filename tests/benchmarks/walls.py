"""Activation times on the wall of a phantom, against finer grids.

The solution on the same voxels, each cut into 3 x 3 x 3, gives the error of the solver alone. The solution on
the phantom at a third of a millimetre includes the error of the voxelised shape of the wall.
"""

import numpy as np
import waves
from rows import errors, row, table
from scipy import ndimage

from ecgi.anatomy.heart import to_patient

SEED, VELOCITY, RADIUS = 3, 0.6, 3.0
SPACINGS = {"quick": ((3.0,), 1.5), "normal": ((2.0, 1.0), 1 / 3), "full": ((2.0, 1.0), 1 / 3)}
SITES = {"quick": 1, "normal": 3, "full": 3}
AIMS = {1.0: ("≤ 0.6", "≤ 2.4")}


def measure(size):
    """Measure errors of the solver on the wall voxels alone and with their rim."""
    spacings, finest = SPACINGS[size]
    hearts = {spacing: waves.phantom(SEED, spacing) for spacing in (*spacings, finest)}
    places = to_patient(hearts[spacings[0]].affine, waves.sites(hearts[spacings[0]], SITES[size]))
    shape, doubt = _true_times(hearts[finest], places, spacings, hearts)
    rows = []
    for spacing in spacings:
        heart = hearts[spacing]
        sources = [_source(heart, place) for place in places]
        domains = {
            name: waves.prepared(heart.wall, spacing, rim)
            for name, rim in (("voxels alone", False), ("with rim", True))
        }
        solved = {
            name: np.stack([waves.solve(domain, VELOCITY, [source]) for source in sources])
            for name, domain in domains.items()
        }
        exact = np.stack([waves.solve_cut(domains["voxels alone"], VELOCITY, [source]) for source in sources])
        for name in solved:
            aims = AIMS.get(spacing, (None, None)) if name == "with rim" else (None, None)
            rows += errors("same voxels", f"{spacing:g} mm, {name}", solved[name] - exact, aims)
            rows += _spread("same voxels", f"{spacing:g} mm, {name}", solved[name] - exact)
        check, truth = "true shape", shape[spacing]
        rows += errors(check, f"{spacing:g} mm, voxels alone, exact", exact - truth)
        rows += _spread(check, f"{spacing:g} mm, voxels alone, exact", exact - truth)
        for name in solved:
            rows += errors(check, f"{spacing:g} mm, {name}", solved[name] - truth)
            rows += _spread(check, f"{spacing:g} mm, {name}", solved[name] - truth)
        cost, left = (np.abs(solved[name] - truth).mean() for name in ("voxels alone", "with rim"))
        rows.append(
            row(
                "rim and reference",
                "error removed by the rim",
                f"{spacing:g} mm",
                100 * (1 - left / cost),
                "%",
            )
        )
        rows.append(
            row(
                "rim and reference",
                "reference with and without its rim",
                f"{spacing:g} mm",
                doubt[spacing],
                "ms",
            )
        )
    return table(rows)


def _spread(check, setting, difference):
    """Rows of the 99th percentile of the absolute error and of the mean signed error, positive if late."""
    return [
        row(check, "99th percentile of error", setting, np.percentile(np.abs(difference), 99), "ms"),
        row(check, "mean of signed error", setting, difference.mean(), "ms"),
    ]


def _source(heart, place):
    """Pacing zone around a point in patient coordinates."""
    return to_patient(np.linalg.inv(heart.affine), place), RADIUS, 0.0


def _true_times(fine, places, spacings, hearts):
    """Times on the finest grid at the voxels of the coarser ones, and the effect of its rim."""
    spacing = float(fine.spacing[0])
    found = {coarse: [] for coarse in spacings}
    apart = {coarse: [] for coarse in spacings}
    with_rim, alone = (waves.prepared(fine.wall, spacing, rim) for rim in (True, False))
    for place in places:
        source = _source(fine, place)
        times, narrower = (waves.solve(domain, VELOCITY, [source]) for domain in (with_rim, alone))
        for coarse in spacings:
            index = to_patient(np.linalg.inv(fine.affine), hearts[coarse].positions(hearts[coarse].wall))
            found[coarse].append(_sampled(fine.wall, times, index))
            apart[coarse].append(np.abs(_sampled(fine.wall, narrower, index) - found[coarse][-1]).mean())
    return (
        {coarse: np.stack(some) for coarse, some in found.items()},
        {coarse: float(np.mean(some)) for coarse, some in apart.items()},
    )


def _sampled(wall, times, index):
    """Linear interpolation of wall values at fractional voxel indices."""
    values = np.zeros(wall.shape)
    values[wall] = times
    total, weight = (
        ndimage.map_coordinates(image, index.T, order=1, output=float)
        for image in (values, wall.astype(float))
    )
    return total / weight
