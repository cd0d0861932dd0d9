"""Import of hearts from segmentations, meshes, surfaces and phantoms, with repair and checks of the wall."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, NamedTuple

import numpy as np

from ..anatomy.checks import refuse_open_apex, refuse_open_rv, refuse_wall
from ..anatomy.frame import LongAxis, contradiction, find_long_axis, lv_centre
from ..anatomy.heart import Anatomy, AnatomyError
from ..anatomy.measures import measure
from ..anatomy.phantom import make_phantom
from ..anatomy.plausibility import judge, refuse_frames
from ..anatomy.repair import remove_strays
from ..anatomy.reslice import Walls, resample_and_repair, without_vessels
from ..anatomy.septum import Septum, find_septum
from ..core.errors import InputError
from . import meshes, volumes
from .surface_hearts import Surfaces, read_heart_surfaces

NO_SEPTUM = (
    "there is no RV and no septum_mm: the angle about the long axis, with AHA segments and the slices of "
    "networks, is that of a heart in its usual position; set septum_mm (a point in the septum, patient RAS)"
)
SMALL = 5  # decimals of numbers in a check


class Heart(NamedTuple):
    """A heart as imported, and what was found and changed on the way.

    Attributes
    ----------
    segmentation : Anatomy
        In patient space, on the grid of its source, without stray pieces.
    labels : Anatomy
        In its short-axis frame, with the walls that its case adds.
    long_axis : LongAxis
    check : dict
        For `check.json`: ``measures``, ``frame``, ``changes`` in voxels, ``notes`` and ``warnings``.
    """

    segmentation: Anatomy
    labels: Anatomy
    long_axis: LongAxis
    check: dict[str, Any]


def import_heart(
    case: Mapping[str, Any],
    source: str | PathLike[str] | None,
    label_map: Mapping[str, Sequence[Any]],
    spacing_mm: float,
    stray_pieces: Literal["remove", "refuse"],
    scar_conducts: bool = True,
) -> Heart:
    """Read a labelled heart, resample it, add the walls that its case specifies, and check the result.

    Parameters
    ----------
    case : mapping
        A row of the cases table, see `config.cases.Case`.
    source : path-like, optional
        Image, mesh or surface; a phantom has none.
    label_map : mapping of str to sequence of int or str
        Labels, segments or masks of each tissue, see `labelled.read_tissues`.
    spacing_mm : float
        Edge of the new voxels, and of those on which a mesh, a surface or a phantom is read.
    stray_pieces : {"remove", "refuse"}
        Whether stray wall voxels of the file, see `repair.remove_strays`, are removed or raise an error.
    scar_conducts : bool
        If not, scar leaves the wall.

    Returns
    -------
    Heart

    Raises
    ------
    InputError
        If the heart can't be read, its wall can't be used, or its sizes are not those of a heart; the message
        names the case and its label map.
    """
    try:
        segmentation, stray, long_axis, notes = _segmented(case, source, label_map, spacing_mm, stray_pieces)
        septum = find_septum(segmentation, long_axis.direction, case["septum_mm"])
        heart, changes = resample_and_repair(
            segmentation,
            spacing_mm,
            scar_conducts,
            long_axis.direction,
            Walls(case["rv_wall_mm"], case["cap_apex_mm"]),
            case["septum_mm"],
        )
        refuse_wall(heart.labels, changes.removed)
        measures = measure(heart)
        warnings = judge(measures, case["species"])
        refuse_open_apex(heart, heart.third_axis)
        if case["kind"] != "phantom":  # on coarse voxels a phantom's thin wall has holes, which are warned of
            refuse_open_rv(heart, heart.third_axis)
    except InputError as error:
        raise InputError(f"case {case['case']}, label map {case['label_map']!r}: {error}") from None
    if case["long_axis"] is not None or case["apex_mm"] is not None:
        warnings += filter(None, [contradiction(segmentation, long_axis)])
    warnings += [NO_SEPTUM] * (septum.confidence == 0)
    check = {
        "case": case["case"],
        "species": case["species"],
        "spacing_mm": spacing_mm,
        "measures": {name: round(float(value), SMALL) for name, value in measures.items()},
        "frame": _frame(long_axis, septum),
        "changes": {"stray": stray, **changes._asdict()},
        "notes": notes,
        "warnings": warnings,
    }
    return Heart(segmentation, without_vessels(heart), long_axis, check)


def _segmented(
    case: Mapping[str, Any],
    source: str | PathLike[str] | None,
    label_map: Mapping[str, Sequence[int]],
    spacing_mm: float,
    stray_pieces: Literal["remove", "refuse"],
) -> tuple[Anatomy, int, LongAxis, list[str]]:
    """Read the heart, and find its stray voxels, its long axis and notes on its file."""
    anatomy, notes = _read(case, source, label_map, spacing_mm)
    labels, removed = remove_strays(anatomy)
    if removed and stray_pieces == "refuse":
        raise AnatomyError(
            f"{source}: {removed} wall voxels touch no other wall; mend the segmentation or set "
            "anatomy.stray_pieces to remove"
        )
    refuse_wall(labels, removed)
    anatomy = Anatomy(labels, anatomy.affine)
    if case["kind"] == "volume":
        refuse_frames(anatomy)
    return anatomy, removed, _long_axis(anatomy, case), notes


def _frame(long_axis: LongAxis, septum: Septum) -> dict[str, Any]:
    """The short-axis frame and how sure it is, for JSON."""
    return {
        "long_axis": np.round(long_axis.direction, SMALL).tolist(),
        "confidence": _confidence(long_axis.confidence),
        "septum": np.round(septum.direction, SMALL).tolist(),
        "septum_confidence": _confidence(septum.confidence),
        "septum_from": septum.source,
    }


def _confidence(value: float) -> float | str:
    """Confidence of a direction, at most 1, or that it was given."""
    return round(min(float(value), 1.0), 2) if np.isfinite(value) else "given"


def _read(
    case: Mapping[str, Any],
    source: str | PathLike[str] | None,
    label_map: Mapping[str, Sequence[Any]],
    spacing_mm: float,
) -> tuple[Anatomy, list[str]]:
    """Read the heart from its source, and notes on the file."""
    if case["kind"] == "phantom":
        return make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"], case["spread"]), []
    if source is None:
        raise InputError(f"a {case['kind']} needs a source")
    if case["kind"] == "mesh":
        return meshes.read_mesh(
            source, case["label_array"], label_map, case["coordinates"], spacing_mm, case["length_units"]
        ), []
    if case["kind"] == "surface":
        files = Surfaces(source, case["lv_endocardium"], case["rv_endocardium"], case["wall_mm"])
        return read_heart_surfaces(
            files,
            case["coordinates"],
            case["length_units"],
            spacing_mm,
            lambda anatomy: _long_axis(anatomy, case),
        ), []
    return volumes.read_heart(source, label_map, case["coordinates"] or "RAS", case["frame"])


def _long_axis(anatomy: Anatomy, case: Mapping[str, Any]) -> LongAxis:
    """Long axis that the case gives, or else that of the segmentation."""
    if case["long_axis"] is None:
        return find_long_axis(anatomy, case["apex_mm"])
    given = np.array(case["long_axis"])
    return LongAxis(given / np.linalg.norm(given), lv_centre(anatomy), np.inf)
