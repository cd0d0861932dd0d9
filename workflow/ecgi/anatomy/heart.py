"""Labelled hearts: tissue labels on an isotropic or anisotropic grid in the patient frame.

The patient frame is RAS in mm: x to the patient's right, y to the front, z to the head.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, listed, shown


class Tissue(IntEnum):
    """Labels of every volume that the workflow writes."""

    BACKGROUND = 0
    LV_WALL = 1
    RV_WALL = 2
    LV_CAVITY = 3
    RV_CAVITY = 4
    SCAR = 5
    BORDER_ZONE = 6
    DENSE_SCAR = 7
    VESSELS = 8


WALL = (Tissue.LV_WALL, Tissue.RV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE)
LV_MUSCLE = (Tissue.LV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE, Tissue.DENSE_SCAR)
CAVITIES = (Tissue.LV_CAVITY, Tissue.RV_CAVITY)
OUTSIDE = (Tissue.BACKGROUND, Tissue.VESSELS)  # of the ventricles


class AnatomyError(InputError):
    """Unusable heart; the message names what is wrong and what would be right."""


@dataclass(frozen=True)
class Anatomy:
    """Labelled heart.

    Attributes
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        `Tissue` of every voxel.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm.
    """

    labels: NDArray[np.uint8]
    affine: NDArray

    @property
    def spacing(self) -> NDArray:
        """Voxel edge lengths in mm, shape (3,)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def third_axis(self) -> NDArray:
        """Unit vector along the third index in patient RAS, shape (3,): the LV axis in a short-axis frame."""
        return self.affine[:3, 2] / self.spacing[2]

    @property
    def wall(self) -> NDArray[np.bool_]:
        """Mask of the conducting wall, shape (x, y, z); scar belongs to it unless it is dense."""
        return np.isin(self.labels, WALL)

    def positions(self, mask: NDArray[np.bool_]) -> NDArray:
        """Centres of the voxels of a mask.

        Parameters
        ----------
        mask : numpy.ndarray of bool, shape (x, y, z)

        Returns
        -------
        numpy.ndarray, shape (voxel, 3)
            Patient RAS in mm; voxels in C order.
        """
        return to_patient(self.affine, np.argwhere(mask))


def to_patient(affine: NDArray, index: NDArray) -> NDArray:
    """Apply an affine to voxel indices, or its inverse to positions.

    Parameters
    ----------
    affine : numpy.ndarray, shape (4, 4)
    index : numpy.ndarray, shape (..., 3)

    Returns
    -------
    numpy.ndarray, shape (..., 3)
        Patient RAS in mm, for the affine of an `Anatomy`.
    """
    return index @ affine[:3, :3].T + affine[:3, 3]


def map_labels(values: NDArray, label_map: Mapping[str, Sequence[int | str]]) -> NDArray[np.uint8]:
    """Translate a dataset's labels into `Tissue`.

    Parameters
    ----------
    values : numpy.ndarray
        Labels of the dataset, whole numbers.
    label_map : dict of str to sequence of int
        Name of a `Tissue` in lower case to the dataset's labels for it. Names and files, which a label map
        may hold too, are refused.

    Returns
    -------
    numpy.ndarray of uint8
        Of the shape of `values`.

    Raises
    ------
    AnatomyError
        If a label of the map is not in the volume, or values are not whole numbers.
    """
    found = np.unique(values)
    if not (np.isfinite(found).all() and np.array_equal(found, np.rint(found))):
        raise AnatomyError("values that are not whole numbers; labels are needed, not intensities")
    present = [int(value) for value in found]
    labels = np.zeros(values.shape, np.uint8)
    for name, numbers in label_map.items():
        missing = [number for number in numbers if number not in present]
        if missing:
            raise AnatomyError(
                f"{name}: label {shown(missing[0])} is not in the volume, which has "
                f"{listed(present)}; correct the label map"
            )
        labels[np.isin(values, numbers)] = Tissue[name.upper()]
    return labels


def with_margin(anatomy: Anatomy, voxels: int) -> Anatomy:
    """Add background around the volume, so that a wall can grow beyond its edge.

    Parameters
    ----------
    anatomy : Anatomy
    voxels : int
        Width of the margin on every side.

    Returns
    -------
    Anatomy
    """
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, np.full(3, -voxels))
    return Anatomy(np.pad(anatomy.labels, voxels), affine)


def cropped(anatomy: Anatomy, voxels: int) -> Anatomy:
    """Crop a heart to its ventricles with a margin of background.

    Parameters
    ----------
    anatomy : Anatomy
    voxels : int
        Width of the margin, as far as the volume reaches.

    Returns
    -------
    Anatomy
    """
    inside = np.argwhere(~np.isin(anatomy.labels, OUTSIDE))
    low = np.maximum(inside.min(0) - voxels, 0)
    box = tuple(slice(a, b + voxels + 1) for a, b in zip(low, inside.max(0), strict=True))
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, low)
    return Anatomy(np.ascontiguousarray(anatomy.labels[box]), affine)
