"""Blocks of wall on a model's grid, and the distances between them along the wall."""

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..anatomy.heart import Tissue

BLOCK = 2  # pixels along each side of a block of wall


def walls(grid, beats):
    """The wall in each frame of a heart, shape (frame, ..., 1), and which of them each sample has."""
    masks = grid.mask.reshape(-1, *grid.frame, 1).astype(np.float32)
    return masks, np.tile(np.arange(len(masks)), beats)


def wall_blocks(grid, beats):
    """Blocks of `BLOCK` pixels along each side that hold wall, for the families that lift BSP onto them.

    Returns
    -------
    blocks : numpy.ndarray, shape (frame, block, 5)
        Cell of each block, counted from 1 on, the centre of its wall in mm, see `MapGrid.centred`, and the
        share of it that is RV wall; zeros where a frame has fewer blocks than others.
    row : numpy.ndarray of int
        Which frame each sample has.
    """
    masks, row = walls(grid, beats)
    places = grid.centred(grid.positions).reshape(*masks.shape[:-1], 3)
    right = (grid.tissue == Tissue.RV_WALL).reshape(masks.shape[:-1])
    found = []
    for mask, place, rv in zip(masks[..., 0] > 0, places, right, strict=True):
        cell, means = _of_blocks(mask, np.column_stack([place[mask], rv[mask]]).T)
        found.append(np.column_stack([cell + 1, *means]).astype(np.float32))
    return stack_padded([blocks[None] for blocks in found]), row


def block_distances(grid, beats):
    """Ways through the wall between the blocks of `wall_blocks`.

    From the pixel nearest to a block's centre to the pixels of the other on average, either way; as the crow
    flies where pixels are too coarse for the wall to hang together.

    Returns
    -------
    distances : numpy.ndarray of float32, shape (frame, block, block)
        mm; zeros beyond a frame's blocks.
    row : numpy.ndarray of int
    """
    from ..anatomy.geodesics import distances  # few need it, and Numba takes half a second to load

    masks, row = walls(grid, beats)
    places = grid.centred(grid.positions).reshape(*masks.shape[:-1], 3)
    found = []
    for mask, place in zip(masks[..., 0] > 0, places, strict=True):
        _, centres = _of_blocks(mask, place[mask].T)
        straight = cdist(centres.T, centres.T)
        _, nearest = cKDTree(place[mask]).query(centres.T)
        ways = distances(mask if grid.is_volume else mask[None], float(grid.x[1] - grid.x[0]), nearest)
        _, ways = _of_blocks(mask, ways)
        ways = np.where(np.isfinite(ways), ways, straight)
        found.append(np.maximum((ways + ways.T) / 2, straight).astype(np.float32))
    return stack_padded([ways[None] for ways in found]), row


def _of_blocks(mask, values):
    """Cells of the blocks that hold wall, and the mean in each of some values (value, pixel of the wall)."""
    cells = np.ravel_multi_index(np.argwhere(mask).T // BLOCK, [side // BLOCK for side in mask.shape])
    cell, number, count = np.unique(cells, return_inverse=True, return_counts=True)
    return cell, np.stack([np.bincount(number, some) / count for some in values])


def stack_padded(parts):
    """Rows of several arrays as one, zeros added at the end of those that are smaller."""
    shape = np.max([part.shape[1:] for part in parts], 0)
    return np.concatenate([np.pad(part, [(0, 0), *_missing(part.shape[1:], shape)]) for part in parts])


def _missing(shape, wanted):
    return [(0, int(most - side)) for side, most in zip(shape, wanted, strict=True)]
