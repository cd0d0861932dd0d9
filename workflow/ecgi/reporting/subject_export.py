"""A prediction from a recording as files that other tools open, and a page about it."""

from os import PathLike
from typing import NamedTuple

import xarray as xr

from ..anatomy.heart import Anatomy
from ..evaluation.uncertainty import mean_and_spread
from ..io.volumes import read_grid, write_volume
from . import export, subject_page


class Exports(NamedTuple):
    """Files to write.

    Attributes
    ----------
    mean, spread : path-like
        NIfTI of the mean activation time and its SD over samples, ms.
    mesh : path-like
        VTU of both on the wall.
    site : path-like
        CSV of the earliest sites.
    summary : path-like
        PDF of one page.
    """

    mean: str | PathLike
    spread: str | PathLike
    mesh: str | PathLike
    site: str | PathLike
    summary: str | PathLike


def export_subject(
    paths: Exports,
    anatomy: Anatomy,
    segmentation: Anatomy,
    prediction: xr.Dataset,
    recording: xr.Dataset,
    grid: str | PathLike,
    coordinates: str,
) -> None:
    """Write a prediction as volumes on the grid of the segmentation, a mesh, a table and a page.

    Parameters
    ----------
    paths : Exports
    anatomy : Anatomy
        In its short-axis frame.
    segmentation : Anatomy
        In patient space.
    prediction : xarray.Dataset
        ``activation_time`` (sample, voxel) in ms, ``bsp`` and ``bsp_recorded``.
    recording : xarray.Dataset
        Its attributes go onto the page.
    grid : path-like
        Image whose voxels the volumes have.
    coordinates : {"RAS", "LPS"}
        See `volumes.read_volume`.
    """
    samples = prediction["activation_time"].values
    mean, spread = mean_and_spread(samples)
    shape, affine = read_grid(grid)
    for path, values, what in (
        (paths.mean, mean, "local activation time, ms; -1 where there is none"),
        (paths.spread, spread, "SD of the activation time, ms; -1 where there is none"),
    ):
        image = export.on_grid(values, anatomy, segmentation, shape, affine, coordinates)
        write_volume(path, image, affine, what)
    cell_data = {
        "activation_time_ms": mean,
        "activation_time_sd_ms": spread,
        "tissue": anatomy.labels[anatomy.wall],
    }
    export.wall_mesh(anatomy, cell_data).save(paths.mesh)
    sites = export.earliest_sites(samples, anatomy.positions(anatomy.wall))
    sites.to_csv(paths.site, index=False)
    subject_page.page(paths.summary, anatomy, mean, spread, sites, prediction, recording.attrs)
