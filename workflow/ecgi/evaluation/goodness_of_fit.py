"""Agreement between a recorded BSP and those simulated from predicted maps."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..physics.bsp import fitted_amplitude, scaled_residual
from .metrics import correlation


class Fit(NamedTuple):
    """Goodness of fit after least-squares amplitude scaling, as medians over samples.

    Attributes
    ----------
    amplitude : float
        Factor that scales the simulated BSP, which absorbs the unknown conductivities.
    relative_error : float
        Norm of the residual relative to that of the recording: 0 for a perfect fit, 1 for a simulated BSP of
        zero.
    correlation : float
        Pearson correlation over all leads and times.
    lead_correlation : numpy.ndarray, shape (electrode,)
        Pearson correlation over the times of each lead.
    """

    amplitude: float
    relative_error: float
    correlation: float
    lead_correlation: NDArray[np.floating]

    @property
    def verdict(self) -> str:
        """Rating of the fit, with advice on the map."""
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
        BSP of each sample, of any amplitude.

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
