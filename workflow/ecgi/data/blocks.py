"""Blocks of wall on a model's grid, and the distances between them through the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..anatomy.heart import Tissue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid

BLOCK = 2  # pixels along each side of a block of wall


def walls(grid: MapGrid, beats: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Wall masks of the frames of a grid.

    Parameters
    ----------
    grid : MapGrid
        Each slice is a frame; a volume is one frame.
    beats : int
        Number of beats; a sample is a beat on a frame.

    Returns
    -------
    masks : numpy.ndarray of float32, shape (frame, ..., 1)
        1 in the wall, 0 outside.
    row : numpy.ndarray of int, shape (beats * frame,)
        Frame of each sample.
    """
    masks = grid.mask.reshape(-1, *grid.frame, 1).astype(np.float32)
    return masks, np.tile(np.arange(len(masks)), beats)


def wall_blocks(grid: MapGrid, beats: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Blocks of wall, `BLOCK` pixels along each side, for families that backproject BSP onto them.

    Parameters
    ----------
    grid : MapGrid
        Grid of the maps.
    beats : int
        Number of beats.

    Returns
    -------
    blocks : numpy.ndarray of float32, shape (frame, block, 5)
        Number of each block's cell, from 1 on; the centre of its wall in mm, see `MapGrid.centred`; and the
        share of its wall that is RV wall. Padded with zeros where a frame has fewer blocks than others.
    row : numpy.ndarray of int, shape (beats * frame,)
        Frame of each sample.
    """
    masks, row = walls(grid, beats)
    positions = grid.centred(grid.positions).reshape(*masks.shape[:-1], 3)
    right = (grid.tissue == Tissue.RV_WALL).reshape(masks.shape[:-1])
    found = []
    for mask, position, rv in zip(masks[..., 0] > 0, positions, right, strict=True):
        cell, means = _of_blocks(mask, np.column_stack([position[mask], rv[mask]]).T)
        found.append(np.column_stack([cell + 1, *means]).astype(np.float32))
    return stack_padded([blocks[None] for blocks in found]), row


def block_distances(grid: MapGrid, beats: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Geodesic distances through the wall between the blocks of `wall_blocks`.

    The mean distance from the pixel nearest to a block's centre to the pixels of the other, averaged over
    both directions; at least the straight-line distance, and equal to it where the wall is not connected.

    Parameters
    ----------
    grid : MapGrid
        Grid of the maps.
    beats : int
        Number of beats.

    Returns
    -------
    distances : numpy.ndarray of float32, shape (frame, block, block)
        mm, padded with zeros.
    row : numpy.ndarray of int, shape (beats * frame,)
        Frame of each sample.
    """
    from ..anatomy.geodesics import distances  # Numba takes half a second to load

    masks, row = walls(grid, beats)
    positions = grid.centred(grid.positions).reshape(*masks.shape[:-1], 3)
    found = []
    for mask, position in zip(masks[..., 0] > 0, positions, strict=True):
        _, centres = _of_blocks(mask, position[mask].T)
        straight = cdist(centres.T, centres.T)
        _, nearest = cKDTree(position[mask]).query(centres.T)
        geodesic = distances(mask if grid.is_volume else mask[None], float(grid.x[1] - grid.x[0]), nearest)
        _, geodesic = _of_blocks(mask, geodesic)
        geodesic = np.where(np.isfinite(geodesic), geodesic, straight)
        found.append(np.maximum((geodesic + geodesic.T) / 2, straight).astype(np.float32))
    return stack_padded([between[None] for between in found]), row


def _of_blocks(mask: NDArray[np.bool_], values: NDArray) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Cells of the blocks that contain wall, and means over each of some values (value, wall pixel)."""
    cells = np.ravel_multi_index(np.argwhere(mask).T // BLOCK, [side // BLOCK for side in mask.shape])
    cell, number, count = np.unique(cells, return_inverse=True, return_counts=True)
    return cell, np.stack([np.bincount(number, some) / count for some in values])


def stack_padded(parts: Sequence[NDArray]) -> NDArray:
    """Concatenate arrays along their first axis, smaller ones padded with zeros at the end.

    Parameters
    ----------
    parts : sequence of numpy.ndarray, shape (row, ...)
        Arrays of the same number of axes.

    Returns
    -------
    numpy.ndarray, shape (row, ...)
    """
    shape = np.max([part.shape[1:] for part in parts], 0)
    return np.concatenate([np.pad(part, [(0, 0), *_missing(part.shape[1:], shape)]) for part in parts])


def _missing(shape: Sequence[int], wanted: Sequence[int]) -> list[tuple[int, int]]:
    """Zeros to add at the end of each axis."""
    return [(0, int(most - side)) for side, most in zip(shape, wanted, strict=True)]
