"""Scores of predicted beats, as the sums that metrics are functions of."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
import xarray as xr

from ..data.normalisation import Normalisation
from . import metrics


def score(
    predicted: Iterable[tuple[str, xr.Dataset, xr.Dataset, xr.Dataset]],
    normalisation: Normalisation,
) -> pd.DataFrame:
    """Score the predictions of a method.

    Parameters
    ----------
    predicted : iterable of (str, xarray.Dataset, xarray.Dataset, xarray.Dataset)
        Condition, dataset of the heart, its true beats under the condition, and prediction; read one at a
        time, so that memory does not grow with the number of hearts.
    normalisation : Normalisation
        Scaling of the maps.

    Returns
    -------
    pandas.DataFrame
        See `score_beats`.
    """
    return pd.concat(
        score_beats(heart, truths, prediction, condition, normalisation)
        for condition, heart, truths, prediction in predicted
    )


def score_beats(
    heart: xr.Dataset,
    truths: xr.Dataset,
    prediction: xr.Dataset,
    condition: str,
    normalisation: Normalisation,
) -> pd.DataFrame:
    """Score the predicted beats of a heart under a condition, BSP against noise-free signals.

    R2 is relative to the mean map of the heart's training beats or, where it has none, of all its beats,
    which is not available to any method. As a control, each beat is also scored with the prediction from the
    recording of the beat before.

    Parameters
    ----------
    heart : xarray.Dataset
        Dataset of the heart.
    truths : xarray.Dataset
        True beats under the condition: ``activation_time`` in ms, ``bsp`` or ``bsp_noise_free`` in mV and,
        where methods are told other than the true, ``bsp_told``, see `physics.conditions.Recorded`.
    prediction : xarray.Dataset
        ``activation_time`` (sample, beat, slice, y, x), ``bsp`` (beat, electrode, time), or both.
    condition : str
        Name of the condition.
    normalisation : Normalisation
        Scaling of the maps.

    Returns
    -------
    pandas.DataFrame
        A row per beat: case, condition, beat, kind, split, and the sums of `metrics.map_sums`,
        `metrics.bsp_sums` and `metrics.field_sums`.
    """
    mask = heart["tissue"].values > 0
    known = heart["split"].values != "test"
    mean_map = heart["activation_time"].values[known if known.any() else ~known].mean(0)
    signals = truths["bsp_noise_free" if "bsp_noise_free" in truths else "bsp"]
    rows = []
    for index in range(prediction.sizes["beat"]):
        beat = int(prediction["beat"][index])
        row: dict[str, Any] = {
            "case": heart.attrs["case"],
            "condition": condition,
            "beat": beat,
            "kind": str(heart["kind"].sel(beat=beat).values),
            "split": str(prediction["split"].values[index]),
        }
        if "activation_time" in prediction:
            maps = prediction["activation_time"].values
            row |= metrics.map_sums(
                truths["activation_time"].sel(beat=beat).values,
                maps[:, index],
                mean_map,
                mask,
                heart["position"].values,
                normalisation.latest_ms,
                normalisation.background,
                heart["segment"].values,
                maps[:, index - 1] if maps.shape[1] > 1 else None,
            )
        if "bsp_told" in truths:
            told = truths["bsp_told"].sel(beat=beat).values
            row |= metrics.field_sums("told", signals.sel(beat=beat).values, told)
        if "bsp" in prediction:
            row |= metrics.bsp_sums(signals.sel(beat=beat).values, prediction["bsp"].values[index])
        rows.append(row)
    return pd.DataFrame(rows)
