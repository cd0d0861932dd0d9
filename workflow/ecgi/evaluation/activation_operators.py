"""Activation times from electrograms, by operators that truth and estimate have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..inverse.classical import activation_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Operator = Literal["steepest", "spatiotemporal", "delays"]
OPERATORS: tuple[Operator, ...] = ("steepest", "spatiotemporal", "delays")
ANCHOR = 0.1  # weight of a node's own steepest downstroke, against 1 of the delay to a neighbour
SAMPLES_BETWEEN = 10  # of a delay's search, between two frames


def activation_times(electrograms: NDArray, laplacian: NDArray, times: NDArray, by: Operator) -> NDArray:
    """Activation times of nodes.

    Parameters
    ----------
    electrograms : numpy.ndarray, shape (node, time)
        Unipolar, mV.
    laplacian : numpy.ndarray, shape (node, node)
        Of the graph of neighbouring nodes.
    times : numpy.ndarray, shape (time,)
        ms, evenly spaced.
    by : {"steepest", "spatiotemporal", "delays"}
        ``steepest``, the steepest downstroke; ``spatiotemporal``, the largest product of downstroke and
        spatial gradient (Erem et al. 2014, IEEE Trans Biomed Eng 61:1467); ``delays``, the times that agree
        best with the delays between neighbours by cross-correlation of their slopes, and with the steepest
        downstroke (after Duchateau et al. 2017, IEEE Trans Biomed Eng 64:1149).

    Returns
    -------
    numpy.ndarray, shape (node,)
        ms.
    """
    if by != "delays":
        return activation_of(-electrograms, laplacian, times, by)
    own = activation_of(-electrograms, laplacian, times, "steepest")
    one, other = np.nonzero(np.triu(laplacian, 1))
    delay, weight = _delays(np.gradient(electrograms, axis=1), one, other)
    delay = delay * (times[1] - times[0])
    matrix, right = np.diag(np.full(len(own), ANCHOR)), ANCHOR * own
    for i, j, d, w in zip(one, other, delay, weight, strict=True):
        matrix[i, i] += w
        matrix[j, j] += w
        matrix[i, j] -= w
        matrix[j, i] -= w
        right[i] -= w * d
        right[j] += w * d
    found: NDArray = np.linalg.solve(matrix, right)
    return found


def _delays(slopes: NDArray, one: NDArray, other: NDArray) -> tuple[NDArray, NDArray]:
    """Delay in frames of one node after another that correlates their slopes best, and that correlation."""
    length = slopes.shape[1]
    spectra = np.fft.rfft(slopes, 2 * length)
    crossed = np.conj(spectra[one]) * spectra[other]
    fine = np.fft.irfft(crossed, 2 * length * SAMPLES_BETWEEN) * SAMPLES_BETWEEN
    size = np.linalg.norm(slopes, axis=1)
    reach = SAMPLES_BETWEEN * (length // 2)
    lags = np.concatenate([np.arange(reach + 1), np.arange(-reach, 0)])
    best = fine[:, lags].argmax(1)
    height = fine[np.arange(len(one)), lags[best]]
    scale = size[one] * size[other]
    correlation = np.divide(height, scale, out=np.zeros(len(one)), where=scale > 0)
    return lags[best] / SAMPLES_BETWEEN, np.maximum(correlation, 0)
