"""Export of a prediction from a recording: volumes, mesh, table, and a summary."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from ..anatomy.heart import Anatomy
from ..evaluation.uncertainty import mean_and_spread
from ..io.volumes import read_grid, write_volume
from . import export, sheets, subject_page


class Exports(NamedTuple):
    """Paths of the exported files.

    Attributes
    ----------
    mean, spread : path-like
        NIfTI of the mean activation time and its SD over samples, ms.
    mesh : path-like
        VTU of both and of the tissue on the wall.
    site : path-like
        CSV of the earliest sites of the mean map and of each sample.
    summary, summary_html : path-like
        PDF and HTML of the same summary.
    """

    mean: str | PathLike
    spread: str | PathLike
    mesh: str | PathLike
    site: str | PathLike
    summary: str | PathLike
    summary_html: str | PathLike


def export_subject(
    paths: Exports,
    anatomy: Anatomy,
    segmentation: Anatomy,
    prediction: xr.Dataset,
    recording: xr.Dataset,
    examination: Mapping[str, Any],
    check: Mapping[str, Any],
    grid: str | PathLike,
    coordinates: str,
    colours: str,
    contact: Mapping[str, Any] | None = None,
) -> None:
    """Export a prediction as volumes on the grid of the segmentation, a mesh, a table and a page.

    Parameters
    ----------
    paths : Exports
        Files to write.
    anatomy : Anatomy
        Heart in its short-axis frame.
    segmentation : Anatomy
        Heart in patient space.
    prediction : xarray.Dataset
        ``activation_time`` (sample, voxel) in ms, ``bsp`` (sample, electrode, time) and ``bsp_recorded``
        (electrode, time) in mV.
    recording : xarray.Dataset
        Recorded beat, see `subject_page.document`.
    examination : mapping
        ``warnings`` and ``notes`` of `evaluation.cross_examination`.
    check : mapping
        Check of the heart, see `io.hearts.import_heart`, which is shown on the page.
    grid : path-like
        Image on whose voxel grid the volumes are written.
    coordinates : {"RAS", "LPS"}
        See `volumes.read_volume`.
    colours : {"ep", "colour_blind_safe"}
        See `colours.OF_PATIENTS`.
    contact : mapping, optional
        Comparison with a contact map, see `evaluation.contact_map.summary`.
    """
    samples = prediction["activation_time"].values
    mean, spread = mean_and_spread(samples)
    shape, affine = read_grid(grid)
    added = any(check["changes"][kind] for kind in ("closed", "grown", "capped"))
    for path, values, what in (
        (paths.mean, mean, "local activation time, ms; -1 where there is none"),
        (paths.spread, spread, "SD of the activation time, ms; -1 where there is none"),
    ):
        image = export.on_grid(values, anatomy, segmentation, shape, affine, coordinates, added)
        write_volume(path, image, affine, what)
    cell_data = {
        "activation_time_ms": mean,
        "activation_time_sd_ms": spread,
        "tissue": anatomy.labels[anatomy.wall],
    }
    export.wall_mesh(anatomy, cell_data).save(Path(paths.mesh))
    sites = export.earliest_sites(samples, anatomy.positions(anatomy.wall))
    sites.to_csv(paths.site, index=False)
    summary = subject_page.document(
        anatomy, samples, mean, spread, sites, prediction, recording, examination, check, colours, contact
    )
    sheets.write_pdf(paths.summary, summary)
    sheets.write_html(paths.summary_html, summary)
