"""Predict the activation of a recorded beat, and simulate the BSP that the prediction would give."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    import numpy as np

    from ecgi.inverse.assembly import assemble
    from ecgi.inverse.prediction import predict_recording
    from ecgi.io import stores, volumes

    given, params, name = snakemake.input, snakemake.params, snakemake.wildcards.subject
    anatomy = volumes.read_anatomy(given.labels)
    own = stores.read(given.dataset) if given.get("dataset") else None
    method = assemble(params.method, own, given, params.slices, params.network_samples, params.window_ms)
    leads = stores.read(given.lead_field)
    predicted = predict_recording(
        method,
        params.case,
        anatomy,
        stores.read(given.recording).load(),
        leads,
        params.action_potential,
        params.sampling,
        params.fit,
        params.samples,
        params.seed,
    )
    kept, signals, on_heart = predicted["kept"], ("electrode", "time"), predicted["on_heart"]
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("sample", "voxel"), predicted["maps"]),
            "bsp_recorded": (signals, predicted["recorded"]),
            "bsp": (("sample", *signals), predicted["simulated"]),
            **(on_heart.variables() if on_heart else {}),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": kept["electrode"].values,
            "name": ("electrode", kept["name"].values),
            "time": kept["time"].values,
            **(on_heart.coordinates() if on_heart else {}),
        },
        stores.provenance(
            params.provenance,
            case=name,
            method=snakemake.wildcards.method,
            conductor=leads.attrs["conductor"],
            fitted_until_ms=predicted["fitted_until_ms"],
        ),
    )
