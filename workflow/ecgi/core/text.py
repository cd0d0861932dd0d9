"""Text of files in any usual encoding, and numbers with a decimal comma."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from .errors import InputError, shown

MARKED = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # byte order marks
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
SEPARATORS = "\t;,"
COMMA = re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?|[+-]?\d+,", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a file of text in UTF-8, UTF-16 or Windows-1252, a superset of Latin-1.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the file can't be read, or is no text.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not CONTROL.search(text):
            return text
    raise InputError(f"{path}: not a text file; is its ending right?")


def _encodings(content: bytes) -> list[str]:
    """Encodings that a file may have, the likeliest first."""
    for mark, encoding in MARKED.items():
        if content.startswith(mark):
            return [encoding]
    if b"\0" in content[:1000]:
        return ["utf-16-le", "utf-16-be"] if not content[:1000:2].count(0) else ["utf-16-be", "utf-16-le"]
    return ["utf-8", "cp1252"]


def separator_of(line: str) -> str:
    """Mark between the cells of a table.

    Parameters
    ----------
    line : str
        Its first line.

    Returns
    -------
    str
        The first of tab, semicolon and comma that the line has, else a blank.
    """
    return next((mark for mark in SEPARATORS if mark in line), " ")


def with_points(cells: Sequence[str], where: str) -> list[str]:
    """Numbers with a point in place of a decimal comma.

    Parameters
    ----------
    cells : sequence of str
        Numbers of a table, as text; empty cells and other text stay as they are.
    where : str
        Name of the table in messages.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If commas may be marks of thousands.
    """
    commas = [
        cell.strip() for cell in cells if COMMA.fullmatch(cell.strip()) or THOUSANDS.match(cell.strip())
    ]
    if not commas:
        return list(cells)
    others = [cell for cell in cells if cell.strip() and "," not in cell and any(map(str.isdigit, cell))]
    grouped = all(THOUSANDS.fullmatch(cell) for cell in commas)
    unsure = grouped and (others or not any(cell.startswith("-") for cell in commas))
    if unsure or any("." in cell for cell in [*others, *commas]):
        raise InputError(
            f"{where}: the comma of {shown(commas[0])} may stand before decimals or thousands; write a point "
            "before decimals, and no mark before thousands"
        )
    return [cell.replace(",", ".") if COMMA.fullmatch(cell) else cell for cell in cells]
