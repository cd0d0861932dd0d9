"""Read triangulated surfaces in the patient: closed or open, oriented outwards, in mm."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.heart import AnatomyError
from ..anatomy.triangulation import areas, edge_counts, oriented, pieces, with_lids
from .surface_files import read_surface_file
from .units import IN_MM, frame_of, refuse_other_units
from .volumes import FLIP

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from ..anatomy.triangulation import Closed
    from .units import Frame, Units

LEAST_TRIANGLES = 20
LARGEST_LIDS = 0.5  # area of the lids of all openings, as a share of the surface's own
MOST_OPENINGS = 8


class Surface(NamedTuple):
    """Triangulated surface in the patient.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS, mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Indices of the points; corners run counter-clockwise when viewed from outside.
    """

    points: NDArray
    triangles: NDArray[np.integer]


def read_surface(
    path: str | PathLike[str],
    coordinates: Frame | None = None,
    units: Units | None = None,
    usual_mm: tuple[float, float] | None = None,
    what: str = "surface",
) -> Surface:
    """Read a surface, orient its triangles outwards, and check it.

    Parameters
    ----------
    path : path-like
        See `surface_files.SURFACES`.
    coordinates : {"RAS", "LPS"}, optional
        Frame of the file, see `units.frame_of`.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the file; mm by default.
    usual_mm : tuple of 2 float, optional
        Least and largest usual length. Without `units`, a length beyond them that would be usual in other
        units is refused.
    what : str
        What the surface is of, for messages.

    Returns
    -------
    Surface
        Points in the order of the file, those of no triangle included; of points that lie at one place, as
        in STL, the first is used. It may have openings, see `closed`.

    Raises
    ------
    AnatomyError
        If the file can't be read, or edges belong to three triangles, or the surface has one side only, or
        its size is that of other units.
    """
    file = read_surface_file(path)
    points = file.points * IN_MM[units or "mm"]
    triangles = _of_distinct_points(points, file.triangles)
    if len(triangles) < LEAST_TRIANGLES:
        raise AnatomyError(f"{path}: {len(triangles)} triangles with an area, too few for a {what}")
    if usual_mm is not None and units is None:
        refuse_other_units(
            float(np.ptp(points[triangles].reshape(-1, 3), axis=0).max()), "mm", path, usual_mm, what
        )
    odd = edge_counts(triangles)[1]
    if ((odd > 1) & (odd % 2 == 1)).any():
        raise AnatomyError(
            f"{path}: {((odd > 1) & (odd % 2 == 1)).sum()} edges at which three triangles meet; remove "
            "sheets within the surface, with a tool such as MeshLab"
        )
    outwards = oriented(points, triangles)
    if outwards is None:
        raise AnatomyError(
            f"{path}: triangles that can't be turned outwards, as neighbours contradict each other; repair "
            "the surface with a tool such as MeshLab"
        )
    if frame_of(file.frame, coordinates, path) == "LPS":
        points = points @ FLIP[:3, :3]
    return Surface(points, outwards)


def closed(surface: Surface, path: str | PathLike[str], what: str = "surface") -> Closed:
    """Close the openings of a surface by lids.

    Parameters
    ----------
    surface : Surface
    path : path-like
        Name of the file in messages.
    what : str
        What the surface is of, for messages.

    Returns
    -------
    Closed
        Each opening with a lid of triangles from its edges to its centre.

    Raises
    ------
    AnatomyError
        If there are more than `MOST_OPENINGS`, or the lids are larger than `LARGEST_LIDS` of the surface.
    """
    lids = with_lids(*surface)
    area = areas(*surface).sum()
    if len(lids.lids_mm2) > MOST_OPENINGS:
        raise AnatomyError(
            f"{path}: {len(lids.lids_mm2)} openings; a {what} is closed, or open at base and valves: fill "
            "the others"
        )
    if lids.lids_mm2.sum() > LARGEST_LIDS * area:
        raise AnatomyError(
            f"{path}: its openings are {lids.lids_mm2.sum() / area:.0%} of its area; a whole {what} is needed"
        )
    return lids


def refuse_other_pieces(surface: Surface, path: str | PathLike[str], what: str = "surface") -> None:
    """Refuse a surface in several pieces.

    Parameters
    ----------
    surface : Surface
    path : path-like
        Name of the file in messages.
    what : str
        What the surface is of, for messages.

    Raises
    ------
    AnatomyError
    """
    count = int(pieces(surface.triangles).max()) + 1
    if count > 1:
        raise AnatomyError(f"{path}: {count} separate pieces; a {what} is one: keep the one that is meant")


def _of_distinct_points(points: NDArray, triangles: NDArray[np.integer]) -> NDArray[np.integer]:
    """Triangles of the first of the points at one place, without triangles that are a point or a line."""
    _, first, which = np.unique(points, axis=0, return_index=True, return_inverse=True)
    merged = first[which.ravel()][triangles]
    a, b, c = merged.T
    return merged[(a != b) & (b != c) & (c != a)]
