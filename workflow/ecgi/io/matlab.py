"""Variables of MATLAB files: level 4 and 5, files of SCIRun and map3d, and version 7.3.

Level 5 is read here rather than by SciPy, which ends the process on some damaged structures and refuses names
tagged as unsigned, as SCIRun and map3d write them. Nothing in a file is executed.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import h5py
    from numpy.typing import NDArray

DEEPEST = 20  # structures in structures
MOST_BYTES = 2**32  # of one decompressed variable
HEADER = 128
# Types of data elements and classes of arrays: MAT-File Format, The MathWorks, tables 1-1 and 1-3.
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
MATRIX, COMPRESSED = 14, 15
CELL, STRUCT, CHAR, FIRST_NUMERIC, LAST_NUMERIC, OPAQUE = 1, 2, 4, 6, 15, 17
COMPLEX = 0x0800
HDF5_NUMBERS = {
    "double",
    "single",
    "logical",
    *(f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)),
}


class Opaque:
    """A value that is not read: an object, such as an array of strings, or a sparse or complex matrix."""


class _Damaged(ValueError):
    """Content that does not follow the format."""


def read_matlab(path: str | PathLike[str]) -> dict[str, Any]:
    """Read the variables of a MATLAB file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict of str to object
        By name: arrays of numbers without axes of length 1, a number as an array without axes, text as str,
        several lines of text and cells as lists, a structure as a dict, an array of structures as a list of
        them, else `Opaque`.

    Raises
    ------
    InputError
        If the file is damaged or of another kind.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(512 + 8)
        if start[512:] == b"\x89HDF\r\n\x1a\n" or start[:8] == b"\x89HDF\r\n\x1a\n":
            return _read_hdf5(path)
        if len(start) < HEADER or 0 in start[:4]:
            return _read_level_4(path)
        return dict(_variables(path.read_bytes()))
    except Exception as error:  # libraries raise nearly anything on a damaged file
        raise InputError(f"{path}: not a MATLAB file that can be read ({one_line(error)})") from None


def _read_level_4(path: Path) -> dict[str, Any]:
    """Variables of a file of level 4."""
    from scipy.io import loadmat

    contents = loadmat(path, squeeze_me=True)
    return {name: np.asarray(value) for name, value in contents.items() if not name.startswith("__")}


def _variables(content: bytes) -> Iterator[tuple[str, Any]]:
    """Names and values of a file of level 5."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:
        raise _Damaged("no mark of a byte order")
    for kind, data in _elements(memoryview(content)[HEADER:], order):
        if kind == COMPRESSED:
            unpacked = zlib.decompressobj().decompress(data, MOST_BYTES)
            kind, data = _next(_elements(memoryview(unpacked), order))
        if kind != MATRIX:
            raise _Damaged(f"an element of type {kind} where a variable begins")
        name, value = _matrix(data, order, 0)
        if name:  # the subsystem of objects has none
            yield name, value


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of each data element."""
    at = 0
    while at + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, at)
        if kind >> 16:  # a small element, its size and type in four bytes
            kind, size, first, step = kind & 0xFFFF, kind >> 16, at + 4, 8
            if size > 4:
                raise _Damaged("a small element of more than four bytes")
        else:
            first = at + 8
            step = 8 + size + (0 if kind == COMPRESSED else -size % 8)
        if first + size > len(content):
            raise _Damaged("cut short")
        yield kind, content[first : first + size]
        at += step


def _matrix(content: memoryview, order: str, depth: int) -> tuple[str, Any]:
    """Name and value of an array."""
    if not len(content):
        return "", np.empty(0)
    if depth > DEEPEST:
        raise _Damaged("structures too deep")
    parts = _elements(content, order)
    flags = int(_numbers(*_next(parts), order)[0])
    kind = flags & 0xFF
    if kind == OPAQUE:
        return _name(_next(parts)), Opaque()
    shape = [int(size) for size in _numbers(*_next(parts), order)]
    count = int(np.prod([float(size) for size in shape]))
    if len(shape) < 2 or min(shape) < 0 or count > len(content):
        raise _Damaged("an array of impossible shape")
    name = _name(_next(parts))
    if kind == STRUCT:
        return name, _structures(parts, count, order, depth)
    if kind == CELL:
        return name, [_matrix(_array(parts), order, depth + 1)[1] for _ in range(count)]
    if kind == CHAR:
        return name, _text(*_next(parts), shape, order)
    if not FIRST_NUMERIC <= kind <= LAST_NUMERIC:  # objects, sparse matrices, functions
        return name, Opaque()
    values = _numbers(*_next(parts), order)
    if len(values) != count:
        raise _Damaged(f"{len(values)} numbers for {count}")
    if flags & COMPLEX:
        return name, Opaque()
    return name, np.squeeze(values.reshape(shape, order="F"))


def _structures(
    parts: Iterator[tuple[int, memoryview]], count: int, order: str, depth: int
) -> dict[str, Any] | list[dict[str, Any]]:
    """A structure, or several as a list."""
    length = int(_numbers(*_next(parts), order)[0])
    _, letters = _next(parts)
    if length < 1 or len(letters) % length:
        raise _Damaged("impossible names of fields")
    cells = [bytes(letters[at : at + length]) for at in range(0, len(letters), length)]
    fields = [cell.split(b"\0")[0].decode("latin-1") for cell in cells]
    several = [
        {field: _matrix(_array(parts), order, depth + 1)[1] for field in fields}
        for _ in range(count if fields else 0)
    ]
    return several[0] if len(several) == 1 else several


def _next(parts: Iterator[tuple[int, memoryview]]) -> tuple[int, memoryview]:
    """Return the next element of an array."""
    part = next(parts, None)
    if part is None:
        raise _Damaged("an array without content")
    return part


def _array(parts: Iterator[tuple[int, memoryview]]) -> memoryview:
    """Return the next element, which is an array."""
    kind, content = _next(parts)
    if kind != MATRIX:
        raise _Damaged(f"an element of type {kind} where an array begins")
    return content


def _name(part: tuple[int, memoryview]) -> str:
    """Name of an array; its letters are signed in MATLAB's files and unsigned in those of SCIRun."""
    return bytes(part[1]).split(b"\0")[0].decode("latin-1")


def _numbers(kind: int, content: memoryview, order: str) -> NDArray:
    """Numbers of an element."""
    if kind not in NUMBERS:
        raise _Damaged(f"an element of type {kind} where numbers stand")
    kept = np.dtype(order + NUMBERS[kind])
    if len(content) % kept.itemsize:
        raise _Damaged("numbers cut short")
    return np.frombuffer(content, kept).astype(kept.newbyteorder("="))


def _text(kind: int, content: memoryview, shape: list[int], order: str) -> str | list[str]:
    """Text of an element, or its lines."""
    if kind not in TEXTS:
        raise _Damaged(f"an element of type {kind} where text stands")
    ending = "" if TEXTS[kind] in ("latin-1", "utf-8") else {"<": "-le", ">": "-be"}[order]
    letters = bytes(content).decode(TEXTS[kind] + ending, errors="replace")
    if len(shape) > 2 or len(letters) != shape[0] * shape[1]:
        raise _Damaged("text of impossible shape")
    lines = [letters[row :: shape[0]] for row in range(shape[0])]
    return lines[0] if len(lines) == 1 else lines if lines else ""


def _read_hdf5(path: Path) -> dict[str, Any]:
    """Variables of a file of version 7.3."""
    import h5py

    with h5py.File(path, "r") as file:
        return {name: _of_hdf5(file, file, name, 0) for name in file if not name.startswith("#")}


def _of_hdf5(file: h5py.File, group: h5py.Group, name: str, depth: int) -> Any:
    """Value of a member of a group, which lies in the same file."""
    import h5py

    if depth > DEEPEST:
        raise _Damaged("structures too deep")
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise _Damaged(f"{one_line(name)} is a link")
    return _of_object(file, group[name], depth)


def _of_object(file: h5py.File, item: h5py.Group | h5py.Dataset, depth: int) -> Any:
    """Value of a group or dataset."""
    import h5py

    kind = item.attrs.get("MATLAB_class", b"")
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    if isinstance(item, h5py.Group):
        if kind not in ("", "struct") or "MATLAB_sparse" in item.attrs:
            return Opaque()
        fields = {name: _of_hdf5(file, item, name, depth + 1) for name in item}
        several = [value for value in fields.values() if isinstance(value, _References)]
        if fields and len(several) == len(fields) and len({len(values) for values in several}) == 1:
            return [dict(zip(fields, row, strict=True)) for row in zip(*fields.values(), strict=True)]
        return fields
    if item.is_virtual or item.external:
        raise _Damaged("values of another file")
    if item.attrs.get("MATLAB_empty", 0):
        return "" if kind == "char" else np.empty(0)
    if item.dtype == h5py.ref_dtype:
        found = [_of_object(file, file[reference], depth + 1) for reference in item[()].T.ravel(order="F")]
        return found if kind == "cell" else _References(found)
    if kind == "char":
        return _lines(np.atleast_2d(item[()].T))
    if item.dtype.kind not in "iufb" or kind not in {"", *HDF5_NUMBERS}:
        return Opaque()
    return np.squeeze(np.asarray(item[()]).T)


class _References(list[Any]):
    """Values of one field of an array of structures."""


def _lines(codes: NDArray) -> str | list[str]:
    """Text of the codes of its letters, or its lines."""
    lines = ["".join(map(chr, row)) for row in codes.astype(int).tolist()]
    return lines[0] if len(lines) == 1 else lines
