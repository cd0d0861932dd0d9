"""Place, direction and size of a heart's electrodes in a torso, from potentials measured on both at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from ..anatomy.triangles import Shape
from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SCALES = np.array([10.0, 10.0, 10.0, 0.2, 0.2, 0.2, 0.1])  # mm, radians and logarithm, of comparable effect
FARTHEST = 4.0  # times these scales, up to which a pose is looked for
STEP = 0.01  # of these scales, for derivatives
EVALUATIONS = 15  # each of them with all derivatives


class Pose(NamedTuple):
    """Movement of a heart from its filed place.

    Attributes
    ----------
    shift_mm : numpy.ndarray, shape (3,)
        Of the mean of its points.
    rotation : numpy.ndarray, shape (3,)
        Rotation vector about that mean, radians.
    scale : float
        Factor on distances from that mean.
    error : float
        RMS error of the torso's potentials, computed from those of the heart, over their RMS.
    """

    shift_mm: NDArray
    rotation: NDArray
    scale: float
    error: float


def posed(heart: Shape, pose: Pose) -> Shape:
    """Move a heart.

    Parameters
    ----------
    heart : Shape
    pose : Pose

    Returns
    -------
    Shape
    """
    centre = heart.points.mean(0)
    turned = Rotation.from_rotvec(pose.rotation).apply(heart.points - centre)
    return Shape(pose.scale * turned + centre + pose.shift_mm, heart.triangles)


def fit_pose(
    heart: Shape, heart_mv: NDArray, torso_mv: NDArray, transfer: Callable[[Shape], NDArray]
) -> Pose:
    """Find the pose in which the heart's potentials explain those of the torso best.

    Parameters
    ----------
    heart : Shape
        In its filed place.
    heart_mv : numpy.ndarray, shape (node, frame)
    torso_mv : numpy.ndarray, shape (electrode, frame)
        Relative to its mean over electrodes.
    transfer : callable
        From a heart to its transfer matrix, (electrode, node).

    Returns
    -------
    Pose
        By least squares from the filed place; seven numbers.

    Raises
    ------
    InputError
        If the fit ends at the farthest pose that is looked for.
    """
    size = np.linalg.norm(torso_mv)

    def pose_of(parameters: NDArray, error: float = np.nan) -> Pose:
        values = parameters * SCALES
        return Pose(values[:3], values[3:6], float(np.exp(values[6])), error)

    def misfit(parameters: NDArray) -> NDArray:
        computed = transfer(posed(heart, pose_of(parameters))) @ heart_mv
        difference: NDArray = (computed - computed.mean(0) - torso_mv).ravel() / size
        return difference

    found = least_squares(
        misfit,
        np.zeros(len(SCALES)),
        bounds=(-FARTHEST, FARTHEST),
        diff_step=STEP,
        max_nfev=EVALUATIONS,
        xtol=1e-3,
        ftol=1e-4,
    )
    if np.abs(found.x).max() > 0.99 * FARTHEST:
        raise InputError("heart: no pose near the filed one explains the torso's potentials; check its frame")
    return pose_of(found.x, float(np.linalg.norm(found.fun)))
