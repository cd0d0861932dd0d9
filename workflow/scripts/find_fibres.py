"""Find the fibre directions of a heart, by rule or from its mesh."""

import numpy as np

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.downloads import refuse_other_bytes
from ecgi.io.fibres import find_fibres
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    if snakemake.params.sha256 and snakemake.input.get("source"):
        refuse_other_bytes(snakemake.input.source, snakemake.params.sha256)
    anatomy, case = read_anatomy(snakemake.input.labels), snakemake.params.case
    directions = find_fibres(anatomy, snakemake.params.conduction, case, snakemake.input.get("source"))
    stores.write(
        snakemake.output[0],
        {
            "fibre": (("voxel", "axis"), directions),
            "voxel_position": (("voxel", "axis"), anatomy.positions(anatomy.wall)),
        },
        {"voxel": np.flatnonzero(anatomy.wall), "axis": ["right", "anterior", "superior"]},
        stores.provenance(snakemake.params.provenance, case=case["case"]),
    )
