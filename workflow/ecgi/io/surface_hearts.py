"""Make hearts of surfaces: a closed myocardium, an epicardium with endocardia, or an epicardium alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.checks import refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, Tissue
from ..anatomy.triangulation import areas, enclosed_volume, normals
from ..anatomy.ventricles import split_ventricles, with_rv_wall
from ..anatomy.voxelisation import distance_to_surface, grid_around, inside_surface
from .surfaces import closed, read_surface, refuse_other_pieces
from .units import HEART_MM

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from numpy.typing import NDArray

    from ..anatomy.frame import LongAxis
    from ..anatomy.triangulation import Closed
    from .units import Frame, Units

BASE_DEGREES = 55.0  # a closed surface whose normal is nearer to the axis is the cut of the base
MOST_OUTSIDE = 0.25  # volume of an endocardium beyond the epicardium, as a share of its own
MOST_OVERLAP = 0.02  # volume that two endocardia share, as a share of one
SMALL_HOLES = 0.02  # area of the openings of a closed myocardium, as a share of its own
GIVE_MORE = (
    "for the surface of an epicardium, give lv_endocardium and rv_endocardium, or wall_mm, the thickness of "
    "the wall"
)


class Surfaces(NamedTuple):
    """Files of a heart's surfaces.

    Attributes
    ----------
    outer : path-like
        Closed surface of the myocardium, or epicardium where the others are given.
    lv_endocardium, rv_endocardium : path-like
        Empty where they are not given.
    wall_mm : float
        Thickness of the wall inside an epicardium that is given alone; 0 for none.
    """

    outer: str | PathLike[str]
    lv_endocardium: str | PathLike[str] = ""
    rv_endocardium: str | PathLike[str] = ""
    wall_mm: float = 0.0


def read_heart_surfaces(
    files: Surfaces,
    coordinates: Frame | None,
    units: Units | None,
    spacing_mm: float,
    axis_of: Callable[[Anatomy], LongAxis],
) -> Anatomy:
    """Voxelise the surfaces of a heart and label its walls and cavities.

    Openings of epicardium and endocardium, as at the base, are closed by lids to find the inside; an
    epicardium's wall does not follow the lids. A closed epicardium given alone is opened at the base, where
    its normal lies within `BASE_DEGREES` of the long axis.

    Parameters
    ----------
    files : Surfaces
    coordinates : {"RAS", "LPS"}, optional
        Frame of the files, see `units.frame_of`.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the files; mm by default, and then a size that is unusual in mm is refused.
    spacing_mm : float
        Edge of the voxels.
    axis_of : callable
        Long axis of a labelled heart, for the base of a closed epicardium.

    Returns
    -------
    Anatomy
        On axes along the patient's.

    Raises
    ------
    AnatomyError
        If a file can't be read or its surface can't be used, or an endocardium lies outside the epicardium.
    """
    outer = read_surface(files.outer, coordinates, units, HEART_MM, "heart")
    refuse_size(np.ptp(outer.points[outer.triangles].reshape(-1, 3), axis=0), files.outer)
    lids = closed(outer, files.outer, "heart")
    corners = lids.points[lids.triangles].reshape(-1, 3)
    grid = grid_around(corners.min(0), corners.max(0), spacing_mm)
    inside = inside_surface(lids.points, lids.triangles, grid)
    if files.wall_mm:
        refuse_other_pieces(outer, files.outer, "epicardium")
        return _shell(lids, len(outer.triangles), inside, grid, files.wall_mm, axis_of)
    if files.lv_endocardium:
        refuse_other_pieces(outer, files.outer, "epicardium")
        return _between(files, inside, grid, coordinates, units)
    if lids.lids_mm2.sum() > SMALL_HOLES * areas(*outer).sum():
        raise AnatomyError(f"{files.outer}: open; a myocardium is closed; {GIVE_MORE}")
    try:
        return split_ventricles(_labelled(grid, inside))
    except AnatomyError as error:
        raise AnatomyError(f"{files.outer}: {error}; {GIVE_MORE}") from None


def _labelled(grid: Anatomy, wall: NDArray[np.bool_]) -> Anatomy:
    """Grid with a wall on it."""
    return Anatomy(np.where(wall, np.uint8(Tissue.LV_WALL), np.uint8(Tissue.BACKGROUND)), grid.affine)


def _shell(
    lids: Closed,
    own: int,
    inside: NDArray[np.bool_],
    grid: Anatomy,
    wall_mm: float,
    axis_of: Callable[[Anatomy], LongAxis],
) -> Anatomy:
    """Wall of one thickness inside an epicardium, of which the first `own` triangles are no lids."""
    triangles = lids.triangles[:own]
    if len(lids.lids_mm2) == 0:
        heart = _hollow(lids.points, triangles, inside, grid, wall_mm)
        axis = axis_of(heart).direction
        to_base = -normals(lids.points, triangles) @ axis
        triangles = triangles[to_base < np.cos(np.radians(BASE_DEGREES))]
    return _hollow(lids.points, triangles, inside, grid, wall_mm)


def _hollow(
    points: NDArray, triangles: NDArray[np.integer], inside: NDArray[np.bool_], grid: Anatomy, wall_mm: float
) -> Anatomy:
    """Wall within a distance of the triangles, and the cavity that is left."""
    wall = inside & (distance_to_surface(points, triangles, grid) <= wall_mm)
    labels = _labelled(grid, wall).labels.copy()
    labels[inside & ~wall] = Tissue.LV_CAVITY
    if not (labels == Tissue.LV_CAVITY).any():
        raise AnatomyError(f"wall_mm of {wall_mm:g} leaves no cavity; give the thickness of the wall in mm")
    return Anatomy(labels, grid.affine)


def _between(
    files: Surfaces,
    inside: NDArray[np.bool_],
    grid: Anatomy,
    coordinates: Frame | None,
    units: Units | None,
) -> Anatomy:
    """Wall between an epicardium and the endocardia."""
    labels = _labelled(grid, inside).labels.copy()
    given = {Tissue.LV_CAVITY: files.lv_endocardium, Tissue.RV_CAVITY: files.rv_endocardium}
    for tissue, path in given.items():
        if not path:
            continue
        surface = read_surface(path, coordinates, units, None, "endocardium")
        refuse_other_pieces(surface, path, "endocardium")
        lids = closed(surface, path, "endocardium")
        cavity = inside_surface(lids.points, lids.triangles, grid)
        overlap = (cavity & np.isin(labels, (Tissue.LV_CAVITY, Tissue.RV_CAVITY))).sum() / max(
            cavity.sum(), 1
        )
        volume = abs(enclosed_volume(lids.points, lids.triangles))
        outside = 1 - (cavity & inside).sum() * grid.spacing.prod() / volume
        if outside > MOST_OUTSIDE:
            raise AnatomyError(
                f"{path}: {outside:.0%} of this endocardium lies outside the epicardium {files.outer}; give "
                "surfaces of one heart in one frame and one unit"
            )
        if overlap > MOST_OVERLAP:
            raise AnatomyError(f"{path}: lv_endocardium and rv_endocardium overlap; give one surface of each")
        labels[cavity & inside] = tissue
    anatomy = Anatomy(labels, grid.affine)
    return with_rv_wall(anatomy) if files.rv_endocardium else anatomy
