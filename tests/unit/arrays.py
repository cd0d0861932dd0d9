"""Simulated recordings of arrays of electrodes."""

import numpy as np
from scipy.ndimage import label

from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.physics import bsp, eikonal, electrodes
from ecgi.physics.lead_field import lead_field

BEFORE, SAMPLES, STEP_MS = 50, 350, 2.0
TORSO = {
    "width_mm": 320.0,
    "depth_mm": 240.0,
    "heart_left_mm": 25.0,
    "heart_front_mm": 30.0,
    "heart_up_mm": 0.0,
}
LAYOUTS = {
    "vest 60": (5, 12, 50.0),
    "vest 72": (6, 12, 45.0),
    "vest 128": (8, 16, 40.0),
    "grid 64": (8, 8, 35.0),
}


def place(heart, layout, rng):
    """Electrodes of a layout on a torso of any size, each a few mm from its place."""
    wall = heart.positions(heart.wall)
    rows, columns, pitch = LAYOUTS[layout]
    if layout.startswith("grid"):
        positions = electrodes.front_grid(wall, rows, columns, pitch, 45.0)
    else:
        torso = electrodes.vary_torso(TORSO, {"left_mm": 10, "front_mm": 10, "up_mm": 20, "torso": 0.1}, rng)
        positions = electrodes.vest(wall, rows, columns, pitch, torso)
    return positions + rng.normal(0, 3, positions.shape)


def in_one_piece(heart):
    """A heart without the pieces of wall that touch no other."""
    pieces, _ = label(heart.wall)
    largest = np.bincount(pieces[heart.wall]).argmax()
    return Anatomy(np.where(heart.wall & (pieces != largest), Tissue.BACKGROUND, heart.labels), heart.affine)


def recorded(seed, layout, snr_db=30.0, spacing_mm=4.0):
    """A beat in a phantom, with noise and offsets: signals in mV, times, positions, wall."""
    rng = np.random.default_rng(seed)
    heart = in_one_piece(make_phantom(seed, spacing_mm))
    positions = place(heart, layout, rng)
    field = lead_field(heart.wall, heart.affine, positions, 0.2, 0.2)
    _, simulate = bsp.bsp_simulator(field, ActionPotentialSettings().model_dump(), SAMPLES, STEP_MS)
    voxels = np.argwhere(heart.wall)
    sites = rng.integers(len(voxels), size=rng.integers(1, 3))
    sources = [
        eikonal.Source(voxels[site], 6.0, float(onset)) for site, onset in zip(sites, (0, 15), strict=False)
    ]
    domain = eikonal.conducting_domain(heart.wall, spacing_mm)
    wave = eikonal.activation_times(domain, np.full(len(voxels), rng.uniform(0.4, 0.9)), sources)
    beat = simulate(wave)
    signals = np.concatenate([np.repeat(beat[:, :1], BEFORE, 1), beat], 1)
    noise = np.sqrt(np.mean(beat**2) / 10 ** (snr_db / 10))
    signals = signals + rng.normal(0, noise, signals.shape) + rng.normal(0, 0.3, (len(signals), 1))
    return signals, np.arange(signals.shape[1]) * STEP_MS, positions, heart.positions(heart.wall)
