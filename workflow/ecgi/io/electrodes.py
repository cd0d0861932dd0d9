"""Tables of electrodes; the electrodes of a heart, from a table or a layout, and their lead field."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anatomy.heart import Anatomy
from ..anatomy.torso import electrodes_on_skin
from ..core.errors import InputError, listed, shown
from ..core.tables import read_table
from ..core.text import with_points
from ..physics import electrodes
from ..physics.conductor import BoundedConductor, Conductor
from ..physics.conductors_of_cases import conductor_of
from ..physics.electrode_frame import other_reading
from ..physics.layouts import electrodes_of_layout, referenced_lead_field
from ..physics.lead_field import lead_field_in
from .lead_fields import read_lead_field
from .torso_files import read_torso

COORDINATE = re.compile(r"([xyz])[\s_.\-(\[]*(mm|cm|m)?[\])]*")
MM_OF = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
NAME_COLUMNS = ("name", "label", "electrode", "lead", "channel")
FORMULA = ("=", "@", "\t", "\r")  # at the beginning of a cell, for spreadsheets
FARTHEST_MM = 10_000.0  # from the origin, beyond which a coordinate is refused


def read_electrode_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table of electrodes as text.

    Parameters
    ----------
    path : path-like
        Separated by tabs, semicolons, commas or blanks.

    Returns
    -------
    pandas.DataFrame of str
        Indexed by the lines of the file, from 1 on.

    Raises
    ------
    InputError
        If the file is not a table.
    """
    columns, rows = read_table(path)
    return pd.DataFrame(list(rows.values()), list(rows), columns, dtype=str)


def from_table(table: pd.DataFrame, source: str | PathLike[str]) -> tuple[list[str], NDArray]:
    """Electrodes of a user's table.

    Parameters
    ----------
    table : pandas.DataFrame of str
        See `read_electrode_table`. Columns x_mm, y_mm and z_mm in patient RAS, or the same with _cm or _m,
        with decimal points or commas, and optionally one of names, the first of `NAME_COLUMNS` that it has;
        all in any case. Others are ignored.
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
    positions = positions_in(table, source)
    if len(positions) == 0:
        raise InputError(f"{source}: there is no electrode below the header; give one per line")
    names = electrodes.numbered(len(table))
    name_column = _name_column(table, source)
    if name_column is not None:
        given = table[name_column].to_numpy()
        names = [name if isinstance(name, str) and name else names[row] for row, name in enumerate(given)]
    rounded = [tuple(position) for position in np.round(positions, 3).tolist()]
    _refuse_repeated(rounded, table.index, source, "position")
    _refuse_repeated(names, table.index, source, "name")
    formulas = [name for name in names if name.startswith(FORMULA)]
    if formulas:
        raise InputError(
            f"{source}: spreadsheets would take the name {shown(formulas[0])} for a formula; rename the "
            "electrode"
        )
    return names, positions


def positions_in(table: pd.DataFrame, source: str | PathLike[str]) -> NDArray[np.floating]:
    """Positions in a user's table.

    Parameters
    ----------
    table : pandas.DataFrame of str
        With columns of coordinates as in `from_table`.
    source : path-like
        Name of its file in messages.

    Returns
    -------
    numpy.ndarray, shape (row, 3)
        Patient RAS in mm.

    Raises
    ------
    InputError
        If a column or its unit is missing, or a coordinate is not a number.
    """
    columns, unit = _coordinates(table, source)
    coordinates = table[columns].fillna("")
    numbers = iter(with_points(coordinates.to_numpy().ravel().tolist(), str(source)))
    positions = [
        [_number(next(numbers), unit, f"{source}, line {line}: {column}") for column in columns]
        for line in table.index
    ]
    return np.reshape(positions, (-1, 3))


def _coordinates(table: pd.DataFrame, source: str | PathLike[str]) -> tuple[list[str], str]:
    """Columns of the coordinates and their unit."""
    found: dict[str, dict[str, str]] = {}
    for column in table:
        if spelt := COORDINATE.fullmatch(column.strip().casefold()):
            axis, unit = spelt.groups()
            other = found.setdefault(unit or "", {}).setdefault(axis, column)
            if other != column:
                raise InputError(f"{source}: columns {other} and {column} are both {axis}; remove one")
    units = [unit for unit in found if unit]
    if len(units) > 1:
        both = " and ".join(next(iter(found[unit].values())) for unit in units[:2])
        raise InputError(f"{source}: coordinates in {both}, two units; give one")
    unit = units[0] if units else "mm"
    columns = [found.get(unit, {}).get(axis) for axis in "xyz"]
    given = [column for column in columns if column]
    if len(given) < len(columns):
        axis = "xyz"[columns.index(None)]
        cure = (
            f"; columns {listed(list(found['']))} have no unit: call them x_mm, x_cm or x_m"
            if "" in found
            else ""
        )
        raise InputError(
            f"{source}: there is no column {axis}_{unit}, only {listed(list(table))}; the header must name "
            f"x_mm, y_mm and z_mm, patient RAS in mm, or with cm or m{cure}"
        )
    return given, unit


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
    try:
        electrodes.refuse_near_wall(positions, wall_positions, spacing_mm, labels)
    except InputError as error:
        other = other_reading(positions, wall_positions) if layout["layout"] == "csv" else ""
        raise InputError(f"{error}{'; ' if other else ''}{other}") from None
    coordinates = dict(zip(electrodes.COORDINATES, positions.T, strict=True))
    return pd.DataFrame({"electrode": np.arange(len(names)), "name": names, **coordinates})


def electrodes_with_lead_field(
    anatomy: Anatomy,
    layout: Mapping[str, Any],
    conductivity: Mapping[str, float],
    table_path: str | PathLike[str] = "",
    lead_field_path: str | PathLike[str] = "",
    torso_path: str | PathLike[str] = "",
    case: str = "",
    seed: int = 0,
    finer: bool = False,
) -> tuple[pd.DataFrame, NDArray[np.float32], Conductor | None]:
    """Place the electrodes of a heart and compute, or read, their lead field.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    layout : mapping
        See `layouts.layout_of_case`; its ``conductor`` names the conductor.
    conductivity : mapping
        ``sigma_i`` and those of the conductor in S/m, see `conductors_of_cases.conductor_of`.
    table_path : path-like, optional
        Table of the electrodes, see `place_electrodes`.
    lead_field_path : path-like, optional
        Lead field computed elsewhere, see `lead_fields.read_lead_field`.
    torso_path : path-like, optional
        Surfaces of the torso, see `torso_files.read_torso`.
    case, seed
        Name of the case and seed of the experiment, which draw the torso of a phantom.
    finer : bool
        Whether methods are given coarser surfaces, see `conductors_of_cases.conductor_of`.

    Returns
    -------
    table : pandas.DataFrame
        See `place_electrodes`.
    field : numpy.ndarray of float32, shape (voxel, electrode)
        Relative to the reference of the layout.
    conductor : Conductor or None
        None for a lead field computed elsewhere.

    Raises
    ------
    InputError
        If the table, the lead field or the torso can't be used, see `place_electrodes`,
        `lead_fields.read_lead_field` and `torso_files.read_torso`.
    """
    wall_positions, spacing_mm = anatomy.positions(anatomy.wall), float(anatomy.spacing[0])
    table = place_electrodes(wall_positions, layout, spacing_mm, table_path)
    positions, names = table[electrodes.COORDINATES].to_numpy(), table["name"].tolist()
    conductor: Conductor | None = None
    field_at: Callable[[NDArray], NDArray]
    if lead_field_path:
        field_at = partial(read_lead_field, lead_field_path, wall_positions, spacing_mm=spacing_mm)
    else:
        surfaces = read_torso(torso_path, conductivity) if torso_path else ()
        conductor = conductor_of(
            layout["conductor"],
            case,
            seed,
            anatomy,
            positions,
            layout,
            conductivity,
            finer,
            surfaces,
        )
        print(f"conductor: {conductor.description}")
        _report_distance(conductor, positions, names)
        sigma_i = conductivity["sigma_i"]
        field_at = partial(lead_field_in, conductor, anatomy.wall, anatomy.affine, sigma_i=sigma_i)
    return table, referenced_lead_field(names, positions, wall_positions, layout, field_at), conductor


def _report_distance(conductor: Conductor, positions: NDArray, names: list[str]) -> None:
    """Print how far electrodes are moved to lie on the skin, if there is one; refuse distant ones."""
    if not isinstance(conductor, BoundedConductor):
        return
    moved = electrodes_on_skin(conductor.mesh.outermost, positions, names).distance_mm
    print(f"electrodes are moved onto the skin by {np.median(moved):.1f} mm, at most {moved.max():.1f} mm")


def _is_number(cell: str) -> bool:
    """Whether text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, unit: str, where: str) -> float:
    """Read a finite number of a unit; mm."""
    try:
        number = float(cell) * MM_OF[unit]
    except ValueError:
        number = np.nan
    if not abs(number) <= FARTHEST_MM:
        raise InputError(f"{where} is {shown(cell) if cell else 'empty'}; give a number of {unit}")
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
