"""Tables of electrodes; the electrodes of a heart, from a table or a layout, and their lead field."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anatomy.heart import Anatomy
from ..core.errors import InputError, listed, shown
from ..core.tables import read_table
from ..physics import electrodes
from ..physics.layouts import electrodes_of_layout, referenced_lead_field
from ..physics.lead_field import lead_field
from .lead_fields import read_lead_field

NAME_COLUMNS = ("name", "label", "electrode", "lead", "channel")
FARTHEST_MM = 10_000.0  # from the origin, beyond which a coordinate is refused


def read_electrode_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table of electrodes as text.

    Parameters
    ----------
    path : path-like
        Separated by tabs if it ends in .tsv, else by commas.

    Returns
    -------
    pandas.DataFrame of str
        Indexed by the lines of the file, from 1 on.

    Raises
    ------
    InputError
        If the file is not a table.
    """
    columns, rows = read_table(path, "\t" if str(path).endswith(".tsv") else ",")
    return pd.DataFrame(list(rows.values()), list(rows), columns, dtype=str)


def from_table(table: pd.DataFrame, source: str | PathLike[str]) -> tuple[list[str], NDArray]:
    """Electrodes of a user's table.

    Parameters
    ----------
    table : pandas.DataFrame of str
        See `read_electrode_table`. Columns x_mm, y_mm and z_mm in patient RAS, and optionally one of names,
        the first of `NAME_COLUMNS` that it has, in any case; others are ignored.
    source : path-like
        Name of its file in messages.

    Returns
    -------
    names : list of str
        E1, E2, ... where the table has none.
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS in mm.

    Raises
    ------
    InputError
        If a column is missing or may hold names, there is no electrode, a coordinate is not a number, or two
        electrodes share a position or a name.
    """
    missing = [column for column in electrodes.COORDINATES if column not in table]
    if missing:
        raise InputError(
            f"{source}: there is no column {missing[0]}, only {listed(list(table))}; the header "
            "must name x_mm, y_mm and z_mm, patient RAS in mm"
        )
    if len(table) == 0:
        raise InputError(f"{source}: there is no electrode below the header; give one per line")
    positions = np.empty((len(table), 3))
    for axis, column in enumerate(electrodes.COORDINATES):
        positions[:, axis] = [
            _number(cell, f"{source}, line {line}: {column}") for line, cell in table[column].items()
        ]
    names = electrodes.numbered(len(table))
    name_column = _name_column(table, source)
    if name_column is not None:
        given = table[name_column].to_numpy()
        names = [name if isinstance(name, str) and name else names[row] for row, name in enumerate(given)]
    rounded = [tuple(position) for position in np.round(positions, 3).tolist()]
    _refuse_repeated(rounded, table.index, source, "position")
    _refuse_repeated(names, table.index, source, "name")
    return names, positions


def _name_column(table: pd.DataFrame, source: str | PathLike[str]) -> str | None:
    """Column of the names; None if no column holds any."""
    spelt = [column.strip().casefold() for column in table]
    for wanted in NAME_COLUMNS:
        found = [column for column, name in zip(table, spelt, strict=True) if name in (wanted, f"{wanted}s")]
        if len(found) > 1:
            raise InputError(f"{source}: columns {listed(found)} both hold names; remove one")
        if found:
            return found[0]
    for column in table:
        words = [cell for cell in table[column] if isinstance(cell, str) and cell]
        if len(words) == len(set(words)) == len(table) > 1 and not any(_is_number(word) for word in words):
            raise InputError(
                f"{source}: column {shown(column)} may hold names of electrodes; call it name, or remove it"
            )
    return None


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
        read = read_electrode_table(path)
        names, positions = from_table(read, path)
        labels = [f"{path}, line {line} ({name})" for line, name in zip(read.index, names, strict=True)]
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


def _is_number(cell: str) -> bool:
    """Whether text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str | float, where: str) -> float:
    """Read a finite number."""
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = np.nan
    if not abs(number) <= FARTHEST_MM:
        quoted = shown(cell) if isinstance(cell, str) and cell else "empty"
        raise InputError(f"{where} is {quoted}; give a number of mm")
    return number


def _refuse_repeated(
    values: Iterable[object], lines: Iterable[Hashable], source: str | PathLike[str], what: str
) -> None:
    """Refuse a position or name that two lines share."""
    line_of: dict[object, Hashable] = {}
    for line, value in zip(lines, values, strict=True):
        if value in line_of:
            raise InputError(
                f"{source}, line {line}: the same {what} as line {line_of[value]}, {value}; "
                "remove or correct one of them"
            )
        line_of[value] = line
