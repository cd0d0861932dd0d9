"""What methods make of recordings unlike those of the training."""

import pandas as pd

from ecgi.core import logs
from ecgi.reporting.figures.comparison import robustness

METRICS = {
    "mae": "mean absolute error (ms)",
    "earliest_site_distance_median": "earliest-site distance, median (mm)",
}

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pd.read_csv(snakemake.input.table)
    seed = table.groupby("method")["seed"].transform("min")
    shown = (table["split"] == "test") & (table["beats"] == snakemake.params.beats) & (table["seed"] == seed)
    shown &= table["method"].isin(snakemake.params.methods)
    robustness(snakemake.output, table[shown], METRICS)
