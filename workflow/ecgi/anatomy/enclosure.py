"""How far each free voxel is enclosed by muscle, by which cavities differ from grooves outside."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

# Weights of the directions to a cube's faces, edges and corners on the sphere (Lebedev 1976, 26 points).
WEIGHTS = {1: 0.047619047619, 2: 0.038095238095, 3: 0.032142857143}


def enclosure(muscle: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Share of the directions from each voxel in which muscle lies, at any distance.

    Parameters
    ----------
    muscle : numpy.ndarray of bool, shape (x, y, z)
        On isotropic voxels.

    Returns
    -------
    numpy.ndarray of float32, shape (x, y, z)
        0 to 1; one half in the plane of a cut base, more inside a cavity.
    """
    share = np.zeros(muscle.shape, np.float32)
    for step in product((-1, 0, 1), repeat=3):
        length = int(np.abs(step).sum())
        if length:
            share += np.float32(WEIGHTS[length]) * _seen(muscle, step)
    return share


def _seen(muscle: NDArray[np.bool_], step: tuple[int, ...]) -> NDArray[np.bool_]:
    """Mask of the voxels from which muscle is met in steps of a direction."""
    axis = int(np.flatnonzero(step)[0])
    seen = np.zeros(muscle.shape, bool)
    count = muscle.shape[axis]
    order = range(count - 2, -1, -1) if step[axis] > 0 else range(1, count)
    here, there = [slice(None)] * 2, [slice(None)] * 2
    across = [one for number, one in enumerate(step) if number != axis]
    for number, one in enumerate(across):
        here[number] = slice(None, -1) if one > 0 else slice(1, None) if one < 0 else slice(None)
        there[number] = slice(1, None) if one > 0 else slice(None, -1) if one < 0 else slice(None)
    slabs, solid = np.moveaxis(seen, axis, 0), np.moveaxis(muscle, axis, 0)
    for slab in order:
        beyond = slab + step[axis]
        slabs[slab][tuple(here)] = (slabs[beyond] | solid[beyond])[tuple(there)]
    return seen
