"""Compare a recorded beat with simulated ones, as it was read and under other readings."""

from ecgi.core.jobs import start
from ecgi.evaluation.cross_examination import cross_examine
from ecgi.io import stores
from ecgi.io.checked_files import write_json
from ecgi.io.conductors import conductor_in
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    recording = stores.read(snakemake.input.recording).load()
    kept = recording.isel(electrode=recording["good"].values).dropna("time", subset=["bsp"])
    examination = cross_examine(
        kept["bsp"].values,
        kept["time"].values,
        kept["name"].values.tolist(),
        read_anatomy(snakemake.input.labels),
        kept["electrode_position"].values,
        snakemake.params.action_potential,
        recording.attrs["qrs_end_bounds_ms"][1] - recording.attrs["onset_ms"],
        conductor_in(stores.read(snakemake.input.lead_field)),
    )
    print(*examination.warnings, *examination.notes, sep="\n")
    found = {**examination._asdict(), "readings": [reading._asdict() for reading in examination.readings]}
    write_json(snakemake.output[0], found)
