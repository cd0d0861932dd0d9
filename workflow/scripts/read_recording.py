"""Read a recording of body surface potentials, and find its bad leads, its beats and a QRS complex."""

import numpy as np

from ecgi.core.jobs import start
from ecgi.data.recorded_beats import recorded_beat
from ecgi.io import stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy
from ecgi.physics.electrodes import COORDINATES

if __name__ == "__main__":
    start(snakemake)
    table = read_table(snakemake.input.electrodes)
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
            "rms": ("recording_time", prepared.overview.rms_mv),
            "removed_rms": ("recording_time", prepared.overview.removed_mv),
        },
        {
            "electrode": table["electrode"].to_numpy(),
            "name": ("electrode", table["name"].tolist()),
            "time": np.arange(sampling["samples"]) * sampling["time_step_ms"],
            "axis": ["right", "anterior", "superior"],
            "recording_time": prepared.overview.times_ms,
        },
        stores.provenance(
            snakemake.params.provenance,
            case=snakemake.wildcards.subject,
            recording=str(snakemake.input.bsp),
            onset_ms=prepared.onset.at,
            onset_bounds_ms=prepared.onset[1:],
            qrs_end_ms=prepared.qrs_end.at,
            qrs_end_bounds_ms=prepared.qrs_end[1:],
            beats_ms=prepared.beats_ms,
            spikes_ms=prepared.spikes_ms,
            notes=prepared.notes,
        ),
    )
