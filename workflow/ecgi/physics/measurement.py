"""Measurement errors: noise of the signals and displacement of the electrodes."""

import numpy as np
from numpy.typing import NDArray


def add_noise(bsp: NDArray, snr_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Add white Gaussian noise to the samples of a beat.

    The SNR is that of the samples as they are recorded: averaging n of them in time afterwards, see
    `bsp.average_in_time`, raises it by about 10 log10(n) dB.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
    snr_db : float
        Power of the signals, averaged over electrodes and time, over that of the noise, dB.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of float32, shape (electrode, time)
    """
    power = np.mean(np.square(bsp, dtype=float))
    noise = np.sqrt(power / 10 ** (snr_db / 10)) * rng.standard_normal(bsp.shape)
    return (bsp + noise).astype(np.float32)


def displace(electrodes: NDArray, sd_mm: float, rng: np.random.Generator) -> NDArray:
    """Displace electrodes at random, by a Gaussian along each axis.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        mm.
    sd_mm : float
        Standard deviation along an axis.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (electrode, 3)
        mm.
    """
    return electrodes + sd_mm * rng.standard_normal(electrodes.shape)
