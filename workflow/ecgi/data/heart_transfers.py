"""Transfer matrices of hearts in files, at the points of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from ..anatomy.triangles import cross, oriented, signed_distance
from ..anatomy.triangulation import enclosed_volume, graph_laplacian, pieces
from ..core.errors import InputError
from ..io.surfaces import closed, read_surface
from ..io.torso_files import read_torso
from ..io.units import HEART_MM
from ..physics.electrodes import COORDINATES
from ..physics.heart_transfer import boundary_elements

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
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
    positions = electrodes[COORDINATES].to_numpy(float)
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
