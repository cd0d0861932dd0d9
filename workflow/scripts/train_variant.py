"""Train a variant on the training part of all hearts; carries on where it was interrupted."""

import json

from ecgi.core import logs, resources
from ecgi.data.inputs import join_inputs, model_inputs
from ecgi.data.normalisation import Normalisation

logs.to_file(snakemake.log[0])
given = resources.visible() if snakemake.resources.gpu else []
resources.keep_to(snakemake.threads, resources.claim(given) or ",".join(given))

import pandas as pd

from ecgi.core.seeds import keras_seed
from ecgi.io import stores
from ecgi.models.registry import FAMILIES
from ecgi.models.settings import Variant
from ecgi.models.training import trainer


def inputs_of(variant, hearts, split, normalisation, electrode_grid, blends=()):
    """Model inputs of one part of all hearts, blended beats added if there are any."""
    family = FAMILIES[variant.family]
    parts = []
    for heart in hearts:
        grid, electrodes = stores.grid_of(heart), heart["electrode_position"].values
        beats = [heart.isel(beat=heart["split"].values == split)]
        beats += [blend for blend in blends if blend.attrs["case"] == heart.attrs["case"]]
        parts += [
            model_inputs(
                family,
                variant.reconstruction,
                some["activation_time"].values,
                some["bsp"].values,
                grid,
                electrodes,
                normalisation,
                electrode_grid,
            )
            for some in beats
            if some.sizes["beat"]
        ]
    return join_inputs(parts)


if __name__ == "__main__":
    variant = Variant.model_validate(snakemake.params.variant)
    hearts = [stores.read(path) for path in snakemake.input.datasets]
    blends = [stores.read(path) for path in snakemake.input.get("blends", [])]
    with open(snakemake.input.normalisation) as constants:
        normalisation = Normalisation(**json.load(constants))
    electrode_grid = snakemake.params.electrode_grid
    model, history = trainer.train(
        variant,
        inputs_of(variant, hearts, "train", normalisation, electrode_grid, blends),
        inputs_of(variant, hearts, "validation", normalisation, electrode_grid),
        keras_seed(snakemake.params.seed, f"training {snakemake.wildcards.seed}"),
        snakemake.params.state,
    )
    pd.DataFrame(history).to_csv(snakemake.output.history, index=False)
    model.save(snakemake.output.model)
    trainer.forget(snakemake.params.state)
