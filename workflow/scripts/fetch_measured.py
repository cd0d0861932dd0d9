"""Fetch a file of a measurement from the web and check it."""

from ecgi.core.jobs import start
from ecgi.io.downloads import fetch_from_web

if __name__ == "__main__":
    start(snakemake)
    fetch_from_web(**snakemake.params.address, path=snakemake.output[0])
