"""Read medical images after validating their headers.

ITK replaces invalid headers by defaults: a spacing of zero becomes 1 mm, a truncated file ends in zeros, an
image without a frame gets one. Such files are refused here instead.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from ..core.errors import InputError, one_line

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

READERS = {
    ".nii": "NiftiImageIO",
    ".nii.gz": "NiftiImageIO",
    ".nrrd": "NrrdImageIO",
    ".nhdr": "NrrdImageIO",
    ".mha": "MetaImageIO",
    ".mhd": "MetaImageIO",
}
MOST_VOXELS = 500_000_000
FARTHEST_MM = 100_000.0  # of the origin; patients and scanners are smaller
PIXDIM = {348: ("f", 76), 540: ("d", 104)}  # by size of a NIfTI header: type and offset of the spacing
NRRD_FRAMES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior")


def read_image(path: str | PathLike[str]) -> sitk.Image:
    """Read a 3-D scalar image, or a 4-D one of a single frame.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD or MetaImage, by its extension.

    Returns
    -------
    SimpleITK.Image
        3-D, in ITK's frame, which is LPS.

    Raises
    ------
    InputError
        If the file is incomplete or unreadable, or its header does not give the position of its voxels in the
        patient.
    """
    ending = next((end for end in READERS if str(path).lower().endswith(end)), None)
    if ending is None:
        raise InputError(f"{path}: not a readable image; NIfTI, NRRD or MetaImage is needed")
    reader = sitk.ImageFileReader()
    reader.SetImageIO(READERS[ending])
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _refuse_shape(path, reader)
        if ending in (".nii", ".nii.gz"):
            _refuse_nifti(path, reader)
        if ending in (".nrrd", ".nhdr"):
            _refuse_nrrd(path, reader)
        _refuse_geometry(path, reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise InputError(f"{path}: not a readable image ({_cause(error)})") from None
    return image[:, :, :, 0] if image.GetDimension() == 4 else image


def affine_of(image: sitk.Image) -> NDArray[np.float64]:
    """Affine of an image, from voxel index to patient LPS in mm.

    Parameters
    ----------
    image : SimpleITK.Image
        3-D.

    Returns
    -------
    numpy.ndarray, shape (4, 4)
    """
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine


def _refuse_shape(path: str | PathLike[str], reader: sitk.ImageFileReader) -> None:
    """Refuse an image that is not a scalar volume."""
    size = reader.GetSize()
    if len(size) != 3 and not (len(size) == 4 and size[3] == 1):
        raise InputError(f"{path}: {len(size)}-D image of size {size}; 3-D is needed")
    if min(size[:3]) < 2:
        raise InputError(f"{path}: size {size} is a 2-D image; a volume is needed")
    if np.prod(size, dtype=float) > MOST_VOXELS:
        raise InputError(f"{path}: size {size} is too large; crop the image to the heart")
    complex_numbers = reader.GetPixelID() in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64)
    if reader.GetNumberOfComponents() != 1 or complex_numbers:
        raise InputError(f"{path}: a colour, vector or complex image; one label per voxel is needed")


def _refuse_geometry(path: str | PathLike[str], reader: sitk.ImageFileReader) -> None:
    """Refuse an image whose spacing, axes or origin are invalid."""
    axes = np.reshape(reader.GetDirection(), (reader.GetDimension(),) * 2)[:3, :3]
    spacing, origin = reader.GetSpacing()[:3], reader.GetOrigin()[:3]
    if not (np.isfinite(spacing).all() and min(spacing) > 0):
        raise InputError(f"{path}: spacing {spacing}; positive numbers of mm are needed")
    if not np.allclose(axes.T @ axes, np.eye(3), atol=1e-3):
        raise InputError(f"{path}: the axes are not at right angles; resample the image on such a grid")
    if not (np.isfinite(origin).all() and np.abs(origin).max() <= FARTHEST_MM):
        raise InputError(f"{path}: origin {origin}; a position in the patient in mm is needed")


def _refuse_nrrd(path: str | PathLike[str], reader: sitk.ImageFileReader) -> None:
    """Refuse a NRRD file without a patient frame, which ITK itself omits in 4-D images."""
    named = reader.HasMetaDataKey("NRRD_space") and reader.GetMetaData("NRRD_space")
    if reader.GetDimension() == 3 and named not in NRRD_FRAMES:
        raise InputError(f"{path}: not in a patient frame; its field space must be {NRRD_FRAMES[0]}")


def _refuse_nifti(path: str | PathLike[str], reader: sitk.ImageFileReader) -> None:
    """Refuse a NIfTI file that is truncated or whose header ITK would replace by defaults."""
    plain = Path(str(path)[: -len(".gz")])
    if str(path).lower().endswith(".gz") and plain.exists():
        raise InputError(f"{path}: {plain.name} beside it would be read instead; move one of them")
    if reader.GetMetaData("qform_code") == reader.GetMetaData("sform_code") == "0":
        raise InputError(f"{path}: no affine (qform_code and sform_code are 0); write the one of the scan")
    header, length = _nifti_content(path)
    order = next((order for order in "<>" if _header_size(header, order) in PIXDIM), None)
    if order is None:
        raise InputError(f"{path}: not a readable image (neither NIfTI-1 nor NIfTI-2)")
    kind, offset = PIXDIM[_header_size(header, order)]
    spacing = struct.unpack_from(f"{order}3{kind}", header, offset + struct.calcsize(kind))
    if not (np.isfinite(spacing).all() and min(spacing) > 0):
        raise InputError(f"{path}: spacing {spacing}; positive numbers of mm are needed")
    voxels = int(np.prod(reader.GetSize(), dtype=float))
    needed = float(reader.GetMetaData("vox_offset")) + voxels * int(reader.GetMetaData("bitpix")) / 8
    if length < needed:
        raise InputError(f"{path}: cut short, {length} of {needed:.0f} bytes; copy the file anew")


def _header_size(header: bytes, order: str) -> int:
    """Size of a NIfTI header, its first number."""
    return struct.unpack_from(f"{order}i", header)[0]


def _nifti_content(path: str | PathLike[str]) -> tuple[bytes, int]:
    """First bytes of a NIfTI file and its length, decompressed."""
    if not str(path).lower().endswith(".gz"):
        with open(path, "rb") as file:
            return file.read(max(PIXDIM)), os.path.getsize(path)
    try:
        with gzip.open(path) as file:
            header = file.read(max(PIXDIM))
            length = len(header)
            while block := file.read(1 << 22):
                length += len(block)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a readable image ({one_line(error)}); copy the file anew") from None
    return header, length


def _cause(error: RuntimeError) -> str:
    """Last line of an ITK error, which names the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else "no reason given"
