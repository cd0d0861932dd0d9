"""Recorded beats on the electrodes and sampling times of an experiment."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..io.recordings import read_recording
from ..physics.electrode_frame import check_electrodes
from ..physics.electrodes import COORDINATES
from .ecg.choosing import Choice
from .lead_consistency import find_contradicting_leads
from .preprocessing import Prepared, prepare


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
        ``channels``, ``units`` and ``sampling_hz`` of the recording, and the fields of `ecg.choosing.Choice`.
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
    positions = electrodes[COORDINATES].to_numpy()
    of_positions = check_electrodes(positions, wall_positions, names)
    signals, times, notes, _ = read_recording(
        path, names, subject["units"], subject["sampling_hz"], subject.get("channels", "")
    )
    choice = Choice(**{name: subject[name] for name in Choice._fields})
    prepared = prepare(signals, times, names, choice, **sampling, source=path)
    notes = [*of_positions, *notes, *prepared.notes]
    prepared = prepared._replace(notes=notes)
    return without_contradicting(prepared, signals, times, positions, wall_positions, names)


def without_contradicting(
    prepared: Prepared,
    signals: NDArray,
    times: NDArray,
    positions: NDArray,
    wall_positions: NDArray,
    names: Sequence[str],
) -> Prepared:
    """Leave out the leads of a beat that contradict their neighbours.

    Parameters
    ----------
    prepared : Prepared
    signals : numpy.ndarray, shape (electrode, sample)
        The recording that it was made from, mV.
    times : numpy.ndarray, shape (sample,)
        ms.
    positions : numpy.ndarray, shape (electrode, 3)
        mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        mm.
    names : sequence of str
        Names of the electrodes.

    Returns
    -------
    Prepared
    """
    good = np.flatnonzero(prepared.good)
    names = [names[int(lead)] for lead in good]
    consistent, notes = find_contradicting_leads(signals[good], times, positions[good], wall_positions, names)
    left, bsp = prepared.good.copy(), prepared.bsp.copy()
    left[good[~consistent]] = False
    bsp[good[~consistent]] = np.nan
    return prepared._replace(bsp=bsp, good=left, notes=[*prepared.notes, *notes])
