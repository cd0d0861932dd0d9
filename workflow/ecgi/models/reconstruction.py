"""Reconstruction of maps and signals by models without conditions, at the posterior mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..data.inputs import model_inputs
from .registry import variant_of

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid
    from ..data.normalisation import Normalisation
    from .base import GenerativeModel


def reconstruct(
    model: GenerativeModel, normalisation: Normalisation, beats: xr.Dataset, grid: MapGrid
) -> dict[str, tuple[tuple[str, ...], NDArray]]:
    """Output of a model for its own input.

    Parameters
    ----------
    model : GenerativeModel
    normalisation : Normalisation
    beats : xarray.Dataset
    grid : MapGrid
        Of the heart.

    Returns
    -------
    dict of str to (tuple of str, numpy.ndarray)
        Dimensions and values of ``bsp`` in mV or of ``activation_time`` in ms, one sample.
    """
    variant = variant_of(model.settings)
    inputs = model_inputs(
        type(variant),
        "full_frame",
        beats["activation_time"].values,
        beats["bsp"].values,
        grid,
        beats["electrode_position"].values,
        normalisation,
    )
    output = model.reconstruct(inputs["target"][0])[..., 0]
    if variant.target == "bsp":
        return {"bsp": (("beat", "electrode", "time"), normalisation.bsp_in_mv(output))}
    shown = grid.mask if model.is_trained_on_wall else np.ones_like(grid.mask)
    maps = normalisation.maps_in_ms(output.reshape(1, *beats["activation_time"].shape), shown)
    return {"activation_time": (("sample", "beat", "slice", "y", "x"), maps)}
