"""Read and write the Zarr stores of the workflow.

Every store opens with `xarray.open_zarr(path, consolidated=False)`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import google_crc32c
import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec

from .. import __version__
from ..anatomy.slicing import MapGrid
from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

BEATS_PER_SHARD = 256
CHECKSUM = "crc32c"  # attribute of a store, see _checksum
BOUNDARY_DIMS = ("frame", "block", "axis", "electrode")  # see boundary_kernels_in
RENAMED_DIMENSIONS = {"activation": "beat", "draw": "sample"}  # since version 0.1

ATTRIBUTES = {
    "beat": {"long_name": "beat, a row of beats.tsv"},
    "activation_time": {"units": "ms", "long_name": "local activation time, 0 at the earliest"},
    "bsp": {"units": "mV", "long_name": "body surface potential"},
    "bsp_told": {
        "units": "mV",
        "long_name": "what the beat would give with what methods are told: heart, electrodes, conductor",
    },
    "lead_field": {"units": "1", "long_name": "potential at the electrode per transmembrane potential"},
    "electrode": {"long_name": "electrode, a row of electrodes.tsv"},
    "time": {"units": "ms", "long_name": "time since the earliest activation"},
    "voxel": {"long_name": "flat index (C order) of the wall voxel in labels.nii.gz"},
    "boundary_kernels": {"units": "mm-2", "long_name": "added to dipole kernels by the torso's boundaries"},
    "tissue": {"long_name": "tissue: 1 LV wall, 2 RV wall, 5 scar, 6 border zone"},
    "z": {"units": "mm", "long_name": "along the LV from base to apex"},
    "y": {"units": "mm", "long_name": "towards the anterior wall"},
    "x": {"units": "mm", "long_name": "from the RV to the LV"},
    "split": {"long_name": "part of the data the beat belongs to"},
    "sample": {"long_name": "sample of the prediction"},
    "axis": {"long_name": "patient axis: right, anterior, superior"},
    "position": {"units": "mm", "long_name": "position of the pixel in the patient frame"},
    "electrode_position": {"units": "mm", "long_name": "position of the electrode in the patient frame"},
    "rms": {"units": "mV", "long_name": "RMS over leads of the cleaned recording, about its median"},
    "removed_rms": {"units": "mV", "long_name": "RMS over leads of the spikes and the hum that were removed"},
    "recording_time": {"units": "ms", "long_name": "time in the recording"},
    "fibre": {"units": "1", "long_name": "unit fibre direction in the patient frame, sign arbitrary"},
    "surface_point": {"units": "mm", "long_name": "node of the torso's surfaces in the patient frame"},
    "surface_triangle": {"long_name": "nodes of a triangle of the torso, counter-clockwise from outside"},
    "sigma_inside": {"units": "S/m", "long_name": "conductivity inside the surface"},
    "sigma_outside": {"units": "S/m", "long_name": "conductivity outside the surface"},
    "point_electrode_position": {"units": "mm", "long_name": "place in the patient frame, see conductor.py"},
    "point_electrode_weight": {"units": "1", "long_name": "share in the lead of a node of the torso"},
    "torso_potential": {
        "units": "mV",
        "long_name": "potential at the electrode, relative to the mean of all",
    },
    "heart_potential": {
        "units": "mV",
        "long_name": "potential on the heart, relative to the mean of its nodes",
    },
    "heart_mean": {"units": "mV", "long_name": "mean of the heart's nodes, that was taken off"},
    "frame": {"long_name": "frame of the recording after the onset of the beat"},
    "electrode_triangle": {"long_name": "electrodes of a triangle between them"},
    "torso_point": {"units": "mm", "long_name": "node of the torso's surface"},
    "torso_triangle": {"long_name": "nodes of a triangle of the torso, counter-clockwise from outside"},
    "heart_point": {"units": "mm", "long_name": "node of the heart's surface, an electrode"},
    "heart_triangle": {"long_name": "nodes of a triangle of the heart, counter-clockwise from outside"},
    "open_triangle": {"long_name": "nodes of a triangle of the heart without what closes its base"},
    "transfer_lids": {
        "units": "1",
        "long_name": "potential at the electrode per potential at the node, the base closed by lids",
    },
    "coarse_point": {"units": "mm", "long_name": "node of the heart's coarser surface"},
    "coarse_triangle": {
        "long_name": "nodes of a triangle of the coarser surface, counter-clockwise from outside"
    },
    "to_nodes": {"units": "1", "long_name": "share of the coarser surface's node in the heart's node"},
    "to_coarse": {"units": "1", "long_name": "share of the heart's node in the coarser surface's node"},
    "transfer": {
        "units": "1",
        "long_name": "potential at the electrode per potential at the node of the heart",
    },
    "measured": {
        "units": "mV",
        "long_name": "measured potential on the heart, relative to the mean of its nodes",
    },
    "estimate": {
        "units": "mV",
        "long_name": "estimated potential on the heart, relative to the mean of its nodes",
    },
    "measured_time": {"units": "ms", "long_name": "activation time from the measured electrogram"},
    "estimate_time": {"units": "ms", "long_name": "activation time from the estimated electrogram"},
    "electrogram": {
        "units": "mV",
        "long_name": "potential on the heart's outer surface, relative to the mean of the electrodes",
    },
    "electrogram_time": {"units": "ms", "long_name": "activation time from the electrogram, by operator"},
    "epicardium_point": {
        "units": "mm",
        "long_name": "node of the heart's outer surface, patient frame",
    },
    "epicardium_triangle": {"long_name": "nodes of a triangle, counter-clockwise from outside"},
    "over_muscle": {"long_name": "whether the node lies over muscle; the others lie over valves"},
    "voxel_position": {"units": "mm", "long_name": "position of the voxel in the patient frame"},
}


def provenance(made_by: Mapping[str, Any], **more: str | float) -> dict[str, Any]:
    """Attributes of a store that identify its version, experiment, seed and settings.

    Parameters
    ----------
    made_by : dict
        ``experiment``, its name; ``seed``; and ``settings``, those of the job, as JSON can hold them.
    **more : str or float
        Further attributes.

    Returns
    -------
    dict of str to str or number
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


def write(
    path: str | PathLike[str],
    variables: Mapping[str, tuple[str | Sequence[str], ArrayLike]],
    coordinates: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> None:
    """Write a store, replacing one of the same path.

    Parameters
    ----------
    path : path-like
        Folder to write.
    variables : dict of str to (dims, array)
        Arrays with the names of their dimensions; floats are stored as float32.
    coordinates : dict of str to array or (dims, array)
        Coordinates of the dimensions.
    attributes : dict
        Attributes of the store, see `provenance`.
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
    zarr.open_group(path, mode="r+", use_consolidated=False).attrs[CHECKSUM] = _checksum(path)


def parts_of(
    data: xr.Dataset,
) -> tuple[dict[str, tuple[Any, ArrayLike]], dict[str, tuple[Any, ArrayLike]]]:
    """Variables and coordinates of a dataset, as `write` takes them.

    Parameters
    ----------
    data : xarray.Dataset

    Returns
    -------
    variables, coordinates : dict of str to (dims, array)
    """
    variables, coordinates = (
        {str(name): (values.dims, values.values) for name, values in part.items()}
        for part in (data.data_vars, data.coords)
    )
    return variables, coordinates


def read(path: str | PathLike[str]) -> xr.Dataset:
    """Open a store lazily.

    Parameters
    ----------
    path : path-like
        Store made by `write`.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    InputError
        If the store is incomplete, or its bytes are not those that were written, as Zarr alone would read a
        missing chunk as NaN and a flipped bit as another number, or if its dimensions have the names of an
        earlier version.
    """
    incomplete = InputError(f"{path}: not a whole store; remove it and run again")
    try:
        written = _metadata(path)["attributes"].get(CHECKSUM)
        if written and written != _checksum(path):
            raise InputError(f"{path}: damaged, not the bytes that were written; remove it and run again")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object at .snakemake_timestamp")
            data = xr.open_zarr(path, consolidated=False, chunks=None)
    except InputError:
        raise
    except (KeyError, OSError, ValueError, TypeError, AttributeError):
        raise incomplete from None
    _refuse_renamed(data, path)
    if "stored_bytes" in data.attrs:
        raise InputError(f"{path}: made by an earlier version, without a checksum; remove it and run again")
    if not written:
        raise incomplete
    del data.attrs[CHECKSUM]
    return data


def read_beats(paths: Iterable[str | PathLike[str]]) -> xr.Dataset:
    """Open the stores of a case's chunks of beats as one dataset.

    Parameters
    ----------
    paths : iterable of path-like
        Stores of the chunks, named so that their sorted order is that of the beats.

    Returns
    -------
    xarray.Dataset
        Concatenated along ``beat``.

    Raises
    ------
    InputError
        If a store is incomplete, damaged or of an earlier version, see `read`.
    ValueError
        If their other coordinates differ.
    """
    return xr.concat(
        [read(path) for path in sorted(paths, key=str)], "beat", data_vars="minimal", join="exact"
    )


def grid_of(dataset: xr.Dataset) -> MapGrid:
    """Grid of the maps of a case's dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
        Store with ``tissue`` (slice, y, x), ``position`` (slice, y, x, axis) and their coordinates in mm.

    Returns
    -------
    slicing.MapGrid
    """
    return MapGrid(
        dataset.attrs["case"],
        dataset["tissue"].values,
        dataset["z"].values,
        dataset["y"].values,
        dataset["x"].values,
        dataset["position"].values,
        bool(dataset.attrs["is_volume"]),
    )


def boundary_kernels_in(dataset: xr.Dataset) -> NDArray | None:
    """What the boundaries of a case's torso add to its dipole kernels.

    Parameters
    ----------
    dataset : xarray.Dataset
        Dataset of a case.

    Returns
    -------
    numpy.ndarray or None
        See `data.boundary_kernels.boundary_kernels`.
    """
    return dataset["boundary_kernels"].values if "boundary_kernels" in dataset else None


def _refuse_renamed(data: xr.Dataset, path: str | PathLike[str]) -> None:
    """Refuse a store whose dimensions have the names of an earlier version."""
    renamed = [f"`{old}` is `{new}`" for old, new in RENAMED_DIMENSIONS.items() if old in data.dims]
    if renamed:
        raise InputError(
            f"{path}: made by an earlier version, whose dimension {' and '.join(renamed)} now; delete it and "
            "run again"
        )


def _metadata(path: str | PathLike[str]) -> dict[str, Any]:
    """Metadata of a store's root."""
    return json.loads((Path(path) / "zarr.json").read_text(encoding="utf-8"))


def _checksum(path: str | PathLike[str]) -> str:
    """CRC-32C of all files of a store, their names and its attributes, the checksum itself apart."""
    root = _metadata(path)
    root["attributes"].pop(CHECKSUM, None)
    checksum = google_crc32c.value(json.dumps(root, sort_keys=True).encode())
    for file in sorted(file for file in Path(path).glob("*/**/*") if file.is_file()):
        checksum = google_crc32c.extend(checksum, file.relative_to(path).as_posix().encode())
        checksum = google_crc32c.extend(checksum, file.read_bytes())
    return f"{checksum:08x}"


def _compact(values: ArrayLike) -> NDArray:
    """Array of the values, double precision converted to single."""
    array = np.asarray(values)
    return array.astype(np.float32) if array.dtype == np.float64 else array


def _layout(array: xr.DataArray) -> dict[str, Any]:
    """Zarr encoding with one beat per chunk, many chunks per shard.

    Shuffled lz4 writes these floats faster than the default codec, reads them in a third of the time
    and takes less space.
    """
    if array.ndim < 2:
        return {}
    beats = min(array.shape[0], BEATS_PER_SHARD)
    return {
        "chunks": (1, *array.shape[1:]),
        "shards": (beats, *array.shape[1:]),
        "compressors": (BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"),),
    }
