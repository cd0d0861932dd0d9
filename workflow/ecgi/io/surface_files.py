"""Formats of triangulated surfaces: PLY, STL, OBJ, VTK, VTP, MATLAB, SCIRun and ECGSIM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..anatomy.heart import AnatomyError
from ..core.errors import listed, one_line
from .matlab import read_matlab
from .text_numbers import numbers_of, read_rows, whole_number, without_count
from .vtk_files import read_vtk, stated_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    import pyvista
    from numpy.typing import NDArray

POINTS = ("pts", "pnts", "node", "nodes", "vertices", "vertex", "vert", "verts", "points", "pos")
LEADS = ("leadlinks", "leadlink")  # the point of each lead
CHANNELS = ("channels", "channel")  # the channel of each point, counted from 1; points without one have 0
TRIANGLES = ("fac", "face", "faces", "tri", "tris", "triangles", "triangle")
FARTHEST = 1e9  # from the origin, in any unit
CLEARLY = 1.5  # ratio of the lengths of edges by which numbers from 0 differ from numbers from 1


class SurfaceFile(NamedTuple):
    """Contents of a surface's file.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        In the file's units and frame.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Indices of the points, from 0.
    frame : str or None
        Patient frame that the file states.
    leads : numpy.ndarray of int, shape (lead,), or None
        Indices of the points that are electrodes, in the order of the leads, where the file states them.
    """

    points: NDArray
    triangles: NDArray[np.integer]
    frame: str | None = None
    leads: NDArray[np.integer] | None = None


def read_surface_file(path: str | PathLike[str]) -> SurfaceFile:
    """Read the points and triangles of a surface.

    Parameters
    ----------
    path : path-like
        A file with one of the endings `SURFACES`.

    Returns
    -------
    SurfaceFile

    Raises
    ------
    AnatomyError
        If the file can't be read, holds no triangles, or is damaged.
    """
    ending = Path(path).suffix.lower()
    if ending not in SURFACES:
        raise AnatomyError(f"{path}: not one of the formats of a surface, {', '.join(SURFACES)}")
    surface = SURFACES[ending](path)
    if len(surface.triangles) == 0:
        raise AnatomyError(f"{path}: no triangles; a surface is needed")
    if not np.isfinite(surface.points).all():
        raise AnatomyError(f"{path}: points whose coordinates are not finite numbers")
    if np.abs(surface.points).max() > FARTHEST:
        raise AnatomyError(f"{path}: points more than {FARTHEST:g} from the origin; the file is damaged")
    if surface.triangles.min() < 0 or surface.triangles.max() >= len(surface.points):
        raise AnatomyError(f"{path}: triangles with points that are not there; the file is damaged")
    return surface


def _vtk(reader: str, what: str) -> Any:
    """Reader of a format that VTK reads."""

    def read(path: str | PathLike[str]) -> SurfaceFile:
        import pyvista

        data = read_vtk(path, reader, what)
        if not isinstance(data, pyvista.PolyData):
            raise AnatomyError(f"{path}: a VTK file of the kind {type(data).__name__} and no surface")
        return SurfaceFile(np.asarray(data.points, float), _triangles(path, data), stated_frame(path, data))

    return read


def _triangles(path: str | PathLike[str], data: pyvista.PolyData) -> NDArray[np.integer]:
    """Triangles of polygons, which are divided from their first corner."""
    import pyvista

    if data.GetStrips().GetNumberOfCells():
        raise AnatomyError(
            f"{path}: strips of triangles; write it with triangles, as ParaView's filter Triangulate"
        )
    polygons = data.GetPolys()
    if polygons.GetNumberOfCells() == 0:
        return _none()
    corners, starts = (
        np.asarray(pyvista.convert_array(array), int)
        for array in (polygons.GetConnectivityArray(), polygons.GetOffsetsArray())
    )
    sizes = np.diff(starts)
    wrong = starts[0] != 0 or starts[-1] != len(corners) or (sizes < 0).any()
    if wrong or (len(corners) and (corners.min() < 0 or corners.max() >= data.n_points)):
        raise AnatomyError(f"{path}: triangles with points that are not there; the file is damaged")
    found = []
    for size in np.unique(sizes[sizes > 2]):
        of_size = corners[starts[:-1][sizes == size][:, None] + np.arange(size)]
        for second in range(1, size - 1):
            found.append(of_size[:, [0, second, second + 1]])
    return np.concatenate(found) if found else _none()


def _none() -> NDArray[np.integer]:
    return np.zeros((0, 3), int)


def _read_scirun(path: str | PathLike[str]) -> SurfaceFile:
    """Read a pair of .pts and .fac, with or without a first line of their length."""
    pts, fac = (Path(path).with_suffix(ending) for ending in (".pts", ".fac"))
    points = numbers_of(without_count(read_rows(pts, 4), pts), 3, pts, "x, y and z")
    triangles = numbers_of(without_count(read_rows(fac, 4), fac), 3, fac, "the points of a triangle")
    return SurfaceFile(points, _from_zero(triangles, points, fac))


def _read_ecgsim(path: str | PathLike[str]) -> SurfaceFile:
    """Read a .tri file: number of points, points, number of triangles, triangles; rows may be numbered."""
    rows = read_rows(path, 4)
    parts = []
    for what in ("x, y and z", "the points of a triangle"):
        count = whole_number(rows.iloc[0, 0]) if len(rows) else None
        if count is None or rows.iloc[0, 1:].notna().any():
            raise AnatomyError(f"{path}: no row with the number of rows that hold {what}, as .tri files have")
        if len(rows) - 1 < count:
            raise AnatomyError(
                f"{path}: {count} rows with {what} are stated, and {len(rows) - 1} follow; the file is "
                "cut short"
            )
        some = rows.iloc[1 : 1 + count]
        numbered = int(some[3].notna().all()) if len(some) else 0
        parts.append(numbers_of(some.iloc[:, numbered:], 3, path, what))
        rows = rows.iloc[1 + count :]
    points, triangles = parts
    return SurfaceFile(points, _from_zero(triangles, points, path))


def _read_matlab(path: str | PathLike[str]) -> SurfaceFile:
    """Read a .mat file with points and triangles as variables, or as fields of a structure."""
    found = list(_surfaces_in(read_matlab(path)))
    if not found:
        raise AnatomyError(
            f"{path}: no points and triangles; they are variables or fields such as pts and fac, node and "
            "face, or vertices and faces"
        )
    if len(found) > 1:
        names = listed([name or "the variables themselves" for name, *_ in found])
        raise AnatomyError(f"{path}: {len(found)} surfaces, in {names}; save one per file")
    _, points, triangles, fields = found[0]
    corners = _from_zero(triangles, points, path)
    first = int((triangles - corners).flat[0]) if corners.size else 0
    return SurfaceFile(points, corners, leads=_leads(fields, len(points), first, path))


def _leads(
    fields: Mapping[str, Any], count: int, first: int, source: str | PathLike[str]
) -> NDArray[np.integer] | None:
    """Points that are electrodes; they are counted as those of the triangles, unless they can't be."""
    links, channels = (_numbers(fields, names) for names in (LEADS, CHANNELS))
    if links is not None:
        first = 0 if links.min() == 0 else 1 if links.max() == count else first
        leads = links - first
        unlike = len(set(leads.tolist())) < len(leads)
        if leads.min() < 0 or leads.max() >= count or unlike:
            raise AnatomyError(
                f"{source}: leadlinks name points {links.min()} to {links.max()}{' twice' * unlike}, and "
                f"there are {count} points; each lead has one of its own"
            )
        return leads
    if channels is None or len(channels) != count or not (channels > 0).any():
        return None
    used = channels[channels > 0]
    if not np.array_equal(np.sort(used), np.arange(1, len(used) + 1)):
        raise AnatomyError(
            f"{source}: channels of the points are {used.min()} to {used.max()}, {len(used)} in all; each "
            "from 1 to the last belongs to one point"
        )
    return np.flatnonzero(channels > 0)[np.argsort(used)]


def _numbers(fields: Mapping[str, Any], names: tuple[str, ...]) -> NDArray[np.integer] | None:
    """First of the named rows or columns of whole numbers; NaN is 0."""
    for name in names:
        value = np.squeeze(np.asarray(fields.get(name, ())))
        if value.ndim == 1 and value.size and value.dtype.kind in "fiu":
            numbers = np.nan_to_num(value.astype(float))
            if np.array_equal(numbers, np.rint(numbers)):
                return numbers.astype(int)
    return None


def _surfaces_in(
    content: Mapping[str, Any], name: str = ""
) -> Iterator[tuple[str, NDArray, NDArray, Mapping[str, Any]]]:
    """Surfaces among variables and in structures: the structure's name, points, triangles, all fields."""
    fields = {key.lower(): value for key, value in content.items()}
    points = _first(fields, POINTS)
    triangles = _first(fields, TRIANGLES)
    if points is not None and triangles is not None:
        yield name, points, triangles, fields
    for key, value in content.items():
        inner = f"{name}.{one_line(key)}".lstrip(".")
        for number, one in enumerate(value if isinstance(value, list) else [value], 1):
            if isinstance(one, dict):
                yield from _surfaces_in(one, f"{inner}({number})" if isinstance(value, list) else inner)


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> NDArray | None:
    """First of the named matrices of three columns or three rows, as rows of three."""
    for name in names:
        value = np.asarray(fields.get(name, ()))
        if value.ndim == 2 and 3 in value.shape and value.dtype.kind in "fiu":
            return (value if value.shape[1] == 3 else value.T).astype(float)
    return None


def _from_zero(triangles: NDArray, points: NDArray, source: str | PathLike[str]) -> NDArray[np.integer]:
    """Numbers of points from 0, where the file may count from 0 or from 1.

    A number 0, or one that is the number of points, decides; without either, the shorter edges do.
    """
    if not np.array_equal(triangles, np.rint(triangles)):
        raise AnatomyError(f"{source}: triangles whose points are not whole numbers")
    whole = triangles.astype(int)
    if whole.size == 0:
        return _none()
    if whole.min() < 0 or whole.max() > len(points) or (whole.min() == 0 and whole.max() == len(points)):
        raise AnatomyError(
            f"{source}: triangles of points {whole.min()} to {whole.max()}, and there are {len(points)} "
            "points; the file is damaged or belongs to other points"
        )
    if whole.min() == 0:
        return whole
    if whole.max() == len(points):
        return whole - 1
    from_0, from_1 = (
        np.linalg.norm(np.diff(points[some][:, [0, 1, 2, 0]], axis=1), axis=2).sum()
        for some in (whole, whole - 1)
    )
    if max(from_0, from_1) < CLEARLY * min(from_0, from_1):
        raise AnatomyError(
            f"{source}: points that are counted from 0 or from 1; name all points in triangles"
        )
    return whole if from_0 < from_1 else whole - 1


SURFACES = {
    ".ply": _vtk("vtkPLYReader", "PLY surface"),
    ".stl": _vtk("vtkSTLReader", "STL surface"),
    ".obj": _vtk("vtkOBJReader", "OBJ surface"),
    ".vtk": _vtk("vtkDataSetReader", "VTK file"),
    ".vtp": _vtk("vtkXMLPolyDataReader", "VTP surface"),
    ".mat": _read_matlab,
    ".fac": _read_scirun,
    ".pts": _read_scirun,
    ".tri": _read_ecgsim,
}
