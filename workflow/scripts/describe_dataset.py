"""Write the split of all beats, the normalisation by the training part, and the electrodes of all hearts."""

from dataclasses import asdict

from ecgi.core.jobs import start
from ecgi.data.description import describe
from ecgi.io.checked_files import read_json, write_json, write_table

if __name__ == "__main__":
    start(snakemake)
    split, normalisation, electrodes = describe(
        map(read_json, snakemake.input.summaries), snakemake.params.background
    )
    write_table(snakemake.output.split, split)
    write_table(snakemake.output.electrodes, electrodes)
    write_json(snakemake.output.normalisation, asdict(normalisation))
