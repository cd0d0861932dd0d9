"""Short-axis slices of a segmentation: the resampled heart, and a table of its slices."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from .heart import Anatomy
from .reslice import short_axis
from .slicing import slice_grid


def slice_heart(
    segmentation: Anatomy,
    case: str,
    spacing_mm: float,
    slices: Mapping[str, Any],
    scar_conducts: bool,
    axis: NDArray | None = None,
) -> tuple[Anatomy, int, pd.DataFrame]:
    """Resample a heart in its short-axis frame and choose its slices.

    Parameters
    ----------
    segmentation : Anatomy
        In patient space.
    case : str
        Name of the case.
    spacing_mm : float
        Edge of the new voxels.
    slices : mapping
        Settings of `slicing.slice_grid`.
    scar_conducts : bool
        If not, scar leaves the wall.
    axis : numpy.ndarray, shape (3,), optional
        Long axis from base to apex, a unit vector in patient RAS; that of `frame.lv_axis` by default.

    Returns
    -------
    anatomy : Anatomy
        In its short-axis frame.
    removed : int
        See `reslice.short_axis`.
    table : pandas.DataFrame
        One row per slice: slice, from_base_mm (its distance from the base), wall_pixels.

    Raises
    ------
    InputError
        If parts of the heart are missing, or it does not fit into the slices.
    """
    anatomy, removed = short_axis(segmentation, spacing_mm, scar_conducts, axis)
    grid, _ = slice_grid(anatomy, case, **slices)
    table = pd.DataFrame(
        {"slice": range(len(grid.z)), "from_base_mm": grid.z, "wall_pixels": grid.mask.sum((1, 2))}
    )
    return anatomy, removed, table
