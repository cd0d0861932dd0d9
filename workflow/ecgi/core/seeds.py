"""Random generators that do not depend on the order in which they are used."""

import zlib

import numpy as np


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
