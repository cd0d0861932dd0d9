"""Simulate the test beats of a heart again, on another grid and as they would be recorded."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.repair import add_scar
from ecgi.anatomy.reslice import short_axis
from ecgi.core import logs
from ecgi.core.seeds import generator
from ecgi.io import stores, volumes
from ecgi.physics import electrodes, measurement, simulation
from ecgi.physics import lead_field as fields
from ecgi.physics.bsp import average_in_time


def changed(beats, velocity_factor):
    """Beats whose velocities are those drawn times a factor."""
    columns = [column for column in beats if column.startswith("velocity_")]
    return beats.assign(**{column: beats[column] * velocity_factor for column in columns})


def recording(which, planned, names, layout, rng):
    """Numbers, names and places of the electrodes that there are.

    Those of the 12-lead ECG stand where they would on the torso of this heart.
    """
    if which == "twelve_lead":
        places = electrodes.twelve_lead(planned["voxel_position"].values, layout["torso"])
        return np.arange(len(places)), list(electrodes.TWELVE_LEAD), places
    numbers = np.arange(len(names))
    if which == "half":
        numbers = np.sort(rng.permutation(numbers)[: (len(names) + 1) // 2])
    return numbers, [names[number] for number in numbers], planned["electrode_position"].values[numbers]


def lead_field(heart, names, places, planned, layout, conductivity):
    """Lead field of displaced electrodes."""
    columns, limbs = electrodes.terminal(
        layout["reference"], names, planned["voxel_position"].values, layout["torso"]
    )
    needed = np.concatenate([places, limbs])
    field = fields.lead_field(heart.wall, heart.affine, needed, **conductivity)
    return (electrodes.referenced(field, columns, copy=False) if columns else field)[:, : len(places)]


def fibres_on(wall, path):
    """Fibres of another grid, those of its nearest wall voxels; None if there are none."""
    if not path:
        return None
    known = stores.read(path)
    nearest = cKDTree(known["voxel_position"].values).query(wall.positions(wall.wall))[1]
    return known["fibre"].values[nearest]


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case, name = snakemake.wildcards.case, snakemake.wildcards.condition
    condition = snakemake.params.condition
    provenance = snakemake.params.provenance
    heart = stores.read(snakemake.input.dataset)
    tests = heart["beat"].values[heart["split"].values == "test"]
    wall, _ = short_axis(
        volumes.read_anatomy(snakemake.input.segmentation),
        snakemake.params.spacing_mm * condition["spacing_factor"],
        snakemake.params.scar_conducts,
    )
    if condition["scar_radius_mm"]:
        scar = generator(provenance["seed"], f"scar {name} {case}")
        wall = add_scar(wall, condition["scar_radius_mm"], scar)

    planned = stores.read(snakemake.input.lead_field)
    names = pd.read_csv(snakemake.input.electrodes, sep="\t")["name"].astype(str).tolist()
    layout = dict(snakemake.params.layout)
    layout["torso"] = electrodes.of_heart(
        layout["torso"], layout["place"], generator(provenance["seed"], f"place {case}")
    )
    rng = generator(provenance["seed"], f"electrodes {name} {case}")
    numbers, names, told = recording(condition["electrodes"], planned, names, layout, rng)
    places = measurement.displace(told, condition["electrode_error_mm"], rng)
    wall_positions = wall.positions(wall.wall)
    labels = [f"{name}: electrode {electrode}, displaced," for electrode in names]
    electrodes.refuse_near_wall(places, wall_positions, float(wall.spacing[0]), labels)
    field = planned["lead_field"].values[:, numbers] if layout["lead_field"] else None
    if field is None:
        field = lead_field(wall, names, places, planned, layout, snakemake.params.conductivity)
    times, bsp_of = simulation.bsp_solver(
        wall,
        field,
        snakemake.params.action_potential,
        snakemake.params.sampling,
    )
    image, fibres = snakemake.input.get("velocity_map"), snakemake.input.get("fibres")
    activation, clean = simulation.simulate(
        wall,
        changed(
            pd.read_csv(snakemake.input.planned, sep="\t").query("beat in @tests"),
            condition["velocity_factor"],
        ),
        pd.read_csv(snakemake.input.sites, sep="\t"),
        snakemake.params.pacing_radius_mm,
        snakemake.params.median_velocity,
        simulation.wave_solver(wall, snakemake.params.conduction, fibres_on(wall, fibres)),
        bsp_of,
        volumes.read_velocity(image, wall, case) if image else None,
    )
    recorded = clean
    if condition["snr_db"] is not None:
        recorded = np.stack(
            [
                measurement.add_noise(
                    signals,
                    condition["snr_db"],
                    generator(provenance["seed"], f"noise {name} {case}", int(beat)),
                )
                for beat, signals in zip(tests, clean, strict=True)
            ]
        )
    mask = heart["tissue"].values > 0
    maps = np.full((len(tests), *mask.shape), np.nan, np.float32)
    maps[:, mask] = sample_wall(wall, activation, heart["position"].values[mask])
    samples = heart.sizes["time"]
    signal_dims = ("beat", "electrode", "time")
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (signal_dims, average_in_time(recorded, samples)),
            "bsp_noise_free": (signal_dims, average_in_time(clean, samples)),
            "electrode_position": (("electrode", "axis"), told),
        },
        {
            "beat": tests,
            "split": ("beat", np.full(len(tests), "test")),
            "electrode": numbers,
            "name": ("electrode", names),
            "axis": ["right", "anterior", "superior"],
            "time": average_in_time(times, samples),
        },
        stores.provenance(provenance, case=case, condition=name),
    )
