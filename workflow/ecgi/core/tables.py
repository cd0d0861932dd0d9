"""Reader of the text tables that users write: the cases table, tables of electrodes."""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import InputError, one_line


def read_table(path: str | os.PathLike[str], delimiter: str) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Read a UTF-8 table with a header; empty lines and those that begin with # are skipped.

    Parameters
    ----------
    path : path-like
    delimiter : str
        One character.

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
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            lines = _Lines(file)
            for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
                cells[lines.number] = [cell.strip() for cell in row]
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a table of text in UTF-8; save it as such") from None
    except (OSError, csv.Error) as error:
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
