"""Labelled hearts: tissue labels on an isotropic or anisotropic grid, placed in the patient.

The patient frame is RAS in mm: x to the patient's right, y to the front, z to the head.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

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


WALL = (Tissue.LV_WALL, Tissue.RV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE)
LV_MUSCLE = (Tissue.LV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE, Tissue.DENSE_SCAR)
CAVITIES = (Tissue.LV_CAVITY, Tissue.RV_CAVITY)


class AnatomyError(InputError):
    """A heart that can't be used as it is; the message says why and what would be right."""


@dataclass(frozen=True)
class Anatomy:
    """A labelled heart.

    Attributes
    ----------
    labels : numpy.ndarray of uint8, shape (x, y, z)
        `Tissue` of every voxel.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm.
    """

    labels: np.ndarray
    affine: np.ndarray

    @property
    def spacing(self):
        """Voxel edge lengths in mm, shape (3,)."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)

    @property
    def wall(self):
        """Mask of the conducting wall; scar belongs to it unless it is dense."""
        return np.isin(self.labels, WALL)

    def positions(self, mask):
        """Patient coordinates in mm of the voxels of `mask`, shape (voxel, 3), in C order."""
        return to_patient(self.affine, np.argwhere(mask))


def to_patient(affine, index):
    """Patient coordinates in mm of voxel indices, shape (..., 3)."""
    return index @ affine[:3, :3].T + affine[:3, 3]


def map_labels(values, label_map):
    """Translate a dataset's labels into `Tissue`.

    Parameters
    ----------
    values : numpy.ndarray
        Labels as the dataset has them, whole numbers.
    label_map : dict of str to sequence of int
        Name of a `Tissue` in lower case to the dataset's labels for it.

    Returns
    -------
    numpy.ndarray of uint8

    Raises
    ------
    AnatomyError
        If a label of the map is not in the volume, or values are no labels.
    """
    found = np.unique(values)
    if not (np.isfinite(found).all() and np.array_equal(found, np.rint(found))):
        raise AnatomyError("values that are not whole numbers; labels are needed, not intensities")
    present = [int(value) for value in found]
    labels = np.zeros(values.shape, np.uint8)
    for name, numbers in label_map.items():
        missing = sorted(set(numbers) - set(present))
        if missing:
            raise AnatomyError(
                f"{name}: label {shown(missing[0])} is not in the volume, which has "
                f"{listed(present)}; correct the label map"
            )
        labels[np.isin(values, numbers)] = Tissue[name.upper()]
    return labels


def with_margin(anatomy, voxels):
    """Add background around the volume, so that a wall can grow beyond its edge."""
    affine = anatomy.affine.copy()
    affine[:3, 3] = to_patient(affine, np.full(3, -voxels))
    return Anatomy(np.pad(anatomy.labels, voxels), affine)
