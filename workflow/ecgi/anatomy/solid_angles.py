"""Solid angle of a surface as seen from points: 4 pi inside a closed one, 0 outside."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, fastmath=True)
def solid_angle(corners: NDArray, points: NDArray) -> NDArray:
    """Sum of the solid angles of triangles (van Oosterom & Strackee 1983, IEEE Trans Biomed Eng 30:125).

    Parameters
    ----------
    corners : numpy.ndarray, shape (triangle, 3, 3)
        Counter-clockwise when viewed from outside.
    points : numpy.ndarray, shape (point, 3)

    Returns
    -------
    numpy.ndarray, shape (point,)
        4 pi inside a closed surface, 0 outside.
    """
    result = np.zeros(len(points))
    for p in range(len(points)):
        x, y, z = points[p]
        total = 0.0
        for t in range(len(corners)):
            ax, ay, az = corners[t, 0, 0] - x, corners[t, 0, 1] - y, corners[t, 0, 2] - z
            bx, by, bz = corners[t, 1, 0] - x, corners[t, 1, 1] - y, corners[t, 1, 2] - z
            cx, cy, cz = corners[t, 2, 0] - x, corners[t, 2, 1] - y, corners[t, 2, 2] - z
            a = np.sqrt(ax * ax + ay * ay + az * az)
            b = np.sqrt(bx * bx + by * by + bz * bz)
            c = np.sqrt(cx * cx + cy * cy + cz * cz)
            triple = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            below = (
                a * b * c
                + (ax * bx + ay * by + az * bz) * c
                + (bx * cx + by * cy + bz * cz) * a
                + (cx * ax + cy * ay + cz * az) * b
            )
            total += np.arctan2(triple, below)
        result[p] = 2 * total
    return result
