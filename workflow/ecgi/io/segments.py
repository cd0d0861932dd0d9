"""Named segments of 3D Slicer and DICOM SEG, channels, and masks in files of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, listed, one_line, shown
from .image_headers import Image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Segment:
    """A segment of a segmentation.

    Attributes
    ----------
    name : str
    label : int
        Its value in the voxels.
    layer : int
        Number of the volume that holds it, from 0.
    """

    name: str
    label: int
    layer: int


def slicer_segments(path: str | PathLike[str], image: Image) -> list[Segment]:
    """Segments of a segmentation that 3D Slicer wrote as NRRD.

    Parameters
    ----------
    path : path-like
        Its name in messages.
    image : Image
        With the header's fields ``Segment<n>_Name``, ``Segment<n>_LabelValue`` and ``Segment<n>_Layer``.

    Returns
    -------
    list of Segment
        Empty for other images.

    Raises
    ------
    InputError
        If a field is no number, or a layer is not in the image.
    """
    segments: list[Segment] = []
    while (name := image.fields.get(f"Segment{len(segments)}_Name")) is not None:
        number = len(segments)
        label = image.fields.get(f"Segment{number}_LabelValue", "1")
        layer = image.fields.get(f"Segment{number}_Layer", str(number))
        if not (label.strip().isdecimal() and layer.strip().isdecimal()):
            raise InputError(
                f"{path}: segment {one_line(name)} has label {shown(label)} and layer {shown(layer)}; "
                "save it from 3D Slicer anew"
            )
        segments.append(Segment(name.strip(), int(label), int(layer)))
    outside = [segment for segment in segments if segment.layer >= image.values.shape[3]]
    if outside:
        raise InputError(
            f"{path}: segment {one_line(outside[0].name)} is in layer {outside[0].layer}, and there are "
            f"{image.values.shape[3]}, from 0; save it from 3D Slicer anew"
        )
    return segments


def segment_of(path: str | PathLike[str], segments: Sequence[Segment], entry: int | str) -> Segment:
    """Find a segment by its name or its label.

    Parameters
    ----------
    path : path-like
        Name of the file in messages.
    segments : sequence of Segment
    entry : int or str
        Label, or name in any case.

    Returns
    -------
    Segment

    Raises
    ------
    InputError
        If there is none or more than one.
    """
    if isinstance(entry, str):
        found = [one for one in segments if one.name.casefold() == entry.strip().casefold()]
    else:
        found = [one for one in segments if one.label == entry]
    if len(found) == 1:
        return found[0]
    there = listed([f"{one.name} (label {one.label}, layer {one.layer})" for one in segments])
    if not found:
        raise InputError(f"{path}: there is no segment {shown(entry)}, only {there}; correct the label map")
    by = "distinct names to the segments" if isinstance(entry, str) else "the names of the segments"
    raise InputError(
        f"{path}: {len(found)} segments are {shown(entry)} among {there}; give {by} in the label map"
    )


def without_channels(image: Image) -> Image:
    """Turn channels of one structure each, as networks write them, into a volume of labels.

    Parameters
    ----------
    image : Image
        Labels.

    Returns
    -------
    Image
        With the number of the channel, from 0, as label and −1 where there is none, if `image` has several
        volumes of one value beside 0 each that overlap nowhere and of which two or more are not empty.
        Otherwise `image`.
    """
    count = image.values.shape[3]
    if count < 2:
        return image
    set_ = image.values != 0
    filled = set_.any((0, 1, 2))
    one_value = np.unique(image.values).size <= 2
    if filled.sum() < 2 or not one_value or (np.count_nonzero(set_, axis=3) > 1).any():
        return image
    labels = np.full(image.shape, -1, np.int16)
    for channel in range(count):
        labels[set_[..., channel]] = channel
    note = f"its {count} channels, which overlap nowhere, are taken for the labels 0 to {count - 1}"
    return replace(image, values=labels[..., None], notes=(*image.notes, note))


def whole_numbers(path: str | PathLike[str], image: Image) -> Image:
    """Round labels that are stored as fractions.

    Parameters
    ----------
    path : path-like
        Name of the image in messages.
    image : Image

    Returns
    -------
    Image
        Of integers.

    Raises
    ------
    InputError
        If a value differs from whole numbers by more than the image's rounding.
    """
    if image.values.dtype.kind in "iu":
        return image
    labels: NDArray[np.int32] = np.empty(image.values.shape, np.int32)
    worst = 0.0
    for plane in range(image.shape[2]):  # a plane at a time, so that no second copy is held
        values = image.values[:, :, plane]
        whole = np.rint(values)
        with np.errstate(invalid="ignore"):
            off = float(np.abs(values - whole).max())
        if not off <= image.rounding or np.abs(whole).max() > np.iinfo(np.int32).max:
            raise InputError(f"{path}: values that are not whole numbers; labels are needed, not intensities")
        labels[:, :, plane] = whole
        worst = max(worst, off)
    notes = (f"its labels are stored as fractions and were rounded, by {worst:.2g} at most",)
    return replace(image, values=labels, notes=image.notes + (notes if worst > 0 else ()))


def mask_of(path: str | PathLike[str], image: Image) -> NDArray[np.bool_]:
    """Mask that an image of one structure holds.

    Parameters
    ----------
    path : path-like
        Name of the image in messages.
    image : Image
        Labels of one volume.

    Returns
    -------
    numpy.ndarray of bool, shape (x, y, z)

    Raises
    ------
    InputError
        If the image is empty or has several labels.
    """
    values = image.values[..., 0]
    mask = values != 0
    if not mask.any():
        raise InputError(f"{path}: the mask is empty; leave it out of the label map or mend it")
    found = np.unique(values[mask])
    if len(found) > 1:
        raise InputError(
            f"{path}: a mask has one value beside 0, and this has {listed(found.tolist())}; give the file as "
            "segmentation or source, and its labels in the label map"
        )
    return mask
