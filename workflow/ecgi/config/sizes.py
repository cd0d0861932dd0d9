"""Sizes of an experiment's data in MB, from which the memory of its jobs is estimated."""

from .experiment import Experiment

NUMBER = 4e-6  # MB of a number in single precision
WALL_MM3 = 250_000.0  # muscle of both ventricles of a large heart
ELECTRODES = 128  # in a table, which is not read for an estimate


def simulated_mb(experiment: Experiment, beats: int) -> float:
    """Activation times in all voxels of the wall, and BSP.

    Parameters
    ----------
    experiment : Experiment
    beats : int

    Returns
    -------
    float
    """
    voxels = WALL_MM3 / experiment.anatomy.spacing_mm**3
    return NUMBER * beats * (voxels + _electrodes(experiment) * experiment.bsp.samples)


def maps_mb(experiment: Experiment, beats: int) -> float:
    """Activation times on the grid of the networks.

    Parameters
    ----------
    experiment : Experiment
    beats : int

    Returns
    -------
    float
    """
    slices = experiment.slices
    layers = slices.pixels if slices.volume else slices.count
    return NUMBER * beats * layers * slices.pixels**2


def dataset_mb(experiment: Experiment, beats: int) -> float:
    """Maps and BSP on the grids of the networks.

    Parameters
    ----------
    experiment : Experiment
    beats : int

    Returns
    -------
    float
    """
    signals = NUMBER * beats * _electrodes(experiment) * experiment.dataset.network_samples
    return maps_mb(experiment, beats) + signals


def _electrodes(experiment: Experiment) -> int:
    """Number of electrodes, at least `ELECTRODES`."""
    return max(experiment.electrodes.rows * experiment.electrodes.columns, ELECTRODES)
