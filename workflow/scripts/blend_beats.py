"""Blend training beats into more, with the BSP that the lead field gives them."""

import numpy as np

from ecgi.anatomy.slicing import slice_grid
from ecgi.core.jobs import start
from ecgi.data.blending import blend_beats
from ecgi.io import stores
from ecgi.io.volumes import read_anatomy
from ecgi.physics.bsp import resample
from ecgi.physics.simulation import bsp_solver

if __name__ == "__main__":
    start(snakemake)
    params, case = snakemake.params, snakemake.wildcards.case
    anatomy = read_anatomy(snakemake.input.labels)
    field = stores.read(snakemake.input.lead_field)["lead_field"].values
    training = stores.read(snakemake.input.dataset)["split"].values == "train"
    _, gather = slice_grid(anatomy, case, **params.slices)
    times, bsp_of = bsp_solver(anatomy, field, params.action_potential, params.sampling)
    maps, bsp = blend_beats(
        stores.read_beats(snakemake.input.beats)["activation_time"].values[training],
        params.blends,
        params.provenance["seed"],
        case,
        gather,
        bsp_of,
        params.network_samples,
    )
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (("beat", "electrode", "time"), bsp),
        },
        {"beat": np.arange(len(maps)), "time": resample(times, params.network_samples)},
        stores.provenance(params.provenance, case=case),
    )
