"""Triangles and matrices as ECGSIM and the Nijmegen group write them; `surface_files` reads the triangles.

Triangles are clockwise when viewed from outside and coordinates are in m, as
https://www.ecgsim.org/downloads/other13/downloadgeo.php has them. Matrices are text with the numbers of rows
and columns first, or the same in binary.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError
from .units import IN_MM

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from ..anatomy.triangles import Shape

MAGIC = b";;mbfmat"
BEFORE_SIZES = 16  # bytes before the numbers of rows and columns in a file that begins with MAGIC
MOST_BYTES = 2_000_000_000


def write_tri(path: str | PathLike[str], surface: Shape) -> None:
    """Write a surface with numbered rows, in m.

    Parameters
    ----------
    path : path-like
        File to write, .tri.
    surface : Shape
    """
    clockwise = surface.triangles[:, ::-1] + 1
    with open(path, "w", encoding="ascii") as file:
        for rows, form in ((surface.points / IN_MM["m"], "%d %.7f %.7f %.7f"), (clockwise, "%d %d %d %d")):
            file.write(f"{len(rows)}\n")
            np.savetxt(file, np.column_stack([np.arange(1, len(rows) + 1), rows]), form)


def write_matrix(path: str | PathLike[str], values: NDArray) -> None:
    """Write a matrix as text.

    Parameters
    ----------
    path : path-like
        File to write, such as .dep and .rep, one column of times at the nodes in ms, or potentials in mV.
    values : numpy.ndarray, shape (row, column)
    """
    rows, columns = values.shape
    np.savetxt(path, values, "%.6g", header=f"{rows} {columns}", comments="", encoding="ascii")


def read_matrix(path: str | PathLike[str]) -> NDArray:
    """Read a matrix.

    Parameters
    ----------
    path : path-like
        Text; or int32 numbers of rows and columns and then float32 (float64 if the file ends with them), row
        by row; or float64 after a header that begins with `MAGIC`. Words may follow the numbers.

    Returns
    -------
    numpy.ndarray, shape (row, column)

    Raises
    ------
    InputError
        If the file is none of these, or shorter than it states.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such file")
    content = Path(path).read_bytes()
    try:
        rows, columns, *values = content.split()
        size = int(rows), int(columns)
    except ValueError:
        return _read_binary(content, path)
    if min(size) < 1 or len(values) < size[0] * size[1]:
        raise _damaged(path, size, len(values))
    try:
        return np.array(values[: size[0] * size[1]], float).reshape(size)
    except ValueError:
        raise InputError(f"{path}: a cell of the matrix is no number; it is damaged") from None


def _read_binary(content: bytes, path: str | PathLike[str]) -> NDArray:
    """Matrix of a binary file."""
    begins = BEFORE_SIZES if content.startswith(MAGIC) else 0
    sizes = content[begins : begins + 8]
    if len(sizes) < 8:
        raise InputError(f"{path}: no matrix of ECGSIM, which begins with the numbers of rows and columns")
    rows, columns = (int(size) for size in np.frombuffer(sizes, "<i4"))
    data = content[begins + 8 :]
    if min(rows, columns) < 1 or 4 * rows * columns > min(len(data), MOST_BYTES):
        raise _damaged(path, (rows, columns), len(data) // 4)
    kind = "<f8" if begins or len(data) == 8 * rows * columns else "<f4"
    if np.dtype(kind).itemsize * rows * columns > len(data):
        raise _damaged(path, (rows, columns), len(data) // 8)
    return np.frombuffer(data, kind, rows * columns).reshape(rows, columns).astype(float)


def _damaged(path: str | PathLike[str], size: tuple[int, int], found: int) -> InputError:
    """Error of a file that does not hold what it states."""
    return InputError(
        f"{path}: {size[0]} rows of {size[1]} are stated, and {found} numbers follow; it is no matrix of "
        "ECGSIM, or damaged"
    )
