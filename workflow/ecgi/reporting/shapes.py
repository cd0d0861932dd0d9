"""Geometry of the 3-D views: isochrones and other lines on a surface, the sheet of electrodes."""

from collections.abc import Iterator

import numpy as np
import pyvista
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from ..anatomy.triangles import Shape

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
    latest = np.max(times, where=np.isfinite(times), initial=0.0)
    return level_lines(surface, times, np.arange(step_ms, latest, step_ms))


def level_lines(surface: Shape, values: NDArray, levels: NDArray) -> tuple[NDArray, NDArray]:
    """Lines on a surface where values have given levels.

    Parameters
    ----------
    surface : Shape
    values : numpy.ndarray, shape (point,)
        Values at the points of the surface; there are no lines where one is NaN.
    levels : numpy.ndarray, shape (level,)

    Returns
    -------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS in mm, `LIFT_MM` off the surface; each polyline ends with a row of NaN.
    levels : numpy.ndarray, shape (point,)
        Level of the line of each point; NaN where a polyline ends.
    """
    triangles = np.asarray(surface.triangles, int)
    known = triangles[np.isfinite(values[triangles]).all(1)]
    if not len(known) or not len(levels):
        return np.empty((0, 3)), np.empty(0)
    mesh = pyvista.PolyData.from_regular_faces(surface.points, triangles)
    normals = mesh.compute_normals(cell_normals=False, split_vertices=False, consistent_normals=False)
    mesh = pyvista.PolyData.from_regular_faces(surface.points, known)
    mesh["Normals"], mesh["values"] = normals["Normals"], np.nan_to_num(values)
    lines = mesh.contour(levels, "values").strip()
    if lines.n_lines == 0:
        return np.empty((0, 3)), np.empty(0)
    lifted = np.vstack([lines.points + LIFT_MM * lines["Normals"], np.full(3, np.nan)])
    order = np.concatenate([[*line, -1] for line in _polylines(lines.lines)])
    return lifted[order], np.append(lines["values"], np.nan)[order]


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
