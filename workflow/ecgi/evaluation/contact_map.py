"""Comparison of a predicted activation map with times at points, as of an electro-anatomical contact map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.stats import rankdata

from ..core.errors import InputError
from ..physics.electrode_frame import READINGS
from .metrics import correlation
from .sites import earliest_site

FARTHEST_MM = 10.0  # from the wall, beyond which a point is left out
FEWEST = 5  # points that are compared
MOST_FAR = 0.5  # share of the points beyond FARTHEST_MM, above which the frame or the heart is another
SMALLEST_MM = 20.0  # between the outermost points, below which they cover no part of a heart
SPREAD_MS = (3.0, 500.0)  # of the times in ventricles
NEARER = 0.5  # ratio of median distances below which another reading is named


class Comparison(NamedTuple):
    """Points of a contact map beside a predicted map.

    Attributes
    ----------
    distance_mm : numpy.ndarray, shape (point,)
        To the nearest wall voxel with a predicted time.
    predicted_ms : numpy.ndarray, shape (point,)
        Time of that voxel.
    used : numpy.ndarray of bool, shape (point,)
        Points with a time, within `FARTHEST_MM` of that voxel.
    offset_ms : float
        To be added to predicted times: the one that makes the mean absolute error least, the median of the
        differences.
    mae_ms : float
        After the offset.
    pearson, spearman : float
        Correlation coefficients; 0 if the predicted times are all the same.
    earliest_distance_mm : float
        From the earliest of the used points to the earliest site of the predicted map.
    warning : str
        Of another frame or unit in which the points lie nearer to the wall; empty if there is none.
    """

    distance_mm: NDArray
    predicted_ms: NDArray
    used: NDArray[np.bool_]
    offset_ms: float
    mae_ms: float
    pearson: float
    spearman: float
    earliest_distance_mm: float
    warning: str


def compare(points: NDArray, times_ms: NDArray, wall: NDArray, map_ms: NDArray) -> Comparison:
    """Compare a predicted map with times at points.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS, mm.
    times_ms : numpy.ndarray, shape (point,)
        From any origin; NaN where there is none.
    wall : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    map_ms : numpy.ndarray, shape (voxel,)
        Predicted times; NaN where there is none.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If most points lie off the wall or all in one place, fewer than `FEWEST` can be compared, or the times
        can't be those of one beat of ventricles in ms.
    """
    warning = _checked_frame(points, KDTree(wall))
    known = np.isfinite(map_ms)
    distance, nearest = KDTree(wall[known]).query(points)
    used = np.isfinite(times_ms) & (distance <= FARTHEST_MM)
    if used.sum() < FEWEST:
        raise InputError(
            f"{used.sum()} of {len(points)} points have a time and lie within {FARTHEST_MM:g} mm of a "
            f"predicted one; {FEWEST} are needed"
        )
    measured, predicted = times_ms[used], map_ms[known][nearest]
    spread = float(np.ptp(measured))
    if not SPREAD_MS[0] <= spread <= SPREAD_MS[1]:
        raise InputError(
            f"times spread over {spread:.3g} ms, where ventricles take {SPREAD_MS[0]:g} to {SPREAD_MS[1]:g}; "
            "check their unit, and leave points of other beats empty"
        )
    difference = measured - predicted[used]
    offset = float(np.median(difference))
    first = earliest_site(measured, points[used])
    return Comparison(
        distance,
        predicted,
        used,
        offset,
        float(np.abs(difference - offset).mean()),
        correlation(measured, predicted[used]),
        correlation(rankdata(measured), rankdata(predicted[used])),
        float(np.linalg.norm(first - earliest_site(map_ms[known], wall[known]))),
        warning,
    )


def summary(found: Comparison, names: Sequence[str]) -> dict[str, object]:
    """Summarise a comparison for a file of JSON.

    Parameters
    ----------
    found : Comparison
    names : sequence of str
        Of all points.

    Returns
    -------
    dict
    """
    far = found.distance_mm > FARTHEST_MM
    without = ~found.used & ~far
    return {
        "points_used": int(found.used.sum()),
        "points_left_out": int((~found.used).sum()),
        "left_out_far": [name for name, out in zip(names, far, strict=True) if out],
        "left_out_without_time": [name for name, out in zip(names, without, strict=True) if out],
        "farthest_mm": FARTHEST_MM,
        "median_distance_mm": round(float(np.median(found.distance_mm[found.used])), 2),
        "offset_ms": round(found.offset_ms, 2),
        "mae_ms": round(found.mae_ms, 2),
        "pearson": round(found.pearson, 4),
        "spearman": round(found.spearman, 4),
        "earliest_distance_mm": round(found.earliest_distance_mm, 2),
        "warnings": [f"warning: {found.warning}"] if found.warning else [],
    }


def _checked_frame(points: NDArray, wall: KDTree) -> str:
    """A warning if the points may be of another frame or unit; refuses them if most are off the wall."""
    distance, _ = wall.query(points)
    as_read, words = float(np.median(distance)), ""
    for reading in READINGS:
        other = float(np.median(wall.query(points * reading.factors)[0]))
        if other <= FARTHEST_MM and other < NEARER * as_read:
            words = f"; read as {reading.what} the median is {other:.1f} mm: if they are, {reading.cure}"
            break
    off = float((distance > FARTHEST_MM).mean())
    extent = float(np.linalg.norm(np.ptp(points, axis=0)))
    said = f"points lie {as_read:.1f} mm from the wall in the median"
    cure = words or "; they must be patient RAS, in the frame of the segmentation"
    if off > MOST_FAR:
        raise InputError(
            f"{off:.0%} of the points lie more than {FARTHEST_MM:g} mm from the wall; {said}{cure}"
        )
    if extent < SMALLEST_MM:
        raise InputError(f"all points lie within {extent:.2g} mm, where a heart has 100; {said}{cure}")
    return f"{said}{words}" if words and as_read > FARTHEST_MM / 4 else ""
