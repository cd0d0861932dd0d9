"""Split, normalisation and electrodes over all hearts of an experiment, from a summary of each."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..physics.electrodes import COORDINATES
from .normalisation import Normalisation


def describe(
    summaries: Iterable[Mapping[str, Any]], background: float
) -> tuple[pd.DataFrame, Normalisation, pd.DataFrame]:
    """Collect the split of all beats and the electrodes, and compute the normalisation by the training part.

    Parameters
    ----------
    summaries : iterable of mapping
        Of each heart, see `summary.summarise`.
    background : float
        Value outside the wall on scaled maps, see `normalisation.Normalisation`.

    Returns
    -------
    split : pandas.DataFrame
        A row per beat: case, beat, split.
    normalisation : Normalisation
        Constants of the training beats.
    electrodes : pandas.DataFrame
        A row per electrode: case, electrode, x_mm, y_mm, z_mm.
    """
    hearts = list(summaries)
    split = pd.concat(
        pd.DataFrame({"case": heart["case"], "beat": heart["beat"], "split": heart["split"]})
        for heart in hearts
    )
    training = [heart["training"] for heart in hearts if heart["training"]]
    normalisation = Normalisation(
        max(constants["latest_ms"] for constants in training),
        min(constants["lowest_mv"] for constants in training),
        max(constants["highest_mv"] for constants in training),
        background,
    )
    electrodes = pd.concat(
        pd.DataFrame(np.array(heart["electrode_mm"], np.float32), columns=COORDINATES).assign(
            case=heart["case"], electrode=np.arange(len(heart["electrode_mm"]))
        )
        for heart in hearts
    )
    return split, normalisation, electrodes[["case", "electrode", *COORDINATES]]
