"""Torsos of a patient: surfaces or masks of skin, lungs and others, from a table or a single file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from ..anatomy.heart import AnatomyError, to_patient
from ..anatomy.torso import Region
from ..anatomy.torso_shapes import remeshed
from ..anatomy.triangles import Shape, oriented, surface_of_mask
from ..anatomy.voxelisation import grid_around
from ..core.errors import InputError
from .images import ending_of, read_single
from .surface_files import SURFACES
from .surfaces import closed, read_surface
from .torso_tables import Row, is_table, kind_of, read_torso_table

USUAL_MM = {"skin": (150.0, 1200.0), "lung": (80.0, 450.0)}  # longest side, of children and adults
POINTS = {"skin": 700, "lung": 200, "blood": 250}  # of a surface that is remeshed
OTHER_POINTS = 200
GRID_MM, SMOOTH_MM = 4.0, 4.0  # voxels and smoothing of a mask that a surface is made of


def read_torso(path: str | PathLike[str], conductivity: Mapping[str, float]) -> list[Region]:
    """Read the surfaces of a torso, the skin first.

    Surfaces with openings are closed and those with many points remeshed, so that boundary elements can use
    them; the differences are printed.

    Parameters
    ----------
    path : path-like
        Table with a row per region, see `torso_tables.read_torso_table`, or the surface of the skin alone.
    conductivity : mapping
        ``sigma_t``, ``sigma_lungs`` and ``sigma_blood``, S/m, of regions without one of their own.

    Returns
    -------
    list of Region

    Raises
    ------
    InputError
        If the table is invalid, or a file can't be read.
    AnatomyError
        If a surface can't be used.
    """
    if is_table(path):
        rows = read_torso_table(path, conductivity)
    else:
        rows = [Row("skin", str(path), None, conductivity["sigma_t"], None, None, str(path))]
    return [Region(row.name, _shape(row), row.sigma) for row in rows]


def _shape(row: Row) -> Shape:
    """Closed surface of a region."""
    kind = kind_of(row.name)
    nodes = POINTS.get(str(kind), OTHER_POINTS)
    if ending_of(row.file):
        return surface_of_mask(*_mask(row), nodes, SMOOTH_MM, 0.0, row.name)
    if not row.file.lower().endswith(tuple(SURFACES)):
        raise InputError(
            f"{row.where}: {row.file} is neither a surface ({', '.join(SURFACES)}) nor an image "
            "(NIfTI, NRRD, MetaImage)"
        )
    if row.label is not None:
        raise InputError(f"{row.where}: label is for images, and {row.file} is a surface; leave it empty")
    surface = read_surface(row.file, row.coordinates, row.length_units, USUAL_MM.get(str(kind)), row.name)
    lids = closed(surface, row.file, row.name)
    if len(lids.lids_mm2):
        print(f"{row.name}: {len(lids.lids_mm2)} openings of {lids.lids_mm2.sum() / 100:.0f} cm2 are closed")
    return remeshed(oriented(lids.points, lids.triangles, row.name), nodes, len(lids.lids_mm2) > 0, row.name)


def _mask(row: Row) -> tuple[NDArray[np.bool_], NDArray]:
    """Voxels of a region on an isotropic grid along the patient's axes."""
    if row.length_units or row.coordinates:
        raise InputError(f"{row.where}: length_units and coordinates are for surfaces; leave them empty")
    image = read_single(row.file)
    values = image.values[..., 0]
    mask = values != 0 if row.label is None else np.abs(values - row.label) <= image.rounding
    if not mask.any():
        what = "voxels that are not zero" if row.label is None else f"voxels of label {row.label}"
        raise AnatomyError(f"{row.where}: {row.file} has no {what}")
    found = to_patient(image.affine, np.argwhere(mask).astype(float))
    edge = np.abs(image.affine[:3, :3]).sum(1) / 2
    grid = grid_around(found.min(0) - edge, found.max(0) + edge, GRID_MM)
    index = np.indices(grid.labels.shape).reshape(3, -1).T
    back = np.rint(to_patient(np.linalg.inv(image.affine) @ grid.affine, index.astype(float))).astype(int)
    inside = ((back >= 0) & (back < mask.shape)).all(1)
    filled = np.zeros(len(back), bool)
    filled[inside] = mask[tuple(back[inside].T)]
    return filled.reshape(grid.labels.shape), grid.affine
