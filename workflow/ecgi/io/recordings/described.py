"""Names, times, units and bad leads that stand beside the potentials in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import InputError, listed, one_line
from ..clocks import clocks_of, kind_of
from ..lead_names import letters_of, numbers_of
from ..matlab import Opaque
from .sheet import Sheet, beside, is_matrix, last, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NAMES = re.compile(
    r"(?:lead|channel|chan|ch|electrode|elec|signal|column)?(?:names?|labels?|ids?)|leadinfo|leads?|channels?"
    "|electrodes?"
)
UNITS = re.compile(r"(?:potentials?|potvals?|signals?|voltages?|amplitudes?|bspm?|ecg|data)?units?")
BAD = re.compile(r"bad(?:leads?|channels?|electrodes?|signals?)?(?:indices|index|idx|list|mask)?")
GOOD_LEAD, INTERPOLATED = 0, 4  # flags of a lead in files of map3d; 1 is a bad lead, 2 one without data


def only_matrix(
    arrays: Mapping[str, Any], electrodes: Sequence[str], path: Path, stated: Mapping[str, Any]
) -> Sheet:
    """Matrix of a recording, the only one or the only one that has a row or column per electrode.

    Parameters
    ----------
    arrays : mapping
        All that may be the matrix.
    electrodes : sequence of str
        Names of the electrodes.
    path : Path
        Name of the file in messages.
    stated : mapping
        All that stands in the file.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If there is none, or several.
    """
    matrices = {name: array for name, array in arrays.items() if is_matrix(array)}
    if not matrices:
        found = listed([f"{name} {np.shape(array)}" for name, array in arrays.items()])
        raise InputError(
            f"{path}: no matrix of numbers with two dimensions, leads and time, only {found or 'nothing'}"
        )
    clocks = {name for name in matrices if kind_of(last(name)) and 1 in matrices[name].shape}
    matrices = {name: array for name, array in matrices.items() if name not in clocks} or matrices
    fitting = {name: array for name, array in matrices.items() if len(electrodes) in array.shape} or matrices
    owner, values = one_of(fitting, path)
    return described(values, None, beside(stated, values.shape, owner), electrodes, path)


def described(
    values: NDArray[np.floating],
    leads_axis: int | None,
    stated: Mapping[str, Any],
    electrodes: Sequence[str],
    path: Path,
    units: Mapping[str, str] | None = None,
) -> Sheet:
    """Potentials with the names, times, units and bad leads that stand beside them in the file.

    Parameters
    ----------
    values : numpy.ndarray
        Potentials.
    leads_axis : {0, 1, None}
        Axis of the leads, if it is known.
    stated : mapping
        See `beside`.
    electrodes : sequence of str
        Names of the electrodes.
    path : Path
        Name of the file in messages.
    units : mapping, optional
        Units that the file gives to a variable besides its name.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If a statement can't be read, or two contradict each other.
    """
    for field, value in stated.items():
        if isinstance(value, Opaque) and (NAMES.fullmatch(letters_of(last(field))) or kind_of(last(field))):
            raise InputError(
                f"{path}: {one_line(field)} is an object of MATLAB, which is not read; save names by cellstr "
                "and times as numbers"
            )
    names, leads_axis = _names(values, leads_axis, stated, electrodes, path)
    counts = values.shape if leads_axis is None else (values.shape[leads_axis],)
    clocks = {name: _as_array(value) for name, value in stated.items()}
    return Sheet(
        values.astype(float),
        leads_axis,
        clocks_of(clocks, path, units),
        names,
        _units(stated),
        _bad(stated, counts, path),
    )


def _names(
    values: NDArray[np.floating],
    leads_axis: int | None,
    stated: Mapping[str, Any],
    electrodes: Sequence[str],
    path: Path,
) -> tuple[list[str] | None, int | None]:
    """Names of the leads, and the axis of the leads as far as it is known."""
    sizes = [values.shape[axis] for axis in ((0, 1) if leads_axis is None else (leads_axis,))]
    found: dict[str, list[str]] = {}
    for field, value in stated.items():
        if NAMES.fullmatch(letters_of(last(field))):
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
    return names, leads_axis


def _units(stated: Mapping[str, Any]) -> list[str]:
    """Units that a file states, without blanks."""
    found = [value for field, value in stated.items() if UNITS.fullmatch(letters_of(last(field)))]
    texts = [_label(value) for value in found]
    return [text for text in texts if text]


def _bad(stated: Mapping[str, Any], counts: tuple[int, ...], path: Path) -> list[int | str]:
    """Leads that a file marks as bad."""
    bad: list[int | str] = []
    for field, value in stated.items():
        name = letters_of(last(field))
        if not BAD.fullmatch(name) and name != "leadinfo":
            continue
        words = _words(value)
        numbers = np.atleast_1d(_as_array(value)).ravel()
        numbers = numbers.astype(int) if numbers.dtype == bool else numbers
        if words and name != "leadinfo":
            bad += words
        elif numbers.dtype.kind in "iufb" and len(numbers):
            bad += _flagged(numbers, counts, name == "leadinfo", f"{path}: {one_line(field)}", path)
    return bad


def _flagged(
    numbers: NDArray, counts: tuple[int, ...], flags: bool, where: str, path: Path
) -> list[int | str]:
    """Indices of the leads that flags or numbers mark as bad."""
    if len(numbers) in counts and np.isin(numbers, range(8) if flags else (0, 1)).all():
        return [int(lead) for lead in np.flatnonzero((numbers != GOOD_LEAD) & (numbers != INTERPOLATED))]
    if flags:
        return []
    if path.suffix.lower() != ".mat" or not np.isin(numbers, np.arange(1, max(counts) + 1)).all():
        raise InputError(
            f"{where} must have a true or false per lead, or names of leads; correct or remove it"
        )
    return [int(number) - 1 for number in numbers]


def _as_array(value: Any) -> NDArray:
    """A list as an array, of objects if it holds others than numbers or text."""
    if not isinstance(value, list):
        return np.asarray(value)
    cells = [cell.item() if isinstance(cell, np.ndarray) and cell.ndim == 0 else cell for cell in value]
    if all(isinstance(cell, (bool, int, float, str)) for cell in cells):
        return np.asarray(cells)
    array = np.empty(len(cells), object)
    array[:] = cells
    return array


def _words(value: Any) -> list[str]:
    """Names in an array or list of text, or in one of structures with a label; else none."""
    if not isinstance(value, (list, np.ndarray)) or np.ndim(value) == 0:
        return []
    if isinstance(value, np.ndarray) and value.dtype.kind not in "USO":
        return []
    cells = [_label(cell) for cell in (value if isinstance(value, list) else value.ravel().tolist())]
    return [cell for cell in cells if cell is not None] if None not in cells else []


def _label(cell: Any) -> str | None:
    """Text of a cell, or of the label in a structure; else None."""
    if isinstance(cell, dict):
        cell = next((value for name, value in cell.items() if NAMES.fullmatch(letters_of(name))), None)
    if isinstance(cell, np.ndarray) and cell.ndim == 0:
        cell = cell.item()
    if isinstance(cell, bytes):
        cell = cell.decode(errors="replace")
    return str(cell).strip() if isinstance(cell, str) else None


def _whole_numbers(value: Any, sizes: Sequence[int], electrodes: Sequence[str]) -> list[str]:
    """Numbers that name the leads: one each, all different, and no mere count."""
    array = _as_array(value)
    if array.dtype.kind not in "iuf" or max(array.shape, default=0) != array.size or array.size not in sizes:
        return []
    numbers = array.ravel().astype(float)
    if len(np.unique(numbers)) < len(numbers) or not all(number.is_integer() for number in numbers.tolist()):
        return []
    labels = [f"{number:.0f}" for number in numbers]
    counting = any(np.array_equal(numbers, np.arange(len(electrodes)) + first) for first in (0, 1))
    return [] if counting and set(labels) != set(numbers_of(electrodes)) else labels
