"""Error on a new heart over the number of its beats that the model was fine-tuned on."""

from ecgi.core.jobs import start
from ecgi.io.checked_files import read_table
from ecgi.reporting.figures.training import transfer

if __name__ == "__main__":
    start(snakemake)
    transfer(snakemake.output, read_table(snakemake.input.table))
