"""Single leads that contradict the best beat: inverted, or exchanged with each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.errors import listed

OPPOSITE = -0.7  # correlation of a lead below which it may be inverted
LEFT = 0.35  # share of the leads' residual energy that may remain, for a change to be named
LOUD = 0.25  # of the median energy of leads, that a lead must have
MOST = 10  # leads named


def suspicious_leads(recorded: NDArray, simulated: NDArray, names: Sequence[str]) -> list[str]:
    """Name leads that would fit clearly better with the other sign, or exchanged.

    Parameters
    ----------
    recorded, simulated : numpy.ndarray, shape (electrode, time)
        Simulated BSP of any amplitude.
    names : sequence of str

    Returns
    -------
    list of str
        A warning for each kind.
    """
    real, made = (signals - signals.mean(1, keepdims=True) for signals in (recorded, simulated))
    gain = _robust_gain(real, made)
    made = gain * made
    inverted = _inverted(real, made)
    found = []
    if inverted.any():
        found.append(
            "warning: would fit clearly better inverted: lead "
            f"{listed([names[int(lead)] for lead in np.flatnonzero(inverted)], MOST)}; check these leads"
        )
    swapped = _swapped(np.where(inverted[:, None], -real, real), made)
    if swapped:
        pairs = [f"{names[one]} with {names[other]}" for one, other in swapped]
        found.append(
            f"warning: would fit clearly better exchanged: lead {listed(pairs, MOST)}; check these leads"
        )
    return found


def _robust_gain(real: NDArray, made: NDArray) -> float:
    """Amplitude that most leads agree on: the median of those of each lead, weighted by its energy."""
    energy = np.square(made).sum(1)
    gains = (real * made).sum(1) / np.maximum(energy, 1e-300)
    order = np.argsort(gains)
    half = np.searchsorted(np.cumsum(energy[order]), energy.sum() / 2)
    return float(max(gains[order][min(half, len(gains) - 1)], 1e-300))


def _inverted(real: NDArray, made: NDArray) -> NDArray[np.bool_]:
    """Leads whose negative fits, and which don't themselves."""
    size = np.square(real).sum(1)
    correlation = (real * made).sum(1) / np.sqrt(np.maximum(size * np.square(made).sum(1), 1e-300))
    as_is, flipped = np.square(real - made).sum(1), np.square(real + made).sum(1)
    return (correlation < OPPOSITE) & (flipped < LEFT * as_is) & (size > LOUD * np.median(size))


def _swapped(real: NDArray, made: NDArray) -> list[tuple[int, int]]:
    """Pairs of leads that fit each other's place and not their own."""
    size = np.square(real).sum(1)
    left = size[:, None] - 2 * real @ made.T + np.square(made).sum(1)
    own = np.diag(left)
    before, after = own[:, None] + own, left + left.T
    both = np.minimum(size[:, None], size)
    possible = (after < LEFT * before) & (before > LOUD * np.median(size)) & (both > 0.1 * np.median(size))
    possible &= np.tril(np.ones_like(possible), -1).astype(bool).T
    chosen: list[tuple[int, int]] = []
    for one, other in sorted(np.argwhere(possible).tolist(), key=lambda pair: after[*pair] - before[*pair]):
        if not {one, other} & {lead for pair in chosen for lead in pair}:
            chosen.append((one, other))
    return chosen
