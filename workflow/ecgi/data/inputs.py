"""Inputs of the models for the beats of a heart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from .blocks import block_distances, stack_padded, wall_blocks, walls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid
    from .normalisation import Normalisation

    Rows = tuple[NDArray, NDArray]


class Family(Protocol):
    """Attributes of a model family that define its inputs, see `models.settings.Variant`."""

    target: ClassVar[str]
    conditions: ClassVar[tuple[str, ...]]


def model_inputs(
    family: type[Family],
    reconstruction: str,
    maps: NDArray,
    bsp: NDArray,
    grid: MapGrid,
    electrodes: NDArray,
    normalisation: Normalisation,
    electrode_grid: tuple[int, int] | None = None,
    boundary: NDArray | None = None,
) -> dict[str, Rows]:
    """Build the inputs of a model for beats of a heart; inputs that samples share are stored once.

    Parameters
    ----------
    family : type of models.settings.Variant
        Model family.
    reconstruction : {"full_frame", "wall", "signal"}
        Weights of the reconstruction error: equal, zero outside the wall, or the inverse variance of each
        BSP signal.
    maps : numpy.ndarray, shape (beat, slice, y, x)
        ms.
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV.
    grid : MapGrid
        Grid of the maps; a sample is a beat on one slice, or on the whole grid if it is a volume.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    normalisation : Normalisation
        Scaling of maps and BSP.
    electrode_grid : (int, int), optional
        Rows and columns of electrodes, for families with the input ``bsp_maps``.
    boundary : numpy.ndarray, shape (frame, block, 3, electrode), optional
        See `boundary_kernels.boundary_kernels`; None where there is nothing to add.

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
    conditions = condition_inputs(
        family.conditions, bsp, grid, electrodes, normalisation, electrode_grid, boundary
    )
    weight = walls(grid, len(bsp))
    return inputs | conditions | ({"weight": weight} if reconstruction == "wall" else {})


def condition_inputs(
    conditions: Sequence[str],
    bsp: NDArray,
    grid: MapGrid,
    electrodes: NDArray,
    normalisation: Normalisation,
    electrode_grid: tuple[int, int] | None = None,
    boundary: NDArray | None = None,
) -> dict[str, Rows]:
    """Build the conditions of a model, the inputs that its maps are predicted from.

    Parameters
    ----------
    conditions : sequence of str
        Names of the inputs: ``mask`` is the wall; ``bsp`` scaled signals (electrode, sample, 1), ``bsp_maps``
        the same on the electrode grid (row, column, sample); ``recording`` signals in mV and
        ``electrode_position`` in mm; ``blocks`` and ``distance`` see `blocks`; ``boundary_kernels`` see
        `boundary_kernels`.
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV.
    grid : MapGrid
        Grid of the maps.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    normalisation : Normalisation
        Scaling of the BSP.
    electrode_grid : (int, int), optional
        Rows and columns of electrodes, needed for ``bsp_maps``.
    boundary : numpy.ndarray, shape (frame, block, 3, electrode), optional
        See `model_inputs`.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and the row of each sample.
    """
    beats, per_beat = len(bsp), len(walls(grid, 1)[0])
    beat = np.arange(beats * per_beat) // per_beat

    def scaled() -> NDArray[np.float32]:
        return normalisation.scale_bsp(bsp)

    made = {
        "mask": lambda: walls(grid, beats),
        "bsp": lambda: (scaled()[..., None], beat),
        "bsp_maps": lambda: (scaled().reshape(beats, *(electrode_grid or ()), -1), beat),
        "recording": lambda: (np.asarray(bsp, np.float32), beat),
        "electrode_position": lambda: (grid.centred(electrodes)[None], 0 * beat),
        "blocks": lambda: wall_blocks(grid, beats),
        "distance": lambda: block_distances(grid, beats),
        "boundary_kernels": lambda: (
            np.zeros((per_beat, wall_blocks(grid, 1)[0].shape[1], 3, 1), np.float32)
            if boundary is None
            else boundary,
            walls(grid, beats)[1],
        ),
    }
    return {name: made[name]() for name in conditions}


def join_inputs(parts: Sequence[dict[str, Rows]]) -> dict[str, Rows]:
    """Concatenate the inputs of several hearts or sets of beats.

    Parameters
    ----------
    parts : sequence of dict
        Inputs with the same names, see `model_inputs`; smaller arrays are padded with zeros.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and the row of each sample.
    """
    joined = {}
    for name in parts[0]:
        offsets = np.cumsum([0, *(len(part[name][0]) for part in parts[:-1])])
        joined[name] = (
            stack_padded([part[name][0] for part in parts]),
            np.concatenate([part[name][1] + offset for part, offset in zip(parts, offsets, strict=True)]),
        )
    return joined
