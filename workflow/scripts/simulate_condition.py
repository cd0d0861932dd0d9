"""Simulate the test beats of a heart again, on another grid and as they would be recorded."""

from functools import partial

import numpy as np
import pandas as pd

from ecgi.core.jobs import start
from ecgi.core.seeds import generator
from ecgi.io import stores
from ecgi.io.volumes import read_segmentation, read_velocity
from ecgi.physics.conditions import Leads, anatomy_of_condition, simulate_condition
from ecgi.physics.layouts import layout_of_case
from ecgi.physics.simulation import SimulationSettings

if __name__ == "__main__":
    start(snakemake)
    params, case, name = snakemake.params, snakemake.wildcards.case, snakemake.wildcards.condition
    seed = params.provenance["seed"]
    dataset, planned = stores.read(snakemake.input.dataset), stores.read(snakemake.input.lead_field)
    tests = dataset["beat"].values[dataset["split"].values == "test"]
    beats = pd.read_csv(snakemake.input.planned, sep="\t")
    mask = dataset["tissue"].values > 0
    image, fibres = snakemake.input.get("velocity_map"), snakemake.input.get("fibres")
    segmentation, axis = read_segmentation(snakemake.input.segmentation)
    recorded = simulate_condition(
        name,
        params.condition,
        case,
        seed,
        anatomy_of_condition(
            params.condition,
            segmentation,
            params.spacing_mm,
            params.scar_conducts,
            generator(seed, f"scar {name} {case}"),
            axis,
        ),
        Leads(
            pd.read_csv(snakemake.input.electrodes, sep="\t")["name"].astype(str).tolist(),
            *(planned[array].values for array in ("electrode_position", "lead_field", "voxel_position")),
        ),
        layout_of_case(params.layout, case, seed),
        params.conductivity,
        beats[beats["beat"].isin(tests)],
        pd.read_csv(snakemake.input.sites, sep="\t"),
        SimulationSettings.of(params),
        dataset["position"].values[mask],
        dataset.sizes["time"],
        tuple(stores.read(fibres)[array].values for array in ("voxel_position", "fibre")) if fibres else None,
        partial(read_velocity, image, case=case) if image else None,
    )
    maps = np.full((len(tests), *mask.shape), np.nan, np.float32)
    maps[:, mask] = recorded.activation_ms
    signal_dims = ("beat", "electrode", "time")
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (signal_dims, recorded.bsp_mv),
            "bsp_noise_free": (signal_dims, recorded.noise_free_mv),
            "electrode_position": (("electrode", "axis"), recorded.electrodes.planned),
        },
        {
            "beat": tests,
            "split": ("beat", np.full(len(tests), "test")),
            "electrode": recorded.electrodes.numbers,
            "name": ("electrode", recorded.electrodes.names),
            "axis": ["right", "anterior", "superior"],
            "time": recorded.times_ms,
        },
        stores.provenance(params.provenance, case=case, condition=name),
    )
