"""IGB files, the binary series of openCARP and meshalyzer: a header of text, then all points at each time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..core.errors import InputError, listed, one_line, shown

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

HEADER = 1024  # bytes
ENTRY = re.compile(r"(\w+):(\S+)")
TYPES = {"byte": "u1", "char": "i1", "short": "i2", "int": "i4", "long": "i4", "float": "f4", "double": "f8"}
ORDERS = {"little_endian": "<", "big_endian": ">"}


class Series(NamedTuple):
    """Values at points over time.

    Attributes
    ----------
    values : numpy.ndarray, shape (point, time)
        In `unit`.
    first_ms, step_ms : float
        Time of the first sample, and between samples.
    unit : str
        Of the values, as the file spells it; empty if it has none.
    """

    values: NDArray
    first_ms: float
    step_ms: float
    unit: str


def write_igb(path: str | PathLike[str], series: Series) -> None:
    """Write a series as float32.

    Parameters
    ----------
    path : path-like
    series : Series
    """
    points, samples = series.values.shape
    last_ms = series.step_ms * (samples - 1)
    entries = [
        f"x:{points} y:1 z:1 t:{samples} type:float systeme:little_endian",
        f"org_t:{series.first_ms:g} dim_t:{last_ms:g} inc_t:{series.step_ms:g} unites_t:ms",
        f"unites:{series.unit} facteur:1 zero:0",
    ]
    header = "\r\n".join([*entries, ""]).encode("ascii")
    with open(path, "wb") as file:
        file.write(header.ljust(HEADER - 1) + b"\f")
        file.write(series.values.T.astype("<f4").tobytes())


def read_igb(path: str | PathLike[str]) -> Series:
    """Read a series.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Series

    Raises
    ------
    InputError
        If the file is no IGB file, its size is not the one that its header states, its times are not in ms,
        or its values are scaled.
    """
    content = Path(path).read_bytes()
    header = dict(ENTRY.findall(content[:HEADER].decode("latin-1")))
    missing = [key for key in ("x", "t", "type", "systeme") if key not in header]
    if missing:
        raise InputError(f"{path}: not an IGB file, as its first {HEADER} bytes lack {listed(missing)}")
    if header["type"] not in TYPES or header["systeme"] not in ORDERS:
        raise InputError(
            f"{path}: type {one_line(header['type'])} and systeme {one_line(header['systeme'])}; known are "
            f"{listed(list(TYPES))}, {listed(list(ORDERS))}"
        )
    sides = [_number(header, key, 1, path) for key in "xyzt"]
    kind = np.dtype(ORDERS[header["systeme"]] + TYPES[header["type"]])
    stated = HEADER + kind.itemsize * np.prod(sides)
    if len(content) != stated:
        raise InputError(f"{path}: {len(content)} bytes, and its header states {stated:.0f}; it is damaged")
    if (_number(header, "facteur", 1, path), _number(header, "zero", 0, path)) != (1, 0):
        raise InputError(f"{path}: values scaled by facteur and zero; write them as they are, as float")
    if header.get("unites_t", "ms") != "ms":
        raise InputError(f"{path}: times in {one_line(header['unites_t'])}; ms are needed")
    samples = int(sides[3])
    step = _number(header, "inc_t", 0, path)
    if step <= 0 and samples > 1:
        step = _number(header, "dim_t", 0, path) / (samples - 1)
    values = np.frombuffer(content, kind, offset=HEADER).reshape(samples, -1).T
    unit = header.get("unites", "")
    return Series(values.astype(float), _number(header, "org_t", 0, path), step, unit)


def _number(header: dict[str, str], key: str, otherwise: float, path: str | PathLike[str]) -> float:
    """Number of an entry of a header."""
    try:
        number = float(header.get(key, otherwise))
    except ValueError:
        number = np.nan
    if not np.isfinite(number) or (key in "xyzt" and (number < 1 or number != int(number))):
        raise InputError(f"{path}: {key} of its header is {shown(header[key])}; it is damaged")
    return number
