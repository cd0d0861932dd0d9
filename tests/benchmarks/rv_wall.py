"""RV walls grown on stacks of thick slices: their holes, and the error of a beat in them.

PYTHONPATH=workflow:tests/unit:tests/benchmarks python tests/benchmarks/rv_wall.py [how many] [first seed]
"""

import sys

import numpy as np
from scipy.spatial import cKDTree
from stacks import holes, rv_stack
from waves import prepared, solve

from ecgi.anatomy.checks import refuse_open_apex
from ecgi.anatomy.frame import find_long_axis
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue, to_patient
from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.reslice import Walls, short_axis

SPACING_MM = 1.5
VELOCITY = 0.6  # m/s
CAP_MM = 5.0


def activation(heart: Anatomy, site: np.ndarray) -> np.ndarray:
    """Activation times of a beat paced at the wall voxel nearest to a point."""
    index = np.argwhere(heart.wall)
    nearest = index[cKDTree(to_patient(heart.affine, index)).query(site)[1]]
    return solve(prepared(heart.wall, float(heart.spacing[0])), VELOCITY, [(nearest, 4.0, 0.0)])


def row(seed: int) -> tuple[float, float, float, float]:
    """Slice thickness, holes, MAE in the RV in ms of beats from RV and LV, and duration in ms."""
    stack = rv_stack(seed)
    truth, _ = short_axis(stack.whole, SPACING_MM, True)
    axis = find_long_axis(stack.slices).direction
    made, _ = short_axis(stack.slices, SPACING_MM, True, axis, Walls(stack.rv_wall_mm, CAP_MM))
    refuse_open_apex(made)
    rv = truth.positions(truth.labels == Tissue.RV_WALL)
    lv = truth.positions(truth.labels == Tissue.LV_WALL)
    rng = np.random.default_rng(seed)
    errors, last = [], 0.0
    for site in (rng.choice(rv), rng.choice(lv)):
        expected = sample_wall(truth, activation(truth, site), rv)
        found = sample_wall(made, activation(made, site), rv)
        errors.append(np.abs(found - expected).mean())
        last = max(last, expected.max())
    return float(stack.slices.spacing.max()), holes(made, truth), float(np.mean(errors)), last


if __name__ == "__main__":
    count, first = (int(value) for value in (*sys.argv[1:], *(20, 0)[len(sys.argv) - 1 :]))
    rows, refused = [], 0
    for seed in range(first, first + count):
        try:
            rows.append(row(seed))
            thickness, share, error, last = rows[-1]
            print(f"{seed}: {thickness:.1f} mm, {share:.2%}, {error:.2f} of {last:.0f} ms", flush=True)
        except AnatomyError as error:
            refused += 1
            print(f"{seed}: {error}")
    slices, holes, errors, lasts = np.array(rows).T
    print(f"{len(rows)} stacks of {slices.min():.1f} to {slices.max():.1f} mm, {refused} refused")
    print(f"RV cavity's surface without wall: at most {holes.max():.2%}")
    print(f"MAE in the RV: mean {errors.mean():.2f} ms, of beats of {lasts.mean():.0f} ms")
    for share in (50, 75, 90, 95, 100):
        print(f"{share} %: {np.percentile(errors, share):.2f} ms")
    for low, high in ((5, 7), (7, 9), (9, 12)):
        part = errors[(slices >= low) & (slices < high)]
        print(f"slices of {low} to {high} mm: {part.mean():.2f} ms in {len(part)}")
