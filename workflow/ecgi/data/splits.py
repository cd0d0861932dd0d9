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

    Validation beats are taken from the training part: they serve model selection, not evaluation.

    Parameters
    ----------
    count : int
        Number of beats.
    test_fraction : float
        Share of the beats in the test part.
    validation_fraction : float
        Share of the other beats used for validation.
    case : str
        Name of the heart, which the random split depends on.
    seed : int
        Seed of the experiment.

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
    """Assign the beats of a heart to parts, at random or all to one part of a cohort.

    Parameters
    ----------
    count : int
        Number of beats.
    case : str
        Name of the heart.
    seed : int
        Seed of the experiment.
    settings : mapping
        ``test_fraction`` and ``validation_fraction``, see `split_beats`.
    part : {"train", "validation", "test"}, optional
        Part that all beats belong to, for a heart of a cohort; without it beats are split at random.
    to_learn : int
        Number of beats at the end of a cohort's heart that are assigned to "transfer" instead.

    Returns
    -------
    numpy.ndarray of str, shape (count,)
    """
    if part is None:
        return split_beats(count, settings["test_fraction"], settings["validation_fraction"], case, seed)
    split = np.full(count, part, dtype="<U10")
    split[count - to_learn :] = "transfer"
    return split
