"""Simulated and reconstructed activation maps (the paper's figure 5)."""

import numpy as np

from ecgi import figures, logs, store

SLICES = 4

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = store.read(snakemake.input.dataset)
    prediction = store.read(snakemake.input.prediction)
    test = prediction.isel(activation=prediction["split"].values == "test")
    shown = int(test["activation"][snakemake.params.shown_activation])
    count = heart.sizes["slice"]
    some = np.unique(np.linspace(0, count - 1, SLICES).round().astype(int))
    truth = heart["activation_time"].sel(activation=shown).values[some]
    output = test["activation_time"].sel(activation=shown).mean("draw").where(heart["tissue"] > 0)
    extent = figures.extent_of(heart["x"].values, heart["y"].values)
    figures.reconstructions(snakemake.output, truth, output.values[some], extent, heart["z"].values[some])
