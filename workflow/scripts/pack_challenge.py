"""Pack the answers to all recordings into a zip to upload."""

from ecgi.core.jobs import start
from ecgi.io.challenge_answers import pack

if __name__ == "__main__":
    start(snakemake)
    pack(dict(zip(snakemake.params.names, snakemake.input, strict=True)), snakemake.output[0])
