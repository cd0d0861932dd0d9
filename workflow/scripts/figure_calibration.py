"""How often the intervals of methods that sample cover the truth."""

from ecgi.core.jobs import start
from ecgi.evaluation.uncertainty import LEVELS
from ecgi.io.checked_files import read_table
from ecgi.reporting.figures.comparison import calibration
from ecgi.reporting.figures.selection import shown_rows

if __name__ == "__main__":
    start(snakemake)
    params, table = snakemake.params, read_table(snakemake.input.table)
    rows = shown_rows(table, params.methods, params.beats, params.conditions, first_seed=True)
    calibration(snakemake.output, rows[rows["metric"].str.startswith("coverage")], LEVELS)
