"""Sections of a heart along its long axis, with what its check found."""

from ecgi.core.jobs import start
from ecgi.io.checked_files import read_json
from ecgi.io.volumes import read_anatomy
from ecgi.reporting.figures.anatomy import anatomy_check

if __name__ == "__main__":
    start(snakemake)
    anatomy_check(
        snakemake.output,
        read_anatomy(snakemake.input.labels),
        read_json(snakemake.input.check),
    )
