"""The heart's own axes: the LV long axis and the short-axis frame."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .heart import LV_MUSCLE, Anatomy, AnatomyError, Tissue
from .openings import Opening, cavity_openings
from .septum import find_septum

THICK_SLICES = 1.5  # slice spacing over pixel spacing, above which an image is a stack of slices
AGREEMENT_DEGREES = 30.0  # of two estimates of the long axis
LEAST_ELONGATION = 1.3  # ratio of the two largest variances that gives the LV a principal axis
LEAST_OPENING = 0.1  # opening of the cavity, as a share of its mean cross-section, that has a direction
SECOND_OPENING = 0.2  # of the size of the largest, above which it is that of a cut apex
OPPOSITE = 0.5  # cosine between the directions of two openings
CLEAR_OPENING = 0.2  # the same, above which its direction may stand for the axis
SLANTED = 0.05  # share of the LV's volume at an end
LEAST_CONFIDENCE = 0.2  # sum of the cues for the side of the apex
FARTHEST_APEX_MM = 20.0  # of a given apex from the LV
CONTRADICTION_DEGREES = 30.0  # of a given long axis to the one found, above which it is named
SETTLE_IT = (
    "set apex_mm (a point at the apex, patient RAS) or long_axis (base to apex, patient RAS) in subject or "
    "in the cases table"
)


class LongAxis(NamedTuple):
    """Long axis of the left ventricle.

    Attributes
    ----------
    direction : numpy.ndarray, shape (3,)
        Unit vector in patient RAS, from base to apex.
    centre : numpy.ndarray, shape (3,)
        Centroid of LV wall and cavity in mm.
    confidence : float
        Agreement of the cues for the side of the apex, see `apex_cues`; infinite where the side is given.
    """

    direction: NDArray
    centre: NDArray
    confidence: float

    def __str__(self) -> str:
        """Direction and confidence, for the log."""
        numbers = ", ".join(f"{number:.3f}" for number in self.direction)
        return f"long axis from base to apex: {numbers}; confidence {self.confidence:.2f}"


def lv_axis(anatomy: Anatomy) -> tuple[NDArray, NDArray]:
    """Long axis of the left ventricle, from base to apex.

    Parameters
    ----------
    anatomy : Anatomy
        As segmented, in patient space.

    Returns
    -------
    axis : numpy.ndarray, shape (3,)
        Unit vector in patient RAS.
    centre : numpy.ndarray, shape (3,)
        Centroid of LV wall and cavity in mm.

    Raises
    ------
    AnatomyError
        As `find_long_axis`.
    """
    found = find_long_axis(anatomy)
    return found.direction, found.centre


def find_long_axis(anatomy: Anatomy, apex_mm: ArrayLike | None = None) -> LongAxis:
    """Find the long axis of the left ventricle and the side of its apex.

    The line is the normal of the slices in a stack of thick ones, otherwise the first principal axis of
    LV wall and cavity, if it agrees with the opening of the cavity at the base, with those at base and apex
    of an LV that is cut at both ends, or with a given apex; the line through these openings, or through
    opening and centroid, where neither does and they are clear. The side is where the LV tapers, away from
    the larger opening and from the RV's base.

    Parameters
    ----------
    anatomy : Anatomy
        As segmented, in patient space.
    apex_mm : array-like, shape (3,), optional
        A point at the apex in patient RAS, if it is known.

    Returns
    -------
    LongAxis

    Raises
    ------
    AnatomyError
        If the LV wall or the LV cavity is missing, the axis or its side is ambiguous, or the given apex
        lies off the LV.
    """
    wall = anatomy.positions(np.isin(anatomy.labels, LV_MUSCLE))
    cavity = anatomy.positions(anatomy.labels == Tissue.LV_CAVITY)
    for name, points in (("lv_wall", wall), ("lv_cavity", cavity)):
        if len(points) == 0:
            raise AnatomyError(f"{name} is empty, and the LV axis needs it; name its labels in the label map")
    ventricle = np.concatenate([wall, cavity])
    centre = ventricle.mean(0)
    openings = cavity_openings(anatomy)
    opening = np.sum([np.zeros(3), *(one.vector for one in openings)], axis=0)
    ends = _both_ends(openings)
    across = np.cbrt(len(cavity) * anatomy.spacing.prod()) ** 2
    slices = _slice_normal(anatomy)
    is_clear = apex_mm is not None or ends is not None or np.linalg.norm(opening) > CLEAR_OPENING * across

    if apex_mm is not None:
        apex = np.asarray(apex_mm, float)
        off = np.linalg.norm(ventricle - apex, axis=1).min()
        if off > FARTHEST_APEX_MM:
            raise AnatomyError(
                f"apex_mm lies {off:.0f} mm from the LV; give a point at its apex in patient RAS"
            )
        expected = _unit(apex - centre)
    elif ends is not None:
        expected = ends
    elif is_clear or (slices is None and np.linalg.norm(opening) > LEAST_OPENING * across):
        expected = _unit(_unit(cavity.mean(0) - openings[0].middle) - _unit(opening))
    else:
        expected = None
    line = _line(slices, ventricle - centre, expected)
    if line is None:
        if expected is None or not is_clear:
            raise AnatomyError(f"the LV is about as wide as long and as open at both ends; {SETTLE_IT}")
        line = expected
    if apex_mm is not None:
        return LongAxis(line * np.sign(line @ expected), centre, np.inf)
    cues = apex_cues(anatomy, line, opening / across)
    confidence = sum(cues)
    if abs(confidence) < LEAST_CONFIDENCE:
        raise AnatomyError(f"neither end of the LV is clearly its apex; {SETTLE_IT}")
    return LongAxis(line * np.sign(confidence), centre, abs(confidence))


def contradiction(anatomy: Anatomy, given: LongAxis) -> str | None:
    """Difference between a given long axis and the one that a heart shows, in words.

    Parameters
    ----------
    anatomy : Anatomy
        As segmented, in patient space.
    given : LongAxis

    Returns
    -------
    str or None
        None if they agree within `CONTRADICTION_DEGREES`, or if the heart shows none.
    """
    try:
        shown = find_long_axis(anatomy)
    except AnatomyError:
        return None
    degrees = np.degrees(np.arccos(np.clip(shown.direction @ given.direction, -1, 1)))
    if degrees <= CONTRADICTION_DEGREES:
        return None
    numbers = ", ".join(f"{number:.2f}" for number in shown.direction)
    return (
        f"the long axis that is given lies {degrees:.0f} degrees off the one that the segmentation shows, "
        f"{numbers} with confidence {shown.confidence:.2f}; check apex_mm or long_axis"
    )


def lv_centre(anatomy: Anatomy) -> NDArray:
    """Centroid of LV wall and cavity.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    numpy.ndarray, shape (3,)
        Patient RAS in mm.
    """
    return anatomy.positions(np.isin(anatomy.labels, (*LV_MUSCLE, Tissue.LV_CAVITY))).mean(0)


def apex_cues(anatomy: Anatomy, line: NDArray, opening: NDArray) -> tuple[float, float, float]:
    """Signs of the apex along a line: positive where it lies in the line's direction.

    Parameters
    ----------
    anatomy : Anatomy
    line : numpy.ndarray, shape (3,)
        Unit vector.
    opening : numpy.ndarray, shape (3,)
        Sum of the vectors of `openings.cavity_openings`, relative to the cavity's cross-section.

    Returns
    -------
    taper : float
        How far the LV's centroid lies from the middle between its ends, on the side away from the apex,
        as a share of half its length; without `SLANTED` of its volume at each end, where a slanted base
        would look like an apex.
    opening : float
        Of the cavity, away from the apex.
    rv : float
        The same as the taper for the RV's centroid, from that of the LV; 0 without RV.
    """
    heights = anatomy.positions(np.isin(anatomy.labels, (*LV_MUSCLE, Tissue.LV_CAVITY))) @ line
    thickness = np.abs(line @ anatomy.affine[:3, :3]).sum()
    edges = np.arange(heights.min() - thickness / 2, heights.max() + thickness, thickness)
    below = np.append(0, np.histogram(heights, edges)[0].cumsum()) / len(heights)
    low, high = np.interp([SLANTED, 1 - SLANTED], below, edges)
    half = (high - low) / 2
    taper = ((low + high) / 2 - heights.mean()) / half
    rv = anatomy.positions(np.isin(anatomy.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY))) @ line
    return (
        float(taper),
        float(-opening @ line),
        float((heights.mean() - rv.mean()) / half) if len(rv) else 0.0,
    )


def _slice_normal(anatomy: Anatomy) -> NDArray | None:
    """Normal of the slices in a stack of thick ones, of either sign; None for other images."""
    pixel, thickness = np.sort(anatomy.spacing)[1:]
    across = anatomy.affine[:3, anatomy.spacing.argmax()]
    return _unit(across) if thickness > THICK_SLICES * pixel else None


def _both_ends(openings: list[Opening]) -> NDArray | None:
    """Line through openings at both ends of the LV and across their planes, away from the larger; or None."""
    if len(openings) < 2:
        return None
    (first, from_), (second, to) = openings[:2]
    sizes = np.linalg.norm(first), np.linalg.norm(second)
    if sizes[1] < SECOND_OPENING * sizes[0] or first @ second > -OPPOSITE * sizes[0] * sizes[1]:
        return None
    return _unit(_unit(to - from_) + _unit(_unit(second) - _unit(first)))


def _line(slices: NDArray | None, points: NDArray, expected: NDArray | None) -> NDArray | None:
    """Line of the long axis, of either sign: the first candidate that agrees with the direction expected."""
    axes, variances, _ = np.linalg.svd(np.cov(points.T))
    candidates = [] if slices is None else [slices]
    if variances[0] > LEAST_ELONGATION * variances[1]:
        candidates.append(axes[:, 0])
    for candidate in candidates:
        if expected is None or abs(candidate @ expected) > np.cos(np.radians(AGREEMENT_DEGREES)):
            return candidate
    return None


def short_axis_frame(
    anatomy: Anatomy, axis: NDArray | None = None, septum_mm: ArrayLike | None = None
) -> NDArray:
    """Rotation from the short-axis frame of the heart to the patient frame.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `lv_axis` by default.
    septum_mm : array-like, shape (3,), optional
        See `septum.find_septum`.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Columns are the frame's axes in patient RAS: x from the septum to the LV's free wall, y to the
        anterior wall, z along the LV from base to apex. Right-handed.

    Raises
    ------
    AnatomyError
        If the LV is missing, or as `septum.find_septum`.
    """
    axis = lv_axis(anatomy)[0] if axis is None else axis
    septal = -find_septum(anatomy, axis, septum_mm).direction
    return np.column_stack([septal, np.cross(axis, septal), axis])


def _unit(vector: NDArray) -> NDArray:
    return vector / np.linalg.norm(vector)
