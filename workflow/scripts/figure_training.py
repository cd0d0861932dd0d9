"""Training curves of all variants."""

import pandas as pd

from ecgi.core.jobs import start
from ecgi.io.checked_files import read_table
from ecgi.reporting.figures.training import training_curves

if __name__ == "__main__":
    start(snakemake)
    runs = zip(snakemake.params.variants, map(read_table, snakemake.input.histories), strict=True)
    histories: dict[str, list[pd.DataFrame]] = {}
    for variant, history in runs:
        histories.setdefault(variant, []).append(history)
    training_curves(snakemake.output, histories)
