"""The heart's own axes: the LV long axis and the short-axis frame."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .heart import LV_MUSCLE, Anatomy, AnatomyError, Tissue, with_margin

THICK_SLICES = 1.5  # slice spacing over pixel spacing, above which an image is a stack of slices
AGREEMENT_DEGREES = 30.0  # of two estimates of the long axis
LEAST_ELONGATION = 1.3  # ratio of the two largest variances that gives the LV a principal axis
LEAST_OPENING = 0.1  # opening of the cavity, as a share of its mean cross-section, that has a direction
CLEAR_OPENING = 0.2  # the same, above which its direction may stand for the axis
SLANTED = 0.05  # share of the LV's volume at an end
LEAST_CONFIDENCE = 0.2  # sum of the cues for the side of the apex
FARTHEST_APEX_MM = 20.0  # of a given apex from the LV
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
    LV wall and cavity, if it agrees with the opening of the cavity at the base (or with a given
    apex); the line through opening and centroid where neither does and the opening is clear. The side is
    where the LV tapers, away from the larger opening and from the RV's base.

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
    opening, mouth = cavity_opening(anatomy)
    across = np.cbrt(len(cavity) * anatomy.spacing.prod()) ** 2
    slices = _slice_normal(anatomy)
    is_clear = apex_mm is not None or np.linalg.norm(opening) > CLEAR_OPENING * across

    if apex_mm is not None:
        apex = np.asarray(apex_mm, float)
        off = np.linalg.norm(ventricle - apex, axis=1).min()
        if off > FARTHEST_APEX_MM:
            raise AnatomyError(
                f"apex_mm lies {off:.0f} mm from the LV; give a point at its apex in patient RAS"
            )
        expected = _unit(apex - centre)
    elif is_clear or (slices is None and np.linalg.norm(opening) > LEAST_OPENING * across):
        expected = _unit(_unit(cavity.mean(0) - mouth) - _unit(opening))
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


def cavity_opening(anatomy: Anatomy) -> tuple[NDArray, NDArray]:
    """Opening of the LV cavity to background, as a vector.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    opening : numpy.ndarray, shape (3,)
        Sum of the normals of the open faces times their areas in mm², out of the cavity; openings on
        opposite sides cancel.
    mouth : numpy.ndarray, shape (3,)
        Centroid in mm of the open faces on the side of that vector; NaN without any.
    """
    padded = with_margin(anatomy, 1)
    cavity = np.argwhere(padded.labels == Tissue.LV_CAVITY)
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    beyond = padded.labels[tuple(np.moveaxis(cavity[:, None] + steps, -1, 0))]
    voxel, face = np.nonzero(beyond == Tissue.BACKGROUND)
    edges = padded.affine[:3, :3]
    normals = steps @ (edges / padded.spacing**2).T * padded.spacing.prod()
    opening = normals[face].sum(0)
    towards = normals[face] @ opening > 0
    middles = (cavity[voxel] + steps[face] / 2)[towards]
    mouth = middles.mean(0) @ edges.T + padded.affine[:3, 3] if len(middles) else np.full(3, np.nan)
    return opening, mouth


def apex_cues(anatomy: Anatomy, line: NDArray, opening: NDArray) -> tuple[float, float, float]:
    """Signs of the apex along a line: positive where it lies in the line's direction.

    Parameters
    ----------
    anatomy : Anatomy
    line : numpy.ndarray, shape (3,)
        Unit vector.
    opening : numpy.ndarray, shape (3,)
        Of `cavity_opening`, relative to the cavity's cross-section.

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


def short_axis_frame(anatomy: Anatomy, axis: NDArray | None = None) -> NDArray:
    """Rotation from the short-axis frame of the heart to the patient frame.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `lv_axis` by default.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Columns are the frame's axes in patient RAS: x from the RV to the LV, y to the anterior
        wall, z along the LV from base to apex. Right-handed.

    Raises
    ------
    AnatomyError
        If the LV, or both the RV wall and the RV cavity, are missing, or if the RV lies around the LV.
    """
    axis = lv_axis(anatomy)[0] if axis is None else axis
    centre = lv_centre(anatomy)
    rv = anatomy.positions(np.isin(anatomy.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)))
    if len(rv) == 0:
        raise AnatomyError("there is no RV to find the septum by; name the labels of rv_wall or rv_cavity")
    septal = centre - rv.mean(0)
    septal = septal - (septal @ axis) * axis
    if np.linalg.norm(septal) < anatomy.spacing.min():
        raise AnatomyError("the RV lies around the LV and not beside it; correct the label map")
    septal /= np.linalg.norm(septal)
    return np.column_stack([septal, np.cross(axis, septal), axis])


def _unit(vector: NDArray) -> NDArray:
    return vector / np.linalg.norm(vector)
