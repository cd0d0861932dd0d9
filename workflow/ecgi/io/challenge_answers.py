"""Answers to recordings of the ECGI Challenge: heart surface potentials and a site, in MATLAB files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import InputError
from .matlab import read_matlab
from .recordings.reading import IN_MV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray

STRUCTURE, POTENTIALS, SITE, UNIT = "ts", "potvals", "pacingLoc", "unit"
UNIT_NAMES = {1.0: "mV", 1e-3: "uV", 1e3: "V", 1e-6: "nV"}


class Answer(NamedTuple):
    """Potentials and site of a beat.

    Attributes
    ----------
    potentials : numpy.ndarray, shape (node, time), or None
        In the unit of the recording.
    site : numpy.ndarray, shape (3,), or None
        In the frame and unit of the heart's file.
    mv_per_unit : float or None
        Unit of the potentials, where it is stated.
    """

    potentials: NDArray | None
    site: NDArray | None
    mv_per_unit: float | None = None


def write_answer(path: str | PathLike[str], answer: Answer) -> None:
    """Write an answer as the Challenge's scorer reads it: ``ts`` with ``potvals`` and ``pacingLoc``.

    Parameters
    ----------
    path : path-like
    answer : Answer
    """
    from scipy.io import savemat

    fields: dict[str, Any] = {POTENTIALS: answer.potentials, SITE: answer.site}
    if answer.mv_per_unit in UNIT_NAMES:
        fields[UNIT] = UNIT_NAMES[answer.mv_per_unit]
    savemat(path, {STRUCTURE: fields}, do_compression=True)


def read_answer(path: str | PathLike[str]) -> Answer:
    """Read an answer, or the truth of a training beat.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Answer
        What the file lacks is None.

    Raises
    ------
    InputError
        If there is no structure ``ts`` with potentials or a site, or they are no numbers.
    """
    fields = read_matlab(path).get(STRUCTURE)
    if not isinstance(fields, dict) or not {POTENTIALS, SITE} & set(fields):
        raise InputError(f"{path}: no structure {STRUCTURE} with {POTENTIALS} or {SITE}, as answers have")
    potentials, site = (_numbers(fields, name, path) for name in (POTENTIALS, SITE))
    if potentials is not None and potentials.ndim != 2:
        raise InputError(
            f"{path}: {POTENTIALS} must be a matrix, nodes by samples, not of {potentials.shape}"
        )
    if site is not None and site.shape != (3,):
        raise InputError(f"{path}: {SITE} must be three numbers, not of shape {site.shape}")
    unit = fields.get(UNIT)
    return Answer(potentials, site, IN_MV.get(unit.strip().casefold()) if isinstance(unit, str) else None)


def pack(answers: Mapping[str, str | PathLike[str]], path: str | PathLike[str]) -> None:
    """Put answers into a zip to upload.

    Parameters
    ----------
    answers : mapping of str to path-like
        Files by their names in the zip.
    path : path-like
        Of the zip.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(answers.items()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, Path(file).read_bytes(), zipfile.ZIP_DEFLATED)


def _numbers(fields: Mapping[str, Any], name: str, path: str | PathLike[str]) -> NDArray | None:
    """Numbers of a field; None where it is missing or empty."""
    value = np.asarray(fields.get(name, ()))
    if value.size == 0:
        return None
    if value.dtype.kind not in "fiu" or not np.isfinite(value).all():
        raise InputError(f"{path}: {name} must be finite numbers")
    return value.astype(float)
