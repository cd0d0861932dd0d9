"""Place the electrodes and compute the lead field between them and the wall."""

import numpy as np
import pandas as pd

from ecgi import dipole, electrodes, logs, store, volume


def place_electrodes(anatomy, layout):
    """Electrode positions as a table in patient RAS."""
    places = electrodes.front_grid(
        anatomy.positions(anatomy.wall),
        layout["rows"],
        layout["columns"],
        layout["pitch_mm"],
        layout["distance_mm"],
    )
    return pd.DataFrame(places, columns=["x_mm", "y_mm", "z_mm"]).rename_axis("electrode").reset_index()


def referenced(field, reference):
    """Lead field against the mean of the electrodes, or as it is."""
    return field - field.mean(1, keepdims=True) if reference == "mean" else field


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volume.read_anatomy(snakemake.input.labels)
    table = place_electrodes(anatomy, snakemake.params.layout)
    table.to_csv(snakemake.output.electrodes, sep="\t", index=False)
    places = table[["x_mm", "y_mm", "z_mm"]].to_numpy()
    field = dipole.lead_field(anatomy.wall, anatomy.affine, places, **snakemake.params.conductivity)
    field = referenced(field, snakemake.params.layout["reference"])
    store.write(
        snakemake.output.lead_field,
        {
            "lead_field": (("voxel", "electrode"), field),
            "electrode_position": (("electrode", "axis"), places),
            "voxel_position": (("voxel", "axis"), anatomy.positions(anatomy.wall)),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": np.arange(len(places)),
            "axis": ["right", "anterior", "superior"],
        },
        store.provenance(snakemake.params.provenance, case=snakemake.wildcards.case),
    )
