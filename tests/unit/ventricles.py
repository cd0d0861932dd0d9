"""Long axes of left ventricles whose true axis is known, over shapes, stacks, cuts and orientations.

PYTHONPATH=workflow:tests/benchmarks python tests/benchmarks/long_axis.py [how many]
"""

import sys

import numpy as np
from scipy.spatial.transform import Rotation

from ecgi.anatomy.frame import lv_axis
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue, to_patient

WAVELENGTH_MM = 150.0


def ventricle(seed: int) -> tuple[Anatomy, np.ndarray]:
    """LV, in two of three with an RV, and its true axis from base to apex.

    A truncated, warped spheroid shell: length over width 0.8 to 2.2, cavity 50 to 350 ml, base cut
    between the widest place and 0.5 of the length above it, apex closed or cut; a short-axis stack of
    4 to 14 slices of 5 to 12 mm whose normal is within 8 degrees of the axis, or isotropic voxels in any
    orientation; with or without a flip of the grid.
    """
    rng = np.random.default_rng(seed)
    aspect, volume = rng.uniform(0.8, 2.2), rng.uniform(50e3, 350e3)
    base = rng.uniform(-0.5, 0.0)
    # Length of the cavity from base to apex is (1 - base) c, its width 2 a.
    share = np.pi * (2 / 3 - base + base**3 / 3)
    a = (volume / share / (2 * aspect / (1 - base))) ** (1 / 3)
    c = 2 * aspect * a / (1 - base)
    wall = rng.uniform(6, 14)
    apex_wall = wall * rng.uniform(0.4, 1.0)
    is_cut = rng.random() < 0.5
    apex = rng.uniform(0.55, 0.95) if is_cut else np.inf
    oval = rng.uniform(0.9, 1.1)
    warp = rng.uniform(0, 2.0) * rng.standard_normal((2, 3, 3))
    with_rv = rng.random() < 2 / 3
    axes = Rotation.random(rng=rng).as_matrix()

    end = min(apex * c, c + apex_wall)
    if rng.random() < 2 / 3:
        length = end - base * c
        count = int(rng.integers(max(4, np.ceil(length / 12)), max(5, min(14, length // 5) + 1)))
        thickness = max(length / count, 5.0)
        spacing = np.array([1.5, 1.5, thickness]) if thickness < 8 else np.array([2.0, 2.0, thickness])
        tilt = Rotation.from_rotvec(np.radians(8 * rng.uniform() * _unit([*rng.standard_normal(2), 0])))
        grid = axes @ tilt.as_matrix()
    else:
        spacing = np.full(3, 2.5)
        grid = Rotation.random(rng=rng).as_matrix()
    grid = grid * rng.choice([-1, 1], 3)

    corners = np.array(np.meshgrid([-2.4 * a - wall, a + wall], [-a - wall, a + wall], [base * c, c + wall]))
    reach = 1.15 * corners.reshape(3, -1).T @ axes.T @ grid
    low = reach.min(0) - 2 * spacing
    shape = np.ceil((reach.max(0) + 2 * spacing - low) / spacing).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = grid * spacing
    affine[:3, 3] = grid @ low
    points = to_patient(affine, np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)) @ axes
    phase = 2 * np.pi * points / WAVELENGTH_MM
    x, y, z = np.moveaxis(points + (np.sin(phase) @ warp[0] + np.cos(phase) @ warp[1]) / np.sqrt(6), -1, 0)

    def spheroid(x: np.ndarray, thickness: float, ends: float, scale: float = 1.0) -> np.ndarray:
        across = (x / oval) ** 2 + (y * oval) ** 2
        return across / (scale * a + thickness) ** 2 + (z / (scale * c + ends)) ** 2 <= 1

    labels = np.zeros(shape, np.uint8)
    if with_rv:
        labels[spheroid(x + 1.1 * a, 3, 3, 0.9)] = Tissue.RV_WALL
        labels[spheroid(x + 1.1 * a, 0, 0, 0.9)] = Tissue.RV_CAVITY
    labels[spheroid(x, wall, apex_wall)] = Tissue.LV_WALL
    labels[spheroid(x, 0, 0)] = Tissue.LV_CAVITY
    # A stack ends with a slice, isotropic images at the cut.
    height = (
        z if spacing[2] == spacing[0] else (points @ (axes.T @ grid[:, 2])) * np.sign(grid[:, 2] @ axes[:, 2])
    )
    labels[(height < base * c) | (height > end)] = Tissue.BACKGROUND
    return Anatomy(labels, affine), axes[:, 2]


def _unit(vector: list[float]) -> np.ndarray:
    return np.array(vector) / np.linalg.norm(vector)


def errors(seeds: range) -> np.ndarray:
    """Degrees by which the axis found is off the true one, NaN where refused."""
    found = np.full(len(seeds), np.nan)
    for number, seed in enumerate(seeds):
        heart, truth = ventricle(seed)
        try:
            axis, _ = lv_axis(heart)
        except AnatomyError:
            continue
        found[number] = np.degrees(np.arccos(np.clip(axis @ truth, -1, 1)))
    return found


if __name__ == "__main__":
    degrees = errors(range(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
    read = degrees[np.isfinite(degrees)]
    print(f"{len(degrees)} left ventricles, {np.isnan(degrees).sum()} refused, {(read > 90).sum()} reversed")
    print(f"within 10 degrees: {np.mean(read <= 10):.1%} of those read")
    for share in (50, 75, 90, 95, 98, 99, 100):
        print(f"{share} %: {np.percentile(read, share):.1f} degrees")
