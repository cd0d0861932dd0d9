"""Continue the training of a model on some beats of a new heart, and score it on the heart's test beats."""

from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)

    from ecgi.inverse.transfer import transfer
    from ecgi.io import stores
    from ecgi.io.checked_files import write_table
    from ecgi.models.registry import variant_of

    params = snakemake.params
    errors = transfer(
        variant_of(params.variant),
        snakemake.input.model,
        snakemake.input.normalisation,
        stores.read(snakemake.input.heart).load(),
        params.transfer,
        params.samples,
        params.seed,
        int(snakemake.wildcards.seed),
    )
    write_table(snakemake.output[0], errors, "%.6g")
