"""A heart and its electrodes, as physics-based inverse methods see them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy.heart import Anatomy


@dataclass(frozen=True)
class Heart:
    """What is known of a patient before the recording is looked at.

    Attributes
    ----------
    case : str
    anatomy : Anatomy
        In its short-axis frame.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    lead_field : numpy.ndarray, shape (voxel, electrode)
    times : numpy.ndarray, shape (time,)
        Of the BSP samples; ms, 0 at the earliest activation.
    simulate : callable
        Activation times in ms, shape (..., voxel), to BSP in mV at those samples, shape
        (..., electrode, time); see `bsp.bsp_simulator`.
    """

    case: str
    anatomy: Anatomy
    electrodes: NDArray
    lead_field: NDArray
    times: NDArray
    simulate: Callable[[NDArray], NDArray]


def within_window(simulate: Callable[[NDArray], NDArray], sampling: dict) -> Callable[[NDArray], NDArray]:
    """Function from any activation times to BSP: what is activated after the window adds nothing to it.

    Parameters
    ----------
    simulate : callable
        See `bsp.bsp_simulator`.
    sampling : dict
        ``samples`` and ``time_step_ms``.
    """
    latest = (sampling["samples"] - 2) * sampling["time_step_ms"]
    return lambda times: simulate(np.clip(times, 0, latest))
