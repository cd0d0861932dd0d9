"""Maps on the wall as files that other tools open, in the patient's frame."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy, Tissue, to_patient
from ..anatomy.interpolation import sample_wall
from ..evaluation.sites import earliest_site
from ..io.volumes import FLIP

NOWHERE = -1.0  # outside the wall; ITK, and so 3D Slicer, reads NaN in NIfTI as 0, the earliest activation
REACH = 1.5  # voxels from the nearest of which a map says anything
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


def on_grid(values, anatomy, segmentation, shape, affine, coordinates="RAS"):
    """A map on the voxels of the segmentation that it was made from.

    Parameters
    ----------
    values : numpy.ndarray, shape (voxel,)
        Of the wall voxels of `anatomy`; NaN where nothing is said.
    anatomy : Anatomy
        The heart in its short-axis frame.
    segmentation : Anatomy
        The heart in patient space, grown walls included.
    shape, affine
        Voxel grid of the image, see `volumes.read_grid`.
    coordinates : {"RAS", "LPS"}
        See `volumes.read_volume`; the result lies where the image lies, right or wrong.

    Returns
    -------
    numpy.ndarray of float32, shape `shape`
        `NOWHERE` outside the wall, and where the map says nothing.
    """
    patient = affine if coordinates == "RAS" else FLIP @ affine
    places = segmentation.positions(segmentation.wall)
    index = np.rint(to_patient(np.linalg.inv(patient), places)).astype(int)
    inside = ((index >= 0) & (index < shape)).all(1)
    image = np.full(shape, NOWHERE, np.float32)
    image[tuple(index[inside].T)] = np.nan_to_num(_at(values, anatomy, places[inside]), nan=NOWHERE)
    return image


def _at(values, anatomy, places):
    """Values at places in the patient; NaN where no wall voxel with a value is near, and in dense scar."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(places), np.nan)
    labels = anatomy.labels.copy()
    labels[tuple(np.argwhere(anatomy.wall)[~known].T)] = Tissue.BACKGROUND
    spoken = Anatomy(labels, anatomy.affine)
    sampled = sample_wall(spoken, values[known], places)
    distance, _ = cKDTree(spoken.positions(spoken.wall)).query(places)
    silent = distance > REACH * anatomy.spacing.max()
    dense = anatomy.labels == Tissue.DENSE_SCAR
    if dense.any():
        silent |= cKDTree(anatomy.positions(dense)).query(places)[0] < distance
    return np.where(silent, np.nan, sampled)


def wall_mesh(anatomy, cell_data):
    """The wall's voxels as hexahedra in patient RAS and mm.

    Parameters
    ----------
    anatomy : Anatomy
    cell_data : dict of str to numpy.ndarray, shape (voxel,)

    Returns
    -------
    pyvista.UnstructuredGrid
        Its field SPACE tells 3D Slicer that it is in RAS.
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


def earliest_sites(samples, positions):
    """Earliest sites of the mean map and of each sample.

    Parameters
    ----------
    samples : numpy.ndarray, shape (sample, voxel)
        ms.
    positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.

    Returns
    -------
    pandas.DataFrame
        A row for the mean map, whose `spread_mm` is the RMS distance of the samples' sites from its own, and
        one for each sample.
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
