"""Apply a method to the test beats of a heart under each condition, a trained one to validation beats too."""

if __name__ == "__main__":
    from ecgi.core.jobs import start

    start(snakemake)

    import numpy as np

    from ecgi.core.errors import InputError
    from ecgi.inverse import prediction
    from ecgi.io import stores, volumes
    from ecgi.models.reconstruction import reconstruct

    given, params, case = snakemake.input, snakemake.params, snakemake.wildcards.case
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

    def predicted(beats):
        """Results for some beats; empty, with the reason, where the method can't take them."""
        if params.reconstructs:
            return beats, reconstruct(trained.model, trained.normalisation, beats, stores.grid_of(heart)), {}
        patient = prediction.patient_of_beats(
            case, anatomy, beats, planned, params.action_potential, params.sampling, params.conductivity
        )
        try:
            maps = prediction.predict_beats(
                method, beats, patient, params.slices, params.samples, int(snakemake.wildcards.seed)
            )
            return beats, maps, {}
        except InputError as error:
            print(f"refused: {error}")
            return beats.isel(beat=slice(0)), {}, {"refused": str(error)}

    method = None
    if not params.reconstructs:
        method = prediction.make_method(params.method, heart, given.get("blends"), trained)
    judged = np.isin(heart["split"].values, ["validation", "test"] if params.method is None else ["test"])
    conditions = [heart.isel(beat=judged), *map(stores.read, given.conditions)]
    for condition, beats, path in zip(params.conditions, conditions, snakemake.output, strict=True):
        beats, results, refusal = predicted(beats)
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
                training_seed=int(snakemake.wildcards.seed),
                **refusal,
            ),
        )
