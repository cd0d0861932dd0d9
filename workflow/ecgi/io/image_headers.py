"""Volumes on a grid in the patient, and checks of the headers that they are read from.

Readers of images replace invalid headers by defaults: a spacing of zero becomes 1 mm, a truncated file ends
in zeros, an image without a frame gets one. Such files are refused here instead, and doubts are noted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from numpy.typing import NDArray

MOST_VOXELS = 500_000_000
FARTHEST_MM = 100_000.0  # of the origin; patients and scanners are smaller
SKEWED = 2e-3  # cosine of two axes, at most: over half a heart's length less than half a voxel
EXACT = 1e-5  # cosine of two axes that rounding to 32 bits leaves
ROUNDING = 1e-3  # by which labels that are stored as fractions may differ from whole numbers


@dataclass(frozen=True)
class Image:
    """One or several volumes on a grid in the patient.

    Attributes
    ----------
    values : numpy.ndarray, shape (x, y, z, volume)
        Volumes are frames, channels or layers.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm, its axes at right angles.
    notes : tuple of str
        What the header leaves in doubt, a sentence each.
    fields : mapping of str to str
        Text fields of the header.
    rounding : float
        Largest error that the storage of whole numbers may have left in the values.
    """

    values: NDArray
    affine: NDArray[np.float64]
    notes: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    rounding: float = ROUNDING

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each axis."""
        x, y, z = self.values.shape[:3]
        return x, y, z


def refuse_shape(path: str | PathLike[str], size: Sequence[int]) -> None:
    """Refuse a size that is not that of volumes.

    Parameters
    ----------
    path : path-like
        Name of the image in messages.
    size : sequence of int
        Voxels along each axis, and the number of volumes if there are more than three.

    Raises
    ------
    InputError
        If the image is a picture, has more axes, or more than `MOST_VOXELS`.
    """
    size = tuple(size)
    if not 3 <= len(size) <= 4:
        raise InputError(f"{path}: {len(size)}-D image of size {size}; 3-D is needed")
    if min(size[:3]) < 2:
        raise InputError(f"{path}: size {size} is a 2-D image; a volume is needed")
    if np.prod(size, dtype=float) > MOST_VOXELS:
        raise InputError(f"{path}: size {size} is too large; crop the image to the heart")


def refuse_spacing(path: str | PathLike[str], spacing: Sequence[float] | NDArray) -> None:
    """Refuse a spacing that is not three positive numbers.

    Parameters
    ----------
    path : path-like
        Name of the image in messages.
    spacing : sequence of float, shape (3,)
        Edge lengths of a voxel in mm.

    Raises
    ------
    InputError
    """
    if not (np.isfinite(spacing).all() and np.min(spacing) > 0):
        raise InputError(f"{path}: spacing {listed_mm(spacing)}; positive numbers of mm are needed")


def checked_affine(path: str | PathLike[str], affine: NDArray) -> tuple[NDArray[np.float64], list[str]]:
    """Refuse an invalid affine, and make axes that are nearly at right angles orthogonal.

    Axes whose cosines are at most `SKEWED` are replaced by the nearest orthogonal ones of the same lengths.

    Parameters
    ----------
    path : path-like
        Name of the image in messages.
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm.

    Returns
    -------
    affine : numpy.ndarray, shape (4, 4)
    notes : list of str
        Of a change, and of a frame that looks like a placeholder.

    Raises
    ------
    InputError
        If spacing, axes or origin are invalid.
    """
    affine = np.array(affine, float)
    spacing, origin = np.linalg.norm(affine[:3, :3], axis=0), affine[:3, 3]
    refuse_spacing(path, spacing)
    axes = affine[:3, :3] / spacing
    skew = np.abs(axes.T @ axes - np.eye(3)).max()
    if skew > SKEWED:
        raise InputError(
            f"{path}: the axes are not at right angles ({_degrees(skew)} off); resample the image on such a "
            "grid"
        )
    if not (np.isfinite(origin).all() and np.abs(origin).max() <= FARTHEST_MM):
        raise InputError(f"{path}: origin {listed_mm(origin)}; a position in the patient in mm is needed")
    notes = []
    if skew > EXACT:
        left, _, right = np.linalg.svd(axes)
        affine[:3, :3] = left @ right * spacing
        notes.append(f"its axes, {_degrees(skew)} off right angles, were made orthogonal")
    along = np.isclose(np.abs(axes), 1, atol=EXACT).any(0).all()
    if along and not origin.any():
        notes.append(
            "its origin is 0, 0, 0 and its axes are the grid's, as in a header without the scan's position: "
            "where the heart lies and points is unknown, and electrodes of the patient can't be related to it"
        )
    return affine, notes


def listed_mm(numbers: Sequence[float] | NDArray) -> str:
    """Format lengths or coordinates in a message.

    Parameters
    ----------
    numbers : sequence of float
        In mm.

    Returns
    -------
    str
    """
    return f"({', '.join(f'{number:.5g}' for number in numbers)})"


def _degrees(cosine: float) -> str:
    """Angle off right angles in a message."""
    return f"{np.rad2deg(np.arcsin(min(cosine, 1.0))):.2g}°"
