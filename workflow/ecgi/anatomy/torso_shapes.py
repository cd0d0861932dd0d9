"""Torsos where no image shows one: from the electrodes, from sizes, and blood pools from the cavities."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from .heart import CAVITIES, Anatomy, AnatomyError
from .torso import Region
from .triangles import Shape, project, revolved, surface_of_mask
from .voxelisation import grid_around, inside_surface

ROUND_MM = 40.0  # over which the ends of a torso close
FEWEST_ELECTRODES = 12  # of a hull
WIDEST_GAP_DEGREES = 150.0  # between neighbouring electrodes, as seen from the heart, that still surround it
SHORTEST_MM = 40.0  # from the lowest to the highest electrode, around a heart
HEART_MARGIN_MM = 5.0  # between heart and hull
INSIDE_MM = 1.0  # from the endocardium to the surface of the blood
BLOOD_SMOOTH_MM = 2.0
LUNG_SMOOTH_MM = 5.0
LUNG_GRID_MM = 4.0
MORE_NODES = 2.0  # times as many points as wanted, beyond which a surface is remeshed
REMESH_MM = 3.0  # edge of the voxels that a surface is remeshed by, and their smoothing


def surround(electrodes: NDArray, wall_positions: NDArray) -> bool:
    """Whether electrodes surround a heart, so that a hull of them is a torso.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall of the heart in patient RAS, mm.

    Returns
    -------
    bool
        At least `FEWEST_ELECTRODES` over a height of at least `SHORTEST_MM`, at no gap wider than
        `WIDEST_GAP_DEGREES` around a vertical axis through the heart, and none as near to it as the wall.
    """
    if len(electrodes) < FEWEST_ELECTRODES or np.ptp(electrodes[:, 2]) < SHORTEST_MM:
        return False
    across = electrodes[:, :2] - wall_positions[:, :2].mean(0)
    angle = np.sort(np.degrees(np.arctan2(across[:, 1], across[:, 0])))
    gaps = np.diff(np.append(angle, angle[0] + 360))
    return bool(gaps.max() <= WIDEST_GAP_DEGREES)


def hull(electrodes: NDArray, wall_positions: NDArray, carried_mm: float = 60.0, nodes: int = 700) -> Shape:
    """Star-shaped hull of electrodes, carried on above and below them and closed.

    The distance from a vertical axis is interpolated between the electrodes by radial basis functions of
    angle and height, and is that of the highest and lowest electrodes beyond them.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall of the heart in patient RAS, mm.
    carried_mm : float
        How far the hull goes on above the highest and below the lowest electrode.
    nodes : int
        Number of points, about.

    Returns
    -------
    Shape

    Raises
    ------
    AnatomyError
        If the heart does not lie inside.
    """
    low, high = electrodes[:, 2].min(), electrodes[:, 2].max()
    centre = (electrodes[:, :2].min(0) + electrodes[:, :2].max(0)) / 2
    across = electrodes[:, :2] - centre
    distance = np.linalg.norm(across, axis=1)
    mean = float(distance.mean())

    def place(angle: NDArray, height: NDArray) -> NDArray:
        return np.stack([mean * np.cos(angle), mean * np.sin(angle), np.clip(height, low, high)], 1)

    _, first = np.unique(np.round(electrodes, 1), axis=0, return_index=True)
    fitted = RBFInterpolator(
        place(np.arctan2(across[:, 1], across[:, 0]), electrodes[:, 2])[first],
        distance[first],
        kernel="linear",
        smoothing=1.0,
        degree=0,
    )

    def radius(angle: NDArray, height: NDArray) -> NDArray:
        return np.maximum(fitted(place(angle, height)), mean / 4)

    heart = wall_positions[:, :2] - centre
    beyond = (
        np.linalg.norm(heart, axis=1)
        + HEART_MARGIN_MM
        - radius(np.arctan2(heart[:, 1], heart[:, 0]), wall_positions[:, 2])
    )
    if beyond.max() > 0:
        raise AnatomyError(
            f"hull of the electrodes: {(beyond > 0).sum()} voxels of the heart's wall lie outside it or "
            f"within {HEART_MARGIN_MM:g} mm of it; the electrodes must surround the heart, in the same frame"
        )
    low = min(low - carried_mm, wall_positions[:, 2].min() - ROUND_MM - HEART_MARGIN_MM)
    high = max(high + carried_mm, wall_positions[:, 2].max() + ROUND_MM + HEART_MARGIN_MM)
    return revolved(radius, centre, low, high, ROUND_MM, nodes)


def elliptic(
    centre: NDArray, width_mm: float, depth_mm: float, low_mm: float, high_mm: float, nodes: int
) -> Shape:
    """Elliptic cylinder with round ends.

    Parameters
    ----------
    centre : numpy.ndarray, shape (2,)
        Position of the axis, patient RAS in mm.
    width_mm, depth_mm : float
        Axes of the ellipse, from right to left and from back to front.
    low_mm, high_mm : float
        Heights of its ends.
    nodes : int
        Number of points, about.

    Returns
    -------
    Shape
    """

    def radius(angle: NDArray, height: NDArray) -> NDArray:
        return 1 / np.hypot(2 * np.cos(angle) / width_mm, 2 * np.sin(angle) / depth_mm)

    return revolved(radius, centre, low_mm, high_mm, ROUND_MM, nodes)


def remeshed(shape: Shape, nodes: int, always: bool, name: str) -> Shape:
    """Surface of evenly sized triangles in place of one of many points.

    Parameters
    ----------
    shape : Shape
        Closed.
    nodes : int
        Number of points, about.
    always : bool
        Whether also a surface of few points, such as one whose openings were closed by long triangles, is
        replaced.
    name : str
        Of the surface in messages.

    Returns
    -------
    Shape
        The given one if it has at most `MORE_NODES` times as many points as wanted and need not be replaced.

    Raises
    ------
    AnatomyError
        If the surface is too thin for voxels of `REMESH_MM`.
    """
    if not always and len(shape.points) <= MORE_NODES * nodes:
        return shape
    grid = grid_around(shape.points.min(0), shape.points.max(0), REMESH_MM)
    mask = inside_surface(shape.points, shape.triangles, grid)
    found = surface_of_mask(mask, grid.affine, nodes, REMESH_MM, 0.0, name)
    distance = project(found, shape.points).distance_mm
    print(
        f"{name}: {len(shape.points)} points are replaced by {len(found.points)}, in the mean "
        f"{distance.mean():.1f} mm away"
    )
    return found


def blood_pools(anatomy: Anatomy, sigma: float, nodes: int = 250) -> list[Region]:
    """Blood of the cavities, a little inside the endocardium.

    Parameters
    ----------
    anatomy : Anatomy
    sigma : float
        Conductivity of blood, S/m.
    nodes : int
        Number of points of each surface, about.

    Returns
    -------
    list of Region
        One for each cavity that the segmentation has and that is thick enough.

    Raises
    ------
    AnatomyError
        If there is none.
    """
    pools = []
    wall = cKDTree(anatomy.positions(anatomy.wall))
    spacing = float(anatomy.spacing[0])
    for cavity in CAVITIES:
        mask = anatomy.labels == cavity
        name = f"blood of the {cavity.name[:2]}"
        inside = INSIDE_MM
        for _ in range(4):
            try:
                surface = surface_of_mask(mask, anatomy.affine, nodes, BLOOD_SMOOTH_MM, inside, name)
            except AnatomyError:
                break
            if wall.query(surface.points)[0].min() > spacing / 2 and _leaves_out(surface, wall):
                pools.append(Region(name, surface, sigma))
                break
            inside += INSIDE_MM / 2
    if not pools:
        raise AnatomyError(
            "blood pools: the segmentation has no cavity that is thick enough; name the labels of cavities"
        )
    return pools


def _leaves_out(surface: Shape, wall: cKDTree) -> bool:
    """Whether no wall voxel near a surface lies in it."""
    from .triangles import signed_distance

    near = np.unique(np.concatenate(wall.query_ball_point(surface.points, 8.0)))
    return len(near) == 0 or bool(signed_distance(surface, wall.data[near.astype(int)]).min() > 0.3)


def lungs(
    anatomy: Anatomy,
    centre: NDArray,
    width_mm: float,
    depth_mm: float,
    sigma: float,
    rng: np.random.Generator,
    nodes: int = 200,
) -> list[Region]:
    """Two lungs beside a heart in an elliptic torso: what chest wall, mediastinum and heart leave.

    Thickness of the chest wall, width of the mediastinum, distance from the heart, base and apex are drawn
    anew for each torso, in ranges of our choice around an adult's.

    Parameters
    ----------
    anatomy : Anatomy
        The heart.
    centre : numpy.ndarray, shape (2,)
        Axis of the torso, patient RAS in mm.
    width_mm, depth_mm : float
        Axes of the torso, from right to left and from back to front.
    sigma : float
        Conductivity of lungs, S/m.
    rng : numpy.random.Generator
    nodes : int
        Number of points of each, about.

    Returns
    -------
    list of Region
    """
    chest_wall, mediastinum, gap = rng.uniform(18, 30), rng.uniform(18, 32), rng.uniform(5, 12)
    below, above = rng.uniform(50, 85), rng.uniform(90, 130)
    heart = anatomy.positions(anatomy.labels > 0)
    middle = heart[:, 2].mean()
    x = np.arange(-width_mm / 2, width_mm / 2, LUNG_GRID_MM)
    y = np.arange(-depth_mm / 2, depth_mm / 2, LUNG_GRID_MM)
    z = np.arange(-below, above, LUNG_GRID_MM)
    grid = np.stack(np.meshgrid(x, y, z, indexing="ij"), -1)
    half = np.array([width_mm, depth_mm]) / 2 - chest_wall
    round_top = np.clip(grid[..., 2] / above, 0, 1) ** 3
    in_chest = (grid[..., 0] / half[0]) ** 2 + (grid[..., 1] / half[1]) ** 2 + round_top <= 1
    places = grid + np.array([*centre, middle])
    clear = np.zeros(in_chest.shape, bool)
    clear[in_chest] = cKDTree(heart[::3]).query(places[in_chest])[0] > gap + 2
    affine = np.diag([LUNG_GRID_MM] * 3 + [1.0])
    affine[:3, 3] = places[0, 0, 0]
    return [
        Region(
            name,
            surface_of_mask(clear & side, affine, nodes, LUNG_SMOOTH_MM, LUNG_GRID_MM / 2, name),
            sigma,
        )
        for name, side in (
            ("right lung", grid[..., 0] > mediastinum),
            ("left lung", grid[..., 0] < -mediastinum),
        )
    ]
