"""Draw who is paced where, and how fast each tissue conducts."""

from ecgi import logs, pacing, volume

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    table = pacing.draw_activations(
        volume.read_anatomy(snakemake.input.labels),
        snakemake.wildcards.case,
        snakemake.params.activations,
        snakemake.params.velocities,
        snakemake.params.seed,
    )
    table.to_csv(snakemake.output[0], sep="\t", index=False)
