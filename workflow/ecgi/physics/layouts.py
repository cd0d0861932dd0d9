"""Electrodes of a layout around a heart, and their lead field with the reference of the layout."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.seeds import generator
from . import electrodes


def layout_of_case(layout: Mapping[str, Any], case: str, seed: int) -> dict[str, Any]:
    """Layout with the torso of one case.

    Parameters
    ----------
    layout : mapping
        Settings of the electrodes, see `config.electrodes.ElectrodeSettings`.
    case : str
        Name of the case.
    seed : int
        Seed of the experiment.

    Returns
    -------
    dict
        The same, with the ``torso`` of the case, see `electrodes.vary_torso`.
    """
    rng = generator(seed, f"place {case}")
    return {**layout, "torso": electrodes.vary_torso(layout["torso"], layout["place"], rng)}


def electrodes_of_layout(wall_positions: NDArray, layout: Mapping[str, Any]) -> tuple[list[str], NDArray]:
    """Names and positions of the electrodes of a layout around a heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    layout : mapping
        ``layout``, which is "grid", "vest" or "twelve_lead", and its sizes, see `layout_of_case`.

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
    """Lead field of electrodes with the reference of their layout.

    Parameters
    ----------
    names : sequence of str
        Of the electrodes.
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm; it places limb electrodes for Wilson's terminal where the layout has none.
    layout : mapping
        ``reference`` and ``torso``, see `electrodes.terminal`.
    field_at : callable
        From positions, shape (n, 3), to their lead field against infinity, shape (voxel, n).

    Returns
    -------
    numpy.ndarray, shape (voxel, electrode)
        mV per mV.
    """
    columns, limbs = electrodes.terminal(layout["reference"], list(names), wall_positions, layout["torso"])
    field = field_at(np.concatenate([positions, limbs]))
    if columns:
        field = electrodes.referenced(field, columns, copy=False)
    return field[:, : len(positions)]
