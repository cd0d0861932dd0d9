"""Potentials at the points of a heart's surface from those of the torso."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..physics.electrodes import referenced
from . import regularisation
from .classical import penalty_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .classical import Classical


def heart_potentials(method: Classical, transfer: NDArray, laplacian: NDArray, signals: NDArray) -> NDArray:
    """Estimate potentials of a heart, relative to the reference of the recording.

    The method fits the torso's potentials about their mean over electrodes. As rows of the matrix add up to
    1, what the mean lacks is one potential of the whole heart, which is added.

    Parameters
    ----------
    method : Classical
    transfer : numpy.ndarray, shape (electrode, vertex)
        Rows add up to 1.
    laplacian : numpy.ndarray, shape (vertex, vertex)
        Of the graph of neighbouring vertices.
    signals : numpy.ndarray, shape (electrode, time)
        mV.

    Returns
    -------
    numpy.ndarray, shape (vertex, time)
        mV.
    """
    problem = regularisation.decompose(referenced(transfer, axis=0), penalty_of(laplacian, method.order))
    estimate = method.potentials(problem, referenced(signals, axis=0))
    found: NDArray = estimate + np.mean(signals - transfer @ estimate, axis=0)
    return found
