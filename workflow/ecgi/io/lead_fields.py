"""Lead fields computed elsewhere, matched to a case's wall and electrodes."""

from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ..core.errors import InputError, listed, one_line

MOST_VALUES = 4_000_000_000  # in a lead field
UNIFORM_SHARE = 0.05  # largest response to a uniform potential, relative to the sum of absolute values


def read_lead_field(
    path: str | PathLike[str], wall_positions: NDArray, positions: NDArray, spacing_mm: float
) -> NDArray[np.float32]:
    """Read a lead field computed elsewhere, reordered to a case's wall voxels and electrodes.

    Parameters
    ----------
    path : path-like
        Zarr store or NetCDF file of ``lead_field``, ``voxel_position`` and ``electrode_position``.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall voxels of the case, patient RAS in mm.
    positions : numpy.ndarray, shape (electrode, 3)
        Electrodes of the case, patient RAS in mm.
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)

    Raises
    ------
    InputError
        If the file can't be read, lacks an array, is too large, or does not match, see `matched_field`.
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
    except Exception as error:  # each library has its own errors
        raise InputError(
            f"{path}: not a store that xarray can open here ({one_line(error)}); write it by to_zarr, or by "
            "to_netcdf with format='NETCDF3_64BIT'"
        ) from None
    return matched_field(field, voxels, electrodes, wall_positions, positions, spacing_mm, str(path))


def _opened(path: str | PathLike[str]) -> xr.Dataset:
    """Open a Zarr store or a NetCDF file."""
    if Path(path).is_dir():
        return xr.open_zarr(path, consolidated=False, chunks=None)
    return xr.open_dataset(path)


def matched_field(
    field: NDArray,
    voxels: NDArray,
    electrodes: NDArray,
    wall_positions: NDArray,
    electrode_positions: NDArray,
    spacing_mm: float,
    source: str,
) -> NDArray[np.float32]:
    """Reorder a lead field computed elsewhere to a case's wall voxels and electrodes.

    Parameters
    ----------
    field : numpy.ndarray, shape (row, column)
        Lead field of the source.
    voxels, electrodes : numpy.ndarray, shape (row, 3) and (column, 3)
        Positions of its rows and columns, patient RAS in mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall voxels of the case, patient RAS in mm.
    electrode_positions : numpy.ndarray, shape (electrode, 3)
        Electrodes of the case, patient RAS in mm.
    spacing_mm : float
        Edge of a voxel.
    source : str
        Name of the lead field in messages.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)

    Raises
    ------
    InputError
        If the shapes don't fit together, a wall voxel has no row within half a voxel, an electrode has no
        column within 1 mm, a value is not finite, or a uniform potential gives a potential at an electrode.
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
        electrodes,
        electrode_positions,
        1.0,
        f"{source}: electrode",
        "make it for this case's electrodes.tsv",
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
    """Whether all values of an array are finite numbers."""
    return bool(np.issubdtype(values.dtype, np.number) and np.isfinite(values).all())


def _nearest(known: NDArray, wanted: NDArray, reach_mm: float, what: str, cure: str) -> NDArray[np.intp]:
    """Index of the nearest known point to each wanted one; no known point is used twice."""
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
