"""Reduce each predicted beat to the sums that the metrics are made of."""

import json

import pandas as pd

from ecgi.core import logs
from ecgi.evaluation import metrics
from ecgi.io import stores


def score(heart, truths, prediction, condition, normalisation):
    """One row per beat; noise in the recorded signals does not count as truth.

    What R2 is measured against is the mean of the heart's training beats or, where it has none, of all its
    beats, which no method can know. As a control, each beat is also judged by what the method makes of the
    recording of the beat before.
    """
    mask = heart["tissue"].values > 0
    known = heart["split"].values != "test"
    mean_map = heart["activation_time"].values[known if known.any() else ~known].mean(0)
    signals = truths["bsp_noise_free" if "bsp_noise_free" in truths else "bsp"]
    rows = []
    for beat in range(prediction.sizes["beat"]):
        activation = int(prediction["beat"][beat])
        row = {
            "case": heart.attrs["case"],
            "condition": condition,
            "beat": activation,
            "kind": str(heart["kind"].sel(beat=activation).values),
            "split": str(prediction["split"].values[beat]),
        }
        if "activation_time" in prediction:
            maps = prediction["activation_time"].values
            row |= metrics.map_sums(
                truths["activation_time"].sel(beat=activation).values,
                maps[:, beat],
                mean_map,
                mask,
                heart["position"].values,
                normalisation["latest_ms"],
                normalisation["background"],
                heart["segment"].values,
                maps[:, beat - 1] if maps.shape[1] > 1 else None,
            )
        if "bsp" in prediction:
            row |= metrics.bsp_sums(signals.sel(beat=activation).values, prediction["bsp"].values[beat])
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    with open(snakemake.input.normalisation) as constants:
        normalisation = json.load(constants)
    hearts = {heart.attrs["case"]: heart for heart in map(stores.read, snakemake.input.datasets)}
    judged = zip(
        snakemake.params.conditions, snakemake.input.truths, snakemake.input.predictions, strict=True
    )
    parts = []
    for condition, *paths in judged:
        truths, prediction = (stores.read(path).load() for path in paths)
        heart = hearts[truths.attrs["case"]].load()
        parts.append(score(heart, truths, prediction, condition, normalisation))
    pd.concat(parts).to_csv(snakemake.output[0], index=False)
