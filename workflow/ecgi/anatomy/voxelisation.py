"""Voxels of meshes and closed surfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from .checks import refuse_fine_grid
from .heart import Anatomy, Tissue, to_patient

if TYPE_CHECKING:
    import pyvista
    from numpy.typing import ArrayLike, NDArray


def grid_around(low: ArrayLike, high: ArrayLike, spacing_mm: float) -> Anatomy:
    """Empty grid of isotropic voxels around a box.

    Parameters
    ----------
    low, high : array-like, shape (3,)
        Corners of the box, mm.
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    Anatomy
        Background, along the axes of the box; no centre of a voxel lies on a face of a box whose sides are
        multiples of the edge.

    Raises
    ------
    AnatomyError
        If it has more voxels than the workflow can hold.
    """
    first = np.asarray(low) - 1.5 * spacing_mm
    shape = np.ceil((np.asarray(high) + 2 * spacing_mm - first) / spacing_mm).astype(int) + 1
    refuse_fine_grid(shape, spacing_mm)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = first
    return Anatomy(np.zeros(shape, np.uint8), affine)


def voxelise_cells(mesh: pyvista.UnstructuredGrid, array: str, spacing_mm: float) -> Anatomy:
    """Label the voxels whose centre lies in a cell of a mesh.

    Parameters
    ----------
    mesh : pyvista.UnstructuredGrid
        Points in mm.
    array : str
        Cell array of tissues, see `heart.Tissue`.
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    Anatomy
        Along the axes of the mesh.

    Raises
    ------
    AnatomyError
        If there are more voxels than the workflow can hold.
    """
    bounds = np.reshape(mesh.bounds, (3, 2))
    grid = grid_around(bounds[:, 0], bounds[:, 1], spacing_mm)
    sampled = _image(grid).sample(mesh)
    labels = np.where(sampled["vtkValidPointMask"], sampled[array], Tissue.BACKGROUND)
    return Anatomy(labels.reshape(grid.labels.shape, order="F").astype(np.uint8), grid.affine)


def inside_surface(points: NDArray, triangles: NDArray[np.integer], grid: Anatomy) -> NDArray[np.bool_]:
    """Voxels whose centre lies inside a closed surface.

    A voxel lies inside where a line from it crosses the surface an odd number of times, so that a surface
    inside another is a cavity.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm, along the axes of the grid.
    triangles : numpy.ndarray of int, shape (triangle, 3)
    grid : Anatomy
        Its axes are those of the points, see `grid_around`.

    Returns
    -------
    numpy.ndarray of bool, shape of the grid
    """
    import pyvista

    surface = pyvista.PolyData.from_regular_faces(points, triangles.astype(int))
    mask = surface.voxelize_binary_mask(reference_volume=_image(grid))
    return np.asarray(mask["mask"]).astype(bool).reshape(grid.labels.shape, order="F")


def distance_to_surface(
    points: NDArray, triangles: NDArray[np.integer], grid: Anatomy
) -> NDArray[np.floating]:
    """Distance of each voxel's centre from a surface, open or closed.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        mm, along the axes of the grid.
    triangles : numpy.ndarray of int, shape (triangle, 3)
    grid : Anatomy

    Returns
    -------
    numpy.ndarray, shape of the grid
        mm, within half a voxel.
    """
    on_surface = np.zeros(grid.labels.shape, bool)
    index = np.rint(to_patient(np.linalg.inv(grid.affine), _spread(points, triangles, grid.spacing[0] / 2)))
    on_surface[tuple(np.clip(index.astype(int), 0, np.array(on_surface.shape) - 1).T)] = True
    return ndimage.distance_transform_edt(~on_surface, sampling=grid.spacing)


def _spread(points: NDArray, triangles: NDArray[np.integer], step_mm: float) -> NDArray:
    """Points all over the triangles, at most `step_mm` apart."""
    corners = points[triangles]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
    parts = np.maximum(np.ceil(longest / step_mm), 1).astype(int)
    found = []
    for count in np.unique(parts):
        i, j = np.triu_indices(count + 1)
        weights = np.stack([i, j - i, count - j], -1) / count
        found.append(np.einsum("wc,tcx->twx", weights, corners[parts == count]).reshape(-1, 3))
    return np.concatenate(found)


def _image(grid: Anatomy) -> pyvista.ImageData:
    """Grid of points at the centres of voxels."""
    import pyvista

    return pyvista.ImageData(dimensions=grid.labels.shape, spacing=grid.spacing, origin=grid.affine[:3, 3])
