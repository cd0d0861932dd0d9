"""Choose pacing sites and conduction velocities of the beats of a heart."""

from ecgi.core.jobs import start
from ecgi.io.checked_files import write_table
from ecgi.io.volumes import read_anatomy
from ecgi.physics.pacing import plan_beats

if __name__ == "__main__":
    start(snakemake)
    beats, sites = plan_beats(
        read_anatomy(snakemake.input.labels),
        snakemake.wildcards.case,
        snakemake.params.beats,
        snakemake.params.protocol,
        snakemake.params.velocities,
        snakemake.params.seed,
    )
    write_table(snakemake.output.beats, beats)
    write_table(snakemake.output.sites, sites)
