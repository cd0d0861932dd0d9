"""A heart in its short-axis frame, and where its slices lie."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .heart import Anatomy
from .reslice import short_axis
from .slicing import slice_grid


def slice_heart(
    segmentation: Anatomy, case: str, spacing_mm: float, slices: Mapping[str, Any], scar_conducts: bool
) -> tuple[Anatomy, int, pd.DataFrame]:
    """Put a heart in its short-axis frame and choose its slices.

    Parameters
    ----------
    segmentation : Anatomy
        In patient space.
    case : str
    spacing_mm : float
        Of the new voxels.
    slices : mapping
        Settings of `slicing.slice_grid`.
    scar_conducts : bool
        If not, scar leaves the wall.

    Returns
    -------
    heart : Anatomy
    removed : int
        See `reslice.short_axis`.
    table : pandas.DataFrame
        A row per slice: its number, its distance from the base in mm and its pixels of wall.
    """
    heart, removed = short_axis(segmentation, spacing_mm, scar_conducts)
    grid, _ = slice_grid(heart, case, **slices)
    table = pd.DataFrame(
        {"slice": range(len(grid.z)), "from_base_mm": grid.z, "wall_pixels": grid.mask.sum((1, 2))}
    )
    return heart, removed, table
