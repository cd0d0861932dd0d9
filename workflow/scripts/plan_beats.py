"""Choose pacing sites and conduction velocities of the beats of a heart."""

from ecgi.core.jobs import start
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
    beats.to_csv(snakemake.output.beats, sep="\t", index=False)
    sites.to_csv(snakemake.output.sites, sep="\t", index=False)
