"""Apply a method to the test beats of a heart under each condition, a trained one to validation beats too."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    import numpy as np

    from ecgi.inverse import prediction
    from ecgi.io import stores, volumes
    from ecgi.models.reconstruction import reconstruct

    given, params, case = snakemake.input, snakemake.params, snakemake.wildcards.case
    seed = int(snakemake.wildcards.seed)
    heart, planned = stores.read(given.dataset), stores.read(given.lead_field)
    anatomy = volumes.read_anatomy(given.labels)
    trained = None
    if given.get("model"):
        trained = prediction.trained_model(
            given.model,
            given.normalisation,
            given.training,
            params.slices,
            params.network_samples,
            params.window_ms,
        )
    if not params.reconstructs:
        method = prediction.make_method(params.method, heart, given.get("blends"), trained)
    kept = np.isin(heart["split"].values, ["validation", "test"] if params.method is None else ["test"])
    conditions = [heart.isel(beat=kept), *map(stores.read, given.conditions)]
    for condition, beats, path in zip(params.conditions, conditions, snakemake.output, strict=True):
        if params.reconstructs:
            grid = stores.grid_of(heart)
            results, refusal = reconstruct(trained.model, trained.normalisation, beats, grid), {}
        else:
            patient = prediction.patient_of_beats(
                case, anatomy, beats, planned, params.action_potential, params.sampling, params.conductivity
            )
            results, refusal = prediction.predict_or_refuse(
                method, beats, patient, params.slices, params.samples, seed
            )
        if refusal:
            beats = beats.isel(beat=slice(0))
        stores.write(
            path,
            results,
            {
                "beat": beats["beat"].values,
                "split": ("beat", beats["split"].values),
                **{name: heart[name].values for name in ("y", "x")},
                **{name: beats[name].values for name in ("electrode", "time")},
                "z": ("slice", heart["z"].values),
            },
            stores.provenance(
                params.provenance,
                case=case,
                method=snakemake.wildcards.method,
                condition=condition,
                training_seed=seed,
                **refusal,
            ),
        )
