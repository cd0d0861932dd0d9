"""Training curves of all variants."""

import pandas as pd

from ecgi.core import logs
from ecgi.reporting.figures.training import training_curves

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    histories = {}
    for name, path in zip(snakemake.params.variants, snakemake.input.histories, strict=True):
        histories.setdefault(name, []).append(pd.read_csv(path))
    training_curves(snakemake.output, histories)
