"""Export the electrograms of a prediction for other tools."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.electrogram_files import write_matlab, write_surface

if __name__ == "__main__":
    start(snakemake)
    prediction = stores.read(snakemake.input.prediction).load()
    write_surface(snakemake.output.surface, prediction)
    write_matlab(snakemake.output.matlab, prediction)
