"""Recordings in files of NumPy and stores of Zarr."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InputError, listed, one_line
from ..regular_files import refuse_pipes
from .described import described, only_matrix
from .sheet import Sheet, is_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr
    import zarr


def read_numpy(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read the array of a NumPy file; pickled objects are refused.

    Parameters
    ----------
    path : Path
    electrodes : sequence of str
        Names of the electrodes.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the file can't be read.
    """
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = {path.name: loaded} if isinstance(loaded, np.ndarray) else dict(loaded.items())
    except Exception as error:  # a damaged archive makes NumPy raise nearly anything
        pickled = "allow_pickle" in str(error)
        why = (
            "holds Python objects; save plain numbers by numpy.save"
            if pickled
            else f"not a NumPy file ({one_line(error)})"
        )
        raise InputError(f"{path}: {why}") from None
    return only_matrix(arrays, electrodes, path, arrays)


def read_zarr(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read the variable bsp of a store with named dimensions, or a bare array.

    Parameters
    ----------
    path : Path
    electrodes : sequence of str
        Names of the electrodes.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the store can't be read.
    """
    import xarray as xr
    import zarr

    refuse_pipes(path, path.rglob("*"))
    try:
        opened = zarr.open(path, mode="r")
        if isinstance(opened, zarr.Array):
            _refuse_missing_chunks(opened, path)
            return only_matrix({path.name: opened[:]}, electrodes, path, dict(opened.attrs))
        for array in (opened.get("bsp"), opened.get("time")):
            if isinstance(array, zarr.Array):
                _refuse_missing_chunks(array, path)
        with xr.open_zarr(path, consolidated=False, chunks=None, decode_times=False) as data:
            return _bsp_of(data, electrodes, path)
    except InputError:
        raise
    except Exception as error:  # each codec has its own errors
        raise InputError(f"{path}: not a Zarr store that can be read ({one_line(error)})") from None


def _refuse_missing_chunks(array: zarr.Array, path: Path) -> None:
    """Refuse an array that lacks a chunk, as its fill value would be read instead."""
    missing = array.nchunks - array.nchunks_initialized
    if missing > 0:
        raise InputError(
            f"{path}: {missing} of {array.nchunks} chunks of {one_line(array.path) or 'the array'} are "
            "missing; copy it anew, or, if they hold nothing but the fill value, save it with "
            "write_empty_chunks=True"
        )


def _bsp_of(data: xr.Dataset, electrodes: Sequence[str], path: Path) -> Sheet:
    """BSP of a dataset that holds one beat."""
    axes = ["electrode", "time"]
    if "bsp" not in data or not set(axes) <= set(data["bsp"].dims):
        raise InputError(
            f"{path}: no variable bsp (electrode, time), only {listed(list(data.variables)) or 'nothing'}"
        )
    bsp = data["bsp"]
    others = [dim for dim in bsp.dims if dim not in axes]
    if any(bsp.sizes[dim] != 1 for dim in others):
        extent = ", ".join(f"{bsp.sizes[dim]} of {one_line(dim)}" for dim in bsp.dims)
        raise InputError(f"{path}: bsp holds {extent}; save one beat alone")
    data = data.squeeze(others)
    bsp = data["bsp"].transpose(*axes)
    if not is_matrix(bsp.values):
        raise InputError(f"{path}: bsp must hold numbers, not {bsp.dtype}, of {bsp.shape}")
    beside = {
        str(name): variable
        for name, variable in data.variables.items()
        if variable.dims in ((), ("time",), ("electrode",))
    }
    stated = {
        **data.attrs,
        **bsp.attrs,
        **{name: variable.values for name, variable in beside.items()},
    }
    units = {
        name: str(variable.attrs["units"]) for name, variable in beside.items() if "units" in variable.attrs
    }
    return described(bsp.values, 0, stated, electrodes, path, units)
