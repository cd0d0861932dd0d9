"""Blend training beats, and compute the BSP of the blends by the lead field."""

import numpy as np

from ecgi.core.jobs import start
from ecgi.data.blending import blend_beats
from ecgi.io import stores
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    params, case = snakemake.params, snakemake.wildcards.case
    training = stores.read(snakemake.input.dataset)["split"].values == "train"
    blends = blend_beats(
        read_anatomy(snakemake.input.labels),
        stores.read(snakemake.input.lead_field)["lead_field"].values,
        case,
        stores.read_beats(snakemake.input.beats)["activation_time"].values[training],
        params.blends,
        params.provenance["seed"],
        params.slices,
        params.action_potential,
        params.sampling,
        params.network_samples,
    )
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), blends.activation_ms),
            "bsp": (("beat", "electrode", "time"), blends.bsp_mv),
        },
        {"beat": np.arange(params.blends), "time": blends.times_ms},
        stores.provenance(params.provenance, case=case),
    )
