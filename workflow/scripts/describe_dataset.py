"""Write the split of all beats, and the normalisation computed from the training part."""

import json
from dataclasses import asdict
from pathlib import Path

from ecgi.core.jobs import start
from ecgi.data.description import describe
from ecgi.io import stores

if __name__ == "__main__":
    start(snakemake)
    split, normalisation = describe(
        [stores.read(path) for path in snakemake.input.datasets], snakemake.params.background
    )
    split.to_csv(snakemake.output.split, sep="\t", index=False)
    Path(snakemake.output.normalisation).write_text(json.dumps(asdict(normalisation), indent=1))
