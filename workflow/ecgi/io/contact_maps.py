"""Activation times at points: electro-anatomical contact maps, and activation maps of other programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.errors import InputError, listed, shown
from ..core.text import with_points
from .surface_files import read_surface_file
from .units import IN_MM, frame_of, turned
from .vtk_files import read_vtk, stated_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from numpy.typing import NDArray

TIME = re.compile(r"(?:lat|(?:local )?activation time|time)s?(?: (ms|s))?")
SEPARATORS = re.compile(r"[\s_.\-()\[\]]+")
MS_OF = {"ms": 1.0, "s": 1000.0}
NAMES = ("name", "point", "label", "number", "id")  # columns that name the points


class ContactMap(NamedTuple):
    """Activation times at points.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS, mm.
    times_ms : numpy.ndarray, shape (point,)
        From any origin; NaN where there is none.
    names : list of str
        Of the points: those of the file, or their numbers from 1.
    """

    points: NDArray
    times_ms: NDArray
    names: list[str]


def read_contact_map(path: str | PathLike[str]) -> ContactMap:
    """Read activation times at points.

    Parameters
    ----------
    path : path-like
        Its ending, one of `READERS`, decides how it is read. A table has columns of coordinates, see
        `electrodes.from_table`, of times, lat_ms or lat_s, and of names if wanted. VTK polydata have times
        in a point array of such a name, and coordinates in mm, patient RAS unless they state another frame.
        openCARP's points, .pts, have times in a file of the same name that ends in .dat, and ECGSIM's, .tri,
        in one that ends in .dep.

    Returns
    -------
    ContactMap

    Raises
    ------
    InputError
        If the file can't be read or holds no points, states no unit of its coordinates or times, or two
        columns hold times.
    """
    reader = READERS.get(Path(path).suffix.lower())
    if reader is None:
        raise InputError(f"{path}: not one of the formats of a contact map, {', '.join(READERS)}")
    contact = reader(path)
    if len(contact.points) == 0:
        raise InputError(f"{path}: there are no points; give one per line")
    if not np.isfinite(contact.points).all():
        raise InputError(f"{path}: points whose coordinates are not finite numbers")
    return contact


def files_of_map(path: str) -> list[str]:
    """Files that a contact map is read from.

    Parameters
    ----------
    path : str

    Returns
    -------
    list of str
    """
    stem = Path(path)
    times = TIMES_BESIDE.get(stem.suffix.lower())
    return [path, str(stem.with_suffix(times))] if times else [path]


def _read_table(path: str | PathLike[str]) -> ContactMap:
    """Read a table."""
    from .electrodes import positions_in, read_electrode_table

    table = read_electrode_table(path)
    positions = positions_in(table, path)
    column, factor = _time_among(table.columns, path, "column")
    cells = with_points(table[column].fillna("").str.strip().tolist(), str(path))
    try:
        times = np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        wrong = next(cell for cell in cells if cell and not _is_number(cell))
        raise InputError(
            f"{path}: {column} is {shown(wrong)} in a row; give a number, or leave it empty"
        ) from None
    named = [column for column in table if column.strip().casefold() in NAMES]
    names = table[named[0]].fillna("").tolist() if named else [""] * len(table)
    return ContactMap(
        positions, times * factor, [name or str(number) for number, name in enumerate(names, 1)]
    )


def _is_number(cell: str) -> bool:
    """Whether text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_polydata(path: str | PathLike[str]) -> ContactMap:
    """Read polydata of VTK with a point array of times."""
    import pyvista

    reader = "vtkXMLPolyDataReader" if Path(path).suffix.lower() == ".vtp" else "vtkDataSetReader"
    data = read_vtk(path, reader, "VTK file")
    if not isinstance(data, pyvista.PolyData):
        raise InputError(f"{path}: a VTK file of the kind {type(data).__name__}; polydata are needed")
    name, factor = _time_among(data.point_data.keys(), path, "point array")
    times = np.asarray(data.point_data[name], float)
    if times.ndim != 1:
        raise InputError(f"{path}: {name} has shape {times.shape}; one time per point is needed")
    points = turned(np.asarray(data.points, float), frame_of(stated_frame(path, data), None, path))
    return _numbered(points, times * factor)


def _read_opencarp(path: str | PathLike[str]) -> ContactMap:
    """Read points and times of openCARP."""
    from .opencarp import read_points, read_times

    points = read_points(path)
    return _numbered(points, read_times(Path(path).with_suffix(TIMES_BESIDE[".pts"]), len(points)))


def _read_ecgsim(path: str | PathLike[str]) -> ContactMap:
    """Read a surface and times of ECGSIM."""
    from .ecgsim import read_matrix

    points = read_surface_file(path).points * IN_MM["m"]
    beside = Path(path).with_suffix(TIMES_BESIDE[".tri"])
    times = read_matrix(beside)
    if times.shape != (len(points), 1):
        rows, columns = times.shape
        raise InputError(f"{beside}: {rows} rows of {columns}, and {path} has {len(points)} points")
    return _numbered(points, times[:, 0])


TIMES_BESIDE = {".pts": ".dat", ".tri": ".dep"}  # endings of the files of the times
READERS: dict[str, Callable[[str | PathLike[str]], ContactMap]] = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".txt": _read_table,
    ".vtp": _read_polydata,
    ".vtk": _read_polydata,
    ".pts": _read_opencarp,
    ".tri": _read_ecgsim,
}


def _numbered(points: NDArray, times: NDArray) -> ContactMap:
    """A map whose points have numbers."""
    return ContactMap(points, times, [str(number) for number in range(1, len(points) + 1)])


def _time_among(names: Iterable[str], path: str | PathLike[str], what: str) -> tuple[str, float]:
    """Name of the one column or array of times, and its factor to ms."""
    names = list(names)
    found = {}
    for name in names:
        if spelt := TIME.fullmatch(SEPARATORS.sub(" ", name).strip().casefold()):
            found[name] = spelt[1]
    if len(found) > 1:
        raise InputError(
            f"{path}: {listed(list(found))} may all be activation times; keep one {what} of them"
        )
    if not found:
        raise InputError(f"{path}: no {what} lat_ms or lat_s, only {listed(names) or 'none'}")
    ((name, unit),) = found.items()
    if unit is None:
        raise InputError(f"{path}: {what} {shown(name)} has no unit; call it lat_ms or lat_s")
    return name, MS_OF[unit]
