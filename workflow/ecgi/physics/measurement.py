"""Measurement errors: noise of the signals, displacement of the electrodes and of the heart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..core.seeds import generator


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


def add_noise_to_beats(
    bsp: NDArray, snr_db: float | None, beats: Sequence[int], seed: int, purpose: str
) -> NDArray:
    """Add white Gaussian noise to beats; that of a beat does not depend on the other beats.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (beat, electrode, time)
        mV.
    snr_db : float or None
        dB, see `add_noise`; None for no noise.
    beats : sequence of int
        Number of each beat.
    seed, purpose
        See `seeds.generator`.

    Returns
    -------
    numpy.ndarray, shape (beat, electrode, time)
        mV.
    """
    if snr_db is None:
        return bsp
    return np.stack(
        [
            add_noise(signals, snr_db, generator(seed, purpose, int(beat)))
            for beat, signals in zip(beats, bsp, strict=True)
        ]
    )


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


def misplace(centre: NDArray, shift_mm: float, turn_degrees: float, rng: np.random.Generator) -> NDArray:
    """Rigid movement by a distance in a random direction, and by an angle about a random axis.

    Parameters
    ----------
    centre : numpy.ndarray, shape (3,)
        That the axis passes through, mm.
    shift_mm : float
    turn_degrees : float
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (4, 4)
        Affine that moves points in mm.
    """
    shift, axis = (vector / np.linalg.norm(vector) for vector in rng.standard_normal((2, 3)))
    moved = np.eye(4)
    moved[:3, :3] = Rotation.from_rotvec(turn_degrees * axis, degrees=True).as_matrix()
    moved[:3, 3] = centre - moved[:3, :3] @ centre + shift_mm * shift
    return moved
