"""Random generators that do not depend on the order in which they are used."""

import zlib

import numpy as np
from numpy.typing import NDArray


def generator(seed: int, purpose: str, *index: int) -> np.random.Generator:
    """Random generator for one purpose.

    Parameters
    ----------
    seed : int
        Seed of the experiment, not negative.
    purpose : str
        What it is for, such as ``"activation rodero01"``.
    *index : int
        Which of several it is, such as the number of a beat.

    Returns
    -------
    numpy.random.Generator
        The same for the same arguments, whatever other generators are made.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *index])


def truncated_normal(rng: np.random.Generator, count: int, limit: float) -> NDArray[np.float64]:
    """Values of a standard normal distribution truncated at both sides.

    Values beyond the limit are drawn again, from a generator of their own that is spawned from `rng`: all
    others, and what `rng` gives afterwards, are as if there were no limit.

    Parameters
    ----------
    rng : numpy.random.Generator
    count : int
    limit : float
        Largest absolute value, above 0.

    Returns
    -------
    numpy.ndarray, shape (count,)
    """
    values = rng.standard_normal(count)
    (again,) = rng.spawn(1)
    while (beyond := np.abs(values) > limit).any():
        values[beyond] = again.standard_normal(beyond.sum())
    return values


def keras_seed(seed: int, purpose: str) -> int:
    """Integer seed for Keras.

    Parameters
    ----------
    seed, purpose
        See `generator`.

    Returns
    -------
    int
        Below 2**31.
    """
    return int(generator(seed, purpose).integers(2**31))
