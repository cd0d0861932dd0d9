"""Lead fields from files."""

from pathlib import Path

import numpy as np
import xarray as xr

from .entries import PHANTOM, Entry, case
from .pickles import pickled, pickling_array


def lead_field(change, name="field.nc"):
    """A lead field for a place far away, changed."""

    def write():
        axes = np.arange(6.0).reshape(2, 3)
        source = xr.Dataset(
            {
                "lead_field": (("voxel", "electrode"), np.ones((2, 2))),
                "voxel_position": (("voxel", "axis"), axes + 1000),
                "electrode_position": (("electrode", "axis"), axes + 2000),
            }
        )
        source = change(source)
        if name.endswith(".nc"):
            source.to_netcdf(name, format="NETCDF3_64BIT")
        else:
            source.to_zarr(name, consolidated=False)
        return with_field(name)

    return write


def with_field(name):
    return case(PHANTOM) | {"electrodes": {"lead_field": name}, "conditions": {}}


def field_file(name, data):
    def write():
        Path(name).write_bytes(data)
        return with_field(name)

    return write


def broken_zarr():
    settings = lead_field(lambda source: source, "field.zarr")()
    for chunk in Path("field.zarr").rglob("c/*/*"):
        chunk.write_bytes(b"broken")
    return settings


def pickled_field():
    pickled("field.npy")
    return with_field("field.npy")


def pickling_field():
    pickling_array(Path("field.zarr/lead_field"), ["voxel"], ["pickle"])
    return with_field("field.zarr")


LEAD_FIELDS = [
    Entry(
        "no lead field", lambda: with_field("nowhere.nc"), "electrodes.lead_field: nowhere.nc does not exist"
    ),
    Entry(
        "text named lead field", field_file("field.nc", b"nothing"), "not a store that xarray can open here"
    ),
    Entry("lead field of zero size", field_file("field.nc", b""), "'field.nc' is empty"),
    Entry("pickled lead field", pickled_field, "field.npy: not a store that xarray can open"),
    Entry("lead field with a pickling codec", pickling_field, "field.zarr: not a store that xarray can open"),
    Entry("broken lead field", broken_zarr, "field.zarr: not a store that xarray can open"),
    Entry(
        "lead field without places", lead_field(lambda s: s.drop_vars("voxel_position")), "no voxel_position"
    ),
    Entry("lead field elsewhere", lead_field(lambda s: s), "make it for this case's labels.nii.gz"),
    Entry("lead field at NaN", lead_field(lambda s: s * np.nan), "voxel_position must be finite numbers"),
    Entry(
        "lead field of other shape",
        lead_field(lambda s: s.assign(lead_field=("column", np.ones(2)))),
        "lead_field has the shape",
    ),
    Entry(
        "lead field of text",
        lead_field(lambda s: s.assign(lead_field=s["lead_field"].astype(str)), "field.zarr"),
        "lead_field must hold numbers",
    ),
]
