"""Draw who is paced where, and how fast each tissue conducts."""

from ecgi.core import logs
from ecgi.io import volumes
from ecgi.physics import pacing

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    beats, sites = pacing.plan_beats(
        volumes.read_anatomy(snakemake.input.labels),
        snakemake.wildcards.case,
        snakemake.params.beats,
        snakemake.params.protocol,
        snakemake.params.velocities,
        snakemake.params.seed,
    )
    beats.to_csv(snakemake.output.beats, sep="\t", index=False)
    sites.to_csv(snakemake.output.sites, sep="\t", index=False)
