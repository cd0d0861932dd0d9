"""Errors under conditions that differ from those of the training."""

from ecgi.core.jobs import start
from ecgi.io.checked_files import read_table
from ecgi.reporting.figures.comparison import ROBUSTNESS, robustness
from ecgi.reporting.figures.selection import shown_rows

if __name__ == "__main__":
    start(snakemake)
    params, table = snakemake.params, read_table(snakemake.input.table)
    rows = shown_rows(table, params.methods, params.beats, first_seed=True)
    robustness(snakemake.output, rows, ROBUSTNESS)
