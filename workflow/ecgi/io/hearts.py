"""A heart from its source, a phantom's seed, a mesh or a segmentation, with its wall mended and checked."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal

from ..anatomy.checks import refuse_open_apex, refuse_wall
from ..anatomy.frame import short_axis_frame
from ..anatomy.heart import Anatomy, AnatomyError
from ..anatomy.phantom import make_phantom
from ..anatomy.repair import cap_apex, grow_rv_wall, keep_largest_piece
from ..core.errors import InputError
from . import meshes, volumes


def import_anatomy(
    case: Mapping[str, Any],
    source: str | PathLike | None,
    label_map: Mapping[str, Sequence[int]],
    spacing_mm: float,
    stray_pieces: Literal["remove", "refuse"],
) -> tuple[Anatomy, int]:
    """Read a heart, grow the walls that its case asks for, and check that it is one.

    Parameters
    ----------
    case : mapping
        A row of the cases table, see `config.cases.Case`.
    source : path-like, optional
        File of the heart; a phantom has none.
    label_map : mapping of str to sequence of int
        See `heart.map_labels`.
    spacing_mm : float
        Voxels of what comes without a grid of its own.
    stray_pieces : {"remove", "refuse"}
        What becomes of wall voxels that touch no other wall.

    Returns
    -------
    heart : Anatomy
        In patient space.
    removed : int
        Wall voxels that touched no other wall.

    Raises
    ------
    InputError
        Naming the case and its label map.
    """
    try:
        heart = _with_walls(_read(case, source, label_map, spacing_mm), case)
        labels, removed = keep_largest_piece(heart.labels)
        if removed and stray_pieces == "refuse":
            raise AnatomyError(
                f"{source}: {removed} wall voxels touch no other wall; mend the segmentation or set "
                "anatomy.stray_pieces to remove"
            )
        refuse_wall(labels, removed)
        heart = Anatomy(labels, heart.affine)
        short_axis_frame(heart)
        refuse_open_apex(heart)
    except InputError as error:
        raise InputError(f"case {case['case']}, label map {case['label_map']!r}: {error}") from None
    return heart, removed


def _read(
    case: Mapping[str, Any],
    source: str | PathLike | None,
    label_map: Mapping[str, Sequence[int]],
    spacing_mm: float,
) -> Anatomy:
    """The heart as its source has it."""
    if case["kind"] == "phantom":
        return make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"], case["spread"])
    if case["kind"] == "mesh":
        return meshes.read_mesh(source, case["label_array"], label_map, case["coordinates"], spacing_mm)
    return volumes.read_volume(source, label_map, case["coordinates"])


def _with_walls(heart: Anatomy, case: Mapping[str, Any]) -> Anatomy:
    """The heart with the walls that its source lacks."""
    if case["rv_wall_mm"]:
        heart = grow_rv_wall(heart, case["rv_wall_mm"])
    if case["cap_apex_mm"]:
        heart = cap_apex(heart, case["cap_apex_mm"])
    return heart
