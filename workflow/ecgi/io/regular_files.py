"""Refuse pipes and devices among the parts of a file or store, on which a reader would wait for ever."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

# Where headers of NRRD and MetaImage name the file of the values.
DETACHED = re.compile(rb"^(?:data ?file|ElementDataFile)\s*[:=]\s*([^\r\n]*?)\s*$", re.M | re.I)
LONGEST_HEADER = 65_536  # bytes


def refuse_detached_pipe(path: str | PathLike[str]) -> None:
    """Refuse an image whose header names something other than a file for its values.

    Parameters
    ----------
    path : path-like
        File of NRRD or MetaImage.

    Raises
    ------
    InputError
        If what it names is there and no file.
    """
    header = Path(path)
    if not header.is_file():
        return
    with header.open("rb") as file:
        beginning = file.read(LONGEST_HEADER)
    named = [found.decode(errors="replace") for found in DETACHED.findall(beginning)]
    refuse_pipes(path, (header.parent / name for name in named if "\0" not in name))


def refuse_pipes(source: str | PathLike[str], parts: Iterable[Path]) -> None:
    """Refuse parts that are neither files nor folders.

    Parameters
    ----------
    source : path-like
        What they are parts of, for the message.
    parts : iterable of Path

    Raises
    ------
    InputError
        If one is there and is neither.
    """
    for part in parts:
        if part.exists() and not part.is_file() and not part.is_dir():
            raise InputError(
                f"{source}: its part {part.name} is a pipe or device, and no file; put a file there"
            )
