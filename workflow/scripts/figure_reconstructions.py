"""Simulated and reconstructed activation maps (the paper's figure 5)."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.figures.maps import reconstructions_of_dataset

if __name__ == "__main__":
    start(snakemake)
    reconstructions_of_dataset(
        snakemake.output,
        stores.read(snakemake.input.dataset),
        stores.read(snakemake.input.prediction),
        snakemake.params.shown_beat,
    )
