"""What stands between a simulated signal and a recorded one."""

import numpy as np
from numpy.typing import NDArray


def add_noise(bsp: NDArray, snr_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """White Gaussian noise on the recorded samples of a beat.

    The SNR is that of the samples as they are recorded: averaging n of them in time afterwards, see
    `bsp.average_in_time`, raises it by about 10 log10(n) dB.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
    snr_db : float
        Power of the signals, averaged over electrodes and time, over that of the noise.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of float32
    """
    power = np.mean(np.square(bsp, dtype=float))
    noise = np.sqrt(power / 10 ** (snr_db / 10)) * rng.standard_normal(bsp.shape)
    return (bsp + noise).astype(np.float32)


def displace(electrodes, sd_mm, rng):
    """Electrodes not quite where planned: moved by a Gaussian of the given SD along each axis."""
    return electrodes + sd_mm * rng.standard_normal(electrodes.shape)
