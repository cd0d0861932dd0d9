"""Figures of a placed beat: electrograms and activation times on the heart."""

from ecgi.anatomy.triangles import Shape
from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.reporting.figures.measured import of_heart

if __name__ == "__main__":
    start(snakemake)
    given, output = snakemake.input, snakemake.output
    beats = stores.read(given.beats).load()
    of_heart(
        {name: [output[f"{name}_pdf"], output[f"{name}_png"]] for name in snakemake.params.figures},
        Shape(beats["heart_point"].values, beats["heart_triangle"].values),
        stores.read(given.estimates).load(),
        "estimate, surface",
    )
