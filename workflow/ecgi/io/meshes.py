"""Read hearts and fibre directions from volumetric meshes (VTU)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import ndimage
from scipy.spatial import Delaunay, QhullError

from ..anatomy.checks import refuse_fine_grid, refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, Tissue, map_labels
from ..core.errors import listed, one_line, shown
from .volumes import FLIP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pyvista
    from numpy.typing import NDArray


def read_fibres(
    path: str | PathLike[str], fibre_array: str, coordinates: Literal["RAS", "LPS"]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Read the fibre directions of a volumetric mesh's cells.

    Parameters
    ----------
    path : path-like
        VTU file.
    fibre_array : str
        Cell array of vectors.
    coordinates : {"RAS", "LPS"}
        Frame of the mesh, in mm, and of its vectors.

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
    solid = read_cells(path, fibre_array)
    vectors = np.asarray(solid.cell_data[fibre_array], float)
    if vectors.ndim != 2 or vectors.shape[1] != 3:
        raise AnatomyError(f"{path}: {fibre_array} has shape {vectors.shape}; one vector per cell is needed")
    to_ras = FLIP[:3, :3] if coordinates == "LPS" else np.eye(3)
    return solid.cell_centers().points @ to_ras, vectors @ to_ras


# VTK cell type, from tetrahedron to quadratic pyramid, to its number of points.
VOLUME_CELLS = {10: 4, 11: 8, 12: 8, 13: 6, 14: 5, 24: 10, 25: 20, 26: 15, 27: 13}
UNIMPORTANT = "InformationKey"  # ranges that VTK writes beside an array and can't always read


def read_mesh(
    path: str | PathLike[str],
    label_array: str,
    label_map: Mapping[str, Sequence[int]],
    coordinates: Literal["RAS", "LPS"],
    spacing_mm: float,
) -> Anatomy:
    """Voxelise a volumetric mesh (VTU) and label its ventricular cavities.

    Parameters
    ----------
    path : path-like
        VTU file.
    label_array : str
        Cell array that holds the labels.
    label_map : dict of str to sequence of int
        Labels of each tissue, see `heart.map_labels`; LV wall and RV wall are needed. Cavities, which a mesh
        of walls has no cells for, are found by `label_cavities`.
    coordinates : {"RAS", "LPS"}
        Frame of the mesh, in mm, which VTK files do not hold.
    spacing_mm : float
        Edge of the voxels.

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
    solid = read_cells(path, label_array)
    values = np.asarray(solid.cell_data[label_array])
    if values.ndim != 1:
        raise AnatomyError(f"{path}: {label_array} has shape {values.shape}; one label per cell is needed")
    try:
        labels = map_labels(values, label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    wall = solid.extract_cells(labels > 0)
    wall.clear_data()
    wall.cell_data["tissue"] = labels[labels > 0]
    refuse_size(np.ptp(np.reshape(wall.bounds, (3, 2)), axis=1), path)
    return label_cavities(_voxelise(wall, coordinates, spacing_mm))


def read_cells(path: str | PathLike[str], array: str) -> pyvista.UnstructuredGrid:
    """Read the volume cells of a mesh.

    Parameters
    ----------
    path : path-like
        VTU file.
    array : str
        Cell array of numbers that the mesh must have.

    Returns
    -------
    pyvista.UnstructuredGrid

    Raises
    ------
    AnatomyError
        If the file can't be read, has no such array or no volume cells, or is damaged.
    """
    if not str(path).lower().endswith(".vtu"):
        raise AnatomyError(f"{path}: not a VTU mesh")
    mesh = _read_vtu(path)
    if array not in mesh.cell_data:
        raise AnatomyError(
            f"{path}: no cell array {shown(array)}; it has {listed(mesh.cell_data.keys()) or 'none'}"
        )
    if not np.issubdtype(mesh.cell_data[array].dtype, np.number):
        raise AnatomyError(f"{path}: cell array {shown(array)} holds text; numbers are needed")
    solid = mesh.extract_cells(_volume_cells(path, mesh))
    if not np.isfinite(solid.points).all():
        raise AnatomyError(f"{path}: points whose coordinates are not finite numbers")
    return solid


def _read_vtu(path: str | PathLike[str]) -> pyvista.UnstructuredGrid:
    """Read a VTU file; errors that VTK only logs are raised."""
    import pyvista
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(path))
    with pyvista.VtkErrorCatcher(send_to_logging=False) as log:
        reader.Update()
    errors = [event.alert for event in log.error_events if UNIMPORTANT not in event.alert]
    if errors:
        raise AnatomyError(f"{path}: not a readable VTU mesh ({one_line(errors[0])})")
    return pyvista.wrap(reader.GetOutput())


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


def label_cavities(anatomy: Anatomy) -> Anatomy:
    """Label the ventricular cavities of a heart that has labels of its walls only.

    The LV cavity is the largest piece inside the convex hull of the LV wall, the RV cavity the
    largest piece of the rest inside the hull of RV wall and septum; both hulls end at the valves.

    Parameters
    ----------
    anatomy : Anatomy
        With labels of LV wall and RV wall.

    Returns
    -------
    Anatomy
        On the same grid.

    Raises
    ------
    AnatomyError
        If a wall is too small or too flat to enclose a cavity.
    """
    lv_wall = anatomy.labels == Tissue.LV_WALL
    rv_wall = anatomy.labels == Tissue.RV_WALL
    free = anatomy.labels == Tissue.BACKGROUND
    lv_hull = _inside_hull(lv_wall)
    septum = lv_wall & ndimage.binary_dilation(_inside_hull(rv_wall))
    labels = anatomy.labels.copy()
    lv_cavity = _largest_core(lv_hull & free)
    labels[lv_cavity] = Tissue.LV_CAVITY
    labels[_largest_core(_inside_hull(rv_wall | septum) & free & ~lv_cavity)] = Tissue.RV_CAVITY
    return Anatomy(labels, anatomy.affine)


def _voxelise(
    mesh: pyvista.UnstructuredGrid, coordinates: Literal["RAS", "LPS"], spacing_mm: float
) -> Anatomy:
    """Label the voxels whose centre lies in a cell of `mesh`."""
    import pyvista

    bounds = np.reshape(mesh.bounds, (3, 2))
    low = bounds[:, 0] - 1.5 * spacing_mm  # centres off the faces of cells that lie on the same grid
    shape = np.ceil((bounds[:, 1] + 2 * spacing_mm - low) / spacing_mm).astype(int) + 1
    refuse_fine_grid(shape, spacing_mm)
    grid = pyvista.ImageData(dimensions=shape, spacing=(spacing_mm,) * 3, origin=low)
    sampled = grid.sample(mesh)
    labels = np.where(sampled["vtkValidPointMask"], sampled["tissue"], Tissue.BACKGROUND)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Anatomy(
        labels.reshape(shape, order="F").astype(np.uint8),
        FLIP @ affine if coordinates == "LPS" else affine,
    )


def _inside_hull(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels inside the convex hull of `mask`."""
    surface = np.argwhere(mask & ~ndimage.binary_erosion(mask))
    try:
        hull = Delaunay(surface[Delaunay(surface).convex_hull].reshape(-1, 3))
    except (QhullError, ValueError):
        raise AnatomyError(
            "a wall is too small or too flat to hold a cavity; correct the label map"
        ) from None
    inside = np.zeros(mask.shape, bool)
    box = tuple(slice(a, b + 1) for a, b in zip(surface.min(0), surface.max(0), strict=True))
    points = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), -1)
    inside[box] = hull.find_simplex(points) >= 0
    return inside


def _largest_core(mask: NDArray[np.bool_], voxels: int = 2) -> NDArray[np.bool_]:
    """Largest connected piece of `mask` after an opening by `voxels`."""
    pieces, count = ndimage.label(ndimage.binary_erosion(mask, iterations=voxels))
    if count == 0:
        return mask
    core = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return ndimage.binary_dilation(core, iterations=voxels, mask=mask)
