"""Stimulus artefacts: brief, steep deflections that return at once."""

import numpy as np
from numpy.typing import NDArray

LONGEST_MS = 6.0  # duration of a stimulus artefact
BESIDE_MS = 8.0  # on either side of it, that it is compared with
CONTRAST = 5.0  # of its steps with the largest of those beside it, over leads
RETURN_SHARE = 0.4  # of its height, that signals may differ by from before to after it


def find_spikes(signals: NDArray, step_ms: float) -> list[tuple[int, int]]:
    """Find stimulus artefacts.

    A spike is at most `LONGEST_MS` long, its steps from sample to sample are larger by `CONTRAST` than those
    just before and just after it, and it returns to where it began.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    step_ms : float
        Between samples.

    Returns
    -------
    list of (int, int)
        First sample of each spike, and the first after it.
    """
    steps = np.sqrt(np.mean(np.square(np.diff(signals, axis=1)), 0))
    longest, beside = (max(2, round(span / step_ms)) for span in (LONGEST_MS, max(BESIDE_MS, 3 * step_ms)))
    found: list[tuple[int, int]] = []
    taken = np.zeros(len(steps), bool)
    for steepest in np.argsort(steps)[::-1][: max(20, len(steps) // 50)]:
        if taken[max(0, steepest - beside) : steepest + beside].any() or steps[steepest] == 0:
            continue
        span = _spike_at(signals, steps, int(steepest), longest, beside)
        if span is not None:
            found.append(span)
            taken[span[0] : span[1]] = True
    return sorted(found)


def _spike_at(
    signals: NDArray, steps: NDArray, steepest: int, longest: int, beside: int
) -> tuple[int, int] | None:
    """Span of the spike that has its steepest step there, if there is one."""
    large = steps[steepest] / CONTRAST
    first, last = steepest, steepest
    for reach in range(1, longest):  # steps that are still large, with gaps of less than a spike's length
        if steepest - reach >= 0 and steps[steepest - reach] > large:
            first = steepest - reach
        if steepest + reach < len(steps) and steps[steepest + reach] > large:
            last = steepest + reach
    if last - first + 1 > longest or last == first:
        return None
    before, after = steps[max(0, first - beside) : first], steps[last + 1 : last + 1 + beside]
    if len(before) < 2 or len(after) < 2 or max(before.max(), after.max()) > large:
        return None
    start, stop = signals[:, first], signals[:, last + 1]
    line = start[:, None] + (stop - start)[:, None] * np.linspace(0, 1, last - first + 2)
    height = np.sqrt(np.mean(np.square(signals[:, first : last + 2] - line), 0)).max()
    if np.sqrt(np.mean(np.square(stop - start))) > RETURN_SHARE * height:
        return None
    return first + 1, last + 1


def bridged(signals: NDArray, spans: list[tuple[int, int]]) -> NDArray:
    """Replace spans of signals by straight lines between the samples beside them.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    spans : list of (int, int)
        See `find_spikes`.

    Returns
    -------
    numpy.ndarray, shape (electrode, time)
    """
    if not spans:
        return signals
    signals = signals.copy()
    for first, after in spans:
        left, right = max(0, first - 1), min(after, signals.shape[1] - 1)
        share = np.arange(first - left, after - left) / max(1, right - left)
        signals[:, first:after] = signals[:, [left]] + (signals[:, [right]] - signals[:, [left]]) * share
    return signals
