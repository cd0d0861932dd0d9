"""Electrodes around a heart, and signals of a dipole in it."""

import numpy as np

SAMPLES = 16


def around(count=120, radius_mm=140.0):
    """Electrodes all around, evenly."""
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    angle = np.pi * (1 + 5**0.5) * np.arange(count)
    across = np.sqrt(1 - height**2)
    return radius_mm * np.column_stack([across * np.cos(angle), across * np.sin(angle), height])


def signals_of(electrodes, place, moment):
    """Potentials of a dipole that comes and goes, against infinity."""
    away = electrodes - place
    course = np.sin(np.pi * np.arange(SAMPLES) / SAMPLES)
    return (away @ moment / np.linalg.norm(away, axis=1) ** 3)[:, None] * course
