"""Make a labelled volume in patient space from a segmentation, a mesh or a phantom's seed."""

from ecgi.core.jobs import start
from ecgi.io.hearts import import_anatomy
from ecgi.io.volumes import write_segmentation

if __name__ == "__main__":
    start(snakemake)
    heart, removed, long_axis = import_anatomy(
        snakemake.params.case,
        snakemake.input.get("source"),
        snakemake.params.label_map,
        snakemake.params.spacing_mm,
        snakemake.params.stray_pieces,
    )
    print(f"{removed} wall voxels that touch no other wall were removed")
    print(long_axis)
    write_segmentation(snakemake.output[0], heart, long_axis.direction)
