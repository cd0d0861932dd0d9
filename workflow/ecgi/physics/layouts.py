"""Electrodes of a layout around a heart, and their lead field against the layout's reference."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.seeds import generator
from . import electrodes


def layout_of_case(layout: Mapping[str, Any], case: str, seed: int) -> dict[str, Any]:
    """Layout on the torso of one heart.

    Parameters
    ----------
    layout : mapping
        Settings of the electrodes, see `config.electrodes.ElectrodeSettings`.
    case : str
    seed : int
        Seed of the experiment.

    Returns
    -------
    dict
        The same, its ``torso`` that of the heart, see `electrodes.of_heart`.
    """
    rng = generator(seed, f"place {case}")
    return {**layout, "torso": electrodes.of_heart(layout["torso"], layout["place"], rng)}


def electrodes_of_layout(wall_positions: NDArray, layout: Mapping[str, Any]) -> tuple[list[str], NDArray]:
    """Names and positions of the electrodes of a layout that is made for a heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    layout : mapping
        ``layout``, "grid", "vest" or "twelve_lead", with its sizes, see `layout_of_case`.

    Returns
    -------
    names : list of str
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    """
    size = (layout["rows"], layout["columns"], layout["pitch_mm"])
    if layout["layout"] == "twelve_lead":
        return list(electrodes.TWELVE_LEAD), electrodes.twelve_lead(wall_positions, layout["torso"])
    if layout["layout"] == "vest":
        positions = electrodes.vest(wall_positions, *size, layout["torso"])
    else:
        positions = electrodes.front_grid(wall_positions, *size, layout["distance_mm"])
    return electrodes.numbered(len(positions)), positions


def referenced_lead_field(
    names: Sequence[str],
    positions: NDArray,
    wall_positions: NDArray,
    layout: Mapping[str, Any],
    field_at: Callable[[NDArray], NDArray],
) -> NDArray:
    """Lead field of electrodes against the reference of their layout.

    Parameters
    ----------
    names : sequence of str
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Around which the limb electrodes of Wilson's terminal stand where the layout has none.
    layout : mapping
        ``reference`` and ``torso``, see `electrodes.terminal`.
    field_at : callable
        Positions, shape (n, 3), to the lead field there against a far point, shape (voxel, n).

    Returns
    -------
    numpy.ndarray, shape (voxel, electrode)
    """
    columns, limbs = electrodes.terminal(layout["reference"], list(names), wall_positions, layout["torso"])
    field = field_at(np.concatenate([positions, limbs]))
    if columns:
        field = electrodes.referenced(field, columns, copy=False)
    return field[:, : len(positions)]
