"""Split and normalisation over all hearts of an experiment."""

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from .normalisation import Normalisation


def describe(hearts: Sequence[xr.Dataset], background: float) -> tuple[pd.DataFrame, Normalisation]:
    """Collect the split of all beats and compute the normalisation from the training part.

    Parameters
    ----------
    hearts : sequence of xarray.Dataset
        Datasets of the hearts, with ``activation_time``, ``bsp`` and ``split``.
    background : float
        Value outside the wall on scaled maps, see `normalisation.Normalisation`.

    Returns
    -------
    split : pandas.DataFrame
        A row per beat: case, beat, split.
    normalisation : Normalisation
        Constants of the training beats.
    """
    split = pd.concat(
        pd.DataFrame({"case": heart.attrs["case"], "beat": heart["beat"], "split": heart["split"]})
        for heart in hearts
    )
    training = [heart.isel(beat=heart["split"].values == "train") for heart in hearts]
    training = [heart for heart in training if heart.sizes["beat"]]
    normalisation = Normalisation.of(
        [heart["activation_time"].values for heart in training],
        [heart["bsp"].values for heart in training],
        background,
    )
    return split, normalisation
