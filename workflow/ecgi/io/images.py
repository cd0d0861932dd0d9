"""Read medical images of one or several volumes: NIfTI, NRRD and MetaImage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..core.errors import InputError
from . import itk_images, nifti
from .image_headers import checked_affine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from .image_headers import Image

NIFTI, ITK, DICOM = (".nii", ".nii.gz"), (*itk_images.NRRD, *itk_images.META), (".dcm",)
ENDINGS = (*NIFTI, *ITK, *DICOM)
FORMATS = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd); as labels DICOM SEG (.dcm)"
CONVERSIONS = {  # of other images, by ending
    (".img", ".hdr"): "Analyze images hold no orientation; write the scan's affine and the labels as .nii.gz",
    (".mgz", ".mgh"): "convert it by mri_convert to .nii.gz",
    (".mnc",): "convert it by mnc2nii to .nii",
    (".npy", ".npz", ".h5", ".hdf5"): "write its labels and the scan's affine as .nii.gz, as by nibabel",
    (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp"): "pictures hold no position in the patient; export "
    "the segmentation as .nii.gz or .nrrd",
    (".mrb", ".mrml", ".itksnap"): "export the segmentation from its program as .nii.gz or .nrrd",
}


def ending_of(path: str | PathLike[str]) -> str | None:
    """Ending of an image's name.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    str or None
        One of `ENDINGS`, None if it has another.
    """
    return next((end for end in ENDINGS if str(path).lower().endswith(end)), None)


def is_mask_file(entry: int | str) -> bool:
    """Whether an entry of a label map names the file of a mask.

    Parameters
    ----------
    entry : int or str
        A label, the name of a segment, or the name of a file, by its ending.

    Returns
    -------
    bool
    """
    return isinstance(entry, str) and ending_of(entry) in (*NIFTI, *ITK)


def conversion_of(path: str | PathLike[str]) -> str:
    """Explain how to convert an image of a format that is not read.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    str
        Empty for a file that has the ending of no known image.
    """
    name = str(path).lower()
    return next((cure for endings, cure in CONVERSIONS.items() if name.endswith(endings)), "")


def read_image(path: str | PathLike[str]) -> Image:
    """Read an image of one or several volumes.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD or MetaImage, by its extension.

    Returns
    -------
    Image

    Raises
    ------
    InputError
        If the file is incomplete or unreadable, or its header does not give the position of its voxels in the
        patient.
    """
    ending = ending_of(path)
    if ending in NIFTI:
        image = nifti.read(path)
    elif ending in ITK:
        image = itk_images.read(path)
    else:
        advice = conversion_of(path) or f"what is read: {FORMATS}"
        raise InputError(f"{path}: not a readable image; {advice}")
    affine, notes = checked_affine(path, image.affine)
    return replace(image, affine=affine, notes=(*image.notes, *notes))


def read_single(path: str | PathLike[str], frame: int | None = None) -> Image:
    """Read an image and select one of its volumes.

    Parameters
    ----------
    path : path-like
        See `read_image`.
    frame : int, optional
        Number of the volume, from 1; needed if there are several.

    Returns
    -------
    Image
        Of one volume.

    Raises
    ------
    InputError
        If the image can't be read or has no such volume.
    """
    return single(path, read_image(path), frame)


def single(path: str | PathLike[str], image: Image, frame: int | None) -> Image:
    """Select one volume of an image.

    Parameters
    ----------
    path : path-like
        Its name in messages.
    image : Image
    frame : int, optional
        Number of the volume, from 1; needed if there are several.

    Returns
    -------
    Image

    Raises
    ------
    InputError
        If there is no such volume, or there are several and none is selected.
    """
    count = image.values.shape[3]
    if frame is None and count > 1:
        used = [number + 1 for number in range(count) if image.values[..., number].any()]
        which = f"1 to {count}" if len(used) == count else _numbers(used)
        raise InputError(
            f"{path}: a 4-D image of {count} frames, or of channels that overlap; set frame in subject or in "
            f"the cases table to the one to use (with labels: {which}), or write channels as one mask each"
        )
    if frame is not None and frame > count:
        raise InputError(f"{path}: there is no frame {frame}; the image has {count}, counted from 1")
    return replace(image, values=image.values[..., (frame or 1) - 1 :][..., :1])


def _numbers(numbers: Sequence[int]) -> str:
    """Numbers in a message."""
    return ", ".join(map(str, numbers)) if numbers else "none"
