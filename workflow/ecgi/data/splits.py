"""Split of the beats into training, validation and test parts."""

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


def split_cohort_beats(count: int, part: str, to_learn: int) -> NDArray[np.str_]:
    """Assign all beats of a heart of a cohort to its part, but the last to "transfer".

    Parameters
    ----------
    count : int
    part : {"train", "validation", "test"}
    to_learn : int
        Beats at the end from which a model may go on to learn.

    Returns
    -------
    numpy.ndarray of str, shape (count,)
    """
    split = np.full(count, part, dtype="<U10")
    split[count - to_learn :] = "transfer"
    return split
