"""Read DICOM SEG files by highdicom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, one_line, shown
from .image_headers import Image, checked_affine, refuse_shape
from .segments import Segment

if TYPE_CHECKING:
    from os import PathLike

    from highdicom.seg import Segmentation
    from numpy.typing import NDArray

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # DICOM's frame is LPS
COLUMNS_FIRST = [2, 1, 0, 3]  # of highdicom's axes: slices, rows, columns


def read(path: str | PathLike[str]) -> tuple[Image, list[Segment]]:
    """Read a DICOM SEG file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    image : Image
        Numbers of the segments in one volume, or a volume per segment where they overlap.
    segments : list of Segment
        By their label in the file, or "segment <n>" without one.

    Raises
    ------
    InputError
        If the file can't be read, is another kind of DICOM file, or its slices are not evenly spaced.
    """
    try:
        return _read(path)
    except InputError:
        raise
    except Exception as error:  # damaged files raise errors of many kinds in pydicom and highdicom
        raise InputError(
            f"{path}: not a readable segmentation on evenly spaced parallel slices ({one_line(error)}); copy "
            "it anew, or export it from 3D Slicer as .seg.nrrd"
        ) from None


def _read(path: str | PathLike[str]) -> tuple[Image, list[Segment]]:
    """Read a file that may be damaged."""
    seg = _open(path)
    numbers = [int(number) for number in seg.segment_numbers]
    refuse_shape(path, (int(seg.Columns), int(seg.Rows), max(int(seg.NumberOfFrames), 2)))
    names = {number: str(seg.get_segment_description(number).segment_label) for number in numbers}
    values, affine, notes = _volumes(seg, numbers)
    refuse_shape(path, values.shape)
    layered = values.shape[3] > 1
    segments = [
        Segment(names[number] or f"segment {number}", number, place if layered else 0)
        for place, number in enumerate(numbers)
    ]
    affine, more = checked_affine(path, FLIP @ affine)
    return Image(values, affine, (*notes, *more)), segments


def _open(path: str | PathLike[str]) -> Segmentation:
    """Open a file that is a segmentation."""
    from highdicom.seg import segread
    from pydicom import dcmread

    modality = str(dcmread(path, stop_before_pixels=True).get("Modality", ""))
    if modality == "SEG":
        return segread(path)
    advice = "convert contours in 3D Slicer to a segmentation and save it as .seg.nrrd"
    if modality != "RTSTRUCT":
        advice = "give the segmentation of these slices"
    raise InputError(f"{path}: a DICOM file of modality {shown(modality)}; SEG is needed; {advice}")


def _volumes(seg: Segmentation, numbers: list[int]) -> tuple[NDArray, NDArray, list[str]]:
    """Volumes of all segments, their affine to LPS, and notes."""
    from highdicom.seg import SegmentationTypeValues

    notes: list[str] = []
    fractional = seg.segmentation_type == SegmentationTypeValues.FRACTIONAL
    if not fractional:
        try:
            volume = seg.get_volume(combine_segments=True, allow_missing_positions=True)
            return volume.array.transpose(2, 1, 0)[..., None], volume.affine[:, COLUMNS_FIRST], notes
        except RuntimeError:  # segments overlap, or the frames are on no grid, which is raised again below
            pass
    volume = seg.get_volume(combine_segments=False, allow_missing_positions=True)
    inside = volume.array >= 0.5 if fractional else volume.array > 0
    if fractional:
        notes.append("its segments are fractions, of which 0.5 and more was taken")
    values = inside.transpose(2, 1, 0, 3) * np.array(numbers, np.uint16)
    return values, volume.affine[:, COLUMNS_FIRST], notes
