"""Signals every millisecond, in which beats and the QRS complex are looked for."""

import numpy as np
from numpy.typing import NDArray

from ...physics.bsp import interpolate_in_time
from ...physics.electrodes import referenced

STEP_MS = 1.0


def every_ms(signals: NDArray, times: NDArray, reference: bool = True) -> tuple[NDArray, NDArray]:
    """Signals every millisecond, against the mean of the electrodes.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    reference : bool
        If False, signals keep their reference.

    Returns
    -------
    times : numpy.ndarray, shape (even time,)
        ms.
    signals : numpy.ndarray, shape (electrode, even time)
        mV.
    """
    even = np.arange(times[0], times[-1] + 1e-6, STEP_MS)
    used = referenced(signals, axis=0) if reference else signals
    return even, interpolate_in_time(used, times, even)
