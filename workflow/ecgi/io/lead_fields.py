"""Lead fields made elsewhere, matched to a heart's wall and electrodes."""

from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..core.errors import InputError, listed, one_line

MOST_VALUES = 4_000_000_000  # of a lead field
UNIFORM_SHARE = 0.05  # of a lead field, what a uniform potential may give


def read_lead_field(
    path: str | PathLike, wall_positions: NDArray, positions: NDArray, spacing_mm: float
) -> NDArray[np.float32]:
    """Read the lead field of a file, in the order of a heart's wall and electrodes.

    Parameters
    ----------
    path : path-like
        Zarr store or NetCDF file of ``lead_field``, ``voxel_position`` and ``electrode_position``.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    positions : numpy.ndarray, shape (electrode, 3)
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)

    Raises
    ------
    InputError
        If the file can't be read, lacks an array or is too large, or as in `matched_field`.
    """
    names = ("lead_field", "voxel_position", "electrode_position")
    try:
        with _opened(path) as source:
            missing = set(names) - set(source.variables)
            if missing:
                raise InputError(f"{path}: there is no {min(missing)}, only {listed(list(source.variables))}")
            if max(source[name].size for name in names) > MOST_VALUES:
                raise InputError(f"{path}: too large, with {source['lead_field'].size} values")
            field, voxels, electrodes = (source[name].values for name in names)
    except InputError:
        raise
    except Exception as error:  # of a file made elsewhere, each library has errors of its own
        raise InputError(
            f"{path}: not a store that xarray can open here ({one_line(error)}); write it by to_zarr, or by "
            "to_netcdf with format='NETCDF3_64BIT'"
        ) from None
    return matched_field(field, voxels, electrodes, wall_positions, positions, spacing_mm, str(path))


def _opened(path: str | PathLike) -> xr.Dataset:
    """A Zarr store or a NetCDF file."""
    if Path(path).is_dir():
        return xr.open_zarr(path, consolidated=False, chunks=None)
    return xr.open_dataset(path)


def matched_field(
    field: NDArray,
    voxels: NDArray,
    electrodes: NDArray,
    wall_positions: NDArray,
    places: NDArray,
    spacing_mm: float,
    source: str,
) -> NDArray[np.float32]:
    """Lead field made elsewhere, in the order of this case's wall and electrodes.

    Parameters
    ----------
    field : numpy.ndarray, shape (row, column)
        Lead field of the source.
    voxels, electrodes : numpy.ndarray, shape (row, 3) and (column, 3)
        What its rows and columns stand for, patient RAS in mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
    places : numpy.ndarray, shape (electrode, 3)
    spacing_mm : float
        Edge of a voxel.
    source : str
        What to call it in messages.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)

    Raises
    ------
    InputError
        If the arrays don't fit together, a wall voxel has no row within half a voxel, an electrode no
        column within 1 mm, a value is not a number, or a uniform potential gives another than none.
    """
    for name, positions in (("voxel_position", voxels), ("electrode_position", electrodes)):
        if positions.ndim != 2 or positions.shape[1] != 3 or not _finite(positions):
            raise InputError(f"{source}: {name} must be finite numbers of the shape (number, 3)")
    if not np.issubdtype(field.dtype, np.number):
        raise InputError(f"{source}: lead_field must hold numbers")
    if field.shape != (len(voxels), len(electrodes)):
        raise InputError(
            f"{source}: lead_field has the shape {field.shape}, but there are {len(voxels)} "
            f"voxel_position and {len(electrodes)} electrode_position; it must be (voxel, electrode)"
        )
    rows = _nearest(
        voxels,
        wall_positions,
        spacing_mm / 2,
        f"{source}: wall voxel",
        "make it for this case's labels.nii.gz",
    )
    columns = _nearest(
        electrodes, places, 1.0, f"{source}: electrode", "make it for this case's electrodes.tsv"
    )
    matched = field[np.ix_(rows, columns)].astype(np.float32, copy=False)
    bad = ~np.isfinite(matched).all(1)
    if bad.any():
        raise InputError(f"{source}: lead_field is not a finite number in {bad.sum()} of the wall's voxels")
    total = np.abs(matched).sum(0, dtype=float)
    uniform = np.abs(matched.sum(0, dtype=float)) > UNIFORM_SHARE * total
    if uniform.any():
        raise InputError(
            f"{source}: the same potential in all of the wall gives one at {uniform.sum()} of the "
            "electrodes, where it must give none; rows are missing or an offset was added"
        )
    return matched


def _finite(values: NDArray) -> bool:
    """Whether an array holds finite numbers alone."""
    return bool(np.issubdtype(values.dtype, np.number) and np.isfinite(values).all())


def _nearest(known: NDArray, wanted: NDArray, reach_mm: float, what: str, cure: str) -> NDArray[np.intp]:
    """Number of the known point at each wanted one, each known point used once."""
    distance, number = KDTree(known).query(wanted)
    far = distance > reach_mm
    if far.any():
        x, y, z = wanted[far.argmax()]
        raise InputError(
            f"{what} at ({x:.1f}, {y:.1f}, {z:.1f}) mm and {far.sum() - 1} more have nothing within "
            f"{reach_mm:g} mm of them; {cure}, patient RAS in mm"
        )
    if len(np.unique(number)) < len(number):
        raise InputError(f"{what}: two of the case's share one of the source's; {cure}")
    return number
