"""Scores of heart surface potentials and activation times at electrodes, with intervals by spatial blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.interpolation import spread_out
from .bootstrap import LEVEL, quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Scores = dict[str, "NDArray"]


def potential_scores(truth: NDArray, estimate: NDArray, counts: NDArray) -> Scores:
    """Compare electrograms.

    Parameters
    ----------
    truth, estimate : numpy.ndarray, shape (node, frame)
        mV, relative to the same reference.
    counts : numpy.ndarray, shape (resample, node)
        How often each node counts.

    Returns
    -------
    dict of str to numpy.ndarray, shape (resample,)
        ``sc``, Pearson correlation over nodes at each instant, averaged over time with the RMS of the truth
        as weight; ``tc``, Pearson correlation over time of each node, median over nodes; ``re``, RMS error
        over RMS of the truth; ``amplitude``, RMS of the estimate over that of the truth. NaN where the
        estimate is constant.
    """
    return {
        "sc": _spatial(truth, estimate, counts),
        "tc": quantiles(_temporal(truth, estimate), counts, 0.5),
        "re": _ratio((estimate - truth) ** 2, truth**2, counts),
        "amplitude": _ratio(estimate**2, truth**2, counts),
    }


def time_scores(truth: NDArray, estimate: NDArray, counts: NDArray) -> Scores:
    """Compare activation times.

    Parameters
    ----------
    truth, estimate : numpy.ndarray, shape (node,)
        ms.
    counts : numpy.ndarray, shape (resample, node)
        How often each node counts.

    Returns
    -------
    dict of str to numpy.ndarray, shape (resample,)
        ``mae``, mean absolute error, and ``cc``, Pearson correlation over nodes.
    """
    columns = truth[:, None], estimate[:, None]
    return {
        "mae": counts @ np.abs(estimate - truth) / counts.sum(1),
        "cc": _correlations(*columns, counts)[:, 0],
    }


def blocks_of(points: NDArray, count: int) -> NDArray[np.integer]:
    """Divide points into compact blocks.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
    count : int

    Returns
    -------
    numpy.ndarray of int, shape (point,)
        Block of each, that of the nearest of `count` points that are far from each other.
    """
    centres = points[spread_out(points, count)]
    nearest: NDArray[np.integer] = np.linalg.norm(points[:, None] - centres, axis=2).argmin(1)
    return nearest


def counts_of_blocks(
    blocks: NDArray[np.integer], resamples: int, rng: np.random.Generator
) -> NDArray[np.integer]:
    """Bootstrap of whole blocks, as neighbouring electrodes are not independent.

    Parameters
    ----------
    blocks : numpy.ndarray of int, shape (node,)
        Block of each node.
    resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int, shape (1 + resamples, node)
        How often each node counts; in the first row, each once.
    """
    count = int(blocks.max()) + 1
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)[:, blocks]
    return np.concatenate([np.ones((1, len(blocks)), int), drawn])


def with_intervals(scores: Mapping[str, NDArray]) -> dict[str, tuple[float, float, float]]:
    """Value and interval of each score.

    Parameters
    ----------
    scores : mapping of str to numpy.ndarray, shape (1 + resample,)
        Of all nodes, then of each resample.

    Returns
    -------
    dict of str to tuple of 3 float
        Value, and the ends of the interval that holds 95 % of the resamples.
    """
    found = {}
    for name, values in scores.items():
        low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        found[name] = (float(values[0]), float(low), float(high))
    return found


def _temporal(truth: NDArray, estimate: NDArray) -> NDArray:
    """Correlation over time of each node."""
    every = np.ones((1, truth.shape[1]))
    correlations: NDArray = _correlations(truth.T, estimate.T, every)[0]
    return correlations


def _spatial(truth: NDArray, estimate: NDArray, counts: NDArray) -> NDArray:
    """Mean over time of the correlation over nodes, weighted by the RMS of the truth."""
    size = np.sqrt(counts @ truth**2)
    mean: NDArray = (size * _correlations(truth, estimate, counts)).sum(1) / size.sum(1)
    return mean


def _correlations(one: NDArray, other: NDArray, counts: NDArray) -> NDArray:
    """Correlation of each column over its rows, which count several times; shape (resample, column)."""
    total = counts.sum(1, keepdims=True)
    one_mean, other_mean = counts @ one / total, counts @ other / total
    covariance = counts @ (one * other) / total - one_mean * other_mean
    variances = [
        np.maximum(counts @ values**2 / total - mean**2, 0)
        for values, mean in ((one, one_mean), (other, other_mean))
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray = covariance / np.sqrt(variances[0] * variances[1])
    varies = (variances[0] > 0) & (variances[1] > 1e-12 * other_mean**2)
    return np.where(varies, found, np.nan)


def _ratio(over: NDArray, under: NDArray, counts: NDArray) -> NDArray:
    """Square root of the ratio of two sums over nodes and time."""
    ratio: NDArray = np.sqrt((counts @ over.sum(1)) / (counts @ under.sum(1)))
    return ratio
