"""Put the beats of a heart on the network's grids and assign them to train, validation and test."""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ecgi.anatomy import coordinates
from ecgi.anatomy.slicing import slice_grid
from ecgi.core import logs
from ecgi.data.splits import split_beats
from ecgi.io import stores, volumes
from ecgi.physics.bsp import average_in_time


def segments_of(anatomy, grid):
    """AHA segment of each pixel of the wall, that of the voxel in its middle or nearest to it."""
    nearest = cKDTree(anatomy.positions(anatomy.wall)).query(grid.positions[grid.mask])[1]
    found = np.zeros(grid.mask.shape, np.uint8)
    found[grid.mask] = coordinates.aha_segments(anatomy)[nearest]
    return found


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.wildcards.case
    settings = snakemake.params.dataset
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    grid, gather = slice_grid(anatomy, case, **snakemake.params.slices)
    beats = stores.read_beats(snakemake.input.beats)
    count = beats.sizes["beat"]
    kinds = pd.read_csv(snakemake.input.planned, sep="\t").set_index("beat")["kind"]
    if snakemake.params.part:
        split = np.full(count, snakemake.params.part, dtype="<U10")
        split[count - snakemake.params.to_learn :] = "transfer"
    else:
        split = split_beats(
            count,
            settings["test_fraction"],
            settings["validation_fraction"],
            case,
            snakemake.params.provenance["seed"],
        )
    maps = np.stack([gather(beats["activation_time"][beat].values) for beat in range(count)])
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (
                ("beat", "electrode", "time"),
                average_in_time(beats["bsp"].values, settings["network_samples"]),
            ),
            "tissue": (("slice", "y", "x"), grid.tissue),
            "segment": (("slice", "y", "x"), segments_of(anatomy, grid)),
            "position": (("slice", "y", "x", "axis"), grid.positions),
            "electrode_position": (
                ("electrode", "axis"),
                stores.read(snakemake.input.lead_field)["electrode_position"].values,
            ),
        },
        {
            "beat": beats["beat"].values,
            "split": ("beat", split),
            "kind": ("beat", kinds.loc[beats["beat"].values].to_numpy(str)),
            "electrode": beats["electrode"].values,
            "time": average_in_time(beats["time"].values, settings["network_samples"]),
            "z": ("slice", grid.z),
            "y": grid.y,
            "x": grid.x,
            "axis": ["right", "anterior", "superior"],
        },
        stores.provenance(snakemake.params.provenance, case=case, is_volume=int(grid.is_volume)),
    )
