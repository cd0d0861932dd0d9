"""All inverse methods beside each other on the test beats."""

import pandas as pd

from ecgi.core.jobs import start
from ecgi.reporting.figures.comparison import COMPARISON, comparison
from ecgi.reporting.figures.selection import shown_rows

if __name__ == "__main__":
    start(snakemake)
    params, table = snakemake.params, pd.read_csv(snakemake.input.table)
    rows = shown_rows(table, params.methods, params.beats, params.conditions)
    comparison(snakemake.output, rows, COMPARISON)
