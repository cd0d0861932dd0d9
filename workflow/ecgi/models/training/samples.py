"""Samples that a variant is trained on, from the datasets of hearts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.inputs import join_inputs, model_inputs
from ...io import stores

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from ...data.normalisation import Normalisation
    from ..settings import Variant


def training_samples(
    variant: Variant,
    hearts: Sequence[xr.Dataset],
    split: str,
    normalisation: Normalisation,
    electrode_grid: tuple[int, int] | None,
    blends: Sequence[xr.Dataset] = (),
) -> dict[str, tuple[NDArray, NDArray]]:
    """Inputs of a model from one part of all hearts, blended beats added if there are any.

    Parameters
    ----------
    variant : Variant
    hearts : sequence of xarray.Dataset
    split : {"train", "validation"}
    normalisation : Normalisation
    electrode_grid : (int, int) or None
        Rows and columns of the electrodes, for families that take the BSP as maps.
    blends : sequence of xarray.Dataset
        Blended beats of the hearts.

    Returns
    -------
    dict of str to (numpy.ndarray, numpy.ndarray of int)
        Each input's rows, and the row of each sample.
    """
    parts = []
    for heart in hearts:
        beats = [heart.isel(beat=heart["split"].values == split)]
        beats += [blend for blend in blends if blend.attrs["case"] == heart.attrs["case"]]
        parts += [
            samples_of(variant, heart, some, normalisation, electrode_grid)
            for some in beats
            if some.sizes["beat"]
        ]
    return join_inputs(parts)


def samples_of(
    variant: Variant,
    heart: xr.Dataset,
    beats: xr.Dataset,
    normalisation: Normalisation,
    electrode_grid: tuple[int, int] | None = None,
) -> dict[str, tuple[NDArray, NDArray]]:
    """Inputs of a model from some beats of a heart.

    Parameters
    ----------
    variant, normalisation, electrode_grid
        See `training_samples`.
    heart : xarray.Dataset
        Dataset of the heart.
    beats : xarray.Dataset
        Some of its beats.
    """
    return model_inputs(
        type(variant),
        variant.reconstruction,
        beats["activation_time"].values,
        beats["bsp"].values,
        stores.grid_of(heart),
        heart["electrode_position"].values,
        normalisation,
        electrode_grid,
        stores.boundary_kernels_in(heart),
    )
