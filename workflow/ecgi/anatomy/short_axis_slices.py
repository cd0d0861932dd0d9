"""Table of a heart's short-axis slices."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .heart import Anatomy
from .slicing import slice_grid


def slice_table(heart: Anatomy, case: str, slices: Mapping[str, Any]) -> pd.DataFrame:
    """Choose the slices of a heart for networks.

    Parameters
    ----------
    heart : Anatomy
        In its short-axis frame.
    case : str
        Name of the case.
    slices : mapping
        Settings of `slicing.slice_grid`.

    Returns
    -------
    pandas.DataFrame
        One row per slice: slice, from_base_mm (its distance from the base), wall_pixels.

    Raises
    ------
    InputError
        If the heart does not fit into the slices.
    """
    grid, _ = slice_grid(heart, case, **slices)
    return pd.DataFrame(
        {"slice": range(len(grid.z)), "from_base_mm": grid.z, "wall_pixels": grid.mask.sum((1, 2))}
    )
