"""Reduce each predicted beat to the sums that the metrics are made of."""

from itertools import cycle

from ecgi.core.jobs import start
from ecgi.data.normalisation import Normalisation
from ecgi.evaluation.scoring import score
from ecgi.io import stores
from ecgi.io.checked_files import write_table

if __name__ == "__main__":
    start(snakemake)
    predicted = zip(
        snakemake.params.conditions,
        cycle(snakemake.input.datasets),
        snakemake.input.truths,
        snakemake.input.predictions,
        strict=False,
    )
    table = score(
        ((condition, *(stores.read(path).load() for path in paths)) for condition, *paths in predicted),
        Normalisation.read(snakemake.input.normalisation),
    )
    write_table(snakemake.output[0], table)
