"""Electrode positions from a layout or a table, and the lead field of a heart at them."""

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anatomy.heart import Anatomy
from ..core.tables import read_table
from ..physics import electrodes
from ..physics.layouts import electrodes_of_layout, referenced_lead_field
from ..physics.lead_field import lead_field
from .lead_fields import read_lead_field


def read_electrode_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table of electrodes as text.

    Parameters
    ----------
    path : path-like
        Separated by tabs if it ends in .tsv, else by commas.

    Returns
    -------
    pandas.DataFrame of str

    Raises
    ------
    InputError
        If the file is not a table.
    """
    columns, rows = read_table(path, "\t" if str(path).endswith(".tsv") else ",")
    return pd.DataFrame(rows, columns=columns, dtype=str)


def place_electrodes(
    wall_positions: NDArray, layout: Mapping[str, Any], spacing_mm: float, path: str | PathLike[str] = ""
) -> pd.DataFrame:
    """Place the electrodes of a layout around a heart, or read their positions from a table.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    layout : mapping
        See `layouts.electrodes_of_layout`; its ``layout`` is "csv" for those of a table.
    spacing_mm : float
        Edge of a voxel, and the least distance of an electrode from the wall.
    path : path-like, optional
        The table, see `read_electrode_table`.

    Returns
    -------
    pandas.DataFrame
        A row per electrode: electrode (its index), name, and x_mm, y_mm and z_mm in patient RAS.

    Raises
    ------
    InputError
        If the table is invalid, or an electrode lies in the wall or within a voxel of it.
    """
    if layout["layout"] == "csv":
        names, positions = electrodes.from_table(read_electrode_table(path), path)
        labels = [f"{path}, line {row + 2} ({name})" for row, name in enumerate(names)]
    else:
        names, positions = electrodes_of_layout(wall_positions, layout)
        labels = [f"electrodes: {name} of the {layout['layout']}" for name in names]
    electrodes.refuse_near_wall(positions, wall_positions, spacing_mm, labels)
    coordinates = dict(zip(electrodes.COORDINATES, positions.T, strict=True))
    return pd.DataFrame({"electrode": np.arange(len(names)), "name": names, **coordinates})


def electrodes_with_lead_field(
    anatomy: Anatomy,
    layout: Mapping[str, Any],
    conductivity: Mapping[str, float],
    table_path: str | PathLike[str] = "",
    lead_field_path: str | PathLike[str] = "",
) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Place the electrodes of a heart and compute, or read, their lead field.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    layout : mapping
        See `layouts.layout_of_case`.
    conductivity : mapping
        ``sigma_i`` and ``sigma_t`` in S/m, see `lead_field.lead_field`.
    table_path : path-like, optional
        Table of the electrodes, see `place_electrodes`.
    lead_field_path : path-like, optional
        Lead field computed elsewhere, see `lead_fields.read_lead_field`.

    Returns
    -------
    table : pandas.DataFrame
        See `place_electrodes`.
    field : numpy.ndarray of float32, shape (voxel, electrode)
        Relative to the reference of the layout.

    Raises
    ------
    InputError
        If the table or the lead field can't be used, see `place_electrodes` and
        `lead_fields.read_lead_field`.
    """
    wall_positions, spacing_mm = anatomy.positions(anatomy.wall), float(anatomy.spacing[0])
    table = place_electrodes(wall_positions, layout, spacing_mm, table_path)
    field_at: Callable[[NDArray], NDArray]
    if lead_field_path:
        field_at = partial(read_lead_field, lead_field_path, wall_positions, spacing_mm=spacing_mm)
    else:
        sigma_i, sigma_t = conductivity["sigma_i"], conductivity["sigma_t"]
        field_at = partial(lead_field, anatomy.wall, anatomy.affine, sigma_i=sigma_i, sigma_t=sigma_t)
    positions = table[electrodes.COORDINATES].to_numpy()
    return table, referenced_lead_field(table["name"].tolist(), positions, wall_positions, layout, field_at)
