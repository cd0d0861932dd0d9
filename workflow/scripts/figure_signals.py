"""Input and output of the BSP models at two electrodes (the paper's figure 4)."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.figures.signals import signals_of_dataset

if __name__ == "__main__":
    start(snakemake)
    predictions = map(stores.read, snakemake.input.predictions)
    signals_of_dataset(
        snakemake.output,
        stores.read(snakemake.input.dataset),
        dict(zip(snakemake.params.methods, predictions, strict=True)),
        snakemake.params.shown_beat,
        snakemake.params.shown_electrodes,
    )
