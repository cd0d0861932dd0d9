"""The protocol: who is paced where, and how fast each tissue conducts."""

import numpy as np
import pandas as pd

from .anatomy import Tissue
from .seeds import generator

CONDUCTING = {"lv": Tissue.LV_WALL, "rv": Tissue.RV_WALL, "scar": Tissue.SCAR}


def draw_activations(anatomy, case, count, velocities, seed):
    """Draw single-site beats: a random wall site and a velocity per tissue.

    Parameters
    ----------
    anatomy : Anatomy
    case : str
    count : int
    velocities : dict of str to (mean, spread)
        Mean in m/s and relative spread (standard deviation of the logarithm) for "lv", "rv" and
        "scar".
    seed : int
        Beat n is the same whatever `count` is.

    Returns
    -------
    pandas.DataFrame
        One row per beat: case, activation, site_x_mm, site_y_mm, site_z_mm (patient RAS),
        site_tissue, and velocity_lv_m_per_s and so on.
    """
    healthy = np.isin(anatomy.labels, (Tissue.LV_WALL, Tissue.RV_WALL))
    sites = anatomy.positions(healthy)
    tissues = anatomy.labels[healthy]
    rows = []
    for activation in range(count):
        draw = generator(seed, f"activation {case}", activation)
        site = int(draw.random() * len(sites))
        velocity = {
            f"velocity_{tissue}_m_per_s": mean * np.exp(spread * draw.standard_normal())
            for tissue, (mean, spread) in velocities.items()
        }
        rows.append(
            {
                "case": case,
                "activation": activation,
                "site_x_mm": sites[site, 0],
                "site_y_mm": sites[site, 1],
                "site_z_mm": sites[site, 2],
                "site_tissue": Tissue(tissues[site]).name.lower(),
                **velocity,
            }
        )
    return pd.DataFrame(rows)


def velocity_map(labels, velocities):
    """Conduction velocity of every voxel.

    Parameters
    ----------
    labels : numpy.ndarray of uint8
    velocities : dict of str to float
        m/s (which is mm/ms) for "lv", "rv" and "scar".

    Returns
    -------
    numpy.ndarray of float, shape of `labels`
        mm/ms; 0 outside the wall.
    """
    speed = np.zeros(labels.shape)
    for name, tissue in CONDUCTING.items():
        speed[labels == tissue] = velocities[name]
    return speed
