"""Split of the beats into training, validation and test parts."""

import numpy as np

from ..core.seeds import generator


def split_beats(count, test_fraction, validation_fraction, case, seed):
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
