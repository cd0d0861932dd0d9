"""Recorded beats on the electrodes and sampling times of an experiment."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from ..io.recordings import read_recording
from ..physics.electrodes import COORDINATES
from .preprocessing import Prepared, check_electrodes, prepare


def recorded_beat(
    path: str | PathLike[str],
    electrodes: pd.DataFrame,
    wall_positions: NDArray,
    subject: Mapping[str, Any],
    sampling: Mapping[str, Any],
) -> Prepared:
    """Read a recording, check it and resample its beat to the experiment's sampling times.

    Parameters
    ----------
    path : path-like
        Recording, see `recordings.read_recording`.
    electrodes : pandas.DataFrame
        Columns name, x_mm, y_mm and z_mm, patient RAS.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.
    subject : mapping
        ``units``, ``sampling_hz`` and ``onset_ms`` of the recording.
    sampling : mapping
        ``samples`` and ``time_step_ms`` of the experiment.

    Returns
    -------
    Prepared

    Raises
    ------
    InputError
        If the electrodes' positions are implausible, or the recording can't be read or used.
    """
    names = electrodes["name"].tolist()
    check_electrodes(electrodes[COORDINATES].to_numpy(), wall_positions, names)
    signals, times, notes = read_recording(path, names, subject["units"], subject["sampling_hz"])
    prepared = prepare(signals, times, names, subject["onset_ms"], **sampling, source=path)
    return prepared._replace(notes=[*notes, *prepared.notes])
