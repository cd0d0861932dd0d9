"""Find the fibre directions of a heart, by rule or from its mesh."""

import numpy as np

from ecgi import fibres, logs, store, volume

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volume.read_anatomy(snakemake.input.labels)
    conduction, case = snakemake.params.conduction, snakemake.params.case
    if conduction["fibres"] == "mesh":
        directions = fibres.from_mesh(
            snakemake.input.source, case["fibre_array"], case["coordinates"], anatomy
        )
    else:
        directions = fibres.rule_based(anatomy, conduction["endo_degrees"], conduction["epi_degrees"])
    store.write(
        snakemake.output[0],
        {
            "fibre": (("voxel", "axis"), directions),
            "voxel_position": (("voxel", "axis"), anatomy.positions(anatomy.wall)),
        },
        {"voxel": np.flatnonzero(anatomy.wall), "axis": ["right", "anterior", "superior"]},
        store.provenance(snakemake.params.provenance, case=case["case"]),
    )
