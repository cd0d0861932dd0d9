"""How often the intervals of methods that sample cover the truth."""

import pandas as pd

from ecgi.core import logs
from ecgi.evaluation.uncertainty import LEVELS
from ecgi.reporting.figures.comparison import calibration

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pd.read_csv(snakemake.input.table)
    seed = table.groupby("method")["seed"].transform("min")
    shown = (table["split"] == "test") & (table["beats"] == snakemake.params.beats) & (table["seed"] == seed)
    shown &= table["metric"].str.startswith("coverage") & table["condition"].isin(snakemake.params.conditions)
    calibration(snakemake.output, table[shown & table["method"].isin(snakemake.params.methods)], LEVELS)
