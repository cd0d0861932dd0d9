"""Train a variant on the training part of all hearts; carries on where it was interrupted."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    import pandas as pd

    from ecgi.core.seeds import keras_seed
    from ecgi.data.normalisation import Normalisation
    from ecgi.io import stores
    from ecgi.io.checked_files import write_table
    from ecgi.models.registry import variant_of
    from ecgi.models.training import trainer
    from ecgi.models.training.samples import training_samples

    params = snakemake.params
    variant = variant_of(params.variant)
    hearts = [stores.read(path) for path in snakemake.input.datasets]
    blends = [stores.read(path) for path in snakemake.input.get("blends", [])]
    normalisation = Normalisation.read(snakemake.input.normalisation)
    model, history = trainer.train(
        variant,
        training_samples(variant, hearts, "train", normalisation, params.electrode_grid, blends),
        training_samples(variant, hearts, "validation", normalisation, params.electrode_grid),
        keras_seed(params.seed, f"training {snakemake.wildcards.seed}"),
        params.state,
    )
    write_table(snakemake.output.history, pd.DataFrame(history))
    model.save(snakemake.output.model)
    trainer.remove_state(params.state)
