"""Random generators that do not depend on the order in which things are drawn."""

import zlib

import numpy as np


def generator(seed, purpose, *index):
    """Random generator of one draw.

    Parameters
    ----------
    seed : int
        Seed of the experiment, not negative.
    purpose : str
        What is drawn, for example ``"activation rodero01"``.
    *index : int
        Which of the draws it is.

    Returns
    -------
    numpy.random.Generator
        The same for the same arguments, whatever else is drawn and in what order.
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *index])


def keras_seed(seed, purpose):
    """Integer seed for Keras, derived as in `generator`."""
    return int(generator(seed, purpose).integers(2**31))
