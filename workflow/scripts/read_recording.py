"""Read a recording of body surface potentials, and find its bad leads and its onset."""

import numpy as np
import pandas as pd

from ecgi.core.jobs import start
from ecgi.data.recorded_beats import recorded_beat
from ecgi.io import stores
from ecgi.io.volumes import read_anatomy
from ecgi.physics.electrodes import COORDINATES

if __name__ == "__main__":
    start(snakemake)
    table = pd.read_csv(snakemake.input.electrodes, sep="\t", dtype={"name": str})
    anatomy, sampling = read_anatomy(snakemake.input.labels), snakemake.params.sampling
    prepared = recorded_beat(
        snakemake.input.bsp, table, anatomy.positions(anatomy.wall), snakemake.params.subject, sampling
    )
    print(*prepared.notes, sep="\n")
    stores.write(
        snakemake.output[0],
        {
            "bsp": (("electrode", "time"), prepared.bsp),
            "good": ("electrode", prepared.good),
            "electrode_position": (("electrode", "axis"), table[COORDINATES].to_numpy()),
        },
        {
            "electrode": table["electrode"].to_numpy(),
            "name": ("electrode", table["name"].tolist()),
            "time": np.arange(sampling["samples"]) * sampling["time_step_ms"],
            "axis": ["right", "anterior", "superior"],
        },
        stores.provenance(
            snakemake.params.provenance,
            case=snakemake.wildcards.case,
            recording=str(snakemake.input.bsp),
            onset_ms=prepared.onset_ms,
            notes=prepared.notes,
        ),
    )
