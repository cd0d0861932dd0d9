"""Read a recording of body surface potentials, its leads in the order of the electrodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ...core.errors import InputError, listed, one_line, shown
from ..clocks import sample_times
from ..lead_names import MOST_NAMES, match_leads, units_of
from . import arrays, matlab, programs, text, waveforms
from .channels import in_channels
from .derived import electrodes_of_twelve_leads
from .sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

    from numpy.typing import NDArray

IN_MV = {
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1.0),
    **dict.fromkeys(("uv", "microvolt", "microvolts"), 1e-3),
    **dict.fromkeys(("v", "volt", "volts"), 1e3),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts"), 1e-6),
}
LARGEST_BYTES = 2_000_000_000  # of a file


class Recording(NamedTuple):
    """A recording as it was read.

    Attributes
    ----------
    signals_mv : numpy.ndarray, shape (electrode, time)
        NaN where the file has no number, and in leads that it marks as bad.
    times_ms : numpy.ndarray, shape (time,)
    notes : list of str
        How leads were matched with electrodes, what was understood of times and units, and bad leads.
    mv_per_unit : float
        Unit of the file's potentials in mV, that of the first lead where leads have different ones.
    """

    signals_mv: NDArray[np.floating]
    times_ms: NDArray[np.floating]
    notes: list[str]
    mv_per_unit: float


def read_recording(
    path: str | PathLike[str],
    names: Sequence[str],
    units: Literal["mV", "uV", "V"] | None = None,
    sampling_hz: float | None = None,
    channels: str | PathLike[str] | range = "",
) -> Recording:
    """Read a recording of body surface potentials.

    Parameters
    ----------
    path : path-like
        Its ending, one of `READERS`, decides how it is read: a table of text, with or without a header; a
        file of MATLAB with a matrix or a structure; of NumPy; of EDF, BDF or WFDB; of openCARP or ECGSIM; a
        store of Zarr. Names of leads, bad leads, units, times and sampling rates are found in columns,
        fields, variables, coordinates and attributes, see `sheet.described` and `clocks.kind_of`.
    names : sequence of str
        Names of the electrodes in their order, into which leads with names are sorted, see
        `lead_names.match_leads`; leads of the 12-lead ECG give potentials of its electrodes, see
        `derived.electrodes_of_twelve_leads`.
    units : {"mV", "uV", "V"}, optional
        Units of the file; not needed where the file states them.
    sampling_hz : float, optional
        Sampling rate; not needed where the file states it.
    channels : path-like or range, optional
        Table of the channel of each electrode, see `channels.in_channels`, or their channels, from 0.

    Returns
    -------
    Recording

    Raises
    ------
    InputError
        If the file can't be read, is ambiguous, or contradicts itself or the settings.
    """
    path = Path(path)
    sheet = _sheet_of(path, names)
    signals = _leads_first(sheet, len(names), path)
    factors, notes = _factors(sheet, units, len(signals), path)
    signals = signals * factors[:, None]
    bad = _marked(sheet, len(signals), path)
    signals[bad] = np.nan
    signals, of_leads = _in_order(sheet, signals, names, channels, path)
    times, of_times = sample_times(sheet.clocks, signals.shape[1], sampling_hz, path)
    empty = np.isnan(signals).all(1)
    if bad.any():
        named = (
            listed(np.array(names)[empty].tolist(), MOST_NAMES) if empty.any() else "none of the electrodes"
        )
        notes.append(f"leads that the file marks as bad, {bad.sum()}, are not used: {named}")
    return Recording(signals, times, of_leads + of_times + notes, float(factors[0]))


def _sheet_of(path: Path, names: Sequence[str]) -> Sheet:
    """Contents of the file of a recording."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: not one of the formats of a recording, {', '.join(READERS)}")
    if not path.exists():
        raise InputError(f"{path}: there is no such recording")
    if reader is not arrays.read_zarr and not path.is_file():
        raise InputError(f"{path}: no file, as a recording that ends in {path.suffix} must be")
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        raise InputError(
            f"{path}: {path.stat().st_size / 1e9:.1f} GB, more than the {LARGEST_BYTES / 1e9:g} GB that are "
            "read at once; cut out the beats that are wanted"
        )
    return reader(path, names)


def _in_order(
    sheet: Sheet,
    signals: NDArray[np.floating],
    names: Sequence[str],
    channels: str | PathLike[str] | range,
    path: Path,
) -> tuple[NDArray[np.floating], list[str]]:
    """Signals in the order of the electrodes, and how they were matched."""
    if isinstance(channels, range):
        meant = f"channels {channels[0] + 1} to {channels[-1] + 1}"
        if len(channels) != len(names) or channels[-1] >= len(signals):
            raise InputError(f"{path}: {meant} of {len(signals)} are not those of {len(names)} electrodes")
        return signals[channels], [f"leads taken from {meant}"]
    if channels:
        found = in_channels(channels, names, len(signals), path)
        return signals[found], [
            f"leads taken from {len(found)} of {len(signals)} channels, as {channels} has them"
        ]
    if sheet.names:
        derived = electrodes_of_twelve_leads(sheet.names, signals, names, path)
        labels, signals, notes = derived or (sheet.names, signals, [])
        found = match_leads(labels, names, path)
        left_out = len(signals) - len(found)
        more = f"; {left_out} other leads left out" if left_out else ""
        return signals[found], [f"leads matched by name: {len(found)} of {len(names)}{more}", *notes]
    if len(signals) != len(names):
        raise InputError(
            f"{path}: {len(signals)} leads, but there are {len(names)} electrodes; give one lead per "
            "electrode, in the order of the electrode table or with its names as a header, or a table of "
            "the electrodes' channels as channels"
        )
    return signals, ["leads taken in the order of the electrodes, as the file has no names of leads"]


def _factors(
    sheet: Sheet, units: str | None, count: int, path: Path
) -> tuple[NDArray[np.floating], list[str]]:
    """Factor of each lead to mV, and a note on a unit that is not understood."""
    of_file = list(sheet.units) if len(sheet.units) == count else []
    of_names = units_of(sheet.names) if sheet.names else []
    stated = [unit for unit in (*sheet.units, *of_names) if _plain(unit) in IN_MV]
    others = [unit for unit in sheet.units if _plain(unit) not in IN_MV]
    if not stated and units is None:
        more = f", only {shown(others[0])}" if others else ""
        raise InputError(f"{path}: states no unit of potentials{more}; set units to mV, uV or V")
    contradicting = [unit for unit in stated if units and IN_MV[_plain(unit)] != IN_MV[_plain(units)]]
    if contradicting:
        raise InputError(
            f"{path}: its potentials are in {one_line(contradicting[0])}, and units says {units}; remove "
            "units, or correct one of them"
        )
    unused = others[:1] if units and not stated else []
    notes = [f"unit {shown(unit)} of the file is not understood; {units} is used" for unit in unused]
    if len({IN_MV[_plain(unit)] for unit in stated}) <= 1:
        return np.full(count, IN_MV[_plain(units or stated[0])]), notes
    of_leads = of_file or of_names
    if any(_plain(unit) not in IN_MV for unit in of_leads) or (of_names and sheet.units):
        raise InputError(f"{path}: states two units, {listed(sorted(set(stated)))}; correct one of them")
    return np.array([IN_MV[_plain(unit)] for unit in of_leads]), notes


def _plain(unit: str) -> str:
    """Unit in lower case with u for micro."""
    return unit.strip().casefold().replace("µ", "u").replace("μ", "u")


def _marked(sheet: Sheet, count: int, path: Path) -> NDArray[np.bool_]:
    """Leads that a file marks as bad."""
    bad = np.zeros(count, bool)
    for lead in sheet.bad:
        if isinstance(lead, str):
            if lead not in (sheet.names or []):
                raise InputError(
                    f"{path}: marks {shown(lead)} as bad, which is the name of no lead; correct it"
                )
            lead = (sheet.names or []).index(lead)
        if lead >= count:
            raise InputError(f"{path}: marks lead {lead + 1} of {count} as bad; correct it")
        bad[lead] = True
    return bad


def _leads_first(sheet: Sheet, count: int, path: Path) -> NDArray[np.floating]:
    """Values of shape (lead, time); where the file has no leads axis, that of length `count`."""
    if sheet.leads_axis is not None:
        return sheet.values if sheet.leads_axis == 0 else sheet.values.T
    rows, columns = sheet.values.shape
    if rows == columns and (rows == count or sheet.names):
        raise InputError(
            f"{path}: {rows} rows and {columns} columns, so that leads and samples can't be distinguished; "
            "give a CSV with a header of electrode names, or a time_ms column"
        )
    return sheet.values.T if columns == count else sheet.values


READERS: dict[str, Callable[[Path, Sequence[str]], Sheet]] = {
    ".csv": text.read,
    ".tsv": text.read,
    ".txt": text.read,
    ".mat": matlab.read,
    ".npy": arrays.read_numpy,
    ".npz": arrays.read_numpy,
    ".zarr": arrays.read_zarr,
    ".edf": waveforms.read_edf,
    ".bdf": waveforms.read_edf,
    ".hea": waveforms.read_wfdb,
    ".igb": programs.read_opencarp,
    ".bsm": programs.read_ecgsim,
}
