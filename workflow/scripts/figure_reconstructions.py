"""Simulated and reconstructed activation maps (the paper's figure 5)."""

import numpy as np

from ecgi.core import logs
from ecgi.io import stores
from ecgi.reporting.figures.maps import reconstructions
from ecgi.reporting.figures.style import extent_of

SLICES = 4

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = stores.read(snakemake.input.dataset)
    prediction = stores.read(snakemake.input.prediction)
    test = prediction.isel(beat=prediction["split"].values == "test")
    shown = int(test["beat"][snakemake.params.shown_beat])
    count = heart.sizes["slice"]
    some = np.unique(np.linspace(0, count - 1, SLICES).round().astype(int))
    truth = heart["activation_time"].sel(beat=shown).values[some]
    output = test["activation_time"].sel(beat=shown).mean("sample").where(heart["tissue"] > 0)
    extent = extent_of(heart["x"].values, heart["y"].values)
    reconstructions(snakemake.output, truth, output.values[some], extent, heart["z"].values[some])
