"""Read recorded body surface potentials from text tables, MATLAB, NumPy and Zarr files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..core.errors import InputError, listed, one_line, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import xarray as xr
    from numpy.typing import NDArray

    Row = tuple[int, list[str]]  # line number and cells

UNITS_IN_MV = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
TIME_COLUMNS = {"time_ms": 1.0, "time_s": 1e3}
FEWEST_SAMPLES = 16
PLAUSIBLE_HZ = (50.0, 100_000.0)
UNEVEN = 3.0  # ratio of a time step to the usual one, or its inverse, above which there is a gap
MOST_NAMES = 5  # listed in a message


class Sheet(NamedTuple):
    """Contents of a recording's file.

    Attributes
    ----------
    values : numpy.ndarray, shape (row, column)
        Potentials in the file's units.
    leads_axis : {0, 1, None}
        Axis of the leads; None where the file does not define it.
    times_ms : numpy.ndarray, shape (time,), optional
        Times of the samples.
    names : list of str, optional
        Names of the leads.
    """

    values: NDArray[np.floating]
    leads_axis: int | None = None
    times_ms: NDArray[np.floating] | None = None
    names: list[str] | None = None


def read_recording(
    path: str | PathLike[str],
    names: Sequence[str],
    units: Literal["mV", "uV", "V"],
    sampling_hz: float | None = None,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Read a recording of body surface potentials.

    Parameters
    ----------
    path : path-like
        .csv, .tsv or .txt (with or without a header; a first column time_ms or time_s), .mat up to v7 (a
        matrix, or a structure with ``potvals``), .npy, .npz or .zarr.
    names : sequence of str
        Names of the electrodes in their order; columns of these names are sorted into it.
    units : {"mV", "uV", "V"}
        Units of the file.
    sampling_hz : float, optional
        Sampling rate; not needed where the file holds times.

    Returns
    -------
    signals_mv : numpy.ndarray, shape (electrode, time)
        NaN where the file has no number.
    times_ms : numpy.ndarray, shape (time,)

    Raises
    ------
    InputError
        If the file can't be read, is ambiguous, or contradicts the settings.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: not one of the formats of a recording, {', '.join(READERS)}")
    if not path.exists():
        raise InputError(f"{path}: there is no such recording")
    if reader is not _read_zarr and not path.is_file():
        raise InputError(f"{path}: no file, as a recording that ends in {path.suffix} must be")
    sheet = reader(path, len(names))
    signals = _leads_first(sheet, len(names), path)
    if sheet.names and set(sheet.names) & set(names):
        signals = signals[_columns_of(names, sheet.names, path)]
    if len(signals) != len(names):
        raise InputError(
            f"{path}: {len(signals)} leads, but there are {len(names)} electrodes; give one lead per "
            "electrode, in the order of the electrode table or with its names as a header"
        )
    return signals * UNITS_IN_MV[units], _times(sheet, signals.shape[1], sampling_hz, path)


def _read_csv(path: Path, leads: int) -> Sheet:
    """Read a text table, with or without a header."""
    rows = _cells(path)
    header = None if all(_is_number(cell) for cell in rows[0][1]) else [cell.strip() for cell in rows[0][1]]
    if header is not None:
        rows = rows[1:]
    if not rows:
        raise InputError(f"{path}: a header and no samples below it")
    values = np.array([[_to_number(cell, path, line, n) for n, cell in enumerate(row)] for line, row in rows])
    if header is None:
        return Sheet(values)
    if header[0] in TIME_COLUMNS:
        return Sheet(values[:, 1:], 1, values[:, 0] * TIME_COLUMNS[header[0]], header[1:])
    return Sheet(values, 1, None, header)


def _cells(path: Path) -> list[Row]:
    """Cells of each line of a text table, all lines of the same length."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file; is its ending right?") from None
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"{path}: the file is empty")
    first = lines[0][1]
    separator = next((mark for mark in "\t;," if mark in first), " ")
    rows = [(number, _cells_of(line, separator, f"{path}, line {number}")) for number, line in lines]
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise InputError(f"{path}, line {number}: {len(row)} cells, where line {rows[0][0]} has {width}")
    return rows


def _cells_of(line: str, separator: str, where: str) -> list[str]:
    """Cells of a line."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(f"{where}: not a table that can be read ({error})") from None


def _is_number(cell: str) -> bool:
    """Whether a cell is a number or empty."""
    try:
        float(cell)
    except ValueError:
        return not cell.strip()
    return True


def _to_number(cell: str, path: Path, line: int, column: int) -> float:
    """Value of a cell; NaN for an empty one."""
    try:
        return float(cell) if cell.strip() else np.nan
    except ValueError:
        hint = "; write decimals with a point" if "," in cell else ""
        raise InputError(
            f"{path}, line {line}, column {column + 1}: {shown(cell)} is not a number{hint}"
        ) from None


def _read_mat(path: Path, leads: int) -> Sheet:
    """Read the matrix of a MATLAB file, or the potvals (lead, time) of a structure in it."""
    from scipy.io import loadmat

    try:
        contents = loadmat(path, squeeze_me=True, struct_as_record=True)
    except NotImplementedError:
        raise InputError(
            f"{path}: a MATLAB v7.3 file; open it in MATLAB and save it by save('{path.name}', '-v7')"
        ) from None
    except Exception as error:  # a damaged file makes SciPy raise nearly anything
        raise InputError(f"{path}: not a MATLAB file that can be read ({one_line(error)})") from None
    variables = {name: value for name, value in contents.items() if not name.startswith("__")}
    potentials = {
        f"{name}.potvals": found
        for name, value in variables.items()
        if (found := _potvals(value)) is not None
    }
    if potentials:
        return Sheet(_one_of(potentials, path), 0)
    return _plain(variables, leads, path)


def _potvals(value: Any) -> NDArray[np.floating] | None:
    """Potentials of a MATLAB structure; None where it has no potvals."""
    if not (
        isinstance(value, (np.ndarray, np.void)) and value.dtype.names and "potvals" in value.dtype.names
    ):
        return None
    if np.size(value) != 1:
        return None
    potentials = np.asarray(value["potvals"].item() if value.ndim == 0 else value["potvals"])
    return potentials.astype(float) if _is_matrix(potentials) else None


def _is_matrix(value: Any) -> bool:
    """Whether a value is a matrix of real numbers."""
    return (
        isinstance(value, np.ndarray)
        and value.ndim == 2
        and value.dtype.kind in "fiu"
        and min(value.shape) > 0
    )


def _read_numpy(path: Path, leads: int) -> Sheet:
    """Read the array of a NumPy file; pickled objects are refused."""
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
    return _plain(arrays, leads, path)


def _read_zarr(path: Path, leads: int) -> Sheet:
    """Read the variable bsp of a store with named dimensions, or a bare array."""
    import xarray as xr
    import zarr

    try:
        opened = zarr.open(path, mode="r")
        if isinstance(opened, zarr.Array):
            return _plain({path.name: opened[:]}, leads, path)
        with xr.open_zarr(path, consolidated=False, chunks=None, decode_times=False) as data:
            return _bsp_of(data, path)
    except InputError:
        raise
    except Exception as error:  # each codec has its own errors
        raise InputError(f"{path}: not a Zarr store that can be read ({one_line(error)})") from None


def _bsp_of(data: xr.Dataset, path: Path) -> Sheet:
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
    bsp = bsp.squeeze(others).transpose(*axes)
    if not _is_matrix(bsp.values):
        raise InputError(f"{path}: bsp must hold numbers, not {bsp.dtype}, of {bsp.shape}")
    times = bsp["time"].values.astype(float) if "time" in bsp.coords else None
    return Sheet(bsp.values.astype(float), 0, times)


def _plain(arrays: Mapping[str, Any], leads: int, path: Path) -> Sheet:
    """Matrix of the recording: the only one, or the only one with as many rows or columns as leads."""
    matrices = {name: array for name, array in arrays.items() if _is_matrix(array)}
    if not matrices:
        found = listed([f"{name} {np.shape(array)}" for name, array in arrays.items()])
        raise InputError(
            f"{path}: no matrix of numbers with two dimensions, leads and time, only {found or 'nothing'}"
        )
    fitting = {name: array for name, array in matrices.items() if leads in array.shape} or matrices
    return Sheet(_one_of(fitting, path).astype(float))


def _one_of(arrays: Mapping[str, NDArray], path: Path) -> NDArray:
    """Return the only array; several are refused."""
    if len(arrays) > 1:
        raise InputError(f"{path}: holds {listed(list(arrays))}; save the one of the recording alone")
    return next(iter(arrays.values()))


def _leads_first(sheet: Sheet, count: int, path: Path) -> NDArray[np.floating]:
    """Values of shape (lead, time); where the file has no leads axis, that of length `count`."""
    if sheet.leads_axis is not None:
        return sheet.values if sheet.leads_axis == 0 else sheet.values.T
    rows, columns = sheet.values.shape
    if rows == columns == count:
        raise InputError(
            f"{path}: {rows} rows and {columns} columns, so that leads and samples can't be distinguished; give "
            "a CSV with a header of electrode names, or a time_ms column"
        )
    return sheet.values.T if columns == count else sheet.values


def _columns_of(names: Sequence[str], given: list[str], path: Path) -> list[int]:
    """Index of each electrode among the names of a file."""
    missing = [name for name in names if name not in given]
    if missing:
        raise InputError(
            f"{path}: there is no lead {listed(missing, MOST_NAMES)}, though others have names of "
            "electrodes; name all electrodes or none"
        )
    twice = [name for name in names if given.count(name) > 1]
    if twice:
        raise InputError(f"{path}: two leads are called {twice[0]}; rename one")
    return [given.index(name) for name in names]


def _times(sheet: Sheet, count: int, sampling_hz: float | None, path: Path) -> NDArray[np.floating]:
    """Time of each sample in ms, from the file or from the sampling rate."""
    if count < FEWEST_SAMPLES:
        raise InputError(f"{path}: {count} samples are too few for a beat; {FEWEST_SAMPLES} at least")
    if sheet.times_ms is None:
        if sampling_hz is None:
            raise InputError(f"{path}: holds no times; set sampling_hz, samples per second")
        _refuse_implausible_rate(sampling_hz, path, "correct sampling_hz")
        return np.arange(count) * 1000 / sampling_hz
    times = sheet.times_ms
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise InputError(f"{path}: times must be numbers that rise from sample to sample")
    steps = np.diff(times)
    usual = np.median(steps)
    if sampling_hz is not None and abs(usual * sampling_hz / 1000 - 1) > 0.01:
        raise InputError(
            f"{path}: its times are {usual:.4g} ms apart, and sampling_hz gives {1000 / sampling_hz:.4g}; "
            "remove sampling_hz, or correct one of them"
        )
    _refuse_implausible_rate(1000 / usual, path, "check the unit of its times")
    uneven = (steps > UNEVEN * usual) | (steps < usual / UNEVEN)
    if uneven.any():
        first = uneven.argmax()
        raise InputError(
            f"{path}: {steps[first]:.4g} ms from the sample at {times[first]:.6g} ms to the next, where "
            f"{usual:.4g} ms are usual; give one beat without gaps"
        )
    return times


def _refuse_implausible_rate(rate_hz: float, path: Path, cure: str) -> None:
    """Refuse an implausible sampling rate, which most often comes from times in another unit."""
    low, high = PLAUSIBLE_HZ
    if not low <= rate_hz <= high:
        raise InputError(
            f"{path}: {rate_hz:.4g} samples per second, where {low:g} to {high:g} are plausible; {cure}"
        )


READERS = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".mat": _read_mat,
    ".npy": _read_numpy,
    ".npz": _read_numpy,
    ".zarr": _read_zarr,
}
