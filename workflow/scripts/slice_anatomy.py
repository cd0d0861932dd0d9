"""Choose the short-axis slices of a heart for networks."""

from ecgi.anatomy.short_axis_slices import slice_table
from ecgi.core.jobs import start
from ecgi.io.checked_files import write_table
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    table = slice_table(
        read_anatomy(snakemake.input.labels), snakemake.wildcards.case, snakemake.params.slices
    )
    write_table(snakemake.output[0], table)
