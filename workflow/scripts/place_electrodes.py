"""Place the electrodes and compute, or read, the lead field between them and the wall."""

import numpy as np

from ecgi.core.jobs import start
from ecgi.io import conductors, stores
from ecgi.io.checked_files import write_table
from ecgi.io.electrodes import electrodes_with_lead_field
from ecgi.io.volumes import read_anatomy
from ecgi.physics.electrodes import COORDINATES
from ecgi.physics.layouts import layout_of_case

if __name__ == "__main__":
    start(snakemake)
    anatomy, case = read_anatomy(snakemake.input.labels), snakemake.wildcards.case
    seed = snakemake.params.provenance["seed"]
    table, field, conductor = electrodes_with_lead_field(
        anatomy,
        layout_of_case(snakemake.params.layout, case, seed),
        snakemake.params.conductivity,
        snakemake.input.get("table"),
        snakemake.input.get("lead_field"),
        next(iter(snakemake.input.torso), ""),
        case,
        seed,
        snakemake.params.finer,
    )
    write_table(snakemake.output.electrodes, table)
    stores.write(
        snakemake.output.lead_field,
        {
            "lead_field": (("voxel", "electrode"), field),
            "electrode_position": (("electrode", "axis"), table[COORDINATES].to_numpy()),
            "voxel_position": (("voxel", "axis"), anatomy.positions(anatomy.wall)),
            **conductors.variables_of(conductor),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": np.arange(len(table)),
            "axis": ["right", "anterior", "superior"],
        },
        stores.provenance(snakemake.params.provenance, case=case, **conductors.attributes_of(conductor)),
    )
