"""Reader of the text tables that users write: the cases table, tables of electrodes."""

import csv
import os
from pathlib import Path

from .errors import InputError, one_line


def read_table(path: str | os.PathLike[str], delimiter: str) -> tuple[list[str], list[dict[str, str]]]:
    """Read a UTF-8 table with a header; empty lines and those that begin with # are skipped.

    Parameters
    ----------
    path : path-like
    delimiter : str
        One character.

    Returns
    -------
    columns : list of str
    rows : list of dict of str to str
        Empty cells are empty strings, and so are those that a row lacks at its end.

    Raises
    ------
    InputError
        If the file can't be read as such a table, two columns share a name, or a row has too many cells.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as lines:
            kept = (line for line in lines if line.strip() and not line.startswith("#"))
            cells = [
                [cell.strip() for cell in row]
                for row in csv.reader(kept, delimiter=delimiter, skipinitialspace=True)
            ]
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a table of text in UTF-8; save it as such") from None
    except (OSError, csv.Error) as error:
        raise InputError(f"{path}: not a table that can be read ({one_line(error)})") from None
    if not cells:
        raise InputError(f"{path}: the table is empty; its first line must name the columns")
    columns, *rows = cells
    twice = {name for name in columns if name and columns.count(name) > 1}
    if twice:
        raise InputError(f"{path}: two columns are named {one_line(min(twice))}; remove one")
    for row in rows:
        if any(row[len(columns) :]):
            raise InputError(
                f"{path}, {one_line(row[0])}: {len(row)} cells, and the header has {len(columns)} columns"
            )
    return columns, [dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=False)) for row in rows]
