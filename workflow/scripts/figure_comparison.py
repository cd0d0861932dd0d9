"""All inverse methods beside each other on the test beats."""

from ecgi.core.jobs import start
from ecgi.io.checked_files import read_table
from ecgi.reporting.figures.comparison import COMPARISON, comparison
from ecgi.reporting.figures.selection import shown_rows

if __name__ == "__main__":
    start(snakemake)
    params, table = snakemake.params, read_table(snakemake.input.table)
    rows = shown_rows(table, params.methods, params.beats, params.conditions)
    comparison(snakemake.output, rows, COMPARISON)
