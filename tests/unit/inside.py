"""Potentials inside a torso, such as on the heart, by the conductor of the forward chain."""

import numpy as np

from ecgi.physics.boundary_elements import double_layer_rows
from ecgi.physics.conductor import InfiniteConductor


class Inside:
    """A bounded conductor whose electrodes lie in the torso, off its surfaces."""

    def __init__(self, conductor):
        self.conductor, self.sigma_t = conductor, conductor.sigma_t

    def point_electrodes(self, electrodes):
        """Point electrodes, and weights by Geselowitz's equation at a point off the surfaces."""
        conductor = self.conductor
        rows = double_layer_rows(conductor.mesh, electrodes, np.full(len(electrodes), -1))
        sigma = rows.sum(1)  # of the tissue at each point
        own = np.diag(self.sigma_t / sigma)
        return (
            np.concatenate([electrodes, conductor.others]),
            np.concatenate([own, conductor.weights @ rows.T / sigma]),
        )

    def kernels(self, points, electrodes):
        """Potential of unit dipoles against the mean over the skin."""
        positions, weights = self.point_electrodes(electrodes)
        return InfiniteConductor(self.sigma_t).kernels(points, positions) @ weights
