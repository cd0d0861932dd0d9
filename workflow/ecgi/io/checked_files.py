"""Tables and JSON that one rule writes and others read, each with the checksum of its content.

They open in any other program: the checksum is a column `crc32c` of a table, the same in each row, and a
key `crc32c` of JSON.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import google_crc32c
import pandas as pd

from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

CHECKSUM = "crc32c"
SEPARATORS = {".tsv": "\t", ".csv": ","}
TEXT = dict.fromkeys(("case", "name"), str)  # columns of names, which may look like numbers
ENDING = len(",0123abcd\n")  # bytes at the end of a row: separator, checksum, end of the line


def write_table(path: str | PathLike[str], table: pd.DataFrame, float_format: str | None = None) -> None:
    """Write a table with its checksum.

    Parameters
    ----------
    path : path-like
        File to write, .tsv or .csv.
    table : pandas.DataFrame
        At least one row; the index is left out.
    float_format : str, optional
        Format of numbers that are no integers.

    Raises
    ------
    InputError
        If a cell holds a line break.
    """
    separator = SEPARATORS[Path(path).suffix]
    text = table.to_csv(sep=separator, index=False, float_format=float_format, lineterminator="\n")
    content = text.encode()
    if content.count(b"\n") != len(table) + 1:
        raise InputError(f"{path}: a name with a line break can't be written to a table; rename it")
    header, rows = content.split(b"\n", 1)
    ending = f"{separator}{_checksum(content)}\n".encode()
    with open(path, "wb") as file:
        file.writelines([header, f"{separator}{CHECKSUM}\n".encode(), rows.replace(b"\n", ending)])


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table as written by `write_table`, without its checksum.

    Parameters
    ----------
    path : path-like
        Table of .tsv or .csv.

    Returns
    -------
    pandas.DataFrame
        Names are text, whatever they look like; empty cells are NaN.

    Raises
    ------
    InputError
        If the bytes are not those that were written.
    """
    separator = SEPARATORS[Path(path).suffix]
    header, _, rows = Path(path).read_bytes().partition(b"\n")
    ending = rows[-ENDING:]
    content = header.removesuffix(f"{separator}{CHECKSUM}".encode()) + b"\n" + rows.replace(ending, b"\n")
    if ending != f"{separator}{_checksum(content)}\n".encode():
        raise _damaged(path)
    return pd.read_csv(
        io.BytesIO(content), sep=separator, dtype=TEXT, keep_default_na=False, na_values=[""], comment=None
    )


def write_json(path: str | PathLike[str], values: Mapping[str, Any]) -> None:
    """Write JSON with its checksum.

    Parameters
    ----------
    path : path-like
        File to write.
    values : mapping
        What JSON can hold.
    """
    content = json.loads(json.dumps(values))
    whole = {**content, CHECKSUM: _checksum(json.dumps(content).encode())}
    Path(path).write_text(f"{json.dumps(whole, indent=1)}\n", encoding="utf-8")


def read_json(path: str | PathLike[str]) -> dict[str, Any]:
    """Read JSON as written by `write_json`, without its checksum.

    Parameters
    ----------
    path : path-like
        File of JSON.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the content is not what was written.
    """
    try:
        content = json.loads(Path(path).read_bytes())
        if content.pop(CHECKSUM) == _checksum(json.dumps(content).encode()):
            return content
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise _damaged(path)


def _checksum(content: bytes) -> str:
    """CRC-32C in hexadecimal digits."""
    return f"{google_crc32c.value(content):08x}"


def _damaged(path: str | PathLike[str]) -> InputError:
    """Error of a file whose content is not what was written."""
    return InputError(f"{path}: damaged or edited, not what was written; remove it and run again")
