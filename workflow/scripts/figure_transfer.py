"""Error on a new heart over the number of its beats that the model was fine-tuned on."""

import pandas as pd

from ecgi.core.jobs import start
from ecgi.reporting.figures.training import transfer

if __name__ == "__main__":
    start(snakemake)
    transfer(snakemake.output, pd.read_csv(snakemake.input.table))
