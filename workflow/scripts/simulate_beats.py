"""Simulate a chunk of beats: activation times by the eikonal equation, BSP by dipoles."""

import pandas as pd

from ecgi.core import logs
from ecgi.io import stores, volumes
from ecgi.physics import simulation

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.wildcards.case
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    lead_field = stores.read(snakemake.input.lead_field)
    first, last = (int(end) for end in snakemake.wildcards.chunk.split("-"))
    of_chunk = f"{first} <= beat <= {last}"
    beats = pd.read_csv(snakemake.input.planned, sep="\t").query(of_chunk)
    image, fibres = snakemake.input.get("velocity_map"), snakemake.input.get("fibres")
    times, bsp_of = simulation.bsp_solver(
        anatomy,
        lead_field["lead_field"].values,
        snakemake.params.action_potential,
        snakemake.params.sampling,
    )
    activation, bsp = simulation.simulate(
        anatomy,
        beats,
        pd.read_csv(snakemake.input.sites, sep="\t").query(of_chunk),
        snakemake.params.pacing_radius_mm,
        snakemake.params.median_velocity,
        simulation.wave_solver(
            anatomy,
            snakemake.params.conduction,
            stores.read(fibres)["fibre"].values if fibres else None,
        ),
        bsp_of,
        volumes.read_velocity(image, anatomy, case) if image else None,
    )
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "voxel"), activation),
            "bsp": (("beat", "electrode", "time"), bsp),
        },
        {
            "beat": beats["beat"].to_numpy(),
            "voxel": lead_field["voxel"].values,
            "electrode": lead_field["electrode"].values,
            "time": times,
        },
        stores.provenance(snakemake.params.provenance, case=case),
    )
