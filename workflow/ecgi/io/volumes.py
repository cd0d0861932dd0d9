"""Read and write labelled volumes and maps as images that other tools open."""

import errno
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import map_coordinates

from ..anatomy.checks import refuse_size
from ..anatomy.heart import Anatomy, AnatomyError, map_labels, to_patient
from ..core.errors import InputError
from .images import affine_of, read_image

FASTEST_M_PER_S = 5.0
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # RAS and LPS differ by the sign of x and y


def read_volume(path, label_map, coordinates="RAS"):
    """Read a labelled heart from NIfTI, NRRD or MetaImage.

    Parameters
    ----------
    path : path-like
    label_map : dict of str to sequence of int
        See `heart.map_labels`.
    coordinates : {"RAS", "LPS"}
        "RAS" trusts the file's geometry. "LPS" is for files whose writer stored LPS coordinates as
        if they were the format's own, so that the heart came out turned by half a turn.

    Returns
    -------
    Anatomy

    Raises
    ------
    InputError
        If the file can't be read, see `images.read_image`, lacks a label of the map, or holds something
        larger or smaller than a heart.
    """
    image = read_image(path)
    try:
        labels = map_labels(sitk.GetArrayFromImage(image).T, label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    affine = affine_of(image)
    heart = _cropped(Anatomy(labels, FLIP @ affine if coordinates == "RAS" else affine))
    refuse_size(heart.labels.shape * heart.spacing, path)
    return heart


def write_volume(path, values, affine, description=""):
    """Write an array as NIfTI in patient space.

    Parameters
    ----------
    path : path-like
    values : numpy.ndarray, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm; its axes are orthogonal.
    description : str
        At most 79 characters, kept in the header.

    Raises
    ------
    OSError
        If the file is not whole afterwards, as on a full disk, of which ITK says nothing.
    """
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
        read_image(path)
    except InputError as error:
        raise OSError(errno.ENOSPC, "not written whole, is there space left", str(path)) from error


def read_anatomy(path):
    """Read a volume that `write_volume` wrote with `Tissue` labels."""
    image = read_image(path)
    return Anatomy(sitk.GetArrayFromImage(image).T, FLIP @ affine_of(image))


def read_grid(path):
    """Voxel grid of an image that `read_volume` has read.

    Returns
    -------
    shape : tuple of 3 int
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to RAS in mm, as the file has it.
    """
    image = read_image(path)
    return image.GetSize(), FLIP @ affine_of(image)


def read_velocity(path, anatomy, case):
    """Conduction velocity of each wall voxel from an image in the patient's frame.

    Linear between the image's voxels that have a velocity; those outside the wall, which are 0 or NaN,
    count for nothing.

    Parameters
    ----------
    path : path-like
        NIfTI, NRRD or MetaImage, m/s.
    anatomy : Anatomy
    case : str

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        m/s, positive.

    Raises
    ------
    InputError
        If the image can't be read, leaves wall voxels without a velocity, or has other units.
    """
    image = read_image(path)
    positions = anatomy.positions(anatomy.wall) @ FLIP[:3, :3]
    index = to_patient(np.linalg.inv(affine_of(image)), positions)
    values = sitk.GetArrayFromImage(image).T.astype(float)
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


def _cropped(anatomy):
    """The heart with one voxel of background around it, where there is any."""
    inside = np.argwhere(anatomy.labels)
    if len(inside) == 0:
        return anatomy
    low = np.maximum(inside.min(0) - 1, 0)
    box = tuple(slice(a, b + 2) for a, b in zip(low, inside.max(0), strict=True))
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, low)
    return Anatomy(np.ascontiguousarray(anatomy.labels[box]), affine)
