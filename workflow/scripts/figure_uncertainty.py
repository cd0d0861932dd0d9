"""Simulated map, predicted mean, SD and error of the methods that sample (the paper's figure 6)."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.figures.maps import uncertainty_of_dataset

if __name__ == "__main__":
    start(snakemake)
    predictions = map(stores.read, snakemake.input.predictions)
    uncertainty_of_dataset(
        snakemake.output,
        stores.read(snakemake.input.dataset),
        dict(zip(snakemake.params.methods, predictions, strict=True)),
        snakemake.params.shown_beat,
        snakemake.params.shown_slice,
    )
