"""Figures of a measured beat: electrograms, activation times on the heart, potentials around it."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.figures.measured import figures

if __name__ == "__main__":
    start(snakemake)
    given, output = snakemake.input, snakemake.output
    figures(
        {name: [output[f"{name}_pdf"], output[f"{name}_png"]] for name in snakemake.params.figures},
        *(stores.read(path).load() for path in (given.beats, given.transfers, given.estimates)),
        snakemake.params.shown_ms,
    )
