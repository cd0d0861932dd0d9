"""Electrodes of a torso, transfer matrix of a heart and whole recordings, for answers to a challenge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.triangles import cross, oriented, signed_distance
from ..anatomy.triangulation import enclosed_volume, graph_laplacian, pieces
from ..core.errors import InputError
from ..io.challenge_answers import in_file
from ..io.electrodes import from_table, read_electrode_table
from ..io.recordings.reading import mv_per_unit, read_recording
from ..io.surface_files import SURFACES, read_surface_file
from ..io.surfaces import Surface, closed, read_surface
from ..io.torso_files import USUAL_MM, read_torso
from ..io.units import HEART_MM
from ..physics.heart_transfer import boundary_elements
from .ecg.baseline import find_baseline
from .ecg.cleaning import cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from ..anatomy.triangulation import Closed
    from ..io.units import Frame, Units


SAME_MM = 1e-3  # below which two points are one


class HeartTransfer(NamedTuple):
    """How potentials at the points of a heart's file reach the electrodes.

    Attributes
    ----------
    transfer : numpy.ndarray, shape (electrode, vertex)
        From the outer closed surface of the heart; rows add up to 1.
    laplacian : numpy.ndarray, shape (vertex, vertex)
        Of the graph of neighbouring vertices.
    vertex_of : numpy.ndarray of int, shape (node,)
        Vertex that each point of the file is, or the nearest for points that are not on the outer surface.
    nodes : numpy.ndarray, shape (node, 3)
        Points of the file, in its order; patient RAS, mm.
    notes : list of str
        Sizes, and openings that were closed.
    """

    transfer: NDArray
    laplacian: NDArray
    vertex_of: NDArray[np.integer]
    nodes: NDArray
    notes: list[str]


class WholeRecording(NamedTuple):
    """Good leads of a recording over all of its samples.

    Attributes
    ----------
    signals_mv : numpy.ndarray, shape (good lead, sample)
        About the potential at rest before the beat, without artefacts and hum.
    times_ms : numpy.ndarray, shape (sample,)
    mv_per_unit : float
        The unit of the file.
    """

    signals_mv: NDArray
    times_ms: NDArray
    mv_per_unit: float


def read_torso_and_electrodes(
    torso: str | PathLike[str],
    electrodes: str | PathLike[str],
    coordinates: Frame,
    units: Units | None,
) -> tuple[Surface, list[str], NDArray]:
    """Read the surface of a torso and the electrodes on it.

    Parameters
    ----------
    torso : path-like
        Surface.
    electrodes : path-like
        Table of electrodes or a surface whose points they are; empty for the points that the torso's file
        names as those of the leads, or else all its points.
    coordinates : {"RAS", "LPS"}
        Frame of the files.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the surfaces; mm by default, and then a size that is unusual in mm is refused.

    Returns
    -------
    surface : Surface
        Patient RAS, mm.
    names : list of str
        Numbers of the leads, or the names of the table.
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.

    Raises
    ------
    InputError
        If a file can't be read.
    """
    surface = read_surface(torso, coordinates, units, USUAL_MM["skin"], "torso")
    if electrodes and not str(electrodes).lower().endswith(tuple(SURFACES)):
        names, positions = from_table(read_electrode_table(electrodes), electrodes)
        return surface, names, in_file(positions, coordinates, None)  # turned from it, which is the same
    if electrodes:
        positions = read_surface(electrodes, coordinates, units, USUAL_MM["skin"], "surface").points
    else:
        leads = read_surface_file(torso).leads
        positions = surface.points if leads is None else surface.points[leads]
    return surface, [str(number) for number in range(1, len(positions) + 1)], positions


def heart_transfer(
    heart: str | PathLike[str],
    torso: str | PathLike[str],
    electrodes: pd.DataFrame,
    coordinates: Frame,
    units: Units | None,
) -> HeartTransfer:
    """Compute the transfer matrix of a heart in a homogeneous torso.

    Parameters
    ----------
    heart : path-like
        Surface; openings are closed.
    torso : path-like
        Surface in patient RAS and mm.
    electrodes : pandas.DataFrame
        Columns x_mm, y_mm and z_mm, patient RAS.
    coordinates : {"RAS", "LPS"}
        Frame of the heart's file.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the heart's file.

    Returns
    -------
    HeartTransfer

    Raises
    ------
    InputError
        If the heart does not lie in the torso.
    AnatomyError
        If a surface can't be used.
    """
    surface = read_surface(heart, coordinates, units, HEART_MM, "heart")
    lids = closed(surface, heart, "heart")
    shape = oriented(lids.points, _largest_piece(lids), str(heart))
    skin = read_torso(torso, {"sigma_t": 1.0})[0].surface
    outside = signed_distance(skin, shape.points) >= 0
    if outside.any() or cross(skin, shape):
        raise InputError(
            f"{heart}: {outside.sum()} of {len(shape.points)} points lie outside the torso, or the surfaces "
            "cross; both must be in one frame and unit"
        )
    positions = electrodes[["x_mm", "y_mm", "z_mm"]].to_numpy(float)
    off, vertex_of = cKDTree(shape.points).query(surface.points)
    notes = [
        f"{len(surface.points)} nodes, {shape.volume / 1000:.0f} ml, in a torso of {len(skin.points)} nodes, "
        f"{len(positions)} electrodes"
    ]
    if len(lids.lids_mm2):
        notes.append(f"{len(lids.lids_mm2)} openings of {lids.lids_mm2.sum() / 100:.0f} cm2 are closed")
    if (off > SAME_MM).any():
        notes.append(
            f"warning: {(off > SAME_MM).sum()} points, of inner surfaces or without a triangle, take the "
            "potential of the nearest on the outer one"
        )
    return HeartTransfer(
        boundary_elements(skin, shape, positions),
        graph_laplacian(shape.triangles, len(shape.points)),
        vertex_of,
        surface.points,
        notes,
    )


def _largest_piece(surface: Closed) -> NDArray[np.integer]:
    """Triangles of the piece that encloses most, as surfaces within it bound no part of the torso."""
    piece = pieces(surface.triangles)
    volumes = [
        abs(enclosed_volume(surface.points, surface.triangles[piece == one]))
        for one in range(piece.max() + 1)
    ]
    largest: NDArray[np.integer] = surface.triangles[piece == int(np.argmax(volumes))]
    return largest


def whole_recording(
    path: str | PathLike[str], names: Sequence[str], prepared: xr.Dataset, settings: Mapping[str, Any]
) -> WholeRecording:
    """Read all samples of the leads of a recording that can be used.

    Parameters
    ----------
    path : path-like
    names : sequence of str
        Names of the electrodes.
    prepared : xarray.Dataset
        The recording as its beat was prepared: ``good`` and the attribute ``onset_ms``.
    settings : mapping
        ``units``, ``sampling_hz`` and ``channels`` of the recording.

    Returns
    -------
    WholeRecording

    Raises
    ------
    InputError
        If the recording can't be read.
    """
    signals, times, _ = read_recording(
        path, names, settings["units"], settings["sampling_hz"], settings["channels"]
    )
    clean = cleaned(signals[prepared["good"].values], times).signals
    baseline = find_baseline(clean, times, float(prepared.attrs["onset_ms"]), float(times[-1]))
    if baseline is not None:
        clean = clean - baseline.signals
    return WholeRecording(clean, times, mv_per_unit(Path(path), names, settings["units"]))
