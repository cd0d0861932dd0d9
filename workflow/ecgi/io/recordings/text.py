"""Recordings in tables of text."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InputError, listed, one_line, shown
from ...core.text import read_text, separator_of, with_points
from ..clocks import clocks_of, kind_of
from ..lead_names import MOST_NAMES, are_names, letters_of
from .described import NAMES
from .sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Row = tuple[int, list[str]]  # line number and cells

COUNTERS = ("", "index", "sample", "samples", "samplenumber", "frame", "frames")  # columns that count samples


def read(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read a text table, with or without a header, or with names at the beginning of its lines.

    Parameters
    ----------
    path : Path
        Text in one of the encodings of `text.read_text`, its cells separated by tabs, semicolons, commas or
        blanks.
    electrodes : sequence of str
        Names of the electrodes.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the table can't be read, or is ambiguous.
    """
    names = electrodes
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
    if not label.strip()[:1].isalpha() or NAMES.fullmatch(letters_of(label)) or kind_of(label):
        raise InputError(
            f"{path}, line {rows[0][0]}: leads in lines have a header, which may be times; remove it and set "
            "sampling_hz, or give samples in lines with a column time_ms"
        )
    values = _values([(line, row[1:]) for line, row in rows], path, 1)
    labels = [row[0].strip() for _, row in rows]
    return Sheet(values, 0, (), labels)


def _with_header(header: list[str], values: NDArray[np.floating], names: Sequence[str], path: Path) -> Sheet:
    """Contents of a table with a header: leads, times, and numbers of samples, which are left out."""
    leads, stated = [], {}
    for column, name in enumerate(header):
        if name in names or not (kind_of(name) or letters_of(name) in COUNTERS):
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
    labels = [header[column] for column in leads]
    return Sheet(values[:, leads], 1, clocks, labels)


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


def _values(rows: list[Row], path: Path, offset: int = 0) -> NDArray[np.floating]:
    """Numbers of the cells; `offset` columns stand before them."""
    return np.array(
        [[_to_number(cell, path, line, n + offset) for n, cell in enumerate(row)] for line, row in rows]
    )


def _cells(path: Path) -> list[Row]:
    """Cells of each line of a text table, all lines of the same length."""
    lines = [(number, line) for number, line in enumerate(read_text(path).splitlines(), 1) if line.strip()]
    if not lines:
        raise InputError(f"{path}: the file is empty")
    separator = separator_of(lines[0][1])
    rows = [(number, _cells_of(line, separator, f"{path}, line {number}")) for number, line in lines]
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise InputError(f"{path}, line {number}: {len(row)} cells, where line {rows[0][0]} has {width}")
    return rows if separator == "," else _with_points(rows, path)


def _with_points(rows: list[Row], path: Path) -> list[Row]:
    """Lines with a point in place of decimal commas; a header and names of leads are left as they are."""
    if not any("," in cell for _, row in rows for cell in row):
        return rows
    cells = iter(with_points([cell for _, row in rows for cell in row], str(path)))
    return [(number, [next(cells) for _ in row]) for number, row in rows]


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
