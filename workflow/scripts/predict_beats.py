"""Apply a method to the validation and test beats of a heart."""

from ecgi import device, logs

logs.to_file(snakemake.log[0])
device.keep_to(snakemake.threads)

import numpy as np

from ecgi import dataset, inverse, store
from ecgi.inverse import loading

MAP_DIMS = ("draw", "activation", "slice", "y", "x")
BSP_DIMS = ("activation", "electrode", "time")


def apply_baseline(baseline, heart, beats):
    """Maps, and beside the mean map the mean BSP as a control for the BSP models."""
    maps = baseline.predict(
        beats["bsp"].values, store.grid_of(heart), heart["electrode_position"].values, None, 1, 0
    )
    results = {"activation_time": (MAP_DIMS, maps)}
    if isinstance(baseline, inverse.TrainingMean):
        mean = heart["bsp"].values[heart["split"].values != "test"].mean(0)
        results["bsp"] = (BSP_DIMS, np.repeat(mean[None], len(beats["bsp"]), 0))
    return results


def apply_model(model, normalisation, known_electrodes, heart, beats, draws, seed):
    """Maps from BSP, or what an unconditional model makes of its own input."""
    from ecgi.models import FAMILIES

    family = FAMILIES[model.settings["family"]]
    if family.conditions:
        method = inverse.GenerativeInverse(model, normalisation, known_electrodes)
        maps = method.predict(
            beats["bsp"].values,
            store.grid_of(heart),
            heart["electrode_position"].values,
            None,
            draws,
            seed,
        )
        return {"activation_time": (MAP_DIMS, maps)}
    inputs = dataset.model_inputs(
        family,
        "full_frame",
        beats["activation_time"].values,
        beats["bsp"].values,
        heart["tissue"].values > 0,
        normalisation,
    )
    output = model.reconstruct(inputs["target"][0])[..., 0]
    if family.target == "bsp":
        return {"bsp": (BSP_DIMS, normalisation.bsp_in_mv(output))}
    maps = output.reshape(1, *beats["activation_time"].shape) * normalisation.latest_ms
    if model.sees_only_wall:
        maps = np.where(heart["tissue"].values > 0, maps, np.nan)
    return {"activation_time": (MAP_DIMS, maps)}


def trained_method(snakemake, heart):
    """Function from beats to the results of a trained model."""
    trained = loading.trained(snakemake.input.model, snakemake.input.normalisation, snakemake.input.training)
    draws, seed = snakemake.params.draws, int(snakemake.wildcards.seed)
    return lambda beats: apply_model(*trained, heart, beats, draws, seed)


def baseline_method(snakemake, heart):
    """Function from beats to the results of a fitted baseline."""
    baseline = loading.fitted(snakemake.wildcards.method, heart, snakemake.input.get("blends"))
    return lambda beats: apply_baseline(baseline, heart, beats)


if __name__ == "__main__":
    heart = store.read(snakemake.input.dataset)
    trained = snakemake.params.trained
    method = trained_method(snakemake, heart) if trained else baseline_method(snakemake, heart)
    judged = heart["split"].values != "train" if trained else heart["split"].values == "test"
    conditions = [heart.isel(activation=judged), *map(store.read, snakemake.input.conditions)]
    for condition, beats, path in zip(snakemake.params.conditions, conditions, snakemake.output, strict=True):
        coordinates = {
            "activation": beats["activation"].values,
            "split": ("activation", beats["split"].values),
        }
        store.write(
            path,
            method(beats),
            coordinates
            | {name: heart[name].values for name in ("y", "x", "electrode", "time")}
            | {"z": ("slice", heart["z"].values)},
            store.provenance(
                snakemake.params.provenance,
                case=snakemake.wildcards.case,
                method=snakemake.wildcards.method,
                condition=condition,
                training_seed=int(snakemake.wildcards.seed),
            ),
        )
