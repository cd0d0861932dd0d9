"""Simulate a chunk of beats: activation times by the eikonal equation, BSP by dipoles."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy, read_velocity
from ecgi.physics.simulation import SimulationSettings, simulate_beats

if __name__ == "__main__":
    start(snakemake)
    params, case = snakemake.params, snakemake.wildcards.case
    anatomy = read_anatomy(snakemake.input.labels)
    lead_field = stores.read(snakemake.input.lead_field)
    image, fibres = snakemake.input.get("velocity_map"), snakemake.input.get("fibres")
    first, last = (int(end) for end in snakemake.wildcards.chunk.split("-"))
    beats, sites = (
        read_table(table).query(f"{first} <= beat <= {last}")
        for table in (snakemake.input.planned, snakemake.input.sites)
    )
    times, activation, bsp = simulate_beats(
        anatomy,
        lead_field["lead_field"].values,
        beats,
        sites,
        SimulationSettings.of(params),
        stores.read(fibres)["fibre"].values if fibres else None,
        read_velocity(image, anatomy, case) if image else None,
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
        stores.provenance(params.provenance, case=case),
    )
