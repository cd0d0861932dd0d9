"""Training curves of all variants."""

import pandas as pd

from ecgi import figures, logs

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    histories = {}
    for name, path in zip(snakemake.params.variants, snakemake.input.histories, strict=True):
        histories.setdefault(name, []).append(pd.read_csv(path))
    figures.training_curves(snakemake.output, histories)
