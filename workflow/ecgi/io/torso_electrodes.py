"""Torsos whose files say where the electrodes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .electrodes import from_table, read_electrode_table
from .surface_files import SURFACES, read_surface_file
from .surfaces import Surface, read_surface
from .torso_files import USUAL_MM
from .units import turned

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from .units import Frame, Units


def read_torso_and_electrodes(
    torso: str | PathLike[str],
    electrodes: str | PathLike[str],
    coordinates: Frame,
    units: Units | None,
) -> tuple[Surface, list[str], NDArray]:
    """Read the surface of a torso and the electrodes on it.

    Parameters
    ----------
    torso : path-like
        Surface.
    electrodes : path-like
        Table of electrodes or a surface whose points they are; empty for the points that the torso's file
        names as those of the leads, or else all its points.
    coordinates : {"RAS", "LPS"}
        Frame of the files.
    units : {"mm", "cm", "m", "um"}, optional
        Units of the surfaces; mm by default, and then a size that is unusual in mm is refused.

    Returns
    -------
    surface : Surface
        Patient RAS, mm.
    names : list of str
        Numbers of the leads, or the names of the table.
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.

    Raises
    ------
    InputError
        If a file can't be read.
    """
    surface = read_surface(torso, coordinates, units, USUAL_MM["skin"], "torso")
    if electrodes and not str(electrodes).lower().endswith(tuple(SURFACES)):
        names, positions = from_table(read_electrode_table(electrodes), electrodes)
        return surface, names, turned(positions, coordinates)
    if electrodes:
        positions = read_surface(electrodes, coordinates, units, USUAL_MM["skin"], "surface").points
    else:
        leads = read_surface_file(torso).leads
        positions = surface.points if leads is None else surface.points[leads]
    return surface, [str(number) for number in range(1, len(positions) + 1)], positions
