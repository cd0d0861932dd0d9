"""Scores of the estimates of a measured beat, with intervals, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .activation_operators import OPERATORS
from .electrograms import blocks_of, counts_of_blocks, potential_scores, time_scores, with_intervals
from .measured import BEFORE, SCORED
from .measured_estimates import Estimate, times_of
from .reconstruction import Reconstruction, carried

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .electrograms import Scores
    from .measured import Measured
    from .reconstruction import Problem


def score(
    measured: Measured,
    rows: Sequence[Estimate],
    points: NDArray,
    reference: Estimate,
    blocks: int,
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Scores of all estimates, with intervals and the differences to one of them.

    Parameters
    ----------
    measured : Measured
    rows : sequence of Estimate
    points : numpy.ndarray, shape (node, 3)
        Of the heart, mm.
    reference : Estimate
        What the others are compared with, node by node.
    blocks, resamples : int
        Spatial blocks of nodes, and bootstrap resamples of them.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        A row per estimate and metric: the keys of the estimate, weight, error_before, metric, value, low,
        high, and of the difference to the reference, difference, difference_low, difference_high. A constant
        map, the median of the beat that choices are made on, has activation times alone.
    """
    counts = counts_of_blocks(blocks_of(points[measured.scored], blocks), resamples, rng)
    first, second = (beat.heart_mv for beat in measured.beats)
    true_times = {operator: times_of(measured, second, operator) for operator in OPERATORS}

    def scores_of(heart_mv: NDArray) -> Scores:
        found = potential_scores(second[:, measured.within], heart_mv[:, measured.within], counts)
        for operator, true in true_times.items():
            compared = time_scores(true, times_of(measured, heart_mv, operator), counts)
            found |= {f"{name}_{operator}": values for name, values in compared.items()}
        return found

    compared_with = scores_of(reference.found.heart_mv)
    lines = [line for row in rows for line in _lines(row, scores_of(row.found.heart_mv), compared_with)]
    constant = Estimate("constant map", "", "", Reconstruction("", "", np.nan, np.nan, first[:0]))
    of_constant = {}
    for operator, true in true_times.items():
        median = np.full(len(true), np.median(times_of(measured, first, operator)))
        of_constant[f"mae_{operator}"] = time_scores(true, median, counts)["mae"]
    return pd.DataFrame([*lines, *_lines(constant, of_constant, compared_with)])


def forward_floor(
    measured: Measured,
    problems: Mapping[tuple[str, str], Problem],
    electrodes: NDArray,
    blocks: int,
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """How well the measured potentials of the heart explain those of the torso, in both beats.

    Parameters
    ----------
    measured : Measured
    problems : mapping of (pose, matrix) to Problem
    electrodes : numpy.ndarray, shape (electrode, 3)
        mm.
    blocks, resamples : int
        See `score`; of electrodes.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        Columns beat, pose, matrix, metric, value, low, high.
    """
    counts = counts_of_blocks(blocks_of(electrodes[measured.used], blocks), resamples, rng)
    rows = []
    for name, beat in (("chosen on", BEFORE), ("scored", SCORED)):
        truth = measured.beats[beat].torso_mv[:, measured.within]
        for (pose, matrix), problem in problems.items():
            computed = carried(problem, measured.whole_mv[beat], None, rng)[:, measured.within]
            for metric, figures in with_intervals(potential_scores(truth, computed, counts)).items():
                of = {"beat": name, "pose": pose, "matrix": matrix, "metric": metric}
                rows.append(of | dict(zip(("value", "low", "high"), figures, strict=True)))
    return pd.DataFrame(rows)


def _lines(row: Estimate, scores: Scores, reference: Scores) -> list[dict[str, Any]]:
    """Lines of the table for an estimate."""
    differences = with_intervals({name: values - reference[name] for name, values in scores.items()})
    columns = ("value", "low", "high"), ("difference", "difference_low", "difference_high")
    chosen = {"weight": row.found.weight, "error_before": row.found.error_before}
    return [
        {
            **row.keys,
            **chosen,
            "metric": metric,
            **dict(zip(columns[0], figures, strict=True)),
            **dict(zip(columns[1], differences[metric], strict=True)),
        }
        for metric, figures in with_intervals(scores).items()
    ]
