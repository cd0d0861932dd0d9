"""Reduce each predicted beat to the sums that the metrics are made of."""

from ecgi.core.jobs import start
from ecgi.data.normalisation import Normalisation
from ecgi.evaluation.scoring import score
from ecgi.io import stores

if __name__ == "__main__":
    start(snakemake)
    hearts = {heart.attrs["case"]: heart for heart in map(stores.read, snakemake.input.datasets)}
    predicted = zip(
        snakemake.params.conditions, snakemake.input.truths, snakemake.input.predictions, strict=True
    )
    score(
        hearts,
        (
            (condition, stores.read(truths).load(), stores.read(prediction).load())
            for condition, truths, prediction in predicted
        ),
        Normalisation.read(snakemake.input.normalisation),
    ).to_csv(snakemake.output[0], index=False)
