"""Write down the split of all beats, and the normalisation that the training part gives."""

import json
from dataclasses import asdict

import pandas as pd

from ecgi.core import logs
from ecgi.data.normalisation import Normalisation
from ecgi.io import stores

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    hearts = [stores.read(path) for path in snakemake.input.datasets]
    pd.concat(
        pd.DataFrame({"case": heart.attrs["case"], "beat": heart["beat"], "split": heart["split"]})
        for heart in hearts
    ).to_csv(snakemake.output.split, sep="\t", index=False)

    training = [heart.isel(beat=heart["split"].values == "train") for heart in hearts]
    training = [heart for heart in training if heart.sizes["beat"]]
    normalisation = Normalisation.of(
        [heart["activation_time"].values for heart in training],
        [heart["bsp"].values for heart in training],
        snakemake.params.background,
    )
    with open(snakemake.output.normalisation, "w") as out:
        json.dump(asdict(normalisation), out, indent=1)
