"""Summary of the dataset of a heart, for what is computed over all hearts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def summarise(
    case: str,
    beats: NDArray[np.integer],
    split: Sequence[str] | NDArray[np.str_],
    maps_ms: NDArray,
    bsp_mv: NDArray,
    electrodes: NDArray,
) -> dict[str, Any]:
    """Summarise the dataset of a heart in what JSON can hold, as stored in single precision.

    Parameters
    ----------
    case : str
        Name of the heart.
    beats : numpy.ndarray of int, shape (beat,)
        Numbers of the beats.
    split : sequence of str
        Part of the data of each beat.
    maps_ms : numpy.ndarray, shape (beat, slice, y, x)
        Activation maps in ms, NaN outside the wall.
    bsp_mv : numpy.ndarray, shape (beat, electrode, sample)
        BSP in mV.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.

    Returns
    -------
    dict
        ``case``, ``beat``, ``split``, ``electrode_mm``, and ``training``: ``latest_ms``, ``lowest_mv`` and
        ``highest_mv`` of the training beats, or None if there are none.
    """
    training = np.asarray(split) == "train"
    return {
        "case": case,
        "beat": beats.tolist(),
        "split": list(map(str, split)),
        "electrode_mm": np.asarray(electrodes, np.float32).tolist(),
        "training": _constants(maps_ms[training], bsp_mv[training]) if training.any() else None,
    }


def _constants(maps_ms: NDArray, bsp_mv: NDArray) -> dict[str, float]:
    """Latest activation, lowest and highest BSP, in single precision."""
    return {
        "latest_ms": float(np.float32(np.nanmax(maps_ms))),
        "lowest_mv": float(np.float32(bsp_mv.min())),
        "highest_mv": float(np.float32(bsp_mv.max())),
    }
