"""Positions of electrodes, and the reference of their potentials.

Electrodes of a vest and of the 12-lead ECG lie on an elliptic cylinder around the heart, along the patient's
long axis: a torso of which only the size and the position of the heart are known.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from ..core.errors import InputError
from ..core.seeds import truncated_normal

COORDINATES = ["x_mm", "y_mm", "z_mm"]
LIMBS = ("RA", "LA", "LL")
FARTHEST_SD = 2.0  # from the mean, at most, of a heart's position
BLOCK = 10_000  # rows referenced at a time, so that no copy of a large lead field is made

# Angle about the torso's axis in degrees, from the front to the patient's left, and height in mm above
# the centre of the heart's wall. Limb electrodes on the trunk (Mason & Likar 1966, Am Heart J 71:196);
# chest electrodes by intercostal space and by the midclavicular (V4), anterior axillary (V5) and
# midaxillary (V6) lines (Kligfield et al. 2007, Circulation 115:1306).
TWELVE_LEAD = {
    "RA": (-53.0, 120.0),
    "LA": (53.0, 120.0),
    "LL": (62.0, -200.0),
    "V1": (-8.0, 20.0),
    "V2": (8.0, 20.0),
    "V3": (21.0, 0.0),
    "V4": (34.0, -20.0),
    "V5": (62.0, -20.0),
    "V6": (90.0, -20.0),
}


def front_grid(
    wall_positions: NDArray, rows: int, columns: int, pitch_mm: float, distance_mm: float
) -> NDArray:
    """Cartesian electrode grid in front of the heart, parallel to the chest.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    rows, columns : int
        Number of electrodes from head to foot, and from the patient's right to left.
    pitch_mm : float
        Distance between neighbours.
    distance_mm : float
        From the frontmost wall voxel to the plane of the grid.

    Returns
    -------
    numpy.ndarray, shape (rows * columns, 3)
        Patient RAS in mm, row by row, centred on the heart.
    """
    centre = wall_positions.mean(0)
    across = centre[0] - (np.arange(columns) - (columns - 1) / 2) * pitch_mm
    down = centre[2] - (np.arange(rows) - (rows - 1) / 2) * pitch_mm
    z, x = np.meshgrid(down, across, indexing="ij")
    y = np.full(x.shape, wall_positions[:, 1].max() + distance_mm)
    return np.stack([x, y, z], -1).reshape(-1, 3)


def on_torso(
    wall_positions: NDArray,
    angle_deg: ArrayLike,
    height_mm: ArrayLike,
    width_mm: float,
    depth_mm: float,
    heart_left_mm: float,
    heart_front_mm: float,
    heart_up_mm: float = 0.0,
) -> NDArray:
    """Positions on the skin of an elliptic-cylinder torso.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    angle_deg : array-like
        Eccentric anomaly about the torso's axis: 0 in front, 90 at the patient's left.
    height_mm : array-like
        Towards the head, from the planned level of the wall's centroid.
    width_mm, depth_mm : float
        Axes of the ellipse, from right to left and from back to front.
    heart_left_mm, heart_front_mm, heart_up_mm : float
        Distances of the wall's centroid to the left of and in front of the torso's axis, and above its
        planned level.

    Returns
    -------
    numpy.ndarray, shape (..., 3)
        Patient RAS in mm.
    """
    angle, height = np.broadcast_arrays(np.radians(angle_deg), height_mm)
    axis = wall_positions.mean(0) + np.array([heart_left_mm, -heart_front_mm, -heart_up_mm])
    around = [-width_mm / 2 * np.sin(angle), depth_mm / 2 * np.cos(angle), height]
    return axis + np.stack(around, -1)


def vary_torso(
    torso: Mapping[str, float], spread: Mapping[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Draw the size of a torso and the position of the heart in it.

    Parameters
    ----------
    torso : dict
        Mean sizes and position, see `on_torso`.
    spread : dict
        SD over hearts: ``left_mm``, ``front_mm`` and ``up_mm`` of the position, ``torso`` of the logarithms
        of width and depth, before normal distributions are truncated at 2 SD.
    rng : numpy.random.Generator

    Returns
    -------
    dict
        Sizes and position, see `on_torso`; none farther than `FARTHEST_SD` from the mean.
    """
    left, front, up, width, depth = truncated_normal(rng, 5, FARTHEST_SD)
    return {
        **torso,
        "width_mm": torso["width_mm"] * np.exp(spread["torso"] * width),
        "depth_mm": torso["depth_mm"] * np.exp(spread["torso"] * depth),
        "heart_left_mm": torso["heart_left_mm"] + spread["left_mm"] * left,
        "heart_front_mm": torso["heart_front_mm"] + spread["front_mm"] * front,
        "heart_up_mm": torso["heart_up_mm"] + spread["up_mm"] * up,
    }


def vest(
    wall_positions: NDArray, rings: int, columns: int, pitch_mm: float, torso: Mapping[str, float]
) -> NDArray:
    """Rings of electrodes around the torso, at the height of the heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    rings, columns : int
        Number of rings, from head to foot, and of electrodes in each, from the back over the patient's
        right to the front and on.
    pitch_mm : float
        Distance between neighbouring rings.
    torso : dict
        Sizes, see `on_torso`.

    Returns
    -------
    numpy.ndarray, shape (rings * columns, 3)
        Patient RAS in mm, ring by ring.
    """
    angle = ((np.arange(columns) + 0.5) / columns - 0.5) * 360
    height = ((rings - 1) / 2 - np.arange(rings)) * pitch_mm
    return on_torso(wall_positions, angle, height[:, None], **torso).reshape(-1, 3)


def twelve_lead(
    wall_positions: NDArray, torso: Mapping[str, float], names: Sequence[str] = tuple(TWELVE_LEAD)
) -> NDArray:
    """Electrodes of the 12-lead ECG, those of the limbs on the trunk.

    All twelve leads follow from their unipolar potentials: I = LA - RA, II = LL - RA, III = LL - LA,
    aVR = RA - (LA + LL) / 2, aVL = LA - (RA + LL) / 2, aVF = LL - (RA + LA) / 2, whatever the reference,
    and V1 to V6 as they are when the reference is Wilson's terminal.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    torso : dict
        Sizes, see `on_torso`.
    names : sequence of str
        Electrodes to return, of `TWELVE_LEAD`.

    Returns
    -------
    numpy.ndarray, shape (name, 3)
        Patient RAS in mm.
    """
    angle, height = np.transpose([TWELVE_LEAD[name] for name in names])
    return on_torso(wall_positions, angle, height, **torso)


def numbered(count: int) -> list[str]:
    """Names of electrodes by their number: E1, E2, ...

    Parameters
    ----------
    count : int

    Returns
    -------
    list of str
    """
    return [f"E{number}" for number in range(1, count + 1)]


def refuse_near_wall(
    positions: NDArray, wall_positions: NDArray, nearest_mm: float, labels: Sequence[str]
) -> None:
    """Refuse electrodes in the wall or nearer to it than a voxel, where a sum of dipoles is meaningless.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Voxel centres in patient RAS, mm.
    nearest_mm : float
        Edge of a voxel.
    labels : sequence of str
        Name of each electrode in messages.

    Raises
    ------
    InputError
        If any is nearer than that to a voxel centre; the nearest one is named.
    """
    distance, _ = KDTree(wall_positions).query(positions)
    worst = distance.argmin()
    if distance[worst] < nearest_mm:
        raise InputError(
            f"{labels[worst]}: in the wall or nearer to it than one voxel, {nearest_mm:g} mm; move it away, "
            "or check that its position is given in patient RAS and mm"
        )


def terminal(
    reference: str, names: Sequence[str], wall_positions: NDArray, torso: Mapping[str, float]
) -> tuple[list[int], NDArray]:
    """Electrodes whose mean potential is the reference.

    Parameters
    ----------
    reference : {"infinity", "mean", "wilson"}
    names : sequence of str
        Of the electrodes.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    torso : dict
        See `on_torso`.

    Returns
    -------
    columns : list of int
        Their columns in the lead field; none if the reference is infinitely far away.
    added : numpy.ndarray, shape (added electrode, 3)
        Positions of the limb electrodes, where the layout lacks them: their columns follow those of the
        electrodes. Patient RAS in mm.
    """
    count = len(names)
    if reference == "infinity":
        return [], np.empty((0, 3))
    if reference == "mean":
        return list(range(count)), np.empty((0, 3))
    capitals = [name.upper() for name in names]
    if set(LIMBS) <= set(capitals):
        return [capitals.index(limb) for limb in LIMBS], np.empty((0, 3))
    return list(range(count, count + len(LIMBS))), twelve_lead(wall_positions, torso, LIMBS)


def referenced(
    potentials: NDArray,
    columns: Sequence[int] | NDArray[np.integer] | slice = slice(None),
    axis: int = -1,
    copy: bool = True,
) -> NDArray:
    """Subtract the mean of some electrodes from potentials.

    Parameters
    ----------
    potentials : numpy.ndarray
        A lead field, shape (voxel, electrode), or BSP.
    columns : sequence of int
        Electrodes whose mean is the reference: all of them, or right arm, left arm and left leg for Wilson's
        central terminal (Wilson et al. 1934, Am Heart J 9:447).
    axis : int
        Axis of the electrodes.
    copy : bool
        If False, `potentials` is changed in place.

    Returns
    -------
    numpy.ndarray
        Of the shape and type of `potentials`.
    """
    if copy:
        potentials = potentials.copy()
    electrodes_last = np.moveaxis(potentials, axis, -1)
    for first in range(0, len(electrodes_last), BLOCK):
        rows = electrodes_last[first : first + BLOCK]
        rows -= rows[..., columns].mean(-1, keepdims=True)
    return potentials
