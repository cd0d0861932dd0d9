"""All inverse methods beside each other on the test beats."""

import pandas as pd

from ecgi import figures, logs

METRICS = {
    "mae": "mean absolute error (ms)",
    "r2": "R² against the mean map",
    "earliest_site_distance": "earliest-site distance (mm)",
}

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pd.read_csv(snakemake.input.table).query("split == 'test'")
    inverse = table[table["method"].isin(snakemake.params.methods)]
    figures.comparison(snakemake.output, inverse, METRICS)
