"""The side of the LV on which the septum lies."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .heart import LV_MUSCLE, Anatomy, AnatomyError, Tissue

FARTHEST_SEPTUM_MM = 10.0  # of a given point of the septum from the LV
LEAST_SEPTAL = 0.15  # distance of the RV from the long axis, as a share of the LV's radius
SEPTA_DEGREES = 60.0  # most between the septum that is given and that towards the RV
RIGHT_AND_FORWARD = np.array([0.74, 0.63, 0.0])  # from LV to RV in the chest, patient RAS


class Septum(NamedTuple):
    """Side of the septum.

    Attributes
    ----------
    direction : numpy.ndarray, shape (3,)
        Unit vector in patient RAS from the long axis to the septum, perpendicular to the axis.
    confidence : float
        Distance of the RV's centroid from the axis over the LV's radius, at most 1; 0 where neither an RV nor
        a point shows the side, infinite where a point is given.
    source : {"RV", "septum_mm", "usual position"}
        What shows it.
    """

    direction: NDArray
    confidence: float
    source: str


def find_septum(anatomy: Anatomy, axis: NDArray, septum_mm: ArrayLike | None = None) -> Septum:
    """Find the direction from the LV's long axis to the septum.

    It leads to the RV, or to a given point where there is no RV. Without either it is that of a heart in its
    usual position in the chest, which gives the short-axis frame its axes but not the septum.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,)
        Long axis from base to apex, a unit vector in patient RAS.
    septum_mm : array-like, shape (3,), optional
        A point in the septum in patient RAS, if it is known.

    Returns
    -------
    Septum

    Raises
    ------
    AnatomyError
        If the RV lies around the LV, or the given point lies off the LV, on its axis, or on another side than
        the RV.
    """
    ventricle = anatomy.positions(np.isin(anatomy.labels, (*LV_MUSCLE, Tissue.LV_CAVITY)))
    centre = ventricle.mean(0)
    radius = np.linalg.norm(_across(ventricle - centre, axis), axis=1).max()
    rv = anatomy.positions(np.isin(anatomy.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)))
    if len(rv):
        away = _across(rv.mean(0) - centre, axis)
        share = float(np.linalg.norm(away) / radius)
        if share < LEAST_SEPTAL:
            raise AnatomyError("the RV lies around the LV and not beside it; correct the label map")
        shown = Septum(_unit(away), min(share, 1.0), "RV")
    else:
        shown = Septum(_unit(_usual(axis)), 0.0, "usual position")
    if septum_mm is None:
        return shown
    point = np.asarray(septum_mm, float)
    off = np.linalg.norm(ventricle - point, axis=1).min()
    if off > FARTHEST_SEPTUM_MM:
        raise AnatomyError(
            f"septum_mm lies {off:.0f} mm from the LV; give a point in its septum in patient RAS"
        )
    away = _across(point - centre, axis)
    if np.linalg.norm(away) < LEAST_SEPTAL * radius:
        raise AnatomyError("septum_mm lies on the LV's axis; give a point in the middle of the septum")
    degrees = np.degrees(np.arccos(np.clip(_unit(away) @ shown.direction, -1, 1)))
    if len(rv) and degrees > SEPTA_DEGREES:
        raise AnatomyError(
            f"septum_mm lies {degrees:.0f} degrees around the LV from the side of the RV; leave it out, or "
            "correct it or the label map"
        )
    return shown if len(rv) else Septum(_unit(away), np.inf, "septum_mm")


def _across(vectors: NDArray, axis: NDArray) -> NDArray:
    """Parts of vectors perpendicular to an axis."""
    return vectors - (vectors @ axis)[..., None] * axis


def _usual(axis: NDArray) -> NDArray:
    """Direction across the axis in which the septum of a heart in its usual position lies."""
    away = _across(RIGHT_AND_FORWARD, axis)
    return away if np.linalg.norm(away) > LEAST_SEPTAL else _across(np.array([0.0, 0.0, 1.0]), axis)


def _unit(vector: NDArray) -> NDArray:
    return vector / np.linalg.norm(vector)
