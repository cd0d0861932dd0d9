"""Predict the activation of a recorded beat, and simulate the BSP that the prediction would give."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    import numpy as np

    from ecgi.inverse import prediction
    from ecgi.io import stores, volumes

    given, params, case = snakemake.input, snakemake.params, snakemake.wildcards.case
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
    own = given.get("dataset")
    method = prediction.make_method(
        params.method, stores.read(own) if own else None, given.get("blends"), trained
    )
    predicted = prediction.predict_recording(
        method,
        case,
        anatomy,
        stores.read(given.recording).load(),
        stores.read(given.lead_field)["lead_field"].values,
        params.action_potential,
        params.sampling,
        params.samples,
        params.seed,
    )
    kept, signals = predicted["kept"], ("electrode", "time")
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("sample", "voxel"), predicted["maps"]),
            "bsp_recorded": (signals, predicted["recorded"]),
            "bsp": (("sample", *signals), predicted["simulated"]),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": kept["electrode"].values,
            "name": ("electrode", kept["name"].values),
            "time": kept["time"].values,
        },
        stores.provenance(params.provenance, case=case, method=snakemake.wildcards.method),
    )
