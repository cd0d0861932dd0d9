"""Predict the activation of a recorded beat, and simulate the BSP that the prediction would give."""

from ecgi.anatomy.interpolation import fill_wall
from ecgi.anatomy.slicing import slice_grid, spread_over_wall
from ecgi.core import logs, resources
from ecgi.physics.bsp import average_in_time

logs.to_file(snakemake.log[0])
resources.keep_to(snakemake.threads)

import numpy as np

from ecgi.core.errors import InputError
from ecgi.inverse.base import Heart, within_window
from ecgi.inverse.generative import GenerativeInverse
from ecgi.inverse.registry import PHYSICS
from ecgi.io import stores, volumes
from ecgi.physics import electrodes, simulation


def predict_physics(name, case, anatomy, recording, field, simulate, samples, seed):
    """Maps (sample, voxel) by a method of any heart, from the recorded samples of the good leads."""
    heart = Heart(
        case,
        anatomy,
        recording["electrode_position"].values,
        field,
        recording["time"].values,
        simulate,
    )
    return PHYSICS[name].predict(recording["bsp"].values[None], heart, samples, seed)[:, 0]


def simulator(anatomy, field, action_potential, sampling, recorded):
    """Function from activation times to BSP at the recorded samples."""
    simulate = within_window(simulation.bsp_solver(anatomy, field, action_potential, sampling)[1], sampling)
    return lambda times: simulate(times)[..., :recorded]


def predict_learnt(method, anatomy, grid, places, recording, network_samples, samples, seed):
    """Maps (sample, voxel) by a learnt method; NaN where its grid has no wall."""
    signals = average_in_time(recording["bsp"].values[None], network_samples)
    maps = method.predict(signals, grid, places, None, samples, seed)
    return spread_over_wall(anatomy, grid, maps[:, 0])


def learnt_method(snakemake, heart):
    """A method as it was trained."""
    from ecgi.inverse import loading

    if not snakemake.input.get("model"):
        return loading.fitted(snakemake.wildcards.method, heart, snakemake.input.get("blends"))
    return GenerativeInverse(
        *loading.trained(snakemake.input.model, snakemake.input.normalisation, snakemake.input.training)
    )


def refuse_gaps(recording, name, leads_may_lack):
    """Refuse, for a learnt method, a recording that it was not trained on the like of."""
    bad = recording["name"].values[~recording["good"].values]
    cure = f"{name} was trained on all leads and samples; mend the recording, or use physics_search"
    if len(bad) and not leads_may_lack:
        raise InputError(f"lead {bad[0]} can't be used; {cure}")
    if np.isnan(recording["bsp"].values).any():
        raise InputError(f"the recording ends too early; {cure}")


if __name__ == "__main__":
    params, name, case = snakemake.params, snakemake.wildcards.method, snakemake.wildcards.case
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    recording = stores.read(snakemake.input.recording).load()
    field = stores.read(snakemake.input.lead_field)["lead_field"].values
    own, trained = snakemake.input.get("dataset"), snakemake.input.get("training")
    if trained:
        refuse_gaps(recording, name, leads_may_lack=not own)
    if not own:
        recording = recording.isel(electrode=recording["good"].values).dropna("time", subset=["bsp"])
        field = field[:, recording["electrode"].values]
        # Against the mean of all leads both are the same, whatever the recording was measured against.
        field = electrodes.referenced(field, np.arange(field.shape[1]))
        recording["bsp"].values = electrodes.referenced(recording["bsp"].values, axis=0)
    simulate = simulator(anatomy, field, params.action_potential, params.sampling, recording.sizes["time"])
    if trained:
        heart = stores.read(own) if own else None
        grid = slice_grid(anatomy, case, **params.slices)[0] if heart is None else stores.grid_of(heart)
        places = (recording if heart is None else heart)["electrode_position"].values
        method = learnt_method(snakemake, heart)
        maps = predict_learnt(
            method, anatomy, grid, places, recording, params.network_samples, params.samples, params.seed
        )
    else:
        maps = predict_physics(name, case, anatomy, recording, field, simulate, params.samples, params.seed)
    whole = fill_wall(maps, anatomy.positions(anatomy.wall))
    simulated = simulate(whole)
    signals = ("electrode", "time")
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("sample", "voxel"), maps),
            "bsp_recorded": (signals, recording["bsp"].values),
            "bsp": (("sample", *signals), simulated),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": recording["electrode"].values,
            "name": ("electrode", recording["name"].values),
            "time": recording["time"].values,
        },
        stores.provenance(params.provenance, case=case, method=name),
    )
