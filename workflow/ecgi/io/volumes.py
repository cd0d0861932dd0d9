"""Read and write labelled volumes and maps as medical images."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.ndimage import map_coordinates

from ..anatomy.checks import refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, to_patient
from ..core.errors import InputError
from .images import DICOM, NIFTI, ending_of, is_mask_file, read_image, read_single
from .labelled import read_tissues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from .image_headers import Image

FASTEST_M_PER_S = 5.0
LONG_AXIS_NOTE = "tissue labels, long axis "  # before its three numbers in a segmentation's header
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # RAS and LPS differ by the sign of x and y


def read_heart(
    path: str | PathLike[str],
    label_map: Mapping[str, Sequence[int | str]],
    coordinates: Literal["RAS", "LPS"] = "RAS",
    frame: int | None = None,
) -> tuple[Anatomy, list[str]]:
    """Read a labelled heart, and what its file leaves in doubt.

    Parameters
    ----------
    path : path-like
        Labelled image, or folder of masks, see `labelled.read_tissues`.
    label_map : dict of str to sequence of int or str
        Labels, segments or masks of each tissue.
    coordinates : {"RAS", "LPS"}
        "RAS" uses the file's geometry. "LPS" is for NIfTI files that hold LPS coordinates as if they were
        RAS, so that the heart is rotated by 180 degrees about the z axis.
    frame : int, optional
        Number of the frame of a 4-D image, from 1.

    Returns
    -------
    anatomy : Anatomy
        Cropped to the heart.
    notes : list of str
        On the header and on the reading, a sentence each.

    Raises
    ------
    InputError
        If a file can't be read, lacks an entry of the map, or its labels extend farther or less far than a
        heart does.
    """
    if coordinates == "LPS":
        _refuse_turned(path, label_map)
    labels, affine, notes = read_tissues(path, label_map, frame)
    anatomy = _cropped(Anatomy(labels, affine if coordinates == "RAS" else FLIP @ affine))
    refuse_size(anatomy.labels.shape * anatomy.spacing, path)
    return anatomy, [f"{Path(path).name}: {note}" for note in notes]


def read_volume(
    path: str | PathLike[str],
    label_map: Mapping[str, Sequence[int | str]],
    coordinates: Literal["RAS", "LPS"] = "RAS",
    frame: int | None = None,
) -> Anatomy:
    """Read a labelled heart; the parameters are those of `read_heart`.

    Parameters
    ----------
    path : path-like
    label_map : dict of str to sequence of int or str
    coordinates : {"RAS", "LPS"}
    frame : int, optional

    Returns
    -------
    Anatomy
        Cropped to the heart.

    Raises
    ------
    InputError
        As `read_heart`.
    """
    return read_heart(path, label_map, coordinates, frame)[0]


def write_volume(path: str | PathLike[str], values: NDArray, affine: NDArray, description: str = "") -> None:
    """Write an array as NIfTI in patient space.

    Parameters
    ----------
    path : path-like
        File to write; missing folders are made.
    values : numpy.ndarray, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm; its axes are orthogonal.
    description : str
        At most 79 characters, kept in the header.

    Raises
    ------
    OSError
        If the file is incomplete afterwards, as on a full disk, which ITK does not report.
    """
    import SimpleITK as sitk

    lps = FLIP @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(np.ascontiguousarray(values.T))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetMetaData("ITK_FileNotes", description)
    image.SetMetaData("descrip", description)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path), useCompression=True)
    try:
        read_single(path)
    except InputError as error:
        raise OSError(errno.ENOSPC, "not written whole, is there space left", str(path)) from error


def write_segmentation(path: str | PathLike[str], anatomy: Anatomy, long_axis: NDArray) -> None:
    """Write a heart as NIfTI, with its long axis in the header's description.

    Parameters
    ----------
    path : path-like
        File to write; missing folders are made.
    anatomy : Anatomy
        In patient space.
    long_axis : numpy.ndarray, shape (3,)
        Unit vector in patient RAS, from base to apex.

    Raises
    ------
    OSError
        As `write_volume`.
    """
    numbers = " ".join(f"{number:.12f}" for number in long_axis)
    write_volume(path, anatomy.labels, anatomy.affine, f"{LONG_AXIS_NOTE}{numbers}")


def read_segmentation(path: str | PathLike[str]) -> tuple[Anatomy, NDArray[np.float64]]:
    """Read a heart and its long axis as written by `write_segmentation`.

    Parameters
    ----------
    path : path-like
        NIfTI file.

    Returns
    -------
    anatomy : Anatomy
        In patient space.
    long_axis : numpy.ndarray, shape (3,)
        Unit vector in patient RAS, from base to apex.

    Raises
    ------
    InputError
        If the file can't be read, or holds no long axis.
    """
    image = _read_own(path)
    note = image.fields.get("descrip", "")
    if not note.startswith(LONG_AXIS_NOTE):
        raise InputError(f"{path}: no long axis in its header; remove it and run again")
    axis = np.array(note.removeprefix(LONG_AXIS_NOTE).split(), float)
    return Anatomy(image.values[..., 0], image.affine), axis / np.linalg.norm(axis)


def read_anatomy(path: str | PathLike[str]) -> Anatomy:
    """Read a volume of `Tissue` labels as written by `write_volume`.

    Parameters
    ----------
    path : path-like
        NIfTI file.

    Returns
    -------
    Anatomy

    Raises
    ------
    InputError
        If the file can't be read.
    """
    image = _read_own(path)
    return Anatomy(image.values[..., 0], image.affine)


def read_grid(path: str | PathLike[str]) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Voxel grid of an image that `read_heart` reads.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD, MetaImage or DICOM SEG.

    Returns
    -------
    shape : tuple of 3 int
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to RAS in mm, as the file has it.

    Raises
    ------
    InputError
        If the file can't be read, see `images.read_image`.
    """
    from . import dicom_segmentations

    image = dicom_segmentations.read(path)[0] if ending_of(path) in DICOM else read_image(path)
    return image.shape, image.affine


def read_velocity(path: str | PathLike[str], anatomy: Anatomy, case: str) -> NDArray[np.float64]:
    """Conduction velocity of each wall voxel from an image in the patient's frame.

    Interpolated linearly between the image's voxels that have a velocity; voxels that are 0 or NaN have
    weight 0.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD or MetaImage, m/s.
    anatomy : Anatomy
        Heart whose wall is sampled.
    case : str
        Its name in messages.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        m/s, positive; wall voxels in C order.

    Raises
    ------
    InputError
        If the image can't be read, leaves wall voxels without a velocity, or has other units.
    """
    image = read_single(path)
    index = to_patient(np.linalg.inv(image.affine), anatomy.positions(anatomy.wall))
    values = image.values[..., 0].astype(float)
    known = np.isfinite(values) & (values > 0)
    total, share = (
        map_coordinates(field, index.T, order=1, mode="constant", cval=0.0)
        for field in (np.where(known, values, 0.0), known.astype(float))
    )
    missing = share < 1e-6
    if missing.any():
        raise AnatomyError(
            f"case {case}: {path} gives {missing.sum()} of {len(missing)} wall voxels no positive velocity; "
            "it must cover the wall, in m/s, in the patient frame of the segmentation"
        )
    velocity = total / share
    if velocity.max() > FASTEST_M_PER_S:
        raise AnatomyError(
            f"case {case}: {path} has velocities up to {velocity.max():g}; it must be in m/s, "
            f"{FASTEST_M_PER_S:g} at most"
        )
    return velocity


def _read_own(path: str | PathLike[str]) -> Image:
    """Read an image as written by `write_volume`."""
    try:
        return read_single(path)
    except InputError as error:
        raise InputError(f"{error}, or remove it and run again") from None


def _refuse_turned(path: str | PathLike[str], label_map: Mapping[str, Sequence[int | str]]) -> None:
    """Refuse to turn images whose format states positions in LPS, as these are read as such."""
    masks = [str(entry) for some in label_map.values() for entry in some if is_mask_file(entry)]
    stated = [name for name in masks or [str(path)] if ending_of(name) not in NIFTI]
    if stated:
        raise InputError(
            f"{path}: coordinates is LPS, but {Path(stated[0]).name} is of a format whose own frame is LPS "
            "and that is read so; remove coordinates"
        )


def _cropped(anatomy: Anatomy) -> Anatomy:
    """Crop a labelled heart to its bounding box and one voxel around it."""
    inside = np.argwhere(anatomy.labels)
    if len(inside) == 0:
        return anatomy
    low = np.maximum(inside.min(0) - 1, 0)
    box = tuple(slice(a, b + 2) for a, b in zip(low, inside.max(0), strict=True))
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, low)
    return Anatomy(np.ascontiguousarray(anatomy.labels[box]), affine)
