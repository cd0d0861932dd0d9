"""Apply a method to the validation and test beats of a heart."""

import json
import os

from ecgi import logs

logs.to_file(snakemake.log[0])
os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(snakemake.threads)
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "1", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}

import numpy as np

from ecgi import dataset, inverse, store

MAP_DIMS = ("draw", "activation", "slice", "y", "x")


def fit_baseline(name, heart, blends):
    """A baseline fitted on the whole training part of a heart, and on blended beats if given."""
    training = heart.isel(activation=heart["split"].values != "test")
    return inverse.BASELINES[name].fit(
        training["bsp"].values,
        training["activation_time"].values,
        store.grid_of(heart),
        heart["electrode_position"].values,
        None if blends is None else (blends["bsp"].values, blends["activation_time"].values),
    )


def apply_baseline(name, heart, beats, blends):
    """Maps, and beside the mean map the mean BSP as a control for the BSP models."""
    maps = fit_baseline(name, heart, blends).predict(
        beats["bsp"].values, store.grid_of(heart), heart["electrode_position"].values, None, 1, 0
    )
    results = {"activation_time": (MAP_DIMS, maps)}
    if name == "training_mean":
        mean = heart["bsp"].values[heart["split"].values != "test"].mean(0)
        results["bsp"] = (("activation", "electrode", "time"), np.repeat(mean[None], len(beats["bsp"]), 0))
    return results


def apply_model(path, heart, beats, normalisation, known_electrodes, draws, seed):
    """Maps from BSP, or what an unconditional model makes of its own input."""
    from ecgi import models

    model = models.load(path)
    family = models.FAMILIES[model.settings["family"]]
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
        return {"bsp": (("activation", "electrode", "time"), normalisation.bsp_in_mv(output))}
    maps = output.reshape(1, *beats["activation_time"].shape) * normalisation.latest_ms
    if model.sees_only_wall:
        maps = np.where(heart["tissue"].values > 0, maps, np.nan)
    return {"activation_time": (MAP_DIMS, maps)}


if __name__ == "__main__":
    heart = store.read(snakemake.input.dataset)
    split = heart["split"].values
    if snakemake.params.trained:
        beats = heart.isel(activation=split != "train")
        with open(snakemake.input.normalisation) as constants:
            normalisation = dataset.Normalisation(**json.load(constants))
        known = {
            other.attrs["case"]: other["electrode_position"].values
            for other in map(store.read, snakemake.input.training)
        }
        results = apply_model(
            snakemake.input.model,
            heart,
            beats,
            normalisation,
            known,
            snakemake.params.draws,
            int(snakemake.wildcards.seed),
        )
    else:
        beats = heart.isel(activation=split == "test")
        path = snakemake.input.get("blends")
        blends = store.read(path) if path else None
        results = apply_baseline(snakemake.wildcards.method, heart, beats, blends)
    coordinates = {"activation": beats["activation"].values, "split": ("activation", beats["split"].values)}
    store.write(
        snakemake.output[0],
        results,
        coordinates
        | {name: heart[name].values for name in ("y", "x", "electrode", "time")}
        | {"z": ("slice", heart["z"].values)},
        store.provenance(
            snakemake.params.provenance,
            case=snakemake.wildcards.case,
            method=snakemake.wildcards.method,
            training_seed=int(snakemake.wildcards.seed),
        ),
    )
