"""What the boundaries of a torso add to the dipole kernels of blocks of wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..physics.conductor import InfiniteConductor
from .blocks import stack_padded, wall_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid
    from ..physics.conductor import Conductor


def boundary_kernels(
    grid: MapGrid, electrodes: NDArray, conductor: Conductor | None
) -> NDArray[np.float32] | None:
    """Kernels of a conductor less those of the infinite medium, for dipoles at the centres of blocks.

    Parameters
    ----------
    grid : MapGrid
        Grid of the maps.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    conductor : Conductor or None
        None where it is not known, as with a lead field from a file.

    Returns
    -------
    numpy.ndarray of float32, shape (frame, block, 3, electrode), or None
        Of dipoles along each axis of the grid, times 4 pi times the conductivity around the heart, in
        1 / mm^2; blocks are those of `blocks.wall_blocks`. None for an infinite conductor and where it is not
        known: nothing is added.
    """
    if conductor is None or isinstance(conductor, InfiniteConductor):
        return None
    infinite, scale = InfiniteConductor(conductor.sigma_t), 4 * np.pi * conductor.sigma_t
    found = []
    for blocks in wall_blocks(grid, 1)[0]:
        centres = grid.centre + blocks[blocks[:, 0] > 0, 1:4] @ grid.axes.T
        added = conductor.kernels(centres, electrodes) - infinite.kernels(centres, electrodes)
        found.append((scale * np.einsum("bxe,xg->bge", added, grid.axes)).astype(np.float32))
    return stack_padded([kernels[None] for kernels in found])
