"""Import of labelled hearts from segmentations, meshes and phantoms, with repair and checks of the wall."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np

from ..anatomy.checks import refuse_open_apex, refuse_wall
from ..anatomy.frame import LongAxis, find_long_axis, lv_centre, short_axis_frame
from ..anatomy.heart import Anatomy, AnatomyError
from ..anatomy.phantom import make_phantom
from ..anatomy.repair import cap_apex, grow_rv_wall, keep_largest_piece
from ..core.errors import InputError
from . import meshes, volumes


def import_anatomy(
    case: Mapping[str, Any],
    source: str | PathLike[str] | None,
    label_map: Mapping[str, Sequence[int]],
    spacing_mm: float,
    stray_pieces: Literal["remove", "refuse"],
) -> tuple[Anatomy, int, LongAxis]:
    """Read a labelled heart, add the walls that its case specifies, and check the result.

    Parameters
    ----------
    case : mapping
        A row of the cases table, see `config.cases.Case`.
    source : path-like, optional
        Image or mesh; a phantom has none.
    label_map : mapping of str to sequence of int
        Labels of each tissue, see `heart.map_labels`.
    spacing_mm : float
        Edge of the voxels of a mesh or a phantom; an image has its own.
    stray_pieces : {"remove", "refuse"}
        Whether wall voxels off the largest connected piece are removed or raise an error.

    Returns
    -------
    anatomy : Anatomy
        In patient space.
    removed : int
        Number of wall voxels removed.
    long_axis : LongAxis
        Of the heart with its walls.

    Raises
    ------
    InputError
        If the heart can't be read or its wall can't be used; the message names the case and its label map.
    """
    try:
        anatomy = _with_walls(_read(case, source, label_map, spacing_mm), case)
        labels, removed = keep_largest_piece(anatomy.labels)
        if removed and stray_pieces == "refuse":
            raise AnatomyError(
                f"{source}: {removed} wall voxels touch no other wall; mend the segmentation or set "
                "anatomy.stray_pieces to remove"
            )
        refuse_wall(labels, removed)
        anatomy = Anatomy(labels, anatomy.affine)
        long_axis = _long_axis(anatomy, case)
        short_axis_frame(anatomy, long_axis.direction)
        refuse_open_apex(anatomy, long_axis.direction)
    except InputError as error:
        raise InputError(f"case {case['case']}, label map {case['label_map']!r}: {error}") from None
    return anatomy, removed, long_axis


def _read(
    case: Mapping[str, Any],
    source: str | PathLike[str] | None,
    label_map: Mapping[str, Sequence[int]],
    spacing_mm: float,
) -> Anatomy:
    """Read the heart from its source."""
    if case["kind"] == "phantom":
        return make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"], case["spread"])
    if source is None:
        raise InputError(f"a {case['kind']} needs a source")
    if case["kind"] == "mesh":
        return meshes.read_mesh(source, case["label_array"], label_map, case["coordinates"], spacing_mm)
    return volumes.read_volume(source, label_map, case["coordinates"])


def _with_walls(anatomy: Anatomy, case: Mapping[str, Any]) -> Anatomy:
    """Add the RV wall and the apical cap that the case specifies."""
    if case["rv_wall_mm"]:
        anatomy = grow_rv_wall(anatomy, case["rv_wall_mm"], _long_axis(anatomy, case).direction)
    if case["cap_apex_mm"]:
        anatomy = cap_apex(anatomy, case["cap_apex_mm"], _long_axis(anatomy, case).direction)
    return anatomy


def _long_axis(anatomy: Anatomy, case: Mapping[str, Any]) -> LongAxis:
    """Long axis that the case gives, or else that of the segmentation."""
    if case["long_axis"] is None:
        return find_long_axis(anatomy, case["apex_mm"])
    given = np.array(case["long_axis"])
    return LongAxis(given / np.linalg.norm(given), lv_centre(anatomy), np.inf)
