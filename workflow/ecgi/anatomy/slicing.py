"""Short-axis slices and volumes: the grids of the models' maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from .heart import LV_MUSCLE, WALL, Anatomy, to_patient

FILLED = {2: 1 / 2, 3: 1 / 4}  # least share of wall in a pixel, in 2-D and 3-D; lower where walls are thin


def slice_grid(
    anatomy: Anatomy,
    case: str,
    count: int,
    first: float,
    last: float,
    pixel_mm: float,
    pixels: int,
    volume: bool = False,
) -> tuple[MapGrid, Callable[[NDArray], NDArray[np.float32]]]:
    """Choose slices across the LV and the pixels on them, or the pixels of a volume.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    case : str
        Name of the case.
    count : int
        Number of slices.
    first, last : float
        Positions of the first and last slice, as shares of the LV's length from base to apex.
    pixel_mm : float
        Edge of a pixel, a whole multiple of the spacing.
    pixels : int
        Number along each side; the heart lies in the middle.
    volume : bool
        Whether to cover the whole heart by a cube of pixels, instead of slices.

    Returns
    -------
    grid : MapGrid
    gather : callable
        From values of the wall voxels, shape (..., voxel), to maps, shape (..., slice, y, x): means
        over the wall voxels of each pixel, NaN where less than half of it (a quarter in a volume) is
        wall.

    Raises
    ------
    InputError
        If the heart does not fit into so many pixels.
    """
    spacing = float(anatomy.spacing[0])
    factor = round(pixel_mm / spacing)
    ventricle = np.flatnonzero(np.isin(anatomy.labels, LV_MUSCLE).any((0, 1)))
    base, apex = ventricle[[0, -1]]
    index = np.argwhere(anatomy.wall)
    rank = 3 if volume else 2
    start = np.rint((index.min(0) + index.max(0) - pixels * factor + 1) / 2).astype(int)
    pixel_index = (index - start) // factor
    if pixel_index[:, :rank].min() < 0 or pixel_index[:, :rank].max() >= pixels:
        need = int(np.ceil((np.ptp(index[:, :rank], 0).max() + 1) / factor))
        raise InputError(
            f"case {case}: the heart is {need} pixels of {pixel_mm:g} mm across and does not fit into "
            f"{pixels}; raise slices.pixels or slices.pixel_mm"
        )
    middle = (factor - 1) / 2
    columns, rows, layers = (first_voxel + np.arange(pixels) * factor + middle for first_voxel in start)
    if volume:
        voxel, plane = np.arange(len(index)), pixel_index[:, 2]
    else:
        layers = np.rint(base + np.linspace(first, last, count) * (apex - base)).astype(int)
        voxel, plane = np.nonzero(index[:, 2:] == layers)
    shape = (len(layers), pixels, pixels)
    pixel = np.ravel_multi_index((plane, pixel_index[voxel, 1], pixel_index[voxel, 0]), shape)
    filled = np.bincount(pixel, minlength=np.prod(shape))
    mask = filled >= max(1, FILLED[rank] * factor**rank)

    def gather(values: NDArray) -> NDArray[np.float32]:
        flat = np.reshape(values, (-1, values.shape[-1]))
        maps = np.full((len(flat), mask.size), np.nan, np.float32)
        for one, out in zip(flat, maps, strict=True):
            total = np.bincount(pixel, one[voxel], minlength=mask.size)
            out[mask] = total[mask] / filled[mask]
        return maps.reshape(*values.shape[:-1], *shape)

    labels = anatomy.labels[anatomy.wall]
    share = np.stack([np.nan_to_num(gather((labels == tissue).astype(float))) for tissue in WALL])
    tissue = np.where(share.sum(0) > 0, np.array(WALL, np.uint8)[share.argmax(0)], 0).astype(np.uint8)

    kk, jj, ii = np.meshgrid(layers, rows, columns, indexing="ij")
    positions = to_patient(anatomy.affine, np.stack([ii, jj, kk], -1))
    y, x = ((line - line.mean()) * spacing for line in (rows, columns))
    return MapGrid(case, tissue, (layers - base) * spacing, y, x, positions, volume), gather


def spread_over_wall(anatomy: Anatomy, grid: MapGrid, maps: NDArray) -> NDArray[np.float32]:
    """Map pixels of slices or a volume back to wall voxels, the inverse of `gather` in `slice_grid`.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    grid : MapGrid
    maps : numpy.ndarray, shape (..., slice, y, x)

    Returns
    -------
    numpy.ndarray of float32, shape (..., voxel)
        Each wall voxel has the value of its pixel; NaN off the slices and outside the wall's pixels.
    """
    centres = to_patient(np.linalg.inv(anatomy.affine), grid.positions)
    layers = centres[:, 0, 0, 2]
    first, factor = centres[0, 0, 0, :2], centres[0, 0, 1, 0] - centres[0, 0, 0, 0]
    contiguous = len(layers) > 1 and np.allclose(np.diff(layers), factor)
    reach = (factor if contiguous else 1) / 2
    index = np.argwhere(anatomy.wall)
    column, row = np.floor((index[:, :2] - first) / factor + 0.5).astype(int).T
    maps = np.where(grid.mask, maps, np.nan)
    values = np.full((*maps.shape[:-3], len(index)), np.nan, np.float32)
    for number, layer in enumerate(layers):
        voxels = np.abs(index[:, 2] - layer) <= reach
        values[..., voxels] = maps[..., number, row[voxels], column[voxels]]
    return values


@dataclass(frozen=True)
class MapGrid:
    """Short-axis grid of the models' maps of a heart.

    A stack of slices in 2-D, a volume in 3-D: both are arrays (slice, y, x).

    Attributes
    ----------
    case : str
        Name of the case.
    tissue : numpy.ndarray of uint8, shape (slice, y, x)
        `heart.Tissue` of each pixel, background where there is no wall.
    z, y, x : numpy.ndarray
        Coordinates of slices, rows and columns in mm in the short-axis frame.
    positions : numpy.ndarray, shape (slice, y, x, 3)
        Patient RAS in mm.
    is_volume : bool
        Whether its slices make up one volume.
    """

    case: str
    tissue: NDArray[np.uint8]
    z: NDArray
    y: NDArray
    x: NDArray
    positions: NDArray
    is_volume: bool = False

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Mask of the wall, shape (slice, y, x)."""
        return self.tissue > 0

    @property
    def frame(self) -> tuple[int, ...]:
        """Shape of one map: (y, x) for slices, (slice, y, x) for a volume."""
        return self.mask.shape if self.is_volume else self.mask.shape[1:]

    def centred(self, positions: NDArray) -> NDArray[np.float32]:
        """Transform positions to axes x, y and z of the grid, with the origin in its centre.

        Parameters
        ----------
        positions : numpy.ndarray, shape (..., 3)
            Patient RAS in mm.

        Returns
        -------
        numpy.ndarray of float32, shape (..., 3)
            mm.
        """
        return ((positions - self.centre) @ self.axes).astype(np.float32)

    @property
    def centre(self) -> NDArray[np.floating]:
        """Centre of the grid in patient RAS, mm."""
        centre: NDArray[np.floating] = self.positions.mean((0, 1, 2))
        return centre

    @property
    def axes(self) -> NDArray[np.floating]:
        """Unit vectors along x, y and z of the grid in patient RAS, one per column."""
        corner, along_y, along_x = self.positions[0, 0, 0], self.positions[0, -1, 0], self.positions[0, 0, -1]
        x, y = ((end - corner) / np.linalg.norm(end - corner) for end in (along_x, along_y))
        return np.column_stack([x, y, np.cross(x, y)])
