"""Find the fibre directions of a heart, by rule or from its mesh."""

import numpy as np

from ecgi.anatomy import fibres
from ecgi.core import logs
from ecgi.io import stores, volumes
from ecgi.io.meshes import read_fibres

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    conduction, case = snakemake.params.conduction, snakemake.params.case
    if conduction["fibres"] == "mesh":
        source, array = snakemake.input.source, case["fibre_array"]
        known = read_fibres(source, array, case["coordinates"])
        directions = fibres.nearest(anatomy, *known, f"{source}: {array}")
    else:
        directions = fibres.rule_based(anatomy, conduction["endo_degrees"], conduction["epi_degrees"])
    stores.write(
        snakemake.output[0],
        {
            "fibre": (("voxel", "axis"), directions),
            "voxel_position": (("voxel", "axis"), anatomy.positions(anatomy.wall)),
        },
        {"voxel": np.flatnonzero(anatomy.wall), "axis": ["right", "anterior", "superior"]},
        stores.provenance(snakemake.params.provenance, case=case["case"]),
    )
