"""Recordings of phantoms as a user would bring them, sound and spoilt, and what a prediction says of them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.seeds import generator
from ecgi.inverse.base import Patient
from ecgi.physics import eikonal, electrodes
from ecgi.physics.bsp import bsp_simulator
from ecgi.physics.lead_field import lead_field

CELL = ActionPotentialSettings().model_dump()
TRUE_MM = 2.0  # voxels on which recordings are simulated
STEP_MS, BEAT_MS, PAUSE_MS = 1.0, 420, 150
SAMPLING = {"samples": 400, "time_step_ms": STEP_MS}
RINGS, COLUMNS, PITCH_MM = 5, 12, 45.0


class Subject(NamedTuple):
    """A heart on the grid that is predicted on and on that of the truth, and its electrodes.

    Attributes
    ----------
    heart, true_heart : Anatomy
    electrodes : pandas.DataFrame
        Columns name, x_mm, y_mm and z_mm.
    torso : dict
        Sizes of the elliptic torso that they are on.
    """

    heart: object
    true_heart: object
    electrodes: pd.DataFrame
    torso: dict

    @property
    def places(self):
        """Positions of the electrodes in mm, shape (electrode, 3)."""
        return self.electrodes[electrodes.COORDINATES].to_numpy()

    def patient(self, field=None, until_ms=np.inf):
        """What inverse methods know of the subject, whose conductor is infinite if no lead field is given."""
        if field is None:
            field = lead_field(self.heart.wall, self.heart.affine, self.places, 0.2, 0.2)
        times = STEP_MS * np.arange(SAMPLING["samples"])
        return Patient("subject", self.heart, self.places, times, lambda: field, CELL, SAMPLING, until_ms)


class Beat(NamedTuple):
    """A paced beat of a subject.

    Attributes
    ----------
    times : numpy.ndarray, shape (voxel,)
        Activation times of the heart that is predicted on, ms.
    site : numpy.ndarray, shape (3,)
        Patient RAS, mm.
    bsp : numpy.ndarray, shape (electrode, time)
        mV from the onset on, against infinity.
    """

    times: np.ndarray
    site: np.ndarray
    bsp: np.ndarray


def subject(seed, spacing_mm=4.0, spread="adults"):
    """A phantom with a vest on a torso of random size."""
    rng = generator(seed, "benchmark subject")
    segmentation = make_phantom(seed, 2.0, spread=spread)
    heart, _ = short_axis(segmentation, spacing_mm, True)
    true_heart, _ = short_axis(segmentation, TRUE_MM, True)
    torso = TorsoSettings().model_dump()
    torso["width_mm"] *= np.exp(0.07 * rng.normal())
    torso["depth_mm"] *= np.exp(0.07 * rng.normal())
    places = electrodes.vest(heart.positions(heart.wall), RINGS, COLUMNS, PITCH_MM, torso)
    table = pd.DataFrame(places, columns=electrodes.COORDINATES)
    table.insert(0, "name", electrodes.numbered(len(places)))
    return Subject(heart, true_heart, table, torso)


def beat(subject, rng, electrode_error_mm=0.0, field=None):
    """A beat from one random site, of random velocities, recorded by electrodes that may be displaced.

    In an infinite conductor, unless a lead field of the true heart is given.
    """
    true = subject.true_heart
    voxels = np.argwhere(true.wall)
    site = voxels[rng.integers(len(voxels))]
    left, right = 0.6 * np.exp(0.15 * rng.normal(size=2))
    speed = np.where(true.labels[true.wall] == 2, right, left)
    domain = eikonal.conducting_domain(true.wall, TRUE_MM)
    times = eikonal.activation_times(domain, speed, [eikonal.Source(site, rng.uniform(3.0, 6.0))])
    places = subject.places + electrode_error_mm * rng.normal(size=subject.places.shape)
    if field is None:
        field = lead_field(true.wall, true.affine, places, 0.2, 0.2)
    _, simulate = bsp_simulator(field, CELL, BEAT_MS, STEP_MS)
    here = sample_wall(true, times, subject.heart.positions(subject.heart.wall))
    where = true.affine[:3, :3] @ site + true.affine[:3, 3]
    return Beat(here, where, simulate(np.minimum(times, BEAT_MS - 2)).astype(float))


def whole_recording(bsp, rng, noise_uv=10.0, wander_uv=10.0, hum_uv=0.0, p_wave_mv=0.0, common_mv=0.0):
    """A beat after a pause, with noise, wander, hum and a P wave, and a time course that all leads have."""
    quiet = np.zeros((len(bsp), PAUSE_MS))
    signals = np.concatenate([quiet, bsp], 1)
    time = STEP_MS * np.arange(signals.shape[1])
    leads = len(signals)
    signals = signals + 1e-3 * noise_uv * rng.normal(size=signals.shape)
    signals += wander(time, leads, wander_uv, rng) + hum(time, leads, hum_uv, rng)
    if p_wave_mv:
        pattern = (
            rng.normal(size=(leads, 1)) * 0.3 + bsp[:, [int(np.abs(bsp).sum(0).argmax())]] / np.abs(bsp).max()
        )
        course = np.exp(-(((time - 70.0) / 16.0) ** 2)) - 0.25 * np.exp(-(((time - 150.0) / 45.0) ** 2))
        signals += p_wave_mv * pattern / np.abs(pattern).max() * course
    common = common_mv * np.sin(2 * np.pi * time / 311 + rng.uniform(0, 6))
    return signals + common


def wander(time, leads, size_uv, rng):
    """Baseline wander of random amplitude and phase per lead."""
    rate = rng.uniform(0.1, 0.6)
    phase = rng.uniform(0, 2 * np.pi, (leads, 1))
    return 1e-3 * size_uv * np.abs(rng.normal(size=(leads, 1))) * np.sin(2e-3 * np.pi * rate * time + phase)


def hum(time, leads, size_uv, rng):
    """Mains hum of random amplitude per lead, about in phase."""
    phase = rng.uniform(0, 2 * np.pi) + 0.3 * rng.normal(size=(leads, 1))
    return 1e-3 * size_uv * np.abs(rng.normal(size=(leads, 1))) * np.sin(2e-3 * np.pi * 50 * time + phase)
