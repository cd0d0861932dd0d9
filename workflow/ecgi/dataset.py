"""Samples for the models: slices and signals on network grids, their split and normalisation."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from .anatomy import LV_MUSCLE, WALL, to_patient
from .errors import InputError
from .grid import MapGrid
from .seeds import generator


def slice_grid(anatomy, case, count, first, last, pixel_mm, pixels):
    """Choose slices across the LV and the pixels on them.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    case : str
    count : int
    first, last : float
        Places of the first and last slice, as shares of the LV's length from base to apex.
    pixel_mm : float
        A whole multiple `factor` of the spacing.
    pixels : int
        Along each side, the heart in the middle.

    Returns
    -------
    grid : MapGrid
    gather : callable
        Turns values of the wall voxels, shape (..., voxel), into maps (..., slice, y, x): means
        over the wall voxels of each pixel, NaN where less than half of it is wall.

    Raises
    ------
    InputError
        If the heart does not fit.
    """
    spacing = float(anatomy.spacing[0])
    factor = round(pixel_mm / spacing)
    ventricle = np.flatnonzero(np.isin(anatomy.labels, LV_MUSCLE).any((0, 1)))
    base, apex = ventricle[[0, -1]]
    planes = np.rint(base + np.linspace(first, last, count) * (apex - base)).astype(int)

    side = pixels * factor
    centre = np.array([np.flatnonzero(anatomy.wall.any(axes))[[0, -1]].mean() for axes in ((1, 2), (0, 2))])
    start = np.rint(centre - (side - 1) / 2).astype(int)
    i, j, k = np.nonzero(anatomy.wall)
    column, row = (i - start[0]) // factor, (j - start[1]) // factor
    if min(column.min(), row.min()) < 0 or max(column.max(), row.max()) >= pixels:
        need = int(np.ceil((max(np.ptp(i), np.ptp(j)) + 1) / factor))
        raise InputError(
            f"case {case}: the heart is {need} pixels of {pixel_mm:g} mm across and does not fit into "
            f"{pixels}; raise slices.pixels or slices.pixel_mm"
        )
    voxel, plane = np.nonzero(k[:, None] == planes)
    pixel = np.ravel_multi_index((plane, row[voxel], column[voxel]), (count, pixels, pixels))
    filled = np.bincount(pixel, minlength=count * pixels**2)
    mask = filled * 2 >= factor**2

    def gather(values):
        flat = np.reshape(values, (-1, values.shape[-1]))
        maps = np.full((len(flat), mask.size), np.nan, np.float32)
        for one, out in zip(flat, maps, strict=True):
            total = np.bincount(pixel, one[voxel], minlength=mask.size)
            out[mask] = total[mask] / filled[mask]
        return maps.reshape(*values.shape[:-1], count, pixels, pixels)

    labels = anatomy.labels[i, j, k]
    share = np.stack([np.nan_to_num(gather((labels == tissue).astype(float))) for tissue in WALL])
    tissue = np.where(share.sum(0) > 0, np.array(WALL, np.uint8)[share.argmax(0)], 0).astype(np.uint8)

    middle = (factor - 1) / 2
    column_index = start[0] + np.arange(pixels) * factor + middle
    row_index = start[1] + np.arange(pixels) * factor + middle
    kk, jj, ii = np.meshgrid(planes, row_index, column_index, indexing="ij")
    positions = np.stack([ii, jj, kk], -1) @ anatomy.affine[:3, :3].T + anatomy.affine[:3, 3]
    y, x = ((index - index.mean()) * spacing for index in (row_index, column_index))
    return MapGrid(case, tissue, (planes - base) * spacing, y, x, positions), gather


def spread_over_wall(anatomy, grid, maps):
    """Put the pixels of slices back on the wall: the inverse of the gathering of `slice_grid`.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    grid : MapGrid
    maps : numpy.ndarray, shape (..., slice, y, x)

    Returns
    -------
    numpy.ndarray, shape (..., voxel)
        Each wall voxel has the value of its pixel; NaN off the slices and outside the wall's pixels.
    """
    centres = to_patient(np.linalg.inv(anatomy.affine), grid.positions)
    planes = np.rint(centres[:, 0, 0, 2]).astype(int)
    first, factor = centres[0, 0, 0, :2], centres[0, 0, 1, 0] - centres[0, 0, 0, 0]
    index = np.argwhere(anatomy.wall)
    column, row = np.floor((index[:, :2] - first) / factor + 0.5).astype(int).T
    maps = np.where(grid.mask, maps, np.nan)
    values = np.full((*maps.shape[:-3], len(index)), np.nan, np.float32)
    for number, plane in enumerate(planes):
        voxels = index[:, 2] == plane
        values[..., voxels] = maps[..., number, row[voxels], column[voxels]]
    return values


def wall_interpolation(anatomy, positions):
    """Weights of the wall voxels around places in the patient: linear between them.

    Parameters
    ----------
    anatomy : Anatomy
    positions : numpy.ndarray, shape (point, 3)
        Patient RAS, mm; where no wall is around, the nearest wall voxel counts.

    Returns
    -------
    scipy.sparse.csr_array, shape (point, voxel)
        Rows add up to 1; wall voxels in C order.
    """
    number = np.full(anatomy.labels.shape, -1)
    number[anatomy.wall] = np.arange(anatomy.wall.sum())
    number = np.pad(number, 1, constant_values=-1)
    index = to_patient(np.linalg.inv(anatomy.affine), positions) + 1
    index = np.clip(index, 0, np.array(number.shape) - 1.001)
    low = index.astype(int)
    share = index - low
    corners = np.array(list(np.ndindex(2, 2, 2)))
    here = np.stack([number[tuple((low + corner).T)] for corner in corners], 1)
    part = np.stack([np.where(corner, share, 1 - share).prod(1) for corner in corners], 1) * (here >= 0)
    alone = part.sum(1) < 1e-6
    part[alone, 0] = 1.0
    here[alone, 0] = cKDTree(anatomy.positions(anatomy.wall)).query(positions[alone])[1]
    part /= part.sum(1, keepdims=True)
    point, corner = np.nonzero(part)
    return sparse.csr_array(
        (part[point, corner], (point, here[point, corner])), shape=(len(positions), anatomy.wall.sum())
    )


def sample_wall(anatomy, values, positions):
    """Values of wall voxels at places in the patient, see `wall_interpolation`.

    Parameters
    ----------
    anatomy : Anatomy
    values : numpy.ndarray, shape (..., voxel)
        Wall voxels in C order.
    positions : numpy.ndarray, shape (point, 3)

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    flat = np.reshape(values, (-1, values.shape[-1]))
    sampled = (wall_interpolation(anatomy, positions) @ flat.T).T
    return sampled.reshape(*values.shape[:-1], len(positions))


def split_beats(count, test_fraction, validation_fraction, case, seed):
    """Assign each beat of a case to "train", "validation" or "test".

    Validation beats belong to the training part: they choose, they do not judge.

    Returns
    -------
    numpy.ndarray of str, shape (count,)
    """
    order = generator(seed, f"split {case}").permutation(count)
    tests = round(count * test_fraction)
    validations = max(1, round((count - tests) * validation_fraction))
    split = np.full(count, "train", dtype="<U10")
    split[order[:tests]] = "test"
    split[order[tests : tests + validations]] = "validation"
    return split


def resample(bsp, samples):
    """Means of neighbouring BSP samples, shape (..., time) to (..., samples)."""
    return bsp.reshape(*bsp.shape[:-1], samples, -1).mean(-1)


@dataclass(frozen=True)
class Normalisation:
    """Constants that scale maps and signals to [0, 1], from the training part alone.

    Attributes
    ----------
    latest_ms : float
        Activation time that becomes 1.
    lowest_mv, highest_mv : float
        BSP that becomes 0 and 1.
    background : float
        Value of maps outside the wall.
    """

    latest_ms: float
    lowest_mv: float
    highest_mv: float
    background: float

    @classmethod
    def of(cls, maps, bsp, background):
        """Normalisation by the training maps (ms) and BSP (mV) of each heart."""
        return cls(
            max(float(np.nanmax(heart)) for heart in maps),
            min(float(heart.min()) for heart in bsp),
            max(float(heart.max()) for heart in bsp),
            background,
        )

    def scale_maps(self, maps):
        """ms to [0, 1], background outside the wall."""
        return np.where(np.isnan(maps), self.background, maps / self.latest_ms).astype(np.float32)

    def maps_in_ms(self, scaled, mask):
        """Inverse of `scale_maps`; NaN outside the wall."""
        return np.where(mask, scaled * self.latest_ms, np.nan).astype(np.float32)

    def scale_bsp(self, bsp):
        """mV to [0, 1]."""
        return ((bsp - self.lowest_mv) / (self.highest_mv - self.lowest_mv)).astype(np.float32)

    def bsp_in_mv(self, scaled):
        """Inverse of `scale_bsp`."""
        return self.lowest_mv + scaled * (self.highest_mv - self.lowest_mv)


def model_inputs(family, reconstruction, maps, bsp, mask, normalisation, electrode_grid=None):
    """Inputs of a model for the slices of some beats, without repeating what they share.

    Parameters
    ----------
    family : models.Family
    reconstruction : {"full_frame", "wall", "signal"}
        Where errors of maps count; "signal" weighs each BSP signal by its inverse variance.
    maps : numpy.ndarray, shape (beat, slice, y, x)
        ms.
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV.
    mask : numpy.ndarray of bool, shape (slice, y, x)
    normalisation : Normalisation
    electrode_grid : (int, int)
        Rows and columns of electrodes, for the families that see the BSP as maps.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and the row of each sample.
    """
    beats, slices = len(bsp), len(mask)
    signals = normalisation.scale_bsp(bsp)[..., None]
    if family.target == "bsp":
        every = np.arange(beats)
        inputs = {"target": (signals, every)}
        if reconstruction == "signal":
            variance = signals.var(2, keepdims=True)
            inputs["weight"] = (np.median(variance) / np.maximum(variance, np.median(variance) / 100), every)
        return inputs
    every = np.arange(beats * slices)
    walls = (mask[..., None].astype(np.float32), every % slices)
    shared = {"bsp": (signals, every // slices), "mask": walls}
    if "bsp_maps" in family.conditions:
        shared["bsp_maps"] = (signals.reshape(beats, *electrode_grid, -1), every // slices)
    scaled = normalisation.scale_maps(maps)
    inputs = {"target": (scaled.reshape(-1, *scaled.shape[2:], 1), every)}
    inputs |= {name: shared[name] for name in family.conditions}
    return inputs | ({"weight": walls} if reconstruction == "wall" else {})


def join_inputs(parts):
    """Inputs of several hearts or sets of beats as one."""
    joined = {}
    for name in parts[0]:
        offsets = np.cumsum([0, *(len(part[name][0]) for part in parts[:-1])])
        joined[name] = (
            np.concatenate([part[name][0] for part in parts]),
            np.concatenate([part[name][1] + offset for part, offset in zip(parts, offsets, strict=True)]),
        )
    return joined
