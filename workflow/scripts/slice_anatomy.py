"""Find the short-axis frame of a heart, put the heart in it and choose the slices."""

import pandas as pd

from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.slicing import slice_grid
from ecgi.core import logs
from ecgi.io import volumes


def slice_anatomy(segmentation, case, spacing_mm, slices, scar_conducts):
    """Heart in its short-axis frame and a table of its slices."""
    heart, removed = short_axis(segmentation, spacing_mm, scar_conducts)
    print(f"{removed} wall voxels lost their neighbours on the new grid and were removed")
    grid, _ = slice_grid(heart, case, **slices)
    table = pd.DataFrame(
        {
            "slice": range(len(grid.z)),
            "from_base_mm": grid.z,
            "wall_pixels": grid.mask.sum((1, 2)),
        }
    )
    return heart, table


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart, table = slice_anatomy(
        volumes.read_anatomy(snakemake.input.segmentation),
        snakemake.wildcards.case,
        snakemake.params.spacing_mm,
        snakemake.params.slices,
        snakemake.params.scar_conducts,
    )
    volumes.write_volume(snakemake.output.labels, heart.labels, heart.affine, "tissue labels, short axis")
    table.to_csv(snakemake.output.slices, sep="\t", index=False)
