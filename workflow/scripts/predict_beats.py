"""Apply a method to the validation and test beats of a heart, under each condition."""

from ecgi.anatomy.interpolation import fill_wall
from ecgi.anatomy.slicing import slice_grid, spread_over_wall
from ecgi.core import logs, resources
from ecgi.data.inputs import model_inputs
from ecgi.physics.lead_field import lead_field

logs.to_file(snakemake.log[0])
resources.keep_to(snakemake.threads)

import numpy as np

from ecgi.core.errors import InputError
from ecgi.inverse import loading
from ecgi.inverse.baselines import TrainingMean
from ecgi.inverse.generative import GenerativeInverse
from ecgi.io import stores, volumes
from ecgi.physics import electrodes, simulation

MAP_DIMS = ("sample", "beat", "slice", "y", "x")
BSP_DIMS = ("beat", "electrode", "time")


def places_told(heart, beats):
    """Where a method is told that the electrodes are."""
    return (beats if "electrode_position" in beats else heart)["electrode_position"].values


def baseline_method(snakemake, heart):
    """Function from beats to the maps of a fitted baseline, and to the mean BSP beside the mean map."""
    baseline = loading.fitted(snakemake.wildcards.method, heart, snakemake.input.get("blends"))

    def apply(beats):
        maps = baseline.predict(
            beats["bsp"].values, stores.grid_of(heart), places_told(heart, beats), None, 1, 0
        )
        results = {"activation_time": (MAP_DIMS, maps)}
        if isinstance(baseline, TrainingMean):
            mean = heart["bsp"].values[heart["split"].values != "test"].mean(0)
            results["bsp"] = (BSP_DIMS, np.repeat(mean[None], len(beats["bsp"]), 0))
        return results

    return apply


def trained_method(snakemake, heart):
    """Function from beats to what a trained model makes of their BSP, or of its own input."""
    from ecgi.models.registry import FAMILIES

    model, normalisation, known = loading.trained(
        snakemake.input.model, snakemake.input.normalisation, snakemake.input.training
    )
    family = FAMILIES[model.settings["family"]]
    grid = stores.grid_of(heart)

    def invert(beats):
        method = GenerativeInverse(model, normalisation, known)
        samples, seed = snakemake.params.samples, int(snakemake.wildcards.seed)
        maps = method.predict(beats["bsp"].values, grid, places_told(heart, beats), None, samples, seed)
        return {"activation_time": (MAP_DIMS, maps)}

    def reconstruct(beats):
        inputs = model_inputs(
            family,
            "full_frame",
            beats["activation_time"].values,
            beats["bsp"].values,
            grid,
            places_told(heart, beats),
            normalisation,
        )
        output = model.reconstruct(inputs["target"][0])[..., 0]
        if family.target == "bsp":
            return {"bsp": (BSP_DIMS, normalisation.bsp_in_mv(output))}
        maps = output.reshape(1, *beats["activation_time"].shape) * normalisation.latest_ms
        if model.sees_only_wall:
            maps = np.where(grid.mask, maps, np.nan)
        return {"activation_time": (MAP_DIMS, maps)}

    return invert if family.conditions else reconstruct


def known_hearts(snakemake, heart):
    """Function from beats to what a method of physics knows of them: signals and `Heart`."""
    from ecgi.inverse.base import Heart, within_window

    params, case = snakemake.params, snakemake.wildcards.case
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    planned = stores.read(snakemake.input.lead_field)
    sampling = params.sampling | {"averaged": params.sampling["samples"] // heart.sizes["time"]}

    def known(beats):
        told, places = places_told(heart, beats), planned["electrode_position"].values
        numbers = beats["electrode"].values[beats["electrode"].values < len(places)]
        if np.array_equal(told, places[numbers]):
            field = planned["lead_field"].values[:, numbers]
        else:
            field = lead_field(anatomy.wall, anatomy.affine, told, **params.conductivity)
        # Against the mean of all leads BSP are the same, whatever they were measured against.
        field = electrodes.referenced(field, np.arange(field.shape[1]))
        signals = electrodes.referenced(beats["bsp"].values, axis=1)
        times, simulate = simulation.bsp_solver(anatomy, field, params.action_potential, sampling)
        return signals, Heart(case, anatomy, told, field, times, within_window(simulate, sampling))

    return known


def on_grid(snakemake, heart, maps):
    """Maps of wall voxels as results."""
    _, gather = slice_grid(heart.anatomy, heart.case, **snakemake.params.slices)
    return {"activation_time": (MAP_DIMS, gather(maps))}


def physics_method(snakemake, heart):
    """Function from beats to the maps of a method that knows the heart and its electrodes alone."""
    from ecgi.inverse.registry import PHYSICS

    method, known = PHYSICS[snakemake.wildcards.method], known_hearts(snakemake, heart)

    def apply(beats):
        signals, knowledge = known(beats)
        samples, seed = snakemake.params.samples, int(snakemake.wildcards.seed)
        return on_grid(snakemake, knowledge, method.predict(signals, knowledge, samples, seed))

    return apply


def refinement_method(snakemake, heart):
    """Function from beats to the maps that physics makes of what a trained model proposes."""
    from ecgi.inverse.refinement import Refinement

    known, grid = known_hearts(snakemake, heart), stores.grid_of(heart)
    proposals = dict(
        zip(snakemake.params.conditions, map(stores.read, snakemake.input.proposals), strict=True)
    )

    def apply(beats):
        proposed = proposals[beats.attrs.get("condition", "nominal")]
        if "refused" in proposed.attrs:
            raise InputError(proposed.attrs["refused"])
        signals, knowledge = known(beats)
        maps = proposed["activation_time"].sel(beat=beats["beat"]).values
        voxels = spread_over_wall(knowledge.anatomy, grid, maps)
        whole = fill_wall(voxels, knowledge.anatomy.positions(knowledge.anatomy.wall))
        samples, seed = snakemake.params.samples, int(snakemake.wildcards.seed)
        return on_grid(snakemake, knowledge, Refinement().predict(signals, knowledge, whole, samples, seed))

    return apply


METHODS = {
    "baseline": baseline_method,
    "trained": trained_method,
    "physics": physics_method,
    "refinement": refinement_method,
}


def results_of(method, beats):
    """Results and no refusal, or no results and why the method can't take these beats."""
    try:
        return beats, method(beats), {}
    except InputError as error:
        print(f"refused: {error}")
        return beats.isel(beat=slice(0)), {}, {"refused": str(error)}


if __name__ == "__main__":
    heart = stores.read(snakemake.input.dataset)
    kind = snakemake.params.kind
    method = METHODS[kind](snakemake, heart)
    judged = np.isin(heart["split"].values, ["validation", "test"] if kind == "trained" else ["test"])
    conditions = [heart.isel(beat=judged), *map(stores.read, snakemake.input.conditions)]
    for condition, beats, path in zip(snakemake.params.conditions, conditions, snakemake.output, strict=True):
        beats, results, refusal = results_of(method, beats)
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
                snakemake.params.provenance,
                case=snakemake.wildcards.case,
                method=snakemake.wildcards.method,
                condition=condition,
                training_seed=int(snakemake.wildcards.seed),
                **refusal,
            ),
        )
