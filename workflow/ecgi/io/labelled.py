"""Read labelled images of any kind as tissues: labels, named segments, or a mask per structure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.heart import Tissue, map_labels
from ..core.errors import InputError, listed, shown
from . import dicom_segmentations
from .image_headers import Image
from .images import DICOM, ending_of, is_mask_file, read_image, read_single, single
from .segments import mask_of, segment_of, slicer_segments, whole_numbers, without_channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from os import PathLike

    from numpy.typing import NDArray

WITHIN = {  # tissues whose mask may lie in that of others, over which it is laid
    "lv_cavity": ("lv_wall",),
    "rv_cavity": ("rv_wall",),
    "border_zone": ("lv_wall", "rv_wall"),
    "scar": ("lv_wall", "rv_wall", "border_zone"),
}
OVERLAP = 0.01  # of the smaller of two other masks that they may share; the later in the map then wins
SAME_GRID = 0.1  # of a voxel by which the grids of masks may differ


class Tissues(NamedTuple):
    """Tissues of a labelled image.

    Attributes
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        `heart.Tissue` of every voxel.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to RAS in mm, as the file has it.
    notes : tuple of str
        What the file leaves in doubt and how it was read, a sentence each.
    """

    labels: NDArray[np.uint8]
    affine: NDArray[np.float64]
    notes: tuple[str, ...]


def read_tissues(
    path: str | PathLike[str], label_map: Mapping[str, Sequence[int | str]], frame: int | None = None
) -> Tissues:
    """Read a labelled image of any kind.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD, MetaImage or DICOM SEG, or the folder of the masks that the label map names.
    label_map : dict of str to sequence of int or str
        Name of a `heart.Tissue` in lower case to its labels, to names of segments, or to files of masks.
    frame : int, optional
        Number of the frame of a 4-D image, from 1.

    Returns
    -------
    Tissues

    Raises
    ------
    InputError
        If a file can't be read, lacks an entry of the map, or masks contradict each other.
    """
    entries = [entry for some in label_map.values() for entry in some]
    masks = [entry for entry in entries if is_mask_file(entry)]
    if Path(path).is_dir() or masks:
        if not Path(path).is_dir() or len(masks) < len(entries):
            odd = next((entry for entry in entries if not is_mask_file(entry)), None)
            raise InputError(
                f"{path}: the label map names files of masks; the source must be their folder, and every "
                f"entry a file in it{'' if odd is None else f', not {shown(odd)}'}"
            )
        return _from_masks(Path(path), label_map, frame)
    if ending_of(path) in DICOM:
        image, segments = dicom_segmentations.read(path)
    else:
        image = whole_numbers(path, read_image(path))
        segments = slicer_segments(path, image)
    if segments and frame is not None:
        raise InputError(f"{path}: frame {frame} is set, and the file has segments, not frames; remove it")
    if segments:
        chosen = {
            name: [segment_of(path, segments, entry) for entry in some] for name, some in label_map.items()
        }
        layered = (
            (name, segment.name, image.values[..., segment.layer] == segment.label)
            for name, some in chosen.items()
            for segment in some
        )
        labels, notes = _laid_over(path, layered)
        return Tissues(labels, image.affine, (*image.notes, *notes))
    named = next((entry for entry in entries if isinstance(entry, str)), None)
    if named is not None:
        raise InputError(
            f"{path}: there is no segment {shown(named)}, as the file has labels alone; give these in the "
            "label map"
        )
    volume = single(path, image if frame else without_channels(image), frame)
    try:
        labels = map_labels(volume.values[..., 0], label_map)
    except InputError as error:
        reading = "".join(f" ({note})" for note in volume.notes[len(image.notes) :])
        raise type(error)(f"{path}: {error}{reading}") from None
    return Tissues(labels, volume.affine, volume.notes)


def _from_masks(folder: Path, label_map: Mapping[str, Sequence[int | str]], frame: int | None) -> Tissues:
    """Read one mask per structure from a folder."""
    first: Image | None = None
    notes: dict[str, None] = {}

    def masks() -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
        nonlocal first
        for tissue, entries in label_map.items():
            for entry in map(str, entries):
                path = folder / entry
                image = whole_numbers(path, read_single(path, frame))
                first = first or image
                _refuse_other_grid(path, image, first)
                notes.update(dict.fromkeys(image.notes))
                yield tissue, entry, mask_of(path, image)

    labels, overlaps = _laid_over(folder, masks())
    if first is None:
        raise InputError(f"{folder}: the label map is empty; name its masks")
    return Tissues(labels, first.affine, (*notes, *overlaps))


def _refuse_other_grid(path: Path, image: Image, first: Image) -> None:
    """Refuse a mask on another grid than the first."""
    if image.shape == first.shape:
        last = np.array(image.shape) - 1
        corners = np.array([(x, y, z, 1) for x in (0, last[0]) for y in (0, last[1]) for z in (0, last[2])])
        apart = np.abs(corners @ (image.affine - first.affine).T).max()
        if apart <= SAME_GRID * np.linalg.norm(first.affine[:3, :3], axis=0).min():
            return
        what = f"{apart:.3g} mm off the first"
    else:
        what = f"{image.shape} voxels, and the first has {first.shape}"
    raise InputError(f"{path}: the mask has another grid ({what}); resample the masks on one grid")


def _laid_over(
    path: str | PathLike[str], masks: Iterable[tuple[str, str, NDArray[np.bool_]]]
) -> tuple[NDArray[np.uint8], list[str]]:
    """Lay masks over each other: (tissue, name in messages, mask)."""
    union: dict[str, NDArray[np.bool_]] = {}
    named: dict[str, list[str]] = {}
    for tissue, name, mask in masks:
        if not mask.any():
            raise InputError(f"{path}: {name} is empty; leave it out of the label map or mend it")
        union[tissue] = union[tissue] | mask if tissue in union else mask
        named.setdefault(tissue, []).append(name)
    order = sorted(union, key=lambda tissue: _depth(tissue))
    labels = np.zeros(next(iter(union.values())).shape, np.uint8)
    notes = []
    for place, upper in enumerate(order):
        for lower in order[:place]:
            shared = np.count_nonzero(union[upper] & union[lower])
            if not shared:
                continue
            smaller = min(np.count_nonzero(union[upper]), np.count_nonzero(union[lower]))
            both = f"{lower} ({listed(named[lower])}) and {upper} ({listed(named[upper])})"
            if lower not in WITHIN.get(upper, ()) and shared > OVERLAP * smaller:
                raise InputError(
                    f"{path}: {both} share {shared} voxels, {shared / smaller:.0%} of the smaller; give each "
                    "voxel to one"
                )
            notes.append(f"{both} share {shared} voxels, which were taken for {upper}")
        labels[union[upper]] = Tissue[upper.upper()]
    return labels, notes


def _depth(tissue: str) -> int:
    """Number of layers below a tissue."""
    return 1 + max(map(_depth, WITHIN[tissue])) if tissue in WITHIN else 0
