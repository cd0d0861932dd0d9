"""Short-axis stacks of thick slices made from phantoms, as segmenters of MR images leave them."""

from typing import NamedTuple

import numpy as np
from hearts import labels_at
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ecgi.anatomy import phantom
from ecgi.anatomy.frame import short_axis_frame
from ecgi.anatomy.heart import Anatomy, Tissue, to_patient
from ecgi.anatomy.openings import cavity_faces
from ecgi.core.seeds import generator, truncated_normal

FINE_MM = 1.5
NEAR_MM = 6.0  # of the true base, to which the slices do not reach exactly


class Stack(NamedTuple):
    """A stack without its RV wall, and the phantom that it was cut from, with that wall's thickness."""

    slices: Anatomy
    whole: Anatomy
    rv_wall_mm: float


def rv_wall_of(seed: int) -> float:
    """Thickness of a phantom's RV wall among adults."""
    sizes = np.array(phantom.SPREADS["adults"].sizes) * truncated_normal(generator(seed, "phantom"), 6, 2.0)
    return float(phantom.RV_WALL * np.exp(sizes[5]))


def rv_stack(seed: int, thickness_mm: float | None = None, whole: Anatomy | None = None) -> Stack:
    """Slices of 5 to 12 mm of a phantom's LV and RV cavity, tilted by up to 8 degrees, at any offset."""
    rng = np.random.default_rng(seed)
    whole = phantom.make_phantom(seed, FINE_MM, spread="adults") if whole is None else whole
    thickness = rng.uniform(5, 12) if thickness_mm is None else thickness_mm
    pixel = rng.uniform(1.2, 2.0)
    tilt = Rotation.from_rotvec(np.radians(8 * rng.uniform()) * _unit([*rng.standard_normal(2), 0]))
    spin = Rotation.from_rotvec([0, 0, rng.uniform(0, 2 * np.pi)])
    grid = short_axis_frame(whole) @ (tilt * spin).as_matrix() * rng.choice([-1, 1], 3)
    spacing = np.array([pixel, pixel, thickness])
    reach = whole.positions(whole.labels > 0) @ grid
    low = reach.min(0) - spacing * (1 + rng.uniform(size=3))
    shape = np.ceil((reach.max(0) - low) / spacing).astype(int) + 2
    affine = np.eye(4)
    affine[:3, :3] = grid * spacing
    affine[:3, 3] = grid @ low
    stack = Anatomy(np.zeros(shape, np.uint8), affine)
    labels = labels_at(whole, stack.positions(np.ones(shape, bool))).reshape(shape)
    labels[labels == Tissue.RV_WALL] = Tissue.BACKGROUND
    return Stack(Anatomy(labels, affine), whole, rv_wall_of(seed))


def holes(made: Anatomy, truth: Anatomy) -> float:
    """Share of the RV cavity's surface that is open where the true heart has wall, away from its base."""
    voxels, steps, beyond, padded = cavity_faces(made, Tissue.RV_CAVITY)
    outside = to_patient(padded.affine, (voxels + steps)[beyond == Tissue.BACKGROUND])
    mouth = cavity_faces(truth, Tissue.RV_CAVITY)
    is_open = mouth.beyond == Tissue.BACKGROUND
    true_mouth = to_patient(mouth.padded.affine, (mouth.voxels + mouth.steps)[is_open])
    far = cKDTree(true_mouth).query(outside)[0] > NEAR_MM
    return float((far & (labels_at(truth, outside) != Tissue.RV_CAVITY)).sum() / len(beyond))


def _unit(vector: list[float]) -> np.ndarray:
    return np.array(vector) / np.linalg.norm(vector)
