"""Formats of volumetric meshes: VTU, legacy VTK and openCARP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.heart import AnatomyError
from ..core.errors import listed, shown
from .text_numbers import numbers_of, read_rows, without_count
from .vtk_files import read_vtk, stated_frame

if TYPE_CHECKING:
    from os import PathLike

    import pyvista
    from numpy.typing import NDArray

# VTK cell type, from tetrahedron to quadratic pyramid, to its number of points.
VOLUME_CELLS = {10: 4, 11: 8, 12: 8, 13: 6, 14: 5, 24: 10, 25: 20, 26: 15, 27: 13}
OPENCARP_CELLS = {"Tt": (10, 4), "Hx": (12, 8), "Pr": (13, 6), "Py": (14, 5)}  # VTK cell type, points
OPENCARP_SURFACES = {"Tr": 3, "Qd": 4, "Ln": 2, "Cx": 2}  # not volumes: points
OTHER_ORDER = {
    12: [0, 1, 2, 3, 4, 7, 6, 5],
    13: [0, 1, 2, 3, 5, 4],
}  # of a cell's points, with its top reversed
ORIGINAL_CELLS = "vtkOriginalCellIds"  # cell array that VTK adds to extracted cells
TAG, FIBRE, SHEET = "tag", "fibre", "sheet"  # cell arrays of an openCARP mesh


class MeshFile(NamedTuple):
    """Contents of a mesh's file.

    Attributes
    ----------
    solid : pyvista.UnstructuredGrid
        Its volume cells, in the file's units and frame.
    frame : str or None
        Patient frame that the file states.
    units : str
        Units of the format, a key of `units.IN_MM`, where the case gives none.
    """

    solid: pyvista.UnstructuredGrid
    frame: str | None
    units: str


def read_mesh_file(path: str | PathLike[str]) -> MeshFile:
    """Read the volume cells of a mesh.

    Parameters
    ----------
    path : path-like
        A file with one of the endings `MESHES`.

    Returns
    -------
    MeshFile

    Raises
    ------
    AnatomyError
        If the file can't be read, has no volume cells, or is damaged.
    """
    ending = Path(path).suffix.lower()
    if ending not in MESHES:
        raise AnatomyError(f"{path}: not one of the formats of a mesh, {', '.join(MESHES)}")
    mesh, units = MESHES[ending](path)
    frame = stated_frame(path, mesh)
    solid = mesh.extract_cells(_volume_cells(path, mesh))
    for name in {ORIGINAL_CELLS} & set(solid.cell_data):
        del solid.cell_data[name]
    if not np.isfinite(solid.points).all():
        raise AnatomyError(f"{path}: points whose coordinates are not finite numbers")
    return MeshFile(solid, frame, units)


def _read_vtu(path: str | PathLike[str]) -> tuple[pyvista.UnstructuredGrid, str]:
    """Read a VTU file."""
    import pyvista

    mesh = read_vtk(path, "vtkXMLUnstructuredGridReader", "VTU mesh")
    return pyvista.UnstructuredGrid(mesh), "mm"


def _read_legacy(path: str | PathLike[str]) -> tuple[pyvista.UnstructuredGrid, str]:
    """Read a legacy VTK file of an unstructured grid, or of an image, whose voxels become cells."""
    import pyvista

    data = read_vtk(path, "vtkDataSetReader", "VTK file")
    if isinstance(data, pyvista.PolyData):
        raise AnatomyError(f"{path}: a surface and no mesh of volume cells; its kind is surface")
    if isinstance(data, pyvista.ImageData):
        if min(data.dimensions) < 2:
            raise AnatomyError(f"{path}: an image of size {data.dimensions}; a volume is needed")
        if data.n_points > 0 and not data.cell_data.keys():
            data = data.points_to_cells(dimensionality=3, copy=False)
        data = _without_background(data)
    if not isinstance(data, pyvista.UnstructuredGrid):
        raise AnatomyError(
            f"{path}: a VTK file of the kind {type(data).__name__}; an unstructured grid or structured "
            "points are needed"
        )
    return data, "mm"


def _without_background(image: pyvista.ImageData) -> pyvista.UnstructuredGrid:
    """Voxels of an image with a number other than 0, as cells."""
    inside = np.zeros(image.n_cells, bool)
    for name in list(image.cell_data):
        values = np.asarray(image.cell_data[name])
        if np.issubdtype(values.dtype, np.number):
            inside |= (values != 0).reshape(len(values), -1).any(1)
    return image.extract_cells(inside)


def _read_opencarp(path: str | PathLike[str]) -> tuple[pyvista.UnstructuredGrid, str]:
    """Read an openCARP mesh from its .pts, .elem and, if there is one, .lon.

    Corners of hexahedra and prisms are ordered as in VTK or with the upper face reversed; the order with
    the shorter edges between the faces is taken.
    """
    import pyvista

    pts, elem, lon = (Path(path).with_suffix(ending) for ending in (".pts", ".elem", ".lon"))
    points = numbers_of(without_count(read_rows(pts, 4), pts), 3, pts, "x, y and z")
    rows = without_count(read_rows(elem, 11), elem)
    names = rows[0].astype(str)
    sizes = OPENCARP_SURFACES | {name: size for name, (_, size) in OPENCARP_CELLS.items()}
    unknown = sorted(set(names) - set(sizes))
    if unknown:
        raise AnatomyError(f"{elem}: elements of kind {shown(unknown[0])}; known are {listed(list(sizes))}")
    cells, tags, order = {}, [], []
    for name, (kind, size) in OPENCARP_CELLS.items():
        of_kind = rows[names == name]
        if len(of_kind) == 0:
            continue
        numbers = numbers_of(of_kind.iloc[:, 1:], size + 1, elem, f"{size} points and a tag")
        corners = numbers[:, :size].astype(int)
        if corners.min() < 0 or corners.max() >= len(points):
            raise AnatomyError(f"{elem}: cells with points that are not there; the file is damaged")
        cells[kind] = _ordered(corners, points, kind)
        tags.append(numbers[:, size])
        order.append(np.flatnonzero(names == name))
    if not cells:
        raise AnatomyError(f"{elem}: no volume cells; mesh the inside of the surface first")
    mesh = pyvista.UnstructuredGrid(cells, points)
    mesh.cell_data[TAG] = np.concatenate(tags)
    if lon.is_file():
        for name, vectors in _read_lon(lon, len(rows)).items():
            mesh.cell_data[name] = vectors[np.concatenate(order)]
    return mesh, "um"


def _ordered(corners: NDArray[np.int_], points: NDArray, kind: int) -> NDArray[np.int_]:
    """Corners of hexahedra or prisms in VTK's order."""
    if kind not in OTHER_ORDER:
        return corners
    half = corners.shape[1] // 2
    candidates = corners, corners[:, OTHER_ORDER[kind]]
    edges = [np.linalg.norm(points[c[:, :half]] - points[c[:, half:]], axis=-1).sum() for c in candidates]
    return candidates[int(np.argmin(edges))]


def _read_lon(path: Path, cells: int) -> dict[str, NDArray]:
    """Fibre and sheet directions of all elements of an openCARP mesh."""
    rows = read_rows(path, 6)
    if len(rows) == cells + 1:
        rows = rows.iloc[1:]
    if len(rows) != cells:
        raise AnatomyError(f"{path}: {len(rows)} directions, and the mesh has {cells} elements")
    count = 6 if rows[3].notna().any() else 3
    vectors = numbers_of(rows, count, path, "a fibre direction and, if wanted, a sheet direction")
    return {FIBRE: vectors[:, :3], SHEET: vectors[:, 3:]} if count == 6 else {FIBRE: vectors}


def _volume_cells(path: str | PathLike[str], mesh: pyvista.UnstructuredGrid) -> NDArray:
    """Mask of the volume cells, after a check of every cell's points."""
    kinds, points = mesh.celltypes, mesh.cell_connectivity
    solid = np.isin(kinds, list(VOLUME_CELLS))
    if not solid.any():
        raise AnatomyError(f"{path}: no volume cells; mesh the inside of the surface first")
    sizes = np.diff(mesh.cell_offsets)
    wrong = np.array([VOLUME_CELLS.get(kind, size) for kind, size in zip(kinds, sizes, strict=True)]) != sizes
    if wrong.any() or points.min() < 0 or points.max() >= mesh.n_points:
        raise AnatomyError(f"{path}: cells with points that are not there; the file is damaged")
    return solid


MESHES = {".vtu": _read_vtu, ".vtk": _read_legacy, ".elem": _read_opencarp, ".pts": _read_opencarp}
