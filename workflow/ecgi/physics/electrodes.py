"""Where the electrodes are, and what their potentials are measured against.

Electrodes of a vest and of the 12-lead ECG stand on an elliptic cylinder around the heart, along the
patient's long axis: a torso of which only the size and the heart's place in it are known.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..core.errors import InputError, listed, shown
from ..core.seeds import truncated_normal

COORDINATES = ["x_mm", "y_mm", "z_mm"]
LIMBS = ("RA", "LA", "LL")
FARTHEST_MM = 10_000.0  # of a coordinate; farther from the origin is no electrode
FARTHEST_SD = 2.0  # from the mean place that a heart may lie
BLOCK = 10_000  # rows referenced at a time, so that a large lead field is not held twice

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


def front_grid(wall_positions, rows, columns, pitch_mm, distance_mm):
    """Cartesian electrode grid in front of the chest side of the heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    rows, columns : int
        Electrodes from head to foot, and from the patient's right to left.
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
    wall_positions, angle_deg, height_mm, width_mm, depth_mm, heart_left_mm, heart_front_mm, heart_up_mm=0.0
):
    """Places on the skin of an elliptic-cylinder torso.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    angle_deg : array-like
        Eccentric anomaly about the torso's axis: 0 in front, 90 at the patient's left.
    height_mm : array-like
        Towards the head, from where the centre of the wall is thought to be.
    width_mm, depth_mm : float
        Axes of the ellipse, from right to left and from back to front.
    heart_left_mm, heart_front_mm, heart_up_mm : float
        How far the centre of the wall lies to the left of and in front of the torso's axis, and above
        where it is thought to be.

    Returns
    -------
    numpy.ndarray, shape (..., 3)
        Patient RAS in mm.
    """
    angle, height = np.broadcast_arrays(np.radians(angle_deg), height_mm)
    axis = wall_positions.mean(0) + np.array([heart_left_mm, -heart_front_mm, -heart_up_mm])
    around = [-width_mm / 2 * np.sin(angle), depth_mm / 2 * np.cos(angle), height]
    return axis + np.stack(around, -1)


def of_heart(torso, place, rng):
    """Torso of one heart among others that lie differently in theirs.

    Parameters
    ----------
    torso : dict
        Sizes of the mean torso, see `on_torso`.
    place : dict
        SD over hearts of ``left_mm``, ``front_mm`` and ``up_mm``, and of the logarithms of width and depth,
        ``torso``, before normal distributions are truncated at 2 SD.
    rng : numpy.random.Generator

    Returns
    -------
    dict
    """
    left, front, up, width, depth = truncated_normal(rng, 5, FARTHEST_SD)
    return torso | {
        "width_mm": torso["width_mm"] * np.exp(place["torso"] * width),
        "depth_mm": torso["depth_mm"] * np.exp(place["torso"] * depth),
        "heart_left_mm": torso["heart_left_mm"] + place["left_mm"] * left,
        "heart_front_mm": torso["heart_front_mm"] + place["front_mm"] * front,
        "heart_up_mm": torso["heart_up_mm"] + place["up_mm"] * up,
    }


def vest(wall_positions, rings, columns, pitch_mm, torso):
    """Rings of electrodes all around the torso, at the height of the heart.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    rings, columns : int
        Rings from head to foot; electrodes in each, from the back over the right to the front.
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


def twelve_lead(wall_positions, torso, names=tuple(TWELVE_LEAD)):
    """Electrodes of the 12-lead ECG, the limbs' on the trunk.

    Their unipolar potentials hold all twelve leads: I = LA - RA, II = LL - RA, III = LL - LA,
    aVR = RA - (LA + LL) / 2, aVL = LA - (RA + LL) / 2, aVF = LL - (RA + LA) / 2, whatever the reference,
    and V1 to V6 as they are when the reference is Wilson's terminal.

    Parameters
    ----------
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall in patient RAS, mm.
    torso : dict
        Sizes, see `on_torso`.
    names : sequence of str
        Which of `TWELVE_LEAD`.

    Returns
    -------
    numpy.ndarray, shape (name, 3)
        Patient RAS in mm.
    """
    angle, height = np.transpose([TWELVE_LEAD[name] for name in names])
    return on_torso(wall_positions, angle, height, **torso)


def from_table(table, source):
    """Electrodes of a table of one's own.

    Parameters
    ----------
    table : pandas.DataFrame of str
        Columns x_mm, y_mm and z_mm in patient RAS, and name if wanted; others are ignored.
    source : str
        What to call it in messages; its first line is the header.

    Returns
    -------
    names : list of str
    positions : numpy.ndarray, shape (electrode, 3)
        mm.

    Raises
    ------
    InputError
        If a column is missing, a coordinate is not a number, or two electrodes share a place or a
        name.
    """
    missing = [column for column in COORDINATES if column not in table]
    if missing:
        raise InputError(
            f"{source}: there is no column {missing[0]}, only {listed(list(table))}; the header "
            "must name x_mm, y_mm and z_mm, patient RAS in mm"
        )
    if len(table) == 0:
        raise InputError(f"{source}: there is no electrode below the header; give one per line")
    positions = np.empty((len(table), 3))
    for row, cells in enumerate(table[COORDINATES].to_numpy()):
        for axis, cell in enumerate(cells):
            positions[row, axis] = _number(cell, f"{source}, line {row + 2}: {COORDINATES[axis]}")
    names = numbered(len(table))
    if "name" in table:
        given = table["name"].to_numpy()
        names = [name if isinstance(name, str) and name else names[row] for row, name in enumerate(given)]
    _refuse_twice([tuple(place) for place in np.round(positions, 3).tolist()], source, "place")
    _refuse_twice(names, source, "name")
    return names, positions


def numbered(count):
    """Names for electrodes that have none of their own."""
    return [f"E{number}" for number in range(1, count + 1)]


def refuse_near_wall(positions, wall_positions, nearest_mm, labels):
    """Refuse electrodes in the wall or nearer to it than a voxel, where a dipole sum means nothing.

    Parameters
    ----------
    positions : numpy.ndarray, shape (electrode, 3)
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Voxel centres, mm.
    nearest_mm : float
        Edge of a voxel.
    labels : sequence of str
        What to call each electrode in messages.

    Raises
    ------
    InputError
    """
    distance, _ = KDTree(wall_positions).query(positions)
    worst = distance.argmin()
    if distance[worst] < nearest_mm:
        raise InputError(
            f"{labels[worst]}: in the wall or nearer to it than one voxel, {nearest_mm:g} mm; move it away, "
            "or check that its place is given in patient RAS and mm"
        )


def terminal(reference, names, wall_positions, torso):
    """What potentials are measured against.

    Parameters
    ----------
    reference : {"infinity", "mean", "wilson"}
    names : list of str
        Of the electrodes.
    wall_positions : numpy.ndarray, shape (voxel, 3)
    torso : dict
        See `on_torso`.

    Returns
    -------
    columns : list of int
        Columns of the lead field whose mean is the reference; none for a far point.
    places : numpy.ndarray, shape (place, 3)
        Where columns beyond the electrodes are to be computed, patient RAS in mm.
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
    """Potentials against the mean of some electrodes.

    Parameters
    ----------
    potentials : numpy.ndarray
        A lead field, shape (voxel, electrode), or BSP.
    columns : sequence of int
        Which electrodes: all, for their mean, or right arm, left arm and left leg for Wilson's central
        terminal (Wilson et al. 1934, Am Heart J 9:447).
    axis : int
        Along which the electrodes lie.
    copy : bool
        If not, `potentials` itself is changed.

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


def _number(cell, where):
    """A finite number."""
    try:
        number = float(cell)
    except (TypeError, ValueError):
        number = np.nan
    if not abs(number) <= FARTHEST_MM:
        quoted = shown(cell) if isinstance(cell, str) and cell else "empty"
        raise InputError(f"{where} is {quoted}; give a number of mm")
    return number


def _refuse_twice(values, source, what):
    """Refuse a place or name that two lines give."""
    seen: dict[object, int] = {}
    for row, value in enumerate(values):
        if value in seen:
            raise InputError(
                f"{source}, line {row + 2}: the same {what} as line {seen[value] + 2}, {value}; "
                "remove or correct one of them"
            )
        seen[value] = row
