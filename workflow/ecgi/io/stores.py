"""How arrays are laid out on disk; the only place that knows.

Everything opens with `xarray.open_zarr(path, consolidated=False)`.
"""

import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec

from .. import __version__
from ..anatomy.slicing import MapGrid
from ..core.errors import InputError

BEATS_PER_SHARD = 256

ATTRIBUTES = {
    "beat": {"long_name": "beat, a row of beats.tsv"},
    "activation_time": {"units": "ms", "long_name": "local activation time, 0 at the earliest"},
    "bsp": {"units": "mV", "long_name": "body surface potential"},
    "lead_field": {"units": "1", "long_name": "potential at the electrode per transmembrane potential"},
    "electrode": {"long_name": "electrode, a row of electrodes.tsv"},
    "time": {"units": "ms", "long_name": "time since the earliest activation"},
    "voxel": {"long_name": "flat index (C order) of the wall voxel in labels.nii.gz"},
    "tissue": {"long_name": "tissue: 1 LV wall, 2 RV wall, 5 scar, 6 border zone"},
    "z": {"units": "mm", "long_name": "along the LV from base to apex"},
    "y": {"units": "mm", "long_name": "towards the anterior wall"},
    "x": {"units": "mm", "long_name": "from the RV to the LV"},
    "split": {"long_name": "part of the data the beat belongs to"},
    "sample": {"long_name": "sample of the prediction"},
    "axis": {"long_name": "patient axis: right, anterior, superior"},
    "position": {"units": "mm", "long_name": "place of the pixel in the patient frame"},
    "electrode_position": {"units": "mm", "long_name": "place of the electrode in the patient frame"},
    "fibre": {"units": "1", "long_name": "unit fibre direction in the patient frame, either way"},
    "voxel_position": {"units": "mm", "long_name": "place of the voxel in the patient frame"},
}


def provenance(made_by, **more):
    """Attributes that say what made a store.

    Parameters
    ----------
    made_by : dict
        Name of the experiment, its seed, and the settings that the job was given.
    **more
        Further attributes, strings or numbers.
    """
    settings = json.dumps(made_by["settings"], sort_keys=True)
    return {
        "ecgi_version": __version__,
        "experiment": made_by["experiment"],
        "seed": made_by["seed"],
        "settings": settings,
        "settings_sha256": hashlib.sha256(settings.encode()).hexdigest(),
        "patient_frame": "RAS, mm",
        **more,
    }


def write(path, variables, coordinates, attributes):
    """Write a store whole, replacing what was there.

    Parameters
    ----------
    path : path-like
    variables : dict of str to (dims, array)
        Floats are stored as float32, NaN where nothing was written.
    coordinates : dict of str to array or (dims, array)
    attributes : dict
        See `provenance`.
    """
    path = Path(path)
    shutil.rmtree(path, ignore_errors=True)
    data = xr.Dataset(
        {name: (dims, _compact(array)) for name, (dims, array) in variables.items()},
        coords=coordinates,
        attrs=attributes,
    )
    for name in data.variables:
        data[name].attrs.update(ATTRIBUTES.get(str(name), {}))
    encoding = {name: _layout(array) for name, array in data.data_vars.items() if array.dims[:1] == ("beat",)}
    data.to_zarr(path, mode="w", consolidated=False, zarr_format=3, encoding=encoding)
    zarr.open_group(path, mode="r+", use_consolidated=False).attrs["stored_bytes"] = _stored_bytes(path)


def read(path):
    """Open a store lazily.

    Raises
    ------
    errors.InputError
        Where the store is not as `write` left it: Zarr alone would take a missing chunk for NaN.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object at .snakemake_timestamp")
            data = xr.open_zarr(path, consolidated=False, chunks=None)
        expected = data.attrs.pop("stored_bytes")
    except (KeyError, FileNotFoundError, ValueError):
        raise InputError(f"{path}: not a whole store; remove it and run again") from None
    found = _stored_bytes(path)
    if found != expected:
        raise InputError(
            f"{path}: damaged, its arrays hold {found} of {expected} bytes; remove it and run again"
        )
    return data


def read_beats(paths):
    """Open the stores of a case's chunks as one, in order of the beats."""
    return xr.concat([read(path) for path in sorted(paths)], "beat", data_vars="minimal", join="exact")


def grid_of(heart):
    """Network grid of a heart's dataset, as a `slicing.MapGrid`."""
    return MapGrid(
        heart.attrs["case"],
        heart["tissue"].values,
        heart["z"].values,
        heart["y"].values,
        heart["x"].values,
        heart["position"].values,
        bool(heart.attrs["is_volume"]),
    )


def _stored_bytes(path):
    """Size of all arrays of a store, their metadata included."""
    return sum(file.stat().st_size for file in Path(path).glob("*/**/*") if file.is_file())


def _compact(array):
    """Floats as float32."""
    array = np.asarray(array)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _layout(array):
    """Chunks of one whole beat, gathered in shards.

    Shuffled lz4 writes these floats faster than the default codec, reads them in a third of the time
    and takes less room.
    """
    if array.ndim < 2:
        return {}
    beats = min(array.shape[0], BEATS_PER_SHARD)
    return {
        "chunks": (1, *array.shape[1:]),
        "shards": (beats, *array.shape[1:]),
        "compressors": (BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"),),
    }
