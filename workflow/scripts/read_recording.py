"""Read a recording of body surface potentials and judge it."""

import numpy as np
import pandas as pd

from ecgi.core import logs
from ecgi.data import preprocessing
from ecgi.io import stores, volumes
from ecgi.io.recordings import read_recording
from ecgi.physics import electrodes


def prepared_beat(source, table, wall_positions, subject, sampling):
    """The beat of a recording by electrodes around a heart, a `preprocessing.Prepared`."""
    names = table["name"].tolist()
    preprocessing.check_electrodes(table[electrodes.COORDINATES].to_numpy(), wall_positions, names)
    signals, times = read_recording(source, names, subject["units"], subject["sampling_hz"])
    return preprocessing.prepare(signals, times, names, subject["onset_ms"], **sampling, source=source)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pd.read_csv(snakemake.input.electrodes, sep="\t", dtype={"name": str})
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    source, sampling = snakemake.input.bsp, snakemake.params.sampling
    prepared = prepared_beat(
        source, table, anatomy.positions(anatomy.wall), snakemake.params.subject, sampling
    )
    print(*prepared.notes, sep="\n")
    stores.write(
        snakemake.output[0],
        {
            "bsp": (("electrode", "time"), prepared.bsp),
            "good": ("electrode", prepared.good),
            "electrode_position": (("electrode", "axis"), table[electrodes.COORDINATES].to_numpy()),
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
            recording=str(source),
            onset_ms=prepared.onset_ms,
            notes=prepared.notes,
        ),
    )
