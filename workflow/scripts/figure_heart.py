"""The heart in the chest with its electrodes and slices."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.volumes import read_anatomy
from ecgi.reporting.figures.heart import heart_of_dataset

if __name__ == "__main__":
    start(snakemake)
    heart_of_dataset(
        snakemake.output, stores.read(snakemake.input.dataset), read_anatomy(snakemake.input.labels)
    )
