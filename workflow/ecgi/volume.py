"""Read and write labelled volumes and maps as images that other tools open."""

import errno
import gzip
import zlib
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import map_coordinates

from .anatomy import Anatomy, AnatomyError, map_labels, to_patient

FASTEST_M_PER_S = 5.0
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # RAS and LPS differ by the sign of x and y


def read_volume(path, label_map, coordinates="RAS"):
    """Read a labelled heart from NIfTI, NRRD or MetaImage.

    Parameters
    ----------
    path : path-like
    label_map : dict of str to sequence of int
        See `anatomy.map_labels`.
    coordinates : {"RAS", "LPS"}
        "RAS" trusts the file's geometry. "LPS" is for files whose writer stored LPS coordinates as
        if they were the format's own, so that the heart came out turned by half a turn.

    Returns
    -------
    Anatomy

    Raises
    ------
    AnatomyError
        If the file can't be read, is not 3-D, or lacks a label of the map.
    """
    image = _drop_single_axes(_read(path))
    if image.GetDimension() != 3:
        raise AnatomyError(f"{path}: {image.GetDimension()}-D image of size {image.GetSize()}; 3-D is needed")
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise AnatomyError(f"{path}: a colour or vector image; one label per voxel is needed")
    values = sitk.GetArrayFromImage(image).T
    if not np.array_equal(values, np.rint(values)):
        raise AnatomyError(f"{path}: values that are not whole numbers; labels are needed, not intensities")
    if min(image.GetSize()) < 2:
        raise AnatomyError(f"{path}: size {image.GetSize()} is a 2-D image; a volume is needed")
    try:
        labels = map_labels(values, label_map)
    except AnatomyError as error:
        raise AnatomyError(f"{path}: {error}") from None
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return _cropped(Anatomy(labels, FLIP @ affine if coordinates == "RAS" else affine))


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
        _read(path)
    except AnatomyError as error:
        raise OSError(errno.ENOSPC, "not written whole, is there space left", str(path)) from error


def read_anatomy(path):
    """Read a volume that `write_volume` wrote with `Tissue` labels."""
    image = _read(path)
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return Anatomy(sitk.GetArrayFromImage(image).T, FLIP @ affine)


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
    AnatomyError
        If the image can't be read, leaves wall voxels without a velocity, or has other units.
    """
    image = _drop_single_axes(_read(path))
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise AnatomyError(f"{path}: one number per voxel of a 3-D image is needed")
    direction = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    positions = anatomy.positions(anatomy.wall) @ FLIP[:3, :3]
    index = (positions - image.GetOrigin()) @ np.linalg.inv(direction).T
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


def _drop_single_axes(image):
    """Turn a 4-D image of one frame into the 3-D image it is."""
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        return image[:, :, :, 0]
    return image


def _read(path):
    """Image of a file; ITK alone takes what is cut off a NIfTI file for zeros."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        if str(path).endswith((".nii", ".nii.gz")):
            pixels = int(np.prod(reader.GetSize())) * int(reader.GetMetaData("bitpix")) // 8
            if _content_bytes(path) < float(reader.GetMetaData("vox_offset")) + pixels:
                raise AnatomyError(f"{path}: cut short; write or fetch the file anew")
        return reader.Execute()
    except RuntimeError as error:
        raise AnatomyError(f"{path}: not a readable image ({_cause(error)})") from None


def _content_bytes(path):
    """Size of a file, unpacked; 0 where it can't be unpacked to its end."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rb") as file:
        try:
            return sum(map(len, iter(lambda: file.read(1 << 20), b"")))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return 0


def _cause(error):
    """The last sentence of an ITK error, which is the one that says something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
