"""Volumetric meshes (VTU): hearts to voxelise, and fibres in their cells."""

from os import PathLike
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import Delaunay, QhullError

from ..anatomy.checks import refuse_fine_grid, refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, Tissue, map_labels
from ..core.errors import listed, one_line, shown
from .volumes import FLIP


def read_fibres(
    path: str | PathLike, fibre_array: str, coordinates: Literal["RAS", "LPS"]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Fibres of a volumetric mesh's cells.

    Parameters
    ----------
    path : path-like
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
        If the file has no volume cells or no such array, or if that holds no vectors.
    """
    solid = read_cells(path, fibre_array)
    vectors = np.asarray(solid.cell_data[fibre_array], float)
    if vectors.ndim != 2 or vectors.shape[1] != 3:
        raise AnatomyError(f"{path}: {fibre_array} has shape {vectors.shape}; one vector per cell is needed")
    to_ras = FLIP[:3, :3] if coordinates == "LPS" else np.eye(3)
    return solid.cell_centers().points @ to_ras, vectors @ to_ras


# VTK's number of each kind of cell, tetrahedra to quadratic pyramids, and how many points it has.
VOLUME_CELLS = {10: 4, 11: 8, 12: 8, 13: 6, 14: 5, 24: 10, 25: 20, 26: 15, 27: 13}
UNIMPORTANT = "InformationKey"  # ranges that VTK writes beside an array and can't always read


def read_mesh(path, label_array, label_map, coordinates, spacing_mm):
    """Voxelise a volumetric mesh (VTU) and label its ventricular cavities.

    Parameters
    ----------
    path : path-like
    label_array : str
        Cell array that holds the labels.
    label_map : dict of str to sequence of int
        See `heart.map_labels`; it needs LV wall and RV wall. A mesh of walls has no cavity
        cells, so cavities are found, see `label_cavities`.
    coordinates : {"RAS", "LPS"}
        Frame of the mesh, in mm; VTK files do not say.
    spacing_mm : float
        Edge of the voxels.

    Returns
    -------
    Anatomy
        On axes along the patient's.

    Raises
    ------
    AnatomyError
        If the file can't be read, has no volume cells or no such array, lacks a label of the map, or
        holds something larger or smaller than a heart.
    """
    solid = read_cells(path, label_array)
    values = np.asarray(solid.cell_data[label_array])
    if values.ndim != 1:
        raise AnatomyError(f"{path}: {label_array} has shape {values.shape}; one label per cell is needed")
    try:
        labels = map_labels(values, label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    heart = solid.extract_cells(labels > 0)
    heart.clear_data()
    heart.cell_data["tissue"] = labels[labels > 0]
    refuse_size(np.ptp(np.reshape(heart.bounds, (3, 2)), axis=1), path)
    return label_cavities(_voxelise(heart, coordinates, spacing_mm))


def read_cells(path, array):
    """Volume cells of a mesh (pyvista), which have the given cell array.

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


def _read_vtu(path):
    """The mesh of a file, unless VTK complains about what it holds."""
    import pyvista
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridReader

    reader = vtkXMLUnstructuredGridReader()
    reader.SetFileName(str(path))
    with pyvista.VtkErrorCatcher(send_to_logging=False) as said:
        reader.Update()
    errors = [event.alert for event in said.error_events if UNIMPORTANT not in event.alert]
    if errors:
        raise AnatomyError(f"{path}: not a readable VTU mesh ({one_line(errors[0])})")
    return pyvista.wrap(reader.GetOutput())


def _volume_cells(path, mesh):
    """Mask of the volume cells, all of which have the points that their kind has."""
    kinds, points = mesh.celltypes, mesh.cell_connectivity
    solid = np.isin(kinds, list(VOLUME_CELLS))
    if not solid.any():
        raise AnatomyError(f"{path}: no volume cells; mesh the inside of the surface first")
    sizes = np.diff(mesh.cell_offsets)
    wrong = np.array([VOLUME_CELLS.get(kind, size) for kind, size in zip(kinds, sizes, strict=True)]) != sizes
    if wrong.any() or points.min() < 0 or points.max() >= mesh.n_points:
        raise AnatomyError(f"{path}: cells with points that are not there; the file is damaged")
    return solid


def label_cavities(anatomy):
    """Label the blood inside the ventricles of a heart that is walls only.

    The LV cavity is the largest piece inside the convex hull of the LV wall, the RV cavity the
    largest piece of the rest inside the hull of RV wall and septum; both hulls end at the valves.
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


def _voxelise(heart, coordinates, spacing_mm):
    """Label the voxels whose centre lies in a cell of `heart`."""
    import pyvista

    bounds = np.reshape(heart.bounds, (3, 2))
    low = bounds[:, 0] - 1.5 * spacing_mm  # centres off the faces of cells that lie on the same grid
    shape = np.ceil((bounds[:, 1] + 2 * spacing_mm - low) / spacing_mm).astype(int) + 1
    refuse_fine_grid(shape, spacing_mm)
    grid = pyvista.ImageData(dimensions=shape, spacing=(spacing_mm,) * 3, origin=low)
    sampled = grid.sample(heart)
    labels = np.where(sampled["vtkValidPointMask"], sampled["tissue"], Tissue.BACKGROUND)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Anatomy(
        labels.reshape(shape, order="F").astype(np.uint8),
        FLIP @ affine if coordinates == "LPS" else affine,
    )


def _inside_hull(mask):
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


def _largest_core(mask, voxels=2):
    """Largest piece of `mask` that holds together when its outer voxels are taken off."""
    pieces, count = ndimage.label(ndimage.binary_erosion(mask, iterations=voxels))
    if count == 0:
        return mask
    core = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return ndimage.binary_dilation(core, iterations=voxels, mask=mask)
