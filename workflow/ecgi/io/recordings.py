"""Read recorded body surface potentials from text tables, MATLAB, NumPy and Zarr files."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..core.errors import InputError, listed, one_line, shown
from .clocks import Clock, clocks_of, kind_of, sample_times
from .lead_names import MOST_NAMES, are_names, match_leads, numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import xarray as xr
    from numpy.typing import NDArray

    Row = tuple[int, list[str]]  # line number and cells

UNITS_IN_MV = {"mV": 1.0, "uV": 1e-3, "V": 1e3}
NAMES = re.compile(
    r"(?:lead|channel|chan|ch|electrode|elec|signal|column)?(?:names?|labels?|ids?)|leadinfo|leads?|channels?"
    "|electrodes?"
)
COUNTERS = ("", "index", "sample", "samples", "samplenumber", "frame", "frames")  # columns that count samples


class Sheet(NamedTuple):
    """Contents of a recording's file.

    Attributes
    ----------
    values : numpy.ndarray, shape (row, column)
        Potentials in the file's units.
    leads_axis : {0, 1, None}
        Axis of the leads; None where the file does not define it.
    clocks : list of Clock
        All that the file states of time.
    names : list of str, optional
        Names of the leads.
    """

    values: NDArray[np.floating]
    leads_axis: int | None = None
    clocks: Sequence[Clock] = ()
    names: list[str] | None = None


class Recording(NamedTuple):
    """A recording as it was read.

    Attributes
    ----------
    signals_mv : numpy.ndarray, shape (electrode, time)
        NaN where the file has no number.
    times_ms : numpy.ndarray, shape (time,)
    notes : list of str
        How leads were matched with electrodes, and what was understood of times without a unit.
    """

    signals_mv: NDArray[np.floating]
    times_ms: NDArray[np.floating]
    notes: list[str]


def read_recording(
    path: str | PathLike[str],
    names: Sequence[str],
    units: Literal["mV", "uV", "V"],
    sampling_hz: float | None = None,
) -> Recording:
    """Read a recording of body surface potentials.

    Parameters
    ----------
    path : path-like
        .csv, .tsv or .txt (with or without a header; a column of times such as time_ms), .mat up to v7 (a
        matrix, or a structure with ``potvals``), .npy, .npz or .zarr. Names of leads, times and sampling
        rates are found in columns, fields, variables, coordinates and attributes, see `clocks.kind_of`.
    names : sequence of str
        Names of the electrodes in their order, into which leads with names are sorted, see
        `lead_names.match_leads`.
    units : {"mV", "uV", "V"}
        Units of the file.
    sampling_hz : float, optional
        Sampling rate; not needed where the file states it.

    Returns
    -------
    Recording

    Raises
    ------
    InputError
        If the file can't be read, is ambiguous, or contradicts itself or the settings.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: not one of the formats of a recording, {', '.join(READERS)}")
    if not path.exists():
        raise InputError(f"{path}: there is no such recording")
    if reader is not _read_zarr and not path.is_file():
        raise InputError(f"{path}: no file, as a recording that ends in {path.suffix} must be")
    sheet = reader(path, names)
    signals = _leads_first(sheet, len(names), path)
    notes = ["leads taken in the order of the electrodes, as the file has no names of leads"]
    if sheet.names:
        found = match_leads(sheet.names, names, path)
        left_out = len(signals) - len(found)
        more = f"; {left_out} other leads left out" if left_out else ""
        notes = [f"leads matched by name: {len(found)} of {len(names)}{more}"]
        signals = signals[found]
    if len(signals) != len(names):
        raise InputError(
            f"{path}: {len(signals)} leads, but there are {len(names)} electrodes; give one lead per "
            "electrode, in the order of the electrode table or with its names as a header"
        )
    times, of_times = sample_times(sheet.clocks, signals.shape[1], sampling_hz, path)
    return Recording(signals * UNITS_IN_MV[units], times, notes + of_times)


def _read_csv(path: Path, names: Sequence[str]) -> Sheet:
    """Read a text table, with or without a header, or with names at the beginning of its lines."""
    rows = _cells(path)
    if len(rows) > 1 and all(row[0].strip()[:1].isalpha() and not _is_number(row[0]) for _, row in rows[1:]):
        return _leads_in_lines(rows, path)
    first = rows[0][1]
    if all(_is_number(cell) for cell in first):
        numbers = [float(cell) if cell.strip() else np.nan for cell in first]
        if not are_names(numbers, names, f"{path}: its first line"):
            return _without_header(_values(rows, path), names, path)
        header = ["" if np.isnan(number) else f"{number:.0f}" for number in numbers]
    else:
        header = [cell.strip() for cell in first]
    if len(rows) == 1:
        raise InputError(f"{path}: a header and no samples below it")
    return _with_header(header, _values(rows[1:], path), names, path)


def _without_header(values: NDArray[np.floating], names: Sequence[str], path: Path) -> Sheet:
    """Contents of a table of numbers alone, whose lines may begin with the numbers of leads."""
    if len(values) == len(names) != values.shape[1] and are_names(
        values[:, 0].tolist(), names, f"{path}: its first column"
    ):
        return Sheet(values[:, 1:], 0, (), [f"{number:.0f}" for number in values[:, 0]])
    return Sheet(values)


def _leads_in_lines(rows: list[Row], path: Path) -> Sheet:
    """Contents of a table whose lines begin with the names of leads."""
    label = rows[0][1][0]
    if not label.strip()[:1].isalpha() or NAMES.fullmatch(_letters(label)) or kind_of(label):
        raise InputError(
            f"{path}, line {rows[0][0]}: leads in lines have a header, which may be times; remove it and set "
            "sampling_hz, or give samples in lines with a column time_ms"
        )
    values = _values([(line, row[1:]) for line, row in rows], path, 1)
    return Sheet(values, 0, (), [row[0].strip() for _, row in rows])


def _with_header(header: list[str], values: NDArray[np.floating], names: Sequence[str], path: Path) -> Sheet:
    """Contents of a table with a header: leads, times, and numbers of samples, which are left out."""
    leads, stated = [], {}
    for column, name in enumerate(header):
        if name in names or not (kind_of(name) or _letters(name) in COUNTERS):
            leads.append(column)
        elif kind := kind_of(name):
            if name in stated:
                raise InputError(f"{path}: two columns are called {one_line(name)}; remove one")
            stated[name] = values[:, column] if kind[0] == "times" else np.unique(values[:, column])
        else:
            _refuse_other_than_count(values[:, column], name, column, path)
    if not leads:
        raise InputError(f"{path}: no column of a lead, only {listed(header, MOST_NAMES)}")
    clocks = [clock._replace(place=f"column {clock.place}") for clock in clocks_of(stated, path)]
    return Sheet(values[:, leads], 1, clocks, [header[column] for column in leads])


def _refuse_other_than_count(values: NDArray[np.floating], name: str, column: int, path: Path) -> None:
    """Refuse a column of unknown content, as may be times, unless it is empty or counts the samples."""
    counts = np.arange(len(values))
    if np.isnan(values).all() or any(np.array_equal(values, counts + first) for first in (0, 1)):
        return
    called = f"is called {name}" if name else "has no name"
    raise InputError(
        f"{path}: column {column + 1} {called} and does not count the samples; call it time_ms or "
        "time_s if it holds times, else name its lead or remove it"
    )


def _letters(name: str) -> str:
    """Name in lower case without separators."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _values(rows: list[Row], path: Path, offset: int = 0) -> NDArray[np.floating]:
    """Numbers of the cells; `offset` columns stand before them."""
    return np.array(
        [[_to_number(cell, path, line, n + offset) for n, cell in enumerate(row)] for line, row in rows]
    )


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


def _read_mat(path: Path, names: Sequence[str]) -> Sheet:
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
    stated = _fields(variables)
    if potentials:
        owner = next(iter(potentials)).removesuffix("potvals")
        values = _one_of(potentials, path)
        return _described(values, 0, _beside(stated, values.shape, owner), names, path)
    return _plain(variables, names, path, stated)


def _fields(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Values, and those of the structures among them, by the path to each."""
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, (np.ndarray, np.void)) and value.dtype.names and np.size(value) == 1:
            fields |= _fields(dict(zip(value.dtype.names, value.item(), strict=True)), f"{before}{name}.")
        else:
            fields[before + name] = value
    return fields


def _beside(stated: Mapping[str, Any], shape: tuple[int, ...], owner: str = "") -> dict[str, Any]:
    """What stands beside the potentials in a file, and what fits them in other structures."""
    return {
        field: value
        for field, value in stated.items()
        if "." not in field or (owner and field.startswith(owner)) or np.size(value) in (1, *shape)
    }


def _described(
    values: NDArray[np.floating],
    leads_axis: int | None,
    stated: Mapping[str, Any],
    electrodes: Sequence[str],
    path: Path,
    units: Mapping[str, str] | None = None,
) -> Sheet:
    """Potentials with the names and times that stand beside them in the file."""
    axes = (0, 1) if leads_axis is None else (leads_axis,)
    sizes = [values.shape[axis] for axis in axes]
    found: dict[str, list[str]] = {}
    for field, value in stated.items():
        if NAMES.fullmatch(_letters(field.rsplit(".", 1)[-1])):
            words = _words(value)
            if words and len(words) not in sizes:
                raise InputError(
                    f"{path}: {len(words)} names in {one_line(field)}, for "
                    f"{' or '.join(map(str, sizes))} leads; correct or remove them"
                )
            labels = words or _whole_numbers(value, sizes, electrodes)
            if labels:
                found[one_line(field)] = labels
    written = {field: labels for field, labels in found.items() if _words(stated[field])} or found
    if len({tuple(labels) for labels in written.values()}) > 1:
        raise InputError(
            f"{path}: leads have other names in {' than in '.join(list(written)[:2])}; remove one"
        )
    names = next(iter(written.values()), None)
    if names and leads_axis is None and values.shape[0] != values.shape[1]:
        leads_axis = values.shape.index(len(names))
    return Sheet(values.astype(float), leads_axis, clocks_of(stated, path, units), names)


def _words(value: Any) -> list[str]:
    """Names in an array of text, a cell of text, or an array of structures with a label; else none."""
    array = np.asarray(value)
    if array.ndim == 0:
        return []
    cells = [_label(cell) for cell in array.ravel()] if array.dtype.kind in "USOV" else []
    return [cell for cell in cells if cell is not None] if None not in cells else []


def _label(cell: Any) -> str | None:
    """Text of a cell, or of the label in a structure; else None."""
    if isinstance(cell, (np.ndarray, np.void)) and cell.dtype.names and np.size(cell) == 1:
        field = next((name for name in cell.dtype.names if NAMES.fullmatch(_letters(name))), None)
        cell = cell.item()[cell.dtype.names.index(field)] if field else None
    if isinstance(cell, bytes):
        cell = cell.decode(errors="replace")
    return str(cell).strip() if isinstance(cell, str) else None


def _whole_numbers(value: Any, sizes: Sequence[int], electrodes: Sequence[str]) -> list[str]:
    """Numbers that name the leads: one each, all different, and no mere count."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or max(array.shape, default=0) != array.size or array.size not in sizes:
        return []
    numbers = array.ravel().astype(float)
    if len(np.unique(numbers)) < len(numbers) or not all(number.is_integer() for number in numbers.tolist()):
        return []
    labels = [f"{number:.0f}" for number in numbers]
    counting = any(np.array_equal(numbers, np.arange(len(electrodes)) + first) for first in (0, 1))
    return [] if counting and set(labels) != set(numbers_of(electrodes)) else labels


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


def _read_numpy(path: Path, names: Sequence[str]) -> Sheet:
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
    return _plain(arrays, names, path, arrays)


def _read_zarr(path: Path, names: Sequence[str]) -> Sheet:
    """Read the variable bsp of a store with named dimensions, or a bare array."""
    import xarray as xr
    import zarr

    try:
        opened = zarr.open(path, mode="r")
        if isinstance(opened, zarr.Array):
            return _plain({path.name: opened[:]}, names, path, dict(opened.attrs))
        with xr.open_zarr(path, consolidated=False, chunks=None, decode_times=False) as data:
            return _bsp_of(data, names, path)
    except InputError:
        raise
    except Exception as error:  # each codec has its own errors
        raise InputError(f"{path}: not a Zarr store that can be read ({one_line(error)})") from None


def _bsp_of(data: xr.Dataset, names: Sequence[str], path: Path) -> Sheet:
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
    if not _is_matrix(bsp.values):
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
    return _described(bsp.values, 0, stated, names, path, units)


def _plain(arrays: Mapping[str, Any], names: Sequence[str], path: Path, stated: Mapping[str, Any]) -> Sheet:
    """Matrix of the recording: the only one, or the only one with as many rows or columns as electrodes."""
    matrices = {name: array for name, array in arrays.items() if _is_matrix(array)}
    if not matrices:
        found = listed([f"{name} {np.shape(array)}" for name, array in arrays.items()])
        raise InputError(
            f"{path}: no matrix of numbers with two dimensions, leads and time, only {found or 'nothing'}"
        )
    clocks = {name for name in matrices if kind_of(name) and 1 in matrices[name].shape}
    matrices = {name: array for name, array in matrices.items() if name not in clocks} or matrices
    fitting = {name: array for name, array in matrices.items() if len(names) in array.shape} or matrices
    values = _one_of(fitting, path)
    return _described(values, None, _beside(stated, values.shape), names, path)


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
    if rows == columns and (rows == count or sheet.names):
        raise InputError(
            f"{path}: {rows} rows and {columns} columns, so that leads and samples can't be distinguished; "
            "give a CSV with a header of electrode names, or a time_ms column"
        )
    return sheet.values.T if columns == count else sheet.values


READERS = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".mat": _read_mat,
    ".npy": _read_numpy,
    ".npz": _read_numpy,
    ".zarr": _read_zarr,
}
