"""Read a recording of body surface potentials and judge it."""

import numpy as np
import pandas as pd

from ecgi import beat, electrodes, logs, store, volume
from ecgi.recording import read_recording

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    subject, sampling = snakemake.params.subject, snakemake.params.sampling
    table = pd.read_csv(snakemake.input.electrodes, sep="\t", dtype={"name": str})
    anatomy = volume.read_anatomy(snakemake.input.labels)
    names = table["name"].tolist()
    places = table[electrodes.COORDINATES].to_numpy()
    beat.check_electrodes(places, anatomy.positions(anatomy.wall), names)
    source = snakemake.input.bsp
    signals, times = read_recording(source, names, subject["units"], subject["sampling_hz"])
    prepared = beat.prepare(signals, times, names, subject["onset_ms"], **sampling, source=source)
    print(*prepared.notes, sep="\n")
    store.write(
        snakemake.output[0],
        {
            "bsp": (("electrode", "time"), prepared.bsp),
            "good": ("electrode", prepared.good),
            "electrode_position": (("electrode", "axis"), places),
        },
        {
            "electrode": table["electrode"].to_numpy(),
            "name": ("electrode", names),
            "time": np.arange(sampling["samples"]) * sampling["time_step_ms"],
            "axis": ["right", "anterior", "superior"],
        },
        store.provenance(
            snakemake.params.provenance,
            case=snakemake.wildcards.case,
            recording=str(source),
            onset_ms=prepared.onset_ms,
            notes=prepared.notes,
        ),
    )
