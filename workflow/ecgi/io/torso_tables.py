"""Tables of the regions of a torso, and their files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike
from typing import NamedTuple, cast, get_args

import numpy as np

from ..core.errors import InputError, listed, shown
from ..core.tables import read_table
from .units import Frame, Units

TABLES = (".tsv", ".csv", ".txt")
COLUMNS = ("name", "file", "label", "conductivity_s_per_m", "length_units", "coordinates")
NEEDED = ("name", "file")
CONDUCTIVITIES = {"skin": "sigma_t", "lung": "sigma_lungs", "blood": "sigma_blood"}
PAIRS = {".pts": ".fac", ".fac": ".pts"}  # files of which a surface needs both


class Row(NamedTuple):
    """A region of a torso in a file.

    Attributes
    ----------
    name : str
        Such as "left lung".
    file : str
        Surface, or image of the region.
    label : int or None
        Of the region in the image; None for all voxels that are not zero.
    sigma : float
        Conductivity, S/m.
    length_units : {"mm", "cm", "m", "um"} or None
    coordinates : {"RAS", "LPS"} or None
    where : str
        File and line, for messages.
    """

    name: str
    file: str
    label: int | None
    sigma: float
    length_units: Units | None
    coordinates: Frame | None
    where: str


def read_torso_table(path: str | PathLike[str], conductivity: Mapping[str, float]) -> list[Row]:
    """Read a table of the regions of a torso.

    Parameters
    ----------
    path : path-like
        Columns name and file, a path from the folder of the table; where wanted label, the value of the
        region in an image, conductivity_s_per_m, which regions need that are neither skin, lung nor blood,
        and length_units and coordinates of a surface.
    conductivity : mapping
        See `torso_files.read_torso`.

    Returns
    -------
    list of Row
        The skin first.

    Raises
    ------
    InputError
        If a column is missing or unknown, a row is invalid, or there is not one skin.
    """
    columns, lines = read_table(path)
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not set(NEEDED) <= set(columns):
        raise InputError(
            f"{path}: the columns are {listed(columns)}; needed are {', '.join(NEEDED)}, and there may be "
            f"{', '.join(COLUMNS[2:])}"
        )
    folder = os.path.dirname(path)
    rows = [_row(cells, folder, f"{path}, line {line}", conductivity) for line, cells in lines.items()]
    skins = [row for row in rows if kind_of(row.name) == "skin"]
    if len(skins) != 1:
        raise InputError(
            f"{path}: {len(skins)} rows are named skin; give one, the outer surface of the torso"
        )
    return sorted(rows, key=lambda row: row is not skins[0])


def files_of(path: str | PathLike[str]) -> list[str]:
    """Files that a torso is read from.

    Parameters
    ----------
    path : path-like
        See `torso_files.read_torso`.

    Returns
    -------
    list of str
        Itself, then those that a table names, with the other of a pair.

    Raises
    ------
    InputError
        If the table can't be read.
    """
    named = [str(path)]
    if is_table(path):
        _, lines = read_table(path)
        folder = os.path.dirname(path)
        named += [os.path.join(folder, cells["file"]) for cells in lines.values() if cells.get("file")]
    pairs = [os.path.splitext(name) for name in named]
    others = [stem + PAIRS[ending.lower()] for stem, ending in pairs if ending.lower() in PAIRS]
    return list(dict.fromkeys([*named, *others]))


def is_table(path: str | PathLike[str]) -> bool:
    """Whether a torso is read from a table.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    bool
        By its ending.
    """
    return str(path).lower().endswith(TABLES)


def _row(
    cells: Mapping[str, str], folder: str | PathLike[str], where: str, conductivity: Mapping[str, float]
) -> Row:
    """A line of the table."""
    name = cells["name"]
    if not name or not cells["file"]:
        raise InputError(f"{where}: name and file must not be empty")
    given = cells.get("conductivity_s_per_m", "")
    kind = kind_of(name)
    if given:
        sigma = _number(given, f"{where}: conductivity_s_per_m")
    elif kind is None:
        raise InputError(
            f"{where}: {shown(name)} needs conductivity_s_per_m; only skin, lung and blood have a usual one"
        )
    else:
        sigma = conductivity[CONDUCTIVITIES[kind]]
    label = cells.get("label", "")
    if label and not label.isdecimal():
        raise InputError(f"{where}: label is {shown(label)}; give a whole number")
    for column, allowed in (("length_units", get_args(Units)), ("coordinates", get_args(Frame))):
        if cells.get(column, "") not in ("", *allowed):
            raise InputError(f"{where}: {column} is {shown(cells[column])}; give one of {', '.join(allowed)}")
    units, frame = (cells.get(column) or None for column in ("length_units", "coordinates"))
    return Row(
        name,
        os.path.join(folder, cells["file"]),
        int(label) if label else None,
        sigma,
        cast("Units | None", units),
        cast("Frame | None", frame),
        where,
    )


def _number(text: str, what: str) -> float:
    """Read a conductivity."""
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not 0 < number <= 10:
        raise InputError(f"{what} is {shown(text)}; give a number of S/m between 0 and 10")
    return number


def kind_of(name: str) -> str | None:
    """Kind of a region by its name.

    Parameters
    ----------
    name : str

    Returns
    -------
    {"skin", "lung", "blood"} or None
        The first that the name contains.
    """
    return next((kind for kind in CONDUCTIVITIES if kind in name.lower()), None)
