"""Read measured beats, check them and keep them as a store."""

from ecgi.core.jobs import start
from ecgi.data.measured import read_measured
from ecgi.io import stores

if __name__ == "__main__":
    start(snakemake)
    params = snakemake.params
    files = dict(zip(params.names, snakemake.input, strict=True))
    measured = read_measured(files, params.settings)
    print(*measured.notes, sep="\n")
    stores.write(snakemake.output[0], *measured.as_store(), stores.provenance(params.provenance))
