"""Scores of the ECGI Challenge 2026, as its published scorer computes them, and controls beside them.

https://github.com/CECGImaging/2026_ECGI_Data_Challenge, app/ScoringTools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ..core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..io.challenge_answers import Answer

PARTS = ("sc", "tc", "rmse", "localisation")
WEIGHTS = {  # of the means over beats; RMSE counts as 1 - RMSE
    "Utah, Auckland": {"sc": 1 / 6, "tc": 1 / 6, "rmse": 1 / 6, "localisation": 1 / 2},
    "Halifax, Bratislava": {"localisation": 1.0},
}
OTHER_UNIT = 30.0  # ratio of amplitudes, or its inverse, from which units are doubted
OFF_HEART = 0.5  # distance of a site to the nearest node, relative to the heart's length, that is doubted


class Beat(NamedTuple):
    """A beat to score.

    Attributes
    ----------
    heart : str
        Name.
    truth, answer : Answer
    nodes : numpy.ndarray, shape (node, 3)
        Of the heart, in the frame and unit of its file.
    """

    heart: str
    truth: Answer
    answer: Answer
    nodes: NDArray


def potential_parts(truth: NDArray, estimate: NDArray) -> dict[str, float]:
    """Agreement of potentials.

    Parameters
    ----------
    truth, estimate : numpy.ndarray, shape (node, time)

    Returns
    -------
    dict of str to float
        ``sc`` and ``tc``, cosines over nodes at each instant and over time at each node, averaged; they are
        about 0, not about the mean, and 1 where both are 0 and 0 where one is. ``rmse`` over all values.
    """
    return {
        "sc": float(_cosines(truth.T, estimate.T).mean()),
        "tc": float(_cosines(truth, estimate).mean()),
        "rmse": float(np.sqrt(np.mean((truth - estimate) ** 2))),
    }


def score(beats: Mapping[str, Beat]) -> pd.DataFrame:
    """Score beats whose answers are known.

    Parameters
    ----------
    beats : mapping of str to Beat
        By the name of the recording.

    Returns
    -------
    pandas.DataFrame
        A row per beat: recording, heart, the parts of the score, NaN where the truth lacks what they need,
        ``amplitude``, RMS of the answered potentials over that of the true ones, and distances of the true
        site to ``heart_centre``, the mean of the nodes, and to the answers for the heart's
        ``other_recordings``, their mean.

    Raises
    ------
    InputError
        If potentials are of different shapes.
    """
    rows = []
    for name, beat in beats.items():
        truth, answer = beat.truth, beat.answer
        row: dict[str, object] = {"recording": name, "heart": beat.heart, **dict.fromkeys(PARTS, np.nan)}
        row |= dict.fromkeys(("amplitude", "heart_centre", "other_recordings"), np.nan)
        if truth.potentials is not None and answer.potentials is not None:
            _refuse_shapes(truth.potentials, answer.potentials, name)
            row |= potential_parts(truth.potentials, answer.potentials)
            row["amplitude"] = _rms(answer.potentials) / (_rms(truth.potentials) or np.nan)
        if truth.site is not None and answer.site is not None:
            others = [
                np.linalg.norm(other.answer.site - truth.site)
                for key, other in beats.items()
                if other.heart == beat.heart and key != name and other.answer.site is not None
            ]
            row["localisation"] = float(np.linalg.norm(truth.site - answer.site))
            row["heart_centre"] = float(np.linalg.norm(truth.site - beat.nodes.mean(0)))
            row["other_recordings"] = float(np.mean(others)) if others else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def doubts(beats: Mapping[str, Beat]) -> list[str]:
    """Name truths that seem to be in another unit or frame than recordings and hearts.

    Parameters
    ----------
    beats : mapping of str to Beat
        By the name of the recording.

    Returns
    -------
    list of str
    """
    found = []
    for name, beat in beats.items():
        truth, answer = beat.truth, beat.answer
        if truth.potentials is not None and answer.potentials is not None:
            ratio = _rms(answer.potentials) / (_rms(truth.potentials) or np.inf)
            stated = truth.mv_per_unit and answer.mv_per_unit and truth.mv_per_unit != answer.mv_per_unit
            if stated or not 1 / OTHER_UNIT <= ratio <= OTHER_UNIT:
                found.append(
                    f"{name}: the answer's amplitude is {ratio:.3g} of the truth's; are recording and truth "
                    "in one unit?"
                )
        if truth.site is not None:
            off = np.linalg.norm(beat.nodes - truth.site, axis=1).min()
            if off > OFF_HEART * np.ptp(beat.nodes, axis=0).max():
                found.append(
                    f"{name}: the true site lies {off:.3g} from the nearest node of the heart; are they in "
                    "one frame and unit?"
                )
    return found


def published_sums(scores: pd.DataFrame) -> dict[str, float]:
    """Weighted sums of the means over beats, by the name of the laboratories, as they are published.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `score`.

    Returns
    -------
    dict of str to float
        NaN where a part is missing. The localisation error has no scale and adds to the sum.
    """
    means = scores[list(PARTS)].mean()
    means["rmse"] = 1 - means["rmse"]
    return {
        name: float(sum(weight * means[part] for part, weight in weights.items()))
        for name, weights in WEIGHTS.items()
    }


def _refuse_shapes(truth: NDArray, answer: NDArray, name: str) -> None:
    """Refuse potentials that can't be compared."""
    if truth.shape == answer.shape:
        return
    if truth.shape == answer.shape[::-1]:
        raise InputError(
            f"{name}: the true potentials are transposed, {truth.shape[0]} x {truth.shape[1]}; "
            f"{answer.shape[0]} nodes x {answer.shape[1]} samples are right"
        )
    raise InputError(
        f"{name}: true potentials of {truth.shape[0]} nodes x {truth.shape[1]} samples, and heart and "
        f"recording have {answer.shape[0]} x {answer.shape[1]}; they must belong together"
    )


def _cosines(one: NDArray, other: NDArray) -> NDArray:
    """Cosine of the angle between rows; 1 where both are 0 and 0 where one is."""
    sizes = np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1)
    product = (one * other).sum(1)
    found = np.divide(product, sizes[0] * sizes[1], out=np.zeros(len(one)), where=(sizes[0] * sizes[1]) > 0)
    return np.where((sizes[0] == 0) & (sizes[1] == 0), 1.0, found)


def _rms(values: NDArray) -> float:
    return float(np.sqrt(np.mean(values**2)))
