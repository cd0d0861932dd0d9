"""Read NRRD and MetaImage files by SimpleITK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, one_line
from .image_headers import Image, refuse_shape, refuse_spacing
from .regular_files import refuse_detached_pipe

if TYPE_CHECKING:
    from os import PathLike

    import SimpleITK as sitk
    from numpy.typing import NDArray

NRRD, META = (".nrrd", ".nhdr"), (".mha", ".mhd")
NRRD_FRAMES = ("left-posterior-superior", "right-anterior-superior", "left-anterior-superior")
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # ITK's frame is LPS


def read(path: str | PathLike[str]) -> Image:
    """Read a NRRD or MetaImage file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Image
        Its affine as the file gives it.

    Raises
    ------
    InputError
        If the file is incomplete or unreadable, holds no volumes of numbers, or states no patient frame.
    """
    import SimpleITK as sitk

    refuse_detached_pipe(path)
    is_nrrd = str(path).lower().endswith(NRRD)
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO" if is_nrrd else "MetaImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        size = _size(path, reader)
        refuse_shape(path, size)
        if is_nrrd:
            _refuse_frame(path, reader)
        refuse_spacing(path, reader.GetSpacing()[:3])
        affine = _affine(reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise InputError(f"{path}: not a readable image ({_cause(error)})") from None
    values = sitk.GetArrayFromImage(image)
    scalar = image.GetNumberOfComponentsPerPixel() == 1
    order = range(values.ndim)[::-1] if scalar else (2, 1, 0, 3)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if key.startswith("Segment")}
    return Image(np.transpose(values, order).reshape(size), affine, fields=fields)


def _size(path: str | PathLike[str], reader: sitk.ImageFileReader) -> tuple[int, ...]:
    """Size of the volumes and their number."""
    import SimpleITK as sitk

    size, components = reader.GetSize(), reader.GetNumberOfComponents()
    if reader.GetPixelID() in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64):
        raise InputError(f"{path}: a complex image; one label per voxel is needed")
    if components > 1 and len(size) > 3:
        raise InputError(f"{path}: a {len(size)}-D image of vectors; one label per voxel is needed")
    return (*size, components) if len(size) == 3 else size


def _affine(image: sitk.ImageFileReader) -> NDArray[np.float64]:
    """Voxel index to patient RAS."""
    affine = np.eye(4)
    axes = np.reshape(image.GetDirection(), (image.GetDimension(),) * 2)[:3, :3]
    affine[:3, :3] = axes * image.GetSpacing()[:3]
    affine[:3, 3] = image.GetOrigin()[:3]
    return FLIP @ affine


def _refuse_frame(path: str | PathLike[str], reader: sitk.ImageFileReader) -> None:
    """Refuse a NRRD file without a patient frame, which ITK itself omits in 4-D images."""
    named = reader.HasMetaDataKey("NRRD_space") and reader.GetMetaData("NRRD_space")
    if reader.GetDimension() == 3 and named not in NRRD_FRAMES:
        raise InputError(f"{path}: not in a patient frame; its field space must be {NRRD_FRAMES[0]}")


def _cause(error: RuntimeError) -> str:
    """Last line of an ITK error, which names the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else "no reason given"
