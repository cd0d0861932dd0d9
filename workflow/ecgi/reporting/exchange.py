"""A heart, its activation map and its BSP as files of other programs, openCARP and ECGSIM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.interpolation import at_points
from ..anatomy.wall_surface import closed_wall_surface
from ..io.ecgsim import write_matrix, write_tri
from ..io.igb import Series, write_igb
from ..io.opencarp import write_mesh, write_points, write_times
from ..physics import action_potential
from ..physics.repolarisation import apd_offsets
from .export import wall_mesh
from .shapes import electrode_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from typing import Any

    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

TRIANGLES = 6000  # of the surface for ECGSIM, about
# Six tetrahedra about a diagonal of a hexahedron of VTK, which meet those of its neighbours (Kuhn 1960).
TETRAHEDRA = np.array([[0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6], [0, 5, 1, 6]])


class Beat(NamedTuple):
    """A beat to hand on.

    Attributes
    ----------
    activation_ms : numpy.ndarray, shape (voxel,)
        At the wall voxels; NaN where there is none.
    recovery_ms : numpy.ndarray, shape (voxel,)
        End of the action potentials.
    fibres : numpy.ndarray, shape (voxel, 3)
        Unit vectors in patient RAS.
    bsp_mv : numpy.ndarray, shape (electrode, time)
    time_ms : numpy.ndarray, shape (time,)
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    """

    activation_ms: NDArray
    recovery_ms: NDArray
    fibres: NDArray
    bsp_mv: NDArray
    time_ms: NDArray
    electrodes: NDArray


def recovery_times(anatomy: Anatomy, activation_ms: NDArray, cell: Mapping[str, Any]) -> NDArray:
    """Times at which action potentials end.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    activation_ms : numpy.ndarray, shape (voxel,)
    cell : mapping
        Action potential, see `simulation.bsp_solver`.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        ms.
    """
    others = {"amplitude_mv", "apd_gradient", "apd_range_ms"}
    standard = action_potential.duration(**{key: cell[key] for key in cell.keys() - others})
    offsets = apd_offsets(anatomy, cell["apd_gradient"], cell["apd_range_ms"])
    return activation_ms + standard + (0 if offsets is None else offsets)


def write_opencarp(folder: str | PathLike[str], anatomy: Anatomy, beat: Beat) -> None:
    """Write a mesh of tetrahedra with activation times, and the BSP at the electrodes.

    Parameters
    ----------
    folder : path-like
        Folder to make.
    anatomy : Anatomy
        Tags of the mesh are its tissues.
    beat : Beat
        A node has the mean time of the voxels around it.
    """
    place = _made(folder)
    voxels = wall_mesh(anatomy, {"time": beat.activation_ms})
    points = np.asarray(voxels.points, float)
    corners = voxels.cell_connectivity.reshape(-1, 8)
    tetrahedra = corners[:, TETRAHEDRA].reshape(-1, 4)
    if np.linalg.det(anatomy.affine[:3, :3]) < 0:
        tetrahedra = tetrahedra[:, [1, 0, 2, 3]]
    each = len(TETRAHEDRA)
    tags, fibres = anatomy.labels[anatomy.wall].repeat(each), beat.fibres.repeat(each, axis=0)
    write_mesh(place / "heart", points, tetrahedra, tags, fibres)
    write_times(place / "heart.dat", _at_nodes(corners, beat.activation_ms, len(points)))
    write_points(place / "electrodes.pts", beat.electrodes)
    step_ms = float(np.diff(beat.time_ms).mean())
    write_igb(place / "electrodes.igb", Series(beat.bsp_mv, float(beat.time_ms[0]), step_ms, "mV"))


def write_ecgsim(folder: str | PathLike[str], anatomy: Anatomy, beat: Beat) -> None:
    """Write the surface of the wall with activation and recovery times, and the BSP at the electrodes.

    Parameters
    ----------
    folder : path-like
        Folder to make.
    anatomy : Anatomy
    beat : Beat
        Its BSP are interpolated to a sample per ms, as a matrix states no times.
    """
    place = _made(folder)
    surface = closed_wall_surface(anatomy, TRIANGLES)
    known = np.isfinite(beat.activation_ms)
    times = np.stack([beat.activation_ms, beat.recovery_ms])[:, known]
    dep, rep = at_points(surface.points, anatomy.positions(anatomy.wall)[known], times)
    write_tri(place / "heart.tri", surface)
    write_matrix(place / "heart.dep", dep[:, None])
    write_matrix(place / "heart.rep", rep[:, None])
    write_tri(place / "electrodes.tri", electrode_sheet(beat.electrodes, surface.points.mean(0)))
    every_ms = np.arange(beat.time_ms[0], beat.time_ms[-1] + 1e-6)
    bsp = np.stack([np.interp(every_ms, beat.time_ms, lead) for lead in beat.bsp_mv])
    write_matrix(place / "electrodes.bsm", bsp)


WRITERS = {"opencarp": write_opencarp, "ecgsim": write_ecgsim}


def _made(folder: str | PathLike[str]) -> Path:
    """A folder, made."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _at_nodes(corners: NDArray, values: NDArray, count: int) -> NDArray:
    """Mean over the voxels around each node that have a value; NaN where none has."""
    known = np.isfinite(values)
    node = corners[known].ravel()
    total = np.bincount(node, values[known].repeat(corners.shape[1]), count)
    number = np.bincount(node, minlength=count)
    return np.divide(total, number, out=np.full(count, np.nan), where=number > 0)
