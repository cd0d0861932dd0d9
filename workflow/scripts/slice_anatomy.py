"""Find the short-axis frame of a heart, put the heart in it and choose the slices."""

from ecgi.anatomy.short_axis_slices import slice_heart
from ecgi.core.jobs import start
from ecgi.io.volumes import read_segmentation, write_volume

if __name__ == "__main__":
    start(snakemake)
    segmentation, axis = read_segmentation(snakemake.input.segmentation)
    heart, removed, table = slice_heart(
        segmentation,
        snakemake.wildcards.case,
        snakemake.params.spacing_mm,
        snakemake.params.slices,
        snakemake.params.scar_conducts,
        axis,
    )
    print(f"{removed} wall voxels lost their neighbours on the new grid and were removed")
    write_volume(snakemake.output.labels, heart.labels, heart.affine, "tissue labels, short axis")
    table.to_csv(snakemake.output.slices, sep="\t", index=False)
