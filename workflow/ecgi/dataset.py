"""Samples for the models: slices and signals on network grids, their split and normalisation."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from .anatomy import LV_MUSCLE, WALL, Tissue, to_patient
from .errors import InputError
from .grid import MapGrid
from .seeds import generator

BLOCK = 2  # pixels along each side of a block of wall
FILLED = {2: 1 / 2, 3: 1 / 4}  # share of a pixel that is wall at least; thin walls fill few of a volume's


def slice_grid(anatomy, case, count, first, last, pixel_mm, pixels, volume=False):
    """Choose slices across the LV and the pixels on them, or the pixels of a volume.

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
    volume : bool
        Whether to cover the whole heart by a cube of pixels, in place of slices.

    Returns
    -------
    grid : MapGrid
    gather : callable
        Turns values of the wall voxels, shape (..., voxel), into maps (..., slice, y, x): means
        over the wall voxels of each pixel, NaN where less than half of it (a quarter in a volume) is
        wall.

    Raises
    ------
    InputError
        If the heart does not fit.
    """
    spacing = float(anatomy.spacing[0])
    factor = round(pixel_mm / spacing)
    ventricle = np.flatnonzero(np.isin(anatomy.labels, LV_MUSCLE).any((0, 1)))
    base, apex = ventricle[[0, -1]]
    index = np.argwhere(anatomy.wall)
    rank = 3 if volume else 2
    start = np.rint((index.min(0) + index.max(0) - pixels * factor + 1) / 2).astype(int)
    place = (index - start) // factor
    if place[:, :rank].min() < 0 or place[:, :rank].max() >= pixels:
        need = int(np.ceil((np.ptp(index[:, :rank], 0).max() + 1) / factor))
        raise InputError(
            f"case {case}: the heart is {need} pixels of {pixel_mm:g} mm across and does not fit into "
            f"{pixels}; raise slices.pixels or slices.pixel_mm"
        )
    middle = (factor - 1) / 2
    columns, rows, layers = (first_voxel + np.arange(pixels) * factor + middle for first_voxel in start)
    if volume:
        voxel, plane = np.arange(len(index)), place[:, 2]
    else:
        layers = np.rint(base + np.linspace(first, last, count) * (apex - base)).astype(int)
        voxel, plane = np.nonzero(index[:, 2:] == layers)
    shape = (len(layers), pixels, pixels)
    pixel = np.ravel_multi_index((plane, place[voxel, 1], place[voxel, 0]), shape)
    filled = np.bincount(pixel, minlength=np.prod(shape))
    mask = filled >= max(1, FILLED[rank] * factor**rank)

    def gather(values):
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


def spread_over_wall(anatomy, grid, maps):
    """Put the pixels of slices or a volume back on the wall: the inverse of `slice_grid`'s gathering.

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


def model_inputs(family, reconstruction, maps, bsp, grid, electrodes, normalisation, electrode_grid=None):
    """Inputs of a model for some beats of a heart, without repeating what they share.

    Parameters
    ----------
    family : models.Family
    reconstruction : {"full_frame", "wall", "signal"}
        Where errors of maps count; "signal" weighs each BSP signal by its inverse variance.
    maps : numpy.ndarray, shape (beat, slice, y, x)
        ms.
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV.
    grid : grid.MapGrid
        A sample is a beat on one of its slices, or on all of it if it is a volume.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    normalisation : Normalisation
    electrode_grid : (int, int)
        Rows and columns of electrodes, for the families that see the BSP as maps.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and the row of each sample.
    """
    if family.target == "bsp":
        every = np.arange(len(bsp))
        signals = normalisation.scale_bsp(bsp)[..., None]
        inputs = {"target": (signals, every)}
        if reconstruction == "signal":
            variance = signals.var(2, keepdims=True)
            inputs["weight"] = (np.median(variance) / np.maximum(variance, np.median(variance) / 100), every)
        return inputs
    frame = grid.frame
    scaled = normalisation.scale_maps(maps).reshape(-1, *frame, 1)
    inputs = {"target": (scaled, np.arange(len(scaled)))}
    conditions = condition_inputs(family.conditions, bsp, grid, electrodes, normalisation, electrode_grid)
    weight = walls(grid, len(bsp))
    return inputs | conditions | ({"weight": weight} if reconstruction == "wall" else {})


def condition_inputs(conditions, bsp, grid, electrodes, normalisation, electrode_grid=None):
    """Inputs of a model but what it models, see `model_inputs`; `conditions` are those of `models.Family`."""
    beats, per_beat = len(bsp), len(walls(grid, 1)[0])
    beat = np.arange(beats * per_beat) // per_beat

    def scaled():
        return normalisation.scale_bsp(bsp)

    made = {
        "mask": lambda: walls(grid, beats),
        "bsp": lambda: (scaled()[..., None], beat),
        "bsp_maps": lambda: (scaled().reshape(beats, *electrode_grid, -1), beat),
        "recording": lambda: (np.asarray(bsp, np.float32), beat),
        "electrode_position": lambda: (grid.centred(electrodes)[None], 0 * beat),
        "blocks": lambda: wall_blocks(grid, beats),
        "distance": lambda: block_distances(grid, beats),
    }
    return {name: made[name]() for name in conditions}


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
    return _stacked([blocks[None] for blocks in found]), row


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
    from .paths import distances  # few need it, and Numba takes half a second to load

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
    return _stacked([ways[None] for ways in found]), row


def _of_blocks(mask, values):
    """Cells of the blocks that hold wall, and the mean in each of some values (value, pixel of the wall)."""
    cells = np.ravel_multi_index(np.argwhere(mask).T // BLOCK, [side // BLOCK for side in mask.shape])
    cell, number, count = np.unique(cells, return_inverse=True, return_counts=True)
    return cell, np.stack([np.bincount(number, some) / count for some in values])


def join_inputs(parts):
    """Inputs of several hearts or sets of beats as one."""
    joined = {}
    for name in parts[0]:
        offsets = np.cumsum([0, *(len(part[name][0]) for part in parts[:-1])])
        joined[name] = (
            _stacked([part[name][0] for part in parts]),
            np.concatenate([part[name][1] + offset for part, offset in zip(parts, offsets, strict=True)]),
        )
    return joined


def _stacked(parts):
    """Rows of several arrays as one, zeros added at the end of those that are smaller."""
    shape = np.max([part.shape[1:] for part in parts], 0)
    return np.concatenate([np.pad(part, [(0, 0), *_missing(part.shape[1:], shape)]) for part in parts])


def _missing(shape, wanted):
    return [(0, int(most - side)) for side, most in zip(shape, wanted, strict=True)]
