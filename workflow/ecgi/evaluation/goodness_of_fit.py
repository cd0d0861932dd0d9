"""Agreement of a recorded beat with the BSP simulated from predicted maps."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..physics.bsp import fitted_amplitude, scaled_residual
from .metrics import correlation


class Fit(NamedTuple):
    """How the BSP simulated from maps compare with the recorded one, amplitudes fitted; medians over samples.

    Attributes
    ----------
    amplitude : float
        By what the simulated BSP is multiplied, which depends on conductivities that nobody knows.
    relative_error : float
        Norm of the difference over that of the recording; 0 is perfect, 1 no better than silence.
    correlation : float
        Of all samples of all leads.
    lead_correlation : numpy.ndarray, shape (electrode,)
    """

    amplitude: float
    relative_error: float
    correlation: float
    lead_correlation: NDArray[np.floating]

    @property
    def words(self):
        """What a reader should make of it."""
        if self.relative_error < 0.3:
            return "close; other maps may fit as well"
        if self.relative_error < 0.6:
            return "fair; read the map with care"
        return "poor; do not rely on this map"


def fit(recorded: NDArray, simulated: NDArray) -> Fit:
    """Compare a recorded BSP with those simulated from each sample.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV.
    simulated : numpy.ndarray, shape (sample, electrode, time)

    Returns
    -------
    Fit
    """
    residual = np.linalg.norm(scaled_residual(recorded, simulated), axis=(1, 2))
    leads = [[correlation(*pair) for pair in zip(recorded, sample, strict=True)] for sample in simulated]
    return Fit(
        float(np.median(fitted_amplitude(recorded, simulated))),
        float(np.median(residual) / np.linalg.norm(recorded)),
        float(np.median([correlation(recorded, sample) for sample in simulated])),
        np.median(leads, axis=0),
    )
