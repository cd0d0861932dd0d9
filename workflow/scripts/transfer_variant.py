"""Go on with the training of a model on some beats of a new heart, and judge it by the heart's test beats."""

from ecgi.core import logs, resources
from ecgi.data.inputs import model_inputs

logs.to_file(snakemake.log[0])
given = resources.visible() if snakemake.resources.gpu else []
resources.keep_to(snakemake.threads, resources.claim(given) or ",".join(given))

import numpy as np
import pandas as pd

from ecgi.core.seeds import keras_seed
from ecgi.inverse import loading
from ecgi.inverse.generative import GenerativeInverse
from ecgi.io import stores
from ecgi.models.registry import FAMILIES
from ecgi.models.settings import Variant
from ecgi.models.training import trainer


def errors(method, heart, test, samples, seed):
    """Mean absolute error of the mean map of each test beat, in ms."""
    grid, places = stores.grid_of(heart), heart["electrode_position"].values
    maps = method.predict(test["bsp"].values, grid, places, None, samples, seed)
    difference = maps.mean(0)[:, grid.mask] - test["activation_time"].values[:, grid.mask]
    return np.abs(difference).mean(1)


if __name__ == "__main__":
    params = snakemake.params
    variant, seed = Variant.model_validate(params.variant), int(snakemake.wildcards.seed)
    heart = stores.read(snakemake.input.heart).load()
    split = heart["split"].values
    test, new = heart.isel(beat=split == "test"), heart.isel(beat=split == "transfer")
    rows = []
    for count in [0, *params.transfer["beats"]]:
        model, normalisation, _ = loading.trained(snakemake.input.model, snakemake.input.normalisation, [])
        if count:
            some = new.isel(beat=slice(count))
            inputs = model_inputs(
                FAMILIES[variant.family],
                variant.reconstruction,
                some["activation_time"].values,
                some["bsp"].values,
                stores.grid_of(heart),
                heart["electrode_position"].values,
                normalisation,
            )
            own_seed = keras_seed(params.seed, f"transfer {seed} {count}")
            epochs, rate = params.transfer["epochs"], params.transfer["learning_rate"]
            trainer.go_on(model, variant, inputs, epochs, rate, own_seed)
        found = errors(GenerativeInverse(model, normalisation, {}), heart, test, params.samples, seed)
        columns = {"beats": count, "beat": test["beat"].values, "mae_ms": found}
        rows.append(pd.DataFrame(columns))
    pd.concat(rows).to_csv(snakemake.output[0], index=False, float_format="%.6g")
