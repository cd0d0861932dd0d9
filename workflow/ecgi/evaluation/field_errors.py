"""Errors of body surface potentials as a whole, against others of the same electrodes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..physics.electrodes import referenced


class FieldErrors(NamedTuple):
    """How a field differs from the true one, over electrodes and time, about the mean of the electrodes.

    Meijs et al. 1989, IEEE Trans Biomed Eng 36:1038.

    Attributes
    ----------
    rdm : float
        RDM*, norm of the difference of the fields, each divided by its own norm: of their shapes; 0 to 2.
    mag : float
        MAG, norm of the field over that of the true one.
    re : float
        Relative error, norm of the difference over that of the true one.
    """

    rdm: float
    mag: float
    re: float


def field_errors(truth: NDArray, field: NDArray) -> FieldErrors:
    """Compare a field with the true one.

    Parameters
    ----------
    truth, field : numpy.ndarray, shape (electrode, time)
        mV; of any reference, as each is taken relative to the mean of its electrodes. The truth varies over
        them.

    Returns
    -------
    FieldErrors
        RDM* is the square root of 2, as of fields that have nothing in common, for a field that vanishes.
    """
    truth, field = (referenced(np.asarray(signals, float), axis=0) for signals in (truth, field))
    true_norm, norm = np.linalg.norm(truth), np.linalg.norm(field)
    cosine = np.sum(truth * field) / (true_norm * norm) if norm > 0 else 0.0
    return FieldErrors(
        float(np.sqrt(max(2 - 2 * cosine, 0.0))),
        float(norm / true_norm),
        float(np.linalg.norm(field - truth) / true_norm),
    )
