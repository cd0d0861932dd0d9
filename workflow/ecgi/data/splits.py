"""Split of the beats into training, validation and test parts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.seeds import generator


def split_beats(
    count: int, test_fraction: float, validation_fraction: float, case: str, seed: int
) -> NDArray[np.str_]:
    """Assign each beat of a case to "train", "validation" or "test".

    Validation beats belong to the training part: they choose, they do not judge.

    Returns
    -------
    numpy.ndarray of str, shape (count,)
    """
    order = generator(seed, f"split {case}").permutation(count)
    tests = round(count * test_fraction)
    validations = max(1, round((count - tests) * validation_fraction))
    split = np.full(count, "train", dtype="<U10")
    split[order[:tests]] = "test"
    split[order[tests : tests + validations]] = "validation"
    return split


def split_case(
    count: int, case: str, seed: int, settings: Mapping[str, Any], part: str | None = None, to_learn: int = 0
) -> NDArray[np.str_]:
    """Assign the beats of a heart, by itself or as one of a cohort.

    Parameters
    ----------
    count : int
    case : str
    seed : int
    settings : mapping
        ``test_fraction`` and ``validation_fraction``, see `split_beats`.
    part : {"train", "validation", "test"}, optional
        Part of all beats of a heart of a cohort; without it the beats are split.
    to_learn : int
        Beats at the end of such a heart which go to "transfer", for a model to learn from.

    Returns
    -------
    numpy.ndarray of str, shape (count,)
    """
    if part is None:
        return split_beats(count, settings["test_fraction"], settings["validation_fraction"], case, seed)
    split = np.full(count, part, dtype="<U10")
    split[count - to_learn :] = "transfer"
    return split
