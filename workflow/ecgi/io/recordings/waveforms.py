"""Recordings in files of EDF and BDF (EDFlib, BioSemi, many ECG systems) and of WFDB (PhysioNet).

Of the header, names of leads, rates and units are read; a patient's name and dates are not. Messages of the
libraries, which may quote them, are not repeated.
"""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import InputError, listed
from ..clocks import Clock
from ..lead_names import MOST_NAMES
from .sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

VOLTS = ("v", "mv", "uv", "µv", "μv", "nv")


def read_edf(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read the signals of an EDF or BDF file that are potentials.

    Parameters
    ----------
    path : Path
    electrodes : sequence of str
        Names of the electrodes; not needed.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the file can't be read, or its signals have several rates.
    """
    import edfio

    try:
        with warnings.catch_warnings(action="ignore"):
            edf = (edfio.read_bdf if path.suffix.lower() == ".bdf" else edfio.read_edf)(path)
            signals = [signal for signal in edf.signals if signal.physical_dimension.casefold() in VOLTS]
            values = [signal.data for signal in signals]
            names, units = (
                [getattr(signal, of) for signal in signals] for of in ("label", "physical_dimension")
            )
            rates = [float(signal.sampling_frequency) for signal in signals]
    except Exception as error:  # each damage has its own error
        kind = type(error).__name__
        raise InputError(f"{path}: not an EDF or BDF file that can be read ({kind})") from None
    if not signals:
        raise InputError(f"{path}: no signal is in V, mV, uV or nV")
    usual = Counter(rates).most_common(1)[0][0]
    others = [name for name, rate in zip(names, rates, strict=True) if rate != usual]
    if others:
        raise InputError(
            f"{path}: most signals have {usual:g} samples per second, and {listed(others, MOST_NAMES)} not; "
            "save those of the electrodes alone"
        )
    return _sheet(np.array(values), names, units, usual, path)


def read_wfdb(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read the signals of a WFDB record that are potentials.

    Parameters
    ----------
    path : Path
        Its header; the files of signals lie beside it.
    electrodes : sequence of str
        Names of the electrodes; not needed.

    Returns
    -------
    Sheet

    Raises
    ------
    InputError
        If the record can't be read.
    """
    import wfdb

    try:
        with warnings.catch_warnings(action="ignore"):
            record: Any = wfdb.rdrecord(str(path.with_suffix("").absolute()), smooth_frames=True)
        kept = [number for number, unit in enumerate(record.units) if unit.casefold() in VOLTS]
        values = record.p_signal[:, kept].T
        names, units = ([of[number] for number in kept] for of in (record.sig_name, record.units))
        rate = float(record.fs)
    except Exception as error:  # each damage has its own error
        kind = type(error).__name__
        raise InputError(f"{path}: not a WFDB record that can be read ({kind})") from None
    if not kept:
        raise InputError(f"{path}: no signal is in V, mV, uV or nV")
    return _sheet(values, names, units, rate, path)


def _sheet(
    values: NDArray[np.floating], names: list[str | None], units: list[str], rate: float, path: Path
) -> Sheet:
    """Contents of a file with a name, or none, for each of its leads."""
    labels = [(name or "").strip() for name in names]
    if any(labels) and len({*labels} - {""}) < len(labels):
        twice = [name for name, count in Counter(labels).items() if count > 1 or not name]
        raise InputError(
            f"{path}: {listed(twice or ['a lead'], MOST_NAMES)} names two leads, or one has no name"
        )
    clocks = [Clock("the sampling rate of its header", "rate", np.array([rate]), "Hz")]
    return Sheet(values, 0, clocks, labels if any(labels) else None, units)
