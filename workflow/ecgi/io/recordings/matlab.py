"""Recordings in MATLAB files: a matrix, or a structure as those of EDGAR, SCIRun and map3d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ...core.errors import InputError, one_line
from ..lead_names import letters_of
from ..matlab import read_matlab
from .described import NAMES, described, only_matrix
from .sheet import Sheet, beside, flattened, is_matrix, last, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

POTENTIALS = ("potvals", "potval", "potentials")  # fields of a structure


def read(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read the matrix of a MATLAB file, or the potentials of a structure in it.

    Parameters
    ----------
    path : Path
    electrodes : sequence of str
        Names of the electrodes.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the file can't be read, or has no or several recordings.
    """
    variables = read_matlab(path)
    _refuse_several(variables, path)
    stated = flattened(variables)
    potentials = {
        field: value
        for field, value in stated.items()
        if "." in field and letters_of(last(field)) in POTENTIALS and is_matrix(value)
    }
    if potentials:
        field, values = one_of(potentials, path)
        near = beside(stated, values.shape, field)
        return described(values, _leads_axis(values.shape, near, electrodes), near, electrodes, path)
    top = any(is_matrix(value) for value in variables.values())
    return only_matrix(variables if top else stated, electrodes, path, stated)


def _leads_axis(
    shape: tuple[int, ...], stated: Mapping[str, Any], electrodes: Sequence[str]
) -> Literal[0] | None:
    """Axis of the leads: the first, unless the second has the number of the electrodes or of names."""
    named = {
        len(value)
        for field, value in stated.items()
        if isinstance(value, list) and NAMES.fullmatch(letters_of(last(field)))
    }
    counts = {len(electrodes), *named}
    return None if shape[1] in counts and shape[0] not in counts else 0


def _refuse_several(variables: dict[str, Any], path: Path) -> None:
    """Refuse an array of structures with potentials."""
    for name, value in variables.items():
        if isinstance(value, list) and len(value) > 1:
            held = [
                cell
                for cell in value
                if isinstance(cell, dict) and set(map(letters_of, cell)) & {*POTENTIALS}
            ]
            if len(held) > 1:
                raise InputError(
                    f"{path}: {one_line(name)} holds {len(held)} recordings; save one beat alone"
                )
