"""Error on a new heart over the number of its beats that the model went on to learn from."""

import pandas as pd

from ecgi.core import logs
from ecgi.reporting.figures.training import transfer

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    transfer(snakemake.output, pd.read_csv(snakemake.input.table))
