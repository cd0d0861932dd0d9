"""Body surface potentials as openCARP (IGB) and ECGSIM (matrices of text or binary) write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..clocks import Clock
from ..ecgsim import read_matrix
from ..igb import read_igb
from .sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_opencarp(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read potentials of openCARP at points that are the electrodes, in their order.

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
        If the file can't be read, see `igb.read_igb`.
    """
    series = read_igb(path)
    times = series.first_ms + series.step_ms * np.arange(series.values.shape[1])
    units = [series.unit] if series.unit else []
    return Sheet(series.values, 0, [Clock("its header", "times", times, "ms")], units=units)


def read_ecgsim(path: Path, electrodes: Sequence[str]) -> Sheet:
    """Read potentials of ECGSIM, a row per electrode, which states neither unit nor times.

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
        If the file can't be read, see `ecgsim.read_matrix`.
    """
    return Sheet(read_matrix(path), 0)
