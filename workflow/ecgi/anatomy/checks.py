"""Checks that a segmentation is a heart: its size, its wall and its apex."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .frame import lv_axis
from .heart import WALL, Anatomy, AnatomyError, Tissue
from .openings import open_apical_share

SMALLEST_HEART_MM, LARGEST_HEART_MM = 30.0, 500.0  # longest side
USUAL_HEART_MM = (60.0, 250.0)  # longest side, by which units are suspected
UNITS = {"cm": 10.0, "m": 1000.0, "µm": 0.001}  # in mm
LEAST_WALL = 100  # voxels of a ventricle, at least
MOST_STRAY = 0.25  # share of the wall that may be removed as stray pieces
OPEN_SHARE = 0.05  # of the cavity's apical surface that may be open: holes of a few voxels
PROPOSED_CAP_MM = 5.0
PROPOSED_RV_WALL_MM = 3.0
MOST_VOXELS = 400_000_000


def refuse_size(extent_mm: ArrayLike, source: str | os.PathLike[str]) -> None:
    """Refuse a size that no heart has, a sign of units that are not mm.

    Parameters
    ----------
    extent_mm : array-like, shape (3,)
        Extent along each axis.
    source : path-like
        Name of the heart's file in messages.

    Raises
    ------
    AnatomyError
        If the longest side lies outside `SMALLEST_HEART_MM` to `LARGEST_HEART_MM`.
    """
    longest = float(np.max(extent_mm))
    if not SMALLEST_HEART_MM <= longest <= LARGEST_HEART_MM:
        raise AnatomyError(
            f"{source}: the heart is {longest:.3g} mm long, and hearts have {SMALLEST_HEART_MM:g} to "
            f"{LARGEST_HEART_MM:g} mm; {suspected_units(longest)}"
        )


def suspected_units(longest_mm: float) -> str:
    """Units that would make a size that of a heart, as an advice.

    Parameters
    ----------
    longest_mm : float
        Longest side of a heart, taken to be in mm.

    Returns
    -------
    str
    """
    for unit, factor in UNITS.items():
        if USUAL_HEART_MM[0] <= longest_mm * factor <= USUAL_HEART_MM[1]:
            return (
                f"in {unit} it would be one of {longest_mm * factor:.0f} mm; check its units and its labels"
            )
    return "check its units and its labels"


def refuse_fine_grid(shape: Sequence[int] | NDArray[np.integer], spacing_mm: float) -> None:
    """Refuse a grid of more voxels than the workflow can hold.

    Parameters
    ----------
    shape : sequence of int
    spacing_mm : float
        Edge of a voxel, for the message.

    Raises
    ------
    AnatomyError
        If it has more than `MOST_VOXELS`.
    """
    if np.prod(shape, dtype=float) > MOST_VOXELS:
        raise AnatomyError(f"too large for voxels of {spacing_mm:g} mm; raise anatomy.spacing_mm")


def refuse_open_apex(anatomy: Anatomy, axis: NDArray | None = None) -> None:
    """Refuse an LV cavity that is open to the outside in its apical half.

    At the base it always is.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Raises
    ------
    AnatomyError
        If the share of its surface that borders on background exceeds `OPEN_SHARE`.
    """
    axis = lv_axis(anatomy)[0] if axis is None else axis
    share = open_apical_share(anatomy, axis, Tissue.LV_CAVITY)
    if share > OPEN_SHARE:
        raise AnatomyError(
            f"the LV cavity is open: {share:.0%} of its surface in the apical half touches no wall; set "
            f"cap_apex_mm to {PROPOSED_CAP_MM:g} in subject or in the cases table, or mend the segmentation"
        )


def refuse_open_rv(anatomy: Anatomy, axis: NDArray) -> None:
    """Refuse an RV cavity with a wall that leaves its apical half open.

    An RV without any wall is none of the conducting wall's, and is let through.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,)
        Long axis from base to apex, a unit vector in patient RAS.

    Raises
    ------
    AnatomyError
        If the share of its surface that borders on background exceeds `OPEN_SHARE`.
    """
    if not (anatomy.labels == Tissue.RV_WALL).any():
        return
    share = open_apical_share(anatomy, axis, Tissue.RV_CAVITY)
    if share > OPEN_SHARE:
        raise AnatomyError(
            f"the RV cavity is open: {share:.0%} of its surface in the apical half touches no wall; set "
            f"rv_wall_mm to {PROPOSED_RV_WALL_MM:g} in subject or in the cases table, or mend the "
            "segmentation"
        )


def refuse_wall(labels: NDArray[np.uint8], removed: int) -> None:
    """Refuse a wall of which too little is left after its stray pieces were removed.

    Parameters
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        See `repair.keep_largest_piece`.
    removed : int
        Voxels removed.

    Raises
    ------
    AnatomyError
        If more than `MOST_STRAY` of the wall was removed, or fewer than `LEAST_WALL` voxels are left.
    """
    kept = int(np.isin(labels, WALL).sum())
    if removed > MOST_STRAY * (kept + removed):
        raise AnatomyError(
            f"the wall is in pieces: {removed} of {kept + removed} voxels do not touch the largest; mend the "
            "segmentation"
        )
    if kept < LEAST_WALL:
        raise AnatomyError(f"the wall has {kept} voxels, too few for a ventricle; correct the label map")
