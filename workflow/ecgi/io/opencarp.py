"""Meshes and activation times as openCARP has them; `mesh_files` reads its meshes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..anatomy.heart import AnatomyError
from .text_numbers import numbers_of, read_rows, without_count
from .units import IN_MM

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

NEVER = -1.0  # time of a node that is not activated


def write_points(path: str | PathLike[str], points: NDArray) -> None:
    """Write points, in µm.

    Parameters
    ----------
    path : path-like
        File to write, .pts.
    points : numpy.ndarray, shape (point, 3)
        mm.
    """
    _write_rows(path, pd.DataFrame(points / IN_MM["um"]), str(len(points)), "%.3f")


def write_mesh(
    stem: str | PathLike[str], points: NDArray, tetrahedra: NDArray, tags: NDArray, fibres: NDArray
) -> None:
    """Write a mesh of tetrahedra: its points, elements and fibre directions.

    Parameters
    ----------
    stem : path-like
        Files to write, without the endings .pts, .elem and .lon.
    points : numpy.ndarray, shape (point, 3)
        mm; µm are written.
    tetrahedra : numpy.ndarray of int, shape (element, 4)
        Indices of the points.
    tags : numpy.ndarray of int, shape (element,)
        Region of each element.
    fibres : numpy.ndarray, shape (element, 3)
        Unit vectors.
    """
    write_points(f"{stem}.pts", points)
    elements = pd.DataFrame(tetrahedra).assign(tag=tags)
    elements.insert(0, "kind", "Tt")
    _write_rows(f"{stem}.elem", elements, str(len(elements)))
    _write_rows(f"{stem}.lon", pd.DataFrame(fibres), "1", "%.5f")


def write_times(path: str | PathLike[str], times: NDArray) -> None:
    """Write an activation time per node, as openCARP's ``init_acts_*-thresh.dat``.

    Parameters
    ----------
    path : path-like
        File to write, .dat.
    times : numpy.ndarray, shape (node,)
        ms; NaN, written as `NEVER`, where there is none.
    """
    _write_rows(path, pd.DataFrame(np.nan_to_num(times, nan=NEVER)), "", "%.3f")


def read_times(path: str | PathLike[str], nodes: int) -> NDArray:
    """Read activation times of the nodes of a mesh.

    Parameters
    ----------
    path : path-like
        A time per node; or, as openCARP writes all activations, a node and a time in each row, of which the
        first of each node counts.
    nodes : int
        Number of nodes of the mesh.

    Returns
    -------
    numpy.ndarray, shape (node,)
        ms; NaN where there is none.

    Raises
    ------
    AnatomyError
        If the file does not hold times of that many nodes.
    """
    rows = read_rows(path, 2)
    if rows[1].notna().any():
        node, found = numbers_of(rows, 2, path, "a node and a time").T
        if (node != np.rint(node)).any() or node.min() < 0 or node.max() >= nodes:
            raise AnatomyError(f"{path}: nodes that are none of the {nodes} of the mesh; it is of another")
        times = np.full(nodes, np.inf)
        known = found >= 0
        np.minimum.at(times, node[known].astype(int), found[known])
        return np.where(np.isfinite(times), times, np.nan)
    times = numbers_of(rows, 1, path, "a time")[:, 0]
    if len(times) != nodes:
        raise AnatomyError(f"{path}: {len(times)} times, and the mesh has {nodes} nodes; it is of another")
    return np.where(times >= 0, times, np.nan)


def read_points(path: str | PathLike[str]) -> NDArray:
    """Read points of a mesh.

    Parameters
    ----------
    path : path-like
        .pts, in µm.

    Returns
    -------
    numpy.ndarray, shape (point, 3)
        mm.

    Raises
    ------
    AnatomyError
        If the file does not hold points.
    """
    return numbers_of(without_count(read_rows(path, 4), path), 3, path, "x, y and z") * IN_MM["um"]


def _write_rows(
    path: str | PathLike[str], rows: pd.DataFrame, first: str, float_format: str | None = None
) -> None:
    """Write rows of cells between blanks, below a first line if there is one."""
    text = rows.to_csv(sep=" ", header=False, index=False, float_format=float_format, lineterminator="\n")
    Path(path).write_text(f"{first}\n{text}" if first else text, encoding="ascii")
