"""Shapes that maps are painted on: the wall's surface, stacked slices, the sheet of the electrodes."""

from typing import NamedTuple

import numpy as np
import pyvista
from scipy.spatial import Delaunay, KDTree

from .anatomy import to_patient

SMOOTHING = 30  # iterations; takes the steps of the voxels off and keeps the volume
NEIGHBOURS = 8  # voxels that a point of the surface takes its value from
LIFT_MM = 0.3  # of isochrones off the surface, so that they are not half buried in it
WIDEST_DEGREES = 90.0  # gap between electrodes that the sheet still spans


class Shape(NamedTuple):
    """Triangles in the patient.

    Attributes
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm.
    triangles : numpy.ndarray of int, shape (triangle, 3)
        Points of each.
    """

    points: np.ndarray
    triangles: np.ndarray


def wall_surface(anatomy, triangles):
    """Surface of the wall, inside and out, smoothed and thinned for drawing.

    What is contoured is the outside of the wall: where voxels touch at an edge alone VTK parts those that are
    contoured, which would make holes in a wall about as thin as a voxel.

    Parameters
    ----------
    anatomy : Anatomy
        With background around it.
    triangles : int
        How many to keep.

    Returns
    -------
    Shape
        Corners of a triangle run counter-clockwise when seen from outside the wall.
    """
    grid = pyvista.ImageData(dimensions=anatomy.wall.shape)
    grid["outside"] = (~anatomy.wall).astype(np.float32).ravel(order="F")
    surface = grid.contour([0.5], "outside").triangulate().smooth_taubin(n_iter=SMOOTHING)
    surface = surface.decimate(1 - min(1, triangles / surface.n_cells))
    mirrored = np.linalg.det(anatomy.affine) < 0
    inwards = surface.regular_faces
    points = to_patient(anatomy.affine, np.asarray(surface.points))
    return Shape(points, inwards if mirrored else inwards[:, ::-1])


def at_points(points, voxel_positions, values):
    """Values of voxels at points: the mean of the nearest voxels, weighted by inverse distance.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    voxel_positions : numpy.ndarray, shape (voxel, 3)
        The same frame as the points'.
    values : numpy.ndarray, shape (..., voxel)

    Returns
    -------
    numpy.ndarray, shape (..., point)
    """
    distance, nearest = KDTree(voxel_positions).query(points, k=min(NEIGHBOURS, len(voxel_positions)))
    weight = 1 / np.maximum(distance, 1e-6)
    return (values[..., nearest] * weight).sum(-1) / weight.sum(-1)


def isochrones(surface, times, step_ms):
    """Lines of equal activation time on a surface.

    Parameters
    ----------
    surface : Shape
    times : numpy.ndarray, shape (point,)
        ms, at the points of the surface.
    step_ms : float
        Between one line and the next; there is none at 0.

    Returns
    -------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm, just off the surface; each piece of line ends with a row of NaN.
    times : numpy.ndarray, shape (point,)
        Of the line that each point lies on, ms.
    """
    mesh = pyvista.PolyData.from_regular_faces(surface.points, surface.triangles)
    mesh = mesh.compute_normals(cell_normals=False, split_vertices=False, consistent_normals=False)
    mesh["times"] = times
    levels = np.arange(step_ms, np.nanmax(times), step_ms)
    lines = mesh.contour(levels, "times").strip() if len(levels) else pyvista.PolyData()
    if lines.n_lines == 0:
        return np.empty((0, 3)), np.empty(0)
    lifted = np.vstack([lines.points + LIFT_MM * lines["Normals"], np.full(3, np.nan)])
    order = np.concatenate([[*line, -1] for line in _pieces(lines.lines)])
    return lifted[order], np.append(lines["times"], np.nan)[order]


def stacked_slices(positions, mask):
    """Pixels of slices as squares where they lie in the patient.

    Parameters
    ----------
    positions : numpy.ndarray, shape (slice, y, x, 3)
        Pixel centres, patient RAS in mm.
    mask : numpy.ndarray of bool, shape (slice, y, x)
        Pixels to show.

    Returns
    -------
    Shape
        Four points for each pixel of `mask`, in C order.
    """
    along_x = (positions[0, 0, 1] - positions[0, 0, 0]) / 2
    along_y = (positions[0, 1, 0] - positions[0, 0, 0]) / 2
    corners = np.stack([-along_x - along_y, along_x - along_y, along_x + along_y, along_y - along_x])
    centres = positions[mask]
    points = (centres[:, None] + corners).reshape(-1, 3)
    triangles = 4 * np.arange(len(centres))[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
    return Shape(points, triangles.reshape(-1, 3))


def electrode_sheet(electrodes, centre):
    """A sheet through the electrodes, whatever their layout.

    Seen from the heart's vertical axis, electrodes have an angle and a height; neighbours in these are
    joined, all around for a vest, and not across the back for a grid in front.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS in mm.
    centre : numpy.ndarray, shape (3,)
        Of the heart.

    Returns
    -------
    Shape
        Its points are the electrodes; without triangles when all stand in one line.
    """
    from_axis = electrodes - centre
    angle = np.degrees(np.arctan2(from_axis[:, 0], from_axis[:, 1]))
    height = from_axis[:, 2] * 180 / (np.pi * np.hypot(from_axis[:, 0], from_axis[:, 1]).mean())
    flat = np.column_stack([angle, height])
    if len(flat) < 3 or np.linalg.matrix_rank(flat - flat.mean(0), tol=1e-3) < 2:
        return Shape(electrodes, np.empty((0, 3), int))
    around = np.concatenate([flat + np.array([turn, 0]) for turn in (0, 360, -360)])
    triangles = Delaunay(around).simplices
    angles = around[triangles, 0]
    once = (angles.mean(1) >= -180) & (angles.mean(1) < 180)
    near = np.ptp(angles, axis=1) < WIDEST_DEGREES
    return Shape(electrodes, triangles[once & near] % len(electrodes))


def _pieces(lines):
    """Point numbers of each line in VTK's list, where a count stands before each."""
    at = 0
    while at < len(lines):
        yield lines[at + 1 : at + 1 + lines[at]]
        at += lines[at] + 1
