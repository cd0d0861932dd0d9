"""Labelled volumetric meshes, turned into labelled volumes."""

import numpy as np
from scipy import ndimage
from scipy.spatial import Delaunay

from .anatomy import Anatomy, AnatomyError, Tissue, map_labels
from .volume import FLIP

VOLUME_CELLS = (10, 11, 12, 13, 14, 24, 25, 26, 27)  # VTK: tetrahedra to quadratic pyramids


def read_mesh(path, label_array, label_map, coordinates, spacing_mm):
    """Voxelise a volumetric mesh (VTU) and label its ventricular cavities.

    Parameters
    ----------
    path : path-like
    label_array : str
        Cell array that holds the labels.
    label_map : dict of str to sequence of int
        See `anatomy.map_labels`; it needs LV wall and RV wall. A mesh of walls has no cavity
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
        If the file has no volume cells or no such array, or lacks a label of the map.
    """
    solid = read_cells(path, label_array)
    try:
        labels = map_labels(np.asarray(solid.cell_data[label_array]).astype(int), label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    heart = solid.extract_cells(labels > 0)
    heart.clear_data()
    heart.cell_data["tissue"] = labels[labels > 0]
    return label_cavities(_voxelise(heart, coordinates, spacing_mm))


def read_cells(path, array):
    """Volume cells of a mesh (pyvista), which have the given cell array.

    Raises
    ------
    AnatomyError
        If the file has no such array or no volume cells.
    """
    import pyvista

    mesh = pyvista.read(path)
    if array not in mesh.cell_data:
        raise AnatomyError(
            f"{path}: no cell array {array!r}; it has {', '.join(mesh.cell_data.keys()) or 'none'}"
        )
    solid = mesh.extract_cells(np.isin(mesh.celltypes, VOLUME_CELLS))
    if solid.n_cells == 0:
        raise AnatomyError(f"{path}: no volume cells; mesh the inside of the surface first")
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
    hull = Delaunay(surface[Delaunay(surface).convex_hull].reshape(-1, 3))
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
