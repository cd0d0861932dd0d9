"""Read files by VTK, whose errors are raised and whose sizes are checked before memory is allocated.

VTK ends the process on some damaged files. A child process reads each file first, and only files that it
survives are read.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import re
import sys
import warnings
from typing import TYPE_CHECKING

from ..anatomy.heart import AnatomyError
from ..core.errors import one_line

if TYPE_CHECKING:
    from os import PathLike

    import pyvista

UNIMPORTANT = "InformationKey"  # ranges that VTK writes beside an array and can't always read
MOST_ITEMS = 200_000_000  # points or cells
DEFLATED = 1032  # largest ratio of deflate's compression
DATASET = re.compile(rb"^DATASET\s+(\w+)", re.M | re.I)
SPACE = re.compile(rb"SPACE\s*=\s*(RAS|LPS)")
HEAD = 4096  # bytes of a file's beginning, in which comments state its frame

# Counts that a file's text states, by family of formats.
XML_COUNTS = re.compile(rb"""\bNumberOf(?:Points|Cells|Polys|Verts|Lines|Strips|Tuples)\s*=\s*["']\s*(\d+)""")
LEGACY_COUNTS = re.compile(
    rb"^(?:POINTS|CELLS|CELL_TYPES|POLYGONS|VERTICES|LINES|TRIANGLE_STRIPS|POINT_DATA|CELL_DATA)\s+(\d+)",
    re.M,
)
LEGACY_GRID = re.compile(rb"^DIMENSIONS\s+(\d+)\s+(\d+)\s+(\d+)", re.M)
PLY_COUNTS = re.compile(rb"^element\s+\w+\s+(\d+)", re.M)


def read_vtk(path: str | PathLike[str], reader_class: str, what: str) -> pyvista.DataSet:
    """Read a file with a reader of VTK; errors that VTK only logs are raised.

    Parameters
    ----------
    path : path-like
    reader_class : str
        Name of the reader in VTK, such as "vtkXMLUnstructuredGridReader".
    what : str
        What the file should be, for messages, such as "VTU mesh".

    Returns
    -------
    pyvista.DataSet

    Raises
    ------
    AnatomyError
        If the file can't be read, or states more points or cells than it can hold.
    """
    refuse_counts(path)
    _refuse_deadly(path, reader_class, what)
    return _read(path, reader_class, what)


def _refuse_deadly(path: str | PathLike[str], reader_class: str, what: str) -> None:
    """Refuse a file on which VTK ends a child process."""
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, none of which is used
        child = os.fork()
    if child == 0:
        faulthandler.disable()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            _read(path, reader_class, what)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        raise AnatomyError(f"{path}: not a readable {what} (VTK ends on it); the file is damaged")


def _read(path: str | PathLike[str], reader_class: str, what: str) -> pyvista.DataSet:
    """Read a file with a reader of VTK."""
    import pyvista
    from vtkmodules import vtkIOGeometry, vtkIOLegacy, vtkIOPLY, vtkIOXML

    modules = (vtkIOXML, vtkIOLegacy, vtkIOGeometry, vtkIOPLY)
    reader = next(getattr(module, reader_class) for module in modules if hasattr(module, reader_class))()
    reader.SetFileName(str(path))
    with pyvista.VtkErrorCatcher(send_to_logging=False) as log:
        reader.Update()
    errors = [event.alert for event in log.error_events if UNIMPORTANT not in event.alert]
    output = reader.GetOutput()
    if errors or output is None:
        raise AnatomyError(
            f"{path}: not a readable {what} ({one_line(*errors[:1] or ['VTK reads nothing'])})"
        )
    return pyvista.wrap(output)


def stated_frame(path: str | PathLike[str], dataset: pyvista.DataSet | None = None) -> str | None:
    """Patient frame that a file states, in a field SPACE or in a comment, as 3D Slicer writes it.

    Parameters
    ----------
    path : path-like
    dataset : pyvista.DataSet, optional
        Contents of the file, if it can have fields.

    Returns
    -------
    str or None
        As it is spelt in the field.
    """
    if dataset is not None and "SPACE" in dataset.field_data:
        return one_line(str(dataset.field_data["SPACE"][0])).strip()
    with open(path, "rb") as file:
        found = SPACE.search(file.read(HEAD))
    return found[1].decode() if found else None


def legacy_kind(path: str | PathLike[str]) -> str:
    """Kind of heart that a legacy VTK file may hold.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    {"mesh", "surface"}
        "surface" for polygons.
    """
    with open(path, "rb") as file:
        found = DATASET.search(file.read(HEAD))
    return "surface" if found and found[1].upper() == b"POLYDATA" else "mesh"


def refuse_counts(path: str | PathLike[str]) -> None:
    """Refuse a file that states more points or cells than one of its size can hold.

    VTK allocates memory for the counts that a file states, and ends the process if there is too little.

    Parameters
    ----------
    path : path-like
        VTK (XML or legacy) or PLY.

    Raises
    ------
    AnatomyError
    """
    size = os.path.getsize(path)
    if size == 0:
        raise AnatomyError(f"{path}: empty")
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        head = content[:HEAD]
        if head.startswith(b"# vtk"):
            most = size * 8  # bits
            counts = [int(one[1]) for one in LEGACY_COUNTS.finditer(content)]
            for sides in LEGACY_GRID.findall(head):
                counts.append(int(sides[0]) * int(sides[1]) * int(sides[2]))
        elif head.startswith(b"ply"):
            most, counts = size, [int(number) for number in PLY_COUNTS.findall(head)]
        else:
            most, counts = size * DEFLATED, [int(one[1]) for one in XML_COUNTS.finditer(content)]
    worst = max(counts, default=0)
    if worst > min(most, MOST_ITEMS):
        raise AnatomyError(
            f"{path}: states {worst:.3g} points or cells, more than a file of {size:,} bytes can hold or "
            f"{MOST_ITEMS:.0e}; the file is damaged"
        )
