"""Apply a method to the test beats of a heart under each condition, a trained one to validation beats too."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    import numpy as np

    from ecgi.inverse import prediction
    from ecgi.inverse.assembly import assemble
    from ecgi.io import stores, volumes
    from ecgi.models.reconstruction import reconstruct

    given, params, case = snakemake.input, snakemake.params, snakemake.wildcards.case
    seed = int(snakemake.wildcards.seed)
    heart, planned = stores.read(given.dataset), stores.read(given.lead_field)
    anatomy = volumes.read_anatomy(given.labels)
    method = assemble(params.method, heart, given, params.slices, params.network_samples, params.window_ms)
    kept = np.isin(heart["split"].values, ["validation", "test"] if params.method is None else ["test"])
    conditions = [heart.isel(beat=kept), *map(stores.read, given.conditions)]
    for condition, beats, path in zip(params.conditions, conditions, snakemake.output, strict=True):
        refusal: dict[str, str] = {}
        if params.reconstructs:
            results = reconstruct(method.model, method.normalisation, beats, stores.grid_of(heart))
        else:
            patient = prediction.patient_of_beats(
                case, anatomy, beats, planned, params.action_potential, params.sampling, params.conductivity
            )
            results, refusal = prediction.predict_or_refuse(
                method, beats, patient, params.slices, params.samples, seed
            )
        stores.write(
            path,
            results,
            prediction.coordinates(heart, beats.isel(beat=slice(0)) if refusal else beats),
            stores.provenance(
                params.provenance,
                case=case,
                method=snakemake.wildcards.method,
                condition=condition,
                training_seed=seed,
                **refusal,
            ),
        )
