"""Earliest activation site of a map."""

import numpy as np


def earliest_site(times, positions):
    """Centre of the voxels that are activated first, shape (3,)."""
    return positions[times == np.nanmin(times)].mean(0)
