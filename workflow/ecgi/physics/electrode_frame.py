"""Positions of electrodes that can't be on the skin around a heart, or hardly: other units, another frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import ConvexHull, KDTree

from ..core.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FARTHEST_MM = 500.0  # largest distance of an electrode from the heart
NEAREST_MM = 150.0  # largest distance of the nearest electrode
SMALLEST_MM = 50.0  # least extent of `FEWEST` electrodes or more
FEWEST = 4
MOST_NAMES = 5  # listed in a message
SKIN_MM = 8.0  # least distance of the skin from the heart that is usual
LEFT_MM = (-5.0, 75.0)  # usual position of the heart's centre left of the torso's midline
FRONT_MM = (-10.0, 80.0)  # and in front of the middle between chest and back
FEWEST_AROUND = 16  # electrodes around the heart
WIDEST_GAP_DEG = 130.0  # between electrodes around the heart, up to which they show the torso's middle


class Reading(NamedTuple):
    """Another way of reading a table of positions, and what to do if it is right.

    Attributes
    ----------
    what : str
    factors : tuple of float
        Of x, y and z.
    cure : str
    """

    what: str
    factors: tuple[float, float, float]
    cure: str


READINGS = (
    Reading("cm", (10.0, 10.0, 10.0), "call the columns x_cm, y_cm and z_cm"),
    Reading("m", (1000.0, 1000.0, 1000.0), "call the columns x_m, y_m and z_m"),
    Reading("LPS", (-1.0, -1.0, 1.0), "change the signs of x and y, which gives RAS"),
    Reading(
        "LPS in cm", (-10.0, -10.0, 10.0), "call them x_cm, y_cm and z_cm, and change the signs of x and y"
    ),
    Reading("LPS in m", (-1e3, -1e3, 1e3), "call them x_m, y_m and z_m, and change the signs of x and y"),
)


def check_electrodes(positions: NDArray, wall_positions: NDArray, names: Sequence[str]) -> list[str]:
    """Check positions of electrodes against those of the heart.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    names : sequence of str
        Names of the electrodes.

    Returns
    -------
    list of str
        Warnings of what is unusual.

    Raises
    ------
    InputError
        If electrodes lie inside the heart's convex hull, too far from it, or too near to each other.
    """
    impossible = _impossible(positions, wall_positions, names)
    if impossible:
        default = "check that their positions are patient RAS in mm, in the frame of the segmentation"
        cure = other_reading(positions, wall_positions) or default
        raise InputError(f"electrodes: {impossible}; {cure}")
    unusual = _unusual(positions, wall_positions)
    if not unusual:
        return []
    cure = other_reading(positions, wall_positions) or "check that they are patient RAS in mm"
    return [f"warning: electrodes: {unusual}; {cure}"]


def other_reading(positions: NDArray, wall_positions: NDArray) -> str:
    """Say in which other unit or frame positions would be those of electrodes on a torso.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
        As they are read, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.

    Returns
    -------
    str
        The first of `READINGS` in which nothing is unusual, and what to do; empty if there is none.
    """
    names = [""] * len(positions)
    for what, factors, cure in READINGS:
        other = positions * factors
        if not _impossible(other, wall_positions, names) and not _unusual(other, wall_positions):
            return f"read as {what} nothing is unusual: if they are, {cure}"
    return ""


def _impossible(positions: NDArray, wall_positions: NDArray, names: Sequence[str]) -> str:
    """What can't be; empty if all can."""
    distance, _ = KDTree(wall_positions).query(positions)
    extent = float(np.linalg.norm(np.ptp(positions, axis=0)))
    if len(positions) >= FEWEST and extent < SMALLEST_MM:
        return f"all {len(positions)} lie within {extent:.3g} mm, where a torso has hundreds"
    if distance.min() > NEAREST_MM or distance.max() > FARTHEST_MM:
        worst = distance.argmax()
        return (
            f"{names[worst]} is {distance[worst]:.0f} mm from the heart, the nearest electrode "
            f"{distance.min():.0f} mm"
        )
    hull = ConvexHull(wall_positions).equations
    inside = (positions @ hull[:, :3].T + hull[:, 3] < 0).all(1)
    if inside.any():
        return f"{listed(np.array(names)[inside], MOST_NAMES)} inside the heart"
    return ""


def _unusual(positions: NDArray, wall_positions: NDArray) -> str:
    """What hardly can be; empty if nothing is unusual."""
    heart = wall_positions.mean(0)
    middle = (positions.min(0) + positions.max(0)) / 2
    angles = np.sort(np.degrees(np.arctan2(*(positions - heart)[:, :2].T)))
    gap = np.diff(angles, append=angles[0] + 360).max()
    left, front = middle[0] - heart[0], heart[1] - middle[1]
    around = len(positions) >= FEWEST_AROUND and gap <= WIDEST_GAP_DEG
    if not around:
        if (positions[:, 1] < heart[1]).all() and len(positions) >= FEWEST:
            return "all lie behind the heart's centre"
    elif not LEFT_MM[0] <= left <= LEFT_MM[1]:
        side = "left" if left > 0 else "right"
        return f"the heart's centre lies {abs(left):.0f} mm to the {side} of the middle between them"
    elif not FRONT_MM[0] <= front <= FRONT_MM[1]:
        side = "in front of" if front > 0 else "behind"
        return f"the heart's centre lies {abs(front):.0f} mm {side} the middle between them"
    low, high = positions[:, 2].min() - SKIN_MM, positions[:, 2].max() + SKIN_MM
    if around and not low <= heart[2] <= high:
        side = "below" if heart[2] < low else "above"
        return f"the heart's centre lies {side} all of them"
    nearest = KDTree(wall_positions).query(positions)[0].min()
    if nearest < SKIN_MM:
        return f"one is {nearest:.1f} mm from the heart's wall"
    return ""
