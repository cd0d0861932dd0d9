"""A page that shows the maps of a recorded beat in 3-D, those of all methods side by side."""

from pathlib import Path

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.volumes import read_anatomy
from ecgi.reporting.viewer.subject_view import subject_view

if __name__ == "__main__":
    start(snakemake)
    page = subject_view(
        read_anatomy(snakemake.input.labels),
        [stores.read(path) for path in snakemake.input.predictions],
        stores.read(snakemake.input.recording),
        snakemake.params.colours,
    )
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
