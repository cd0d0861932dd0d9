"""Geometry of the 3-D views: isochrones, stacked slices, the sheet of electrodes."""

from collections.abc import Iterator

import numpy as np
import pyvista
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..anatomy.wall_surface import Shape

LIFT_MM = 0.3  # offset of isochrones from the surface, so that they are fully visible
WIDEST_DEGREES = 90.0  # gap between electrodes that the sheet spans


def isochrones(surface: Shape, times: NDArray, step_ms: float) -> tuple[NDArray, NDArray]:
    """Lines of equal activation time on a surface.

    Parameters
    ----------
    surface : Shape
    times : numpy.ndarray, shape (point,)
        Activation times at the points of the surface, ms.
    step_ms : float
        Interval between lines; there is none at 0.

    Returns
    -------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm, `LIFT_MM` off the surface; each polyline ends with a row of NaN.
    times : numpy.ndarray, shape (point,)
        Activation time of the line of each point, ms; NaN where a polyline ends.
    """
    mesh = pyvista.PolyData.from_regular_faces(surface.points, np.asarray(surface.triangles, int))
    mesh = mesh.compute_normals(cell_normals=False, split_vertices=False, consistent_normals=False)
    mesh["times"] = times
    levels = np.arange(step_ms, np.nanmax(times), step_ms)
    lines = mesh.contour(levels, "times").strip() if len(levels) else pyvista.PolyData()
    if lines.n_lines == 0:
        return np.empty((0, 3)), np.empty(0)
    lifted = np.vstack([lines.points + LIFT_MM * lines["Normals"], np.full(3, np.nan)])
    order = np.concatenate([[*line, -1] for line in _polylines(lines.lines)])
    return lifted[order], np.append(lines["times"], np.nan)[order]


def stacked_slices(positions: NDArray, mask: NDArray) -> Shape:
    """Pixels of slices as squares in patient coordinates.

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


def electrode_sheet(electrodes: NDArray, centre: NDArray) -> Shape:
    """Triangulated surface through the electrodes of any layout.

    The Delaunay triangulation of their angles and heights about a vertical axis through the heart: closed
    for a vest, open at the back for a grid in front.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS in mm.
    centre : numpy.ndarray, shape (3,)
        Centre of the heart, patient RAS in mm.

    Returns
    -------
    Shape
        Its points are the electrodes; it has no triangles if all electrodes lie on one line.
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


def _polylines(lines: NDArray) -> Iterator[NDArray]:
    """Point numbers of each polyline in a VTK cell array, in which each is preceded by its length."""
    start = 0
    while start < len(lines):
        yield lines[start + 1 : start + 1 + lines[start]]
        start += lines[start] + 1
