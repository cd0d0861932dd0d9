"""Read hearts and fibre directions from volumetric meshes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.cavities import label_cavities
from ..anatomy.checks import refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, Tissue, map_labels
from ..anatomy.ventricles import split_ventricles
from ..anatomy.voxelisation import voxelise_cells
from ..core.errors import listed, shown
from .mesh_files import TAG, read_mesh_file
from .units import IN_MM, frame_of, refuse_other_units
from .volumes import FLIP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pyvista
    from numpy.typing import NDArray

    from .units import Frame, Units


class Cells(NamedTuple):
    """Volume cells of a mesh.

    Attributes
    ----------
    solid : pyvista.UnstructuredGrid
        Points in the file's frame, in mm.
    values : numpy.ndarray, shape (cell,) or (cell, component)
        Of the cell array that was asked for.
    to_ras : numpy.ndarray, shape (4, 4)
        From the file's frame to patient RAS.
    units : str
        Units of the file.
    """

    solid: pyvista.UnstructuredGrid
    values: NDArray
    to_ras: NDArray
    units: str


def read_fibres(
    path: str | PathLike[str], fibre_array: str, coordinates: Frame | None = None, units: Units | None = None
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Read the fibre directions of a volumetric mesh's cells.

    Parameters
    ----------
    path : path-like
        Mesh, see `mesh_files.MESHES`.
    fibre_array : str
        Cell array of vectors.
    coordinates : {"RAS", "LPS"}, optional
        Frame of the mesh and of its vectors, see `units.frame_of`.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the points; those of the format by default.

    Returns
    -------
    positions : numpy.ndarray, shape (cell, 3)
        Centres of the cells; patient RAS, mm.
    vectors : numpy.ndarray, shape (cell, 3)
        As they are, in patient RAS.

    Raises
    ------
    AnatomyError
        If the file has no volume cells or no such array, or the array holds no vectors.
    """
    cells = read_cells(path, fibre_array, coordinates, units)
    vectors = cells.values.astype(float)
    if vectors.ndim != 2 or vectors.shape[1] != 3:
        raise AnatomyError(f"{path}: {fibre_array} has shape {vectors.shape}; one vector per cell is needed")
    to_ras = cells.to_ras[:3, :3]
    return cells.solid.cell_centers().points @ to_ras, vectors @ to_ras


def read_mesh(
    path: str | PathLike[str],
    label_array: str,
    label_map: Mapping[str, Sequence[int]],
    coordinates: Frame | None,
    spacing_mm: float,
    units: Units | None = None,
) -> Anatomy:
    """Voxelise a volumetric mesh and label its ventricular cavities.

    Parameters
    ----------
    path : path-like
        Mesh, see `mesh_files.MESHES`.
    label_array : str
        Cell array that holds the labels; empty for the tags of an openCARP mesh.
    label_map : dict of str to sequence of int
        Labels of each tissue, see `heart.map_labels`. Cavities, which a mesh of walls has no cells for, are
        found by `cavities.label_cavities`; a mesh with one label for all of its wall is divided into LV and
        RV by `ventricles.split_ventricles`.
    coordinates : {"RAS", "LPS"}, optional
        Frame of the mesh, see `units.frame_of`.
    spacing_mm : float
        Edge of the voxels.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the points; by default those of the format, and then a size that is unusual in them is
        refused.

    Returns
    -------
    Anatomy
        On axes along the patient's.

    Raises
    ------
    AnatomyError
        If the file can't be read, has no volume cells or no such array, lacks a label of the map, or its
        labels extend farther or less far than a heart does.
    """
    cells = read_cells(path, label_array or TAG, coordinates, units)
    if cells.values.ndim != 1:
        raise AnatomyError(
            f"{path}: {label_array} has shape {cells.values.shape}; one label per cell is needed"
        )
    try:
        labels = map_labels(cells.values, label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    inside: NDArray = labels > 0
    wall = cells.solid.extract_cells(inside)
    wall.clear_data()
    wall.cell_data["tissue"] = labels[inside]
    extent = np.ptp(np.reshape(wall.bounds, (3, 2)), axis=1)
    if units is None:
        refuse_other_units(float(extent.max()), cells.units, path)
    refuse_size(extent, path)
    voxels = voxelise_cells(wall, "tissue", spacing_mm)
    anatomy = Anatomy(voxels.labels, cells.to_ras @ voxels.affine)
    one_label = not np.isin(labels, (Tissue.RV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY)).any()
    return split_ventricles(anatomy) if one_label else label_cavities(anatomy)


def read_cells(
    path: str | PathLike[str], array: str, coordinates: Frame | None = None, units: Units | None = None
) -> Cells:
    """Read the volume cells of a mesh.

    Parameters
    ----------
    path : path-like
        Mesh, see `mesh_files.MESHES`.
    array : str
        Cell array of numbers that the mesh must have.
    coordinates : {"RAS", "LPS"}, optional
        Frame of the mesh, see `units.frame_of`.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the points; those of the format by default.

    Returns
    -------
    Cells

    Raises
    ------
    AnatomyError
        If the file can't be read, has no such array or no volume cells, or is damaged.
    """
    file = read_mesh_file(path)
    solid = file.solid
    if array not in solid.cell_data:
        raise AnatomyError(
            f"{path}: no cell array {shown(array)}; it has {listed(solid.cell_data.keys()) or 'none'}"
        )
    if not np.issubdtype(solid.cell_data[array].dtype, np.number):
        raise AnatomyError(f"{path}: cell array {shown(array)} holds text; numbers are needed")
    to_ras = FLIP if frame_of(file.frame, coordinates, path) == "LPS" else np.eye(4)
    if IN_MM[units or file.units] != 1:
        solid.points = np.asarray(solid.points, float) * IN_MM[units or file.units]
    return Cells(solid, np.asarray(solid.cell_data[array]), to_ras, units or file.units)
