"""Place the electrodes and compute, or read, the lead field between them and the wall."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ecgi.core import logs, tables
from ecgi.core.errors import InputError, listed, one_line
from ecgi.core.seeds import generator
from ecgi.io import stores, volumes
from ecgi.io.lead_fields import matched_field
from ecgi.physics import electrodes
from ecgi.physics.lead_field import lead_field

MOST_VALUES = 4_000_000_000  # of a lead field


def place_electrodes(wall_positions, layout, spacing_mm, table=None):
    """Names and places of the electrodes, as a table in patient RAS."""
    size = (layout["rows"], layout["columns"], layout["pitch_mm"])
    if layout["layout"] == "csv":
        names, places = electrodes.from_table(read_table(table), table)
        labels = [f"{table}, line {row + 2} ({name})" for row, name in enumerate(names)]
    else:
        if layout["layout"] == "grid":
            places = electrodes.front_grid(wall_positions, *size, layout["distance_mm"])
        elif layout["layout"] == "vest":
            places = electrodes.vest(wall_positions, *size, layout["torso"])
        else:
            places = electrodes.twelve_lead(wall_positions, layout["torso"])
        twelve = layout["layout"] == "twelve_lead"
        names = list(electrodes.TWELVE_LEAD) if twelve else electrodes.numbered(len(places))
        labels = [f"electrodes: {name} of the {layout['layout']}" for name in names]
    electrodes.refuse_near_wall(places, wall_positions, spacing_mm, labels)
    coordinates = dict(zip(electrodes.COORDINATES, places.T, strict=True))
    return pd.DataFrame({"electrode": np.arange(len(names)), "name": names, **coordinates})


def read_table(path):
    """A table of text cells, separated by commas or, in a .tsv file, by tabs."""
    columns, rows = tables.read_table(path, "\t" if str(path).endswith(".tsv") else ",")
    return pd.DataFrame(rows, columns=columns, dtype=str)


def opened(path):
    """A store or a NetCDF file that was made elsewhere."""
    return (
        xr.open_zarr(path, consolidated=False, chunks=None) if Path(path).is_dir() else xr.open_dataset(path)
    )


def read_lead_field(path, wall_positions, places, spacing_mm):
    """Lead field of a file, in the order of this wall and these electrodes."""
    names = ("lead_field", "voxel_position", "electrode_position")
    try:
        with opened(path) as source:
            missing = set(names) - set(source.variables)
            if missing:
                raise InputError(f"{path}: there is no {min(missing)}, only {listed(list(source.variables))}")
            if max(source[name].size for name in names) > MOST_VALUES:
                raise InputError(f"{path}: too large, with {source['lead_field'].size} values")
            arrays = [source[name].values for name in names]
    except InputError:
        raise
    except Exception as error:  # of a file made elsewhere, each library has errors of its own
        raise InputError(
            f"{path}: not a store that xarray can open here ({one_line(error)}); write it by to_zarr, or by "
            "to_netcdf with format='NETCDF3_64BIT'"
        ) from None
    return matched_field(*arrays, wall_positions, places, spacing_mm, path)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    wall_positions = anatomy.positions(anatomy.wall)
    spacing = float(anatomy.spacing[0])
    rng = generator(snakemake.params.provenance["seed"], f"place {snakemake.wildcards.case}")
    layout = dict(snakemake.params.layout)
    layout["torso"] = electrodes.of_heart(layout["torso"], layout["place"], rng)
    table = place_electrodes(wall_positions, layout, spacing, snakemake.input.get("table"))
    table.to_csv(snakemake.output.electrodes, sep="\t", index=False)
    places = table[electrodes.COORDINATES].to_numpy()
    columns, limbs = electrodes.terminal(
        layout["reference"], table["name"].tolist(), wall_positions, layout["torso"]
    )
    needed = np.concatenate([places, limbs])
    if source := snakemake.input.get("lead_field"):
        field = read_lead_field(source, wall_positions, needed, spacing)
    else:
        field = lead_field(anatomy.wall, anatomy.affine, needed, **snakemake.params.conductivity)
    if columns:
        field = electrodes.referenced(field, columns, copy=False)
    stores.write(
        snakemake.output.lead_field,
        {
            "lead_field": (("voxel", "electrode"), field[:, : len(places)]),
            "electrode_position": (("electrode", "axis"), places),
            "voxel_position": (("voxel", "axis"), wall_positions),
        },
        {
            "voxel": np.flatnonzero(anatomy.wall),
            "electrode": np.arange(len(places)),
            "axis": ["right", "anterior", "superior"],
        },
        stores.provenance(snakemake.params.provenance, case=snakemake.wildcards.case),
    )
