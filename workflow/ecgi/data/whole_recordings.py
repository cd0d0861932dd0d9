"""Recordings over all of their samples, as potentials of a heart are estimated from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..io.recordings.reading import read_recording
from .ecg.baseline import find_baseline
from .ecg.cleaning import cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import xarray as xr
    from numpy.typing import NDArray


class WholeRecording(NamedTuple):
    """Good leads of a recording over all of its samples.

    Attributes
    ----------
    signals_mv : numpy.ndarray, shape (good lead, sample)
        About the potential at rest before the beat, without artefacts and hum.
    times_ms : numpy.ndarray, shape (sample,)
    mv_per_unit : float
        The unit of the file.
    """

    signals_mv: NDArray
    times_ms: NDArray
    mv_per_unit: float


def whole_recording(
    path: str | PathLike[str], names: Sequence[str], prepared: xr.Dataset, settings: Mapping[str, Any]
) -> WholeRecording:
    """Read all samples of the leads of a recording that can be used.

    Parameters
    ----------
    path : path-like
    names : sequence of str
        Names of the electrodes.
    prepared : xarray.Dataset
        The recording as its beat was prepared: ``good`` and the attribute ``onset_ms``.
    settings : mapping
        ``units``, ``sampling_hz`` and ``channels`` of the recording.

    Returns
    -------
    WholeRecording

    Raises
    ------
    InputError
        If the recording can't be read.
    """
    signals, times, _, mv_per_unit = read_recording(
        path, names, settings["units"], settings["sampling_hz"], settings["channels"]
    )
    clean = cleaned(signals[prepared["good"].values], times).signals
    baseline = find_baseline(clean, times, float(prepared.attrs["onset_ms"]), float(times[-1]))
    if baseline is not None:
        clean = clean - baseline.signals
    return WholeRecording(clean, times, mv_per_unit)
