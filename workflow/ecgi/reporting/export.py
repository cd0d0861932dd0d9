"""Activation maps in patient coordinates, for other software: volumes, meshes, tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy, Tissue, to_patient
from ..anatomy.interpolation import sample_wall
from ..evaluation.sites import earliest_site
from ..io.volumes import FLIP

if TYPE_CHECKING:
    import pyvista

NOWHERE = -1.0  # outside the wall; ITK, and so 3D Slicer, reads NaN in NIfTI as 0, the earliest activation
REACH = 1.5  # largest distance in voxels from a voxel with a value
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


def on_grid(
    values: NDArray,
    anatomy: Anatomy,
    segmentation: Anatomy,
    shape: tuple[int, ...],
    affine: NDArray,
    coordinates: str = "RAS",
    walls_added: bool = False,
) -> NDArray[np.float32]:
    """Map on the voxel grid of the image that its anatomy comes from.

    Parameters
    ----------
    values : numpy.ndarray, shape (voxel,)
        At the wall voxels of `anatomy`; NaN where there is no value.
    anatomy : Anatomy
        Heart in its short-axis frame.
    segmentation : Anatomy
        Heart in patient space.
    shape : tuple of 3 int
    affine : numpy.ndarray, shape (4, 4)
        Voxel grid of the image, see `volumes.read_grid`.
    coordinates : {"RAS", "LPS"}
        Coordinates that the image was read with, see `volumes.read_volume`.
    walls_added : bool
        Whether `anatomy` has walls that `segmentation` lacks, and that the map is to cover too.

    Returns
    -------
    numpy.ndarray of float32, shape `shape`
        `NOWHERE` outside the wall and where the map has no value.
    """
    patient = affine if coordinates == "RAS" else FLIP @ affine
    on_wall = np.zeros(shape, bool)
    index = np.rint(to_patient(np.linalg.inv(patient), segmentation.positions(segmentation.wall))).astype(int)
    on_wall[tuple(index[((index >= 0) & (index < shape)).all(1)].T)] = True
    if walls_added:
        near, points = _grid_around(anatomy, shape, patient)
        at = np.rint(to_patient(np.linalg.inv(anatomy.affine), points)).astype(int)
        inside = ((at >= 0) & (at < anatomy.labels.shape)).all(1)
        on_wall[tuple(near[inside][anatomy.wall[tuple(at[inside].T)]].T)] = True
    image = np.full(shape, NOWHERE, np.float32)
    image[on_wall] = np.nan_to_num(
        _at(values, anatomy, to_patient(patient, np.argwhere(on_wall))), nan=NOWHERE
    )
    return image


def _grid_around(
    anatomy: Anatomy, shape: tuple[int, ...], affine: NDArray
) -> tuple[NDArray[np.int_], NDArray]:
    """Voxels of a grid around a heart: their indices and positions in patient RAS, shape (voxel, 3)."""
    corners = np.array(np.meshgrid(*((0, size - 1) for size in anatomy.labels.shape))).reshape(3, -1).T
    reach = to_patient(np.linalg.inv(affine) @ anatomy.affine, corners)
    low = np.clip(np.floor(reach.min(0)).astype(int), 0, shape)
    high = np.clip(np.ceil(reach.max(0)).astype(int) + 1, 0, shape)
    index = np.stack(np.meshgrid(*map(np.arange, low, high), indexing="ij"), -1).reshape(-1, 3)
    return index, to_patient(affine, index)


def _at(values: NDArray, anatomy: Anatomy, points: NDArray) -> NDArray:
    """Values at points in patient RAS; NaN far from all voxels with a value, and in dense scar."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(points), np.nan)
    labels = anatomy.labels.copy()
    labels[tuple(np.argwhere(anatomy.wall)[~known].T)] = Tissue.BACKGROUND
    valued = Anatomy(labels, anatomy.affine)
    sampled = sample_wall(valued, values[known], points)
    distance, _ = cKDTree(valued.positions(valued.wall)).query(points)
    empty = distance > REACH * anatomy.spacing.max()
    dense = anatomy.labels == Tissue.DENSE_SCAR
    if dense.any():
        empty |= cKDTree(anatomy.positions(dense)).query(points)[0] < distance
    return np.where(empty, np.nan, sampled)


def wall_mesh(anatomy: Anatomy, cell_data: Mapping[str, NDArray]) -> pyvista.UnstructuredGrid:
    """Wall voxels as hexahedra in patient RAS, mm.

    Parameters
    ----------
    anatomy : Anatomy
    cell_data : mapping of str to numpy.ndarray, shape (voxel,)
        Arrays of the mesh by name.

    Returns
    -------
    pyvista.UnstructuredGrid
        With a field SPACE, by which 3D Slicer reads it as RAS.
    """
    import pyvista

    voxels = np.argwhere(anatomy.wall)
    corners = (voxels[:, None] + CORNERS).reshape(-1, 3)
    sides = np.array(anatomy.labels.shape) + 1
    numbers, cells = np.unique(np.ravel_multi_index(corners.T, sides), return_inverse=True)
    points = to_patient(anatomy.affine, np.transpose(np.unravel_index(numbers, sides)) - 0.5)
    mesh = pyvista.UnstructuredGrid({pyvista.CellType.HEXAHEDRON: cells.reshape(-1, 8)}, points)
    for name, values in cell_data.items():
        mesh.cell_data[name] = values
    mesh.field_data["SPACE"] = ["RAS"]
    return mesh


def earliest_sites(samples: NDArray, positions: NDArray) -> pd.DataFrame:
    """Earliest sites of the mean map and of each sample.

    Parameters
    ----------
    samples : numpy.ndarray, shape (sample, voxel)
        Activation times in ms.
    positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.

    Returns
    -------
    pandas.DataFrame
        A row for the mean map, whose `spread_mm` is the RMS distance of the sites of the samples from its
        own, and one for each sample.
    """
    mean = earliest_site(samples.mean(0), positions)
    sites = np.array([earliest_site(sample, positions) for sample in samples])
    distance = np.linalg.norm(sites - mean, axis=1)
    table = pd.DataFrame([mean, *sites], columns=["x_mm", "y_mm", "z_mm"])
    table.insert(0, "map", ["mean", *(f"sample {number}" for number in range(1, len(samples) + 1))])
    table["from_mean_mm"] = [0.0, *distance]
    table["spread_mm"] = [np.sqrt(np.mean(distance**2)) if len(samples) > 1 else np.nan] + [np.nan] * len(
        samples
    )
    return table.round(2)
