"""Simulate the test beats of a heart again, on another grid and as they would be recorded."""

from functools import partial

import numpy as np

from ecgi.anatomy.reslice import Walls
from ecgi.core.jobs import start
from ecgi.core.seeds import generator
from ecgi.io import conductors, stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy, read_segmentation, read_velocity
from ecgi.physics.conditions import Leads, anatomy_of_condition, simulate_condition
from ecgi.physics.layouts import layout_of_case
from ecgi.physics.simulation import SimulationSettings

if __name__ == "__main__":
    start(snakemake)
    params, case, name = snakemake.params, snakemake.wildcards.case, snakemake.wildcards.condition
    seed = params.provenance["seed"]
    dataset, planned = stores.read(snakemake.input.dataset), stores.read(snakemake.input.lead_field)
    tests = dataset["beat"].values[dataset["split"].values == "test"]
    beats = read_table(snakemake.input.planned)
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
            Walls(**params.walls),
            params.septum_mm,
        ),
        Leads(
            read_table(snakemake.input.electrodes)["name"].tolist(),
            *(planned[array].values for array in ("electrode_position", "lead_field", "voxel_position")),
            conductors.conductor_in(planned),
        ),
        layout_of_case(params.layout, case, seed),
        params.conductivity,
        beats[beats["beat"].isin(tests)],
        read_table(snakemake.input.sites),
        SimulationSettings.of(params),
        dataset["position"].values[mask],
        dataset.sizes["time"],
        tuple(stores.read(fibres)[array].values for array in ("voxel_position", "fibre")) if fibres else None,
        partial(read_velocity, image, case=case) if image else None,
        read_anatomy(snakemake.input.labels),
    )
    maps = np.full((len(tests), *mask.shape), np.nan, np.float32)
    maps[:, mask] = recorded.activation_ms
    known, attributes = {}, {}
    if recorded.known_conductor is not None:
        known = conductors.variables_of(recorded.known_conductor)
        attributes = conductors.attributes_of(recorded.known_conductor)
    signal_dims = ("beat", "electrode", "time")
    told = {} if recorded.told_mv is None else {"bsp_told": (signal_dims, recorded.told_mv)}
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (signal_dims, recorded.bsp_mv),
            "bsp_noise_free": (signal_dims, recorded.noise_free_mv),
            **told,
            "electrode_position": (("electrode", "axis"), recorded.electrodes.planned),
            **known,
        },
        {
            "beat": tests,
            "split": ("beat", np.full(len(tests), "test")),
            "electrode": recorded.electrodes.numbers,
            "name": ("electrode", recorded.electrodes.names),
            "axis": ["right", "anterior", "superior"],
            "time": recorded.times_ms,
        },
        stores.provenance(params.provenance, case=case, condition=name, **attributes),
    )
