"""All inverse methods beside each other on the test beats."""

import pandas as pd

from ecgi.core import logs
from ecgi.reporting.figures.comparison import comparison

METRICS = {
    "mae": "mean absolute error (ms)",
    "r2": "R² against the mean map",
    "earliest_site_distance": "earliest-site distance (mm)",
}

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pd.read_csv(snakemake.input.table).query("split == 'test'")
    shown = table["method"].isin(snakemake.params.methods) & (table["beats"] == snakemake.params.beats)
    shown &= table["condition"].isin(snakemake.params.conditions)
    comparison(snakemake.output, table[shown], METRICS)
