"""Reader of the text tables that users write: the cases table, tables of electrodes."""

import csv
import io
import os
from collections.abc import Iterable, Iterator

from .errors import InputError, one_line
from .text import read_text, separator_of


def read_table(
    path: str | os.PathLike[str], delimiter: str | None = None
) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Read a table with a header; empty lines and those that begin with # are skipped.

    Parameters
    ----------
    path : path-like
        Text in one of the encodings of `text.read_text`.
    delimiter : str, optional
        One character; that of the first line if None, see `text.separator_of`.

    Returns
    -------
    columns : list of str
    rows : dict of int to dict of str to str
        By line of the file, from 1 on. Empty cells are empty strings, and so are those that a row lacks at
        its end.

    Raises
    ------
    InputError
        If the file can't be read as such a table, two columns share a name, or a row has too many cells.
    """
    cells: dict[int, list[str]] = {}
    text = io.StringIO(read_text(path), newline="")
    delimiter = delimiter or separator_of(next(iter(_Lines(text)), ""))
    text.seek(0)
    lines = _Lines(text)
    try:
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            cells[lines.number] = [cell.strip() for cell in row]
    except csv.Error as error:
        raise InputError(f"{path}: not a table that can be read ({one_line(error)})") from None
    if not cells:
        raise InputError(f"{path}: the table is empty; its first line must name the columns")
    columns = cells.pop(min(cells))
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise InputError(f"{path}: two columns are named {one_line(min(twice))}; remove one")
    rows = {}
    for number, row in cells.items():
        if any(row[len(columns) :]):
            raise InputError(
                f"{path}, {one_line(row[0])}: {len(row)} cells, and the header has {len(columns)} columns"
            )
        rows[number] = dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=False))
    return columns, rows


class _Lines:
    """Lines of a file that are neither empty nor comments, and the number of the last one read."""

    def __init__(self, file: Iterable[str]) -> None:
        self.file, self.number = file, 0

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.number += 1
            if line.strip() and not line.startswith("#"):
                yield line
