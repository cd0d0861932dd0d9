"""Reduce each predicted beat to the sums that the metrics are made of."""

import json

import pandas as pd

from ecgi import logs, metrics, store


def score(heart, prediction, normalisation):
    """One row per beat."""
    mask = heart["tissue"].values > 0
    training = heart["activation_time"].values[heart["split"].values != "test"]
    mean_map = training.mean(0)
    rows = []
    for beat in range(prediction.sizes["activation"]):
        activation = int(prediction["activation"][beat])
        truth = heart.sel(activation=activation)
        row = {
            "case": heart.attrs["case"],
            "activation": activation,
            "split": str(prediction["split"].values[beat]),
        }
        if "activation_time" in prediction:
            row |= metrics.map_sums(
                truth["activation_time"].values,
                prediction["activation_time"].values[:, beat],
                mean_map,
                mask,
                heart["position"].values,
                normalisation["latest_ms"],
                normalisation["background"],
            )
        if "bsp" in prediction:
            row |= metrics.bsp_sums(truth["bsp"].values, prediction["bsp"].values[beat])
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    with open(snakemake.input.normalisation) as constants:
        normalisation = json.load(constants)
    pairs = zip(snakemake.input.datasets, snakemake.input.predictions, strict=True)
    pd.concat(
        score(store.read(heart).load(), store.read(prediction).load(), normalisation)
        for heart, prediction in pairs
    ).to_csv(snakemake.output[0], index=False)
