"""What a file of a recording holds: potentials, and what stands beside them of leads, times and units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...core.errors import InputError, listed
from ..clocks import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Sheet(NamedTuple):
    """Contents of a recording's file.

    Attributes
    ----------
    values : numpy.ndarray, shape (row, column)
        Potentials in the file's units.
    leads_axis : {0, 1, None}
        Axis of the leads; None where the file does not define it.
    clocks : list of Clock
        All that the file states of time.
    names : list of str, optional
        Names of the leads.
    units : list of str
        Units that the file states: one of all leads, or one of each lead; none if it has none.
    bad : sequence of int or str
        Leads that the file marks as bad, by their index or their name.
    """

    values: NDArray[np.floating]
    leads_axis: int | None = None
    clocks: Sequence[Clock] = ()
    names: list[str] | None = None
    units: Sequence[str] = ()
    bad: Sequence[int | str] = ()


def flattened(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Values, and those of the structures among them, by the path to each.

    Parameters
    ----------
    values : mapping
        A structure is a mapping, or a list that holds one.
    before : str
        Path to them, which ends in a point.

    Returns
    -------
    dict of str to object
    """
    fields: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0]
        if isinstance(value, dict):
            fields |= flattened(value, f"{before}{name}.")
        else:
            fields[before + name] = value
    return fields


def is_matrix(value: Any) -> bool:
    """Whether a value is a matrix of real numbers.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
    """
    return (
        isinstance(value, np.ndarray)
        and value.ndim == 2
        and value.dtype.kind in "fiu"
        and min(value.shape) > 0
    )


def one_of(arrays: Mapping[str, NDArray], path: Path) -> tuple[str, NDArray]:
    """Name of the only array, and the array.

    Parameters
    ----------
    arrays : mapping
    path : Path
        Name of the file in messages.

    Returns
    -------
    name : str
    array : numpy.ndarray

    Raises
    ------
    InputError
        If there are several.
    """
    if len(arrays) > 1:
        raise InputError(f"{path}: holds {listed(list(arrays))}; save the one of the recording alone")
    return next(iter(arrays.items()))


def beside(stated: Mapping[str, Any], shape: tuple[int, ...], field: str) -> dict[str, Any]:
    """Select what stands beside the potentials in a file, and what fits them in other structures.

    Parameters
    ----------
    stated : mapping
        All that stands in the file.
    shape : tuple of int
        Of the potentials.
    field : str
        Path to them.

    Returns
    -------
    dict of str to object
    """
    owner = field[: -len(last(field))]
    return {
        other: value
        for other, value in stated.items()
        if "." not in other or (owner and other.startswith(owner)) or _size(value) in (1, *shape)
    }


def last(field: str) -> str:
    """Last part of the path to a field.

    Parameters
    ----------
    field : str

    Returns
    -------
    str
    """
    return field.rsplit(".", 1)[-1]


def _size(value: Any) -> int:
    """Number of values."""
    return len(value) if isinstance(value, list) else int(np.size(value))
