"""Physics-based search: the paced beat whose simulated BSP fits the recorded one best.

One pacing site, one conduction velocity per ventricle. A dictionary of sites and velocities finds where
to begin, a local fit goes on from the best of its entries (see `waves`), and the misfit at the end tells how
far the beat can be moved without fitting worse.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.progress import Progress
from ..core.seeds import generator
from .base import Heart
from .paced_beat_fit import Waves, best_fit, scattered, single_site
from .surface_nodes import spread_out


@dataclass(frozen=True)
class PhysicsSearch:
    """The search with its settings.

    Attributes
    ----------
    sites : int
        Sites of the dictionary, spread evenly over the wall.
    velocities : sequence of float
        m/s, of the dictionary.
    starts : int
        Sites of the dictionary from which the local fit begins.
    radius_mm : float
        Of the pacing zone.
    coarse_mm, fine_mm : float
        Edge of the voxels on which waves are computed for dictionary and first fits, and for the last
        fit; finer hearts are resliced.
    """

    sites: int = 500
    velocities: tuple = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
    starts: int = 3
    radius_mm: float = 4.0
    coarse_mm: float = 4.0
    fine_mm: float = 2.0

    def predict(self, bsp: NDArray, heart: Heart, samples: int, seed: int) -> NDArray:
        """Maps of the beats that fit, see `physics`; samples scatter as the misfit allows."""
        coarse, fine = (
            Waves.on(heart.anatomy, spacing, self.radius_mm) for spacing in (self.coarse_mm, self.fine_mm)
        )
        maps = np.empty((samples, len(bsp), fine.to_heart.shape[0]), np.float32)
        starts = list(self._starts(bsp, heart, coarse))
        for beat, found in enumerate(Progress("beats fitted", starts, len(bsp))):
            best = best_fit(bsp[beat], heart, coarse, fine, found)
            rng = generator(seed, "physics search", beat)
            maps[:, beat] = scattered(best, samples, bsp.shape[1:], rng)
        return maps

    def _starts(self, bsp, heart, waves):
        """Parameters of the best entries of the dictionary for each beat, one per site."""
        places = waves.places.data[spread_out(waves.places.data, self.sites)]
        misfit = np.empty((len(bsp), len(places), len(self.velocities)))
        for site, place in enumerate(Progress("sites tried", places, len(places))):
            reference = waves.times(single_site(place, 1.0))
            for number, velocity in enumerate(self.velocities):
                misfit[:, site, number] = _misfits(bsp, heart.simulate(reference / velocity))
        for beat in misfit:
            best = np.argsort(beat.min(1))[: self.starts]
            speeds = np.take(self.velocities, beat[best].argmin(1))
            yield [single_site(place, speed) for place, speed in zip(places[best], speeds, strict=True)]


@dataclass(frozen=True)
class MeanOfSites:
    """The mean map of beats paced all over the wall, whatever the BSP: what a heart alone tells.

    Attributes
    ----------
    sites : int
        Spread evenly over the wall.
    velocity : float
        m/s.
    """

    sites: int = 60
    velocity: float = 0.6

    def predict(self, bsp: NDArray, heart: Heart, samples: int, seed: int) -> NDArray:
        """The same map for each beat, see `physics`."""
        waves = Waves.on(heart.anatomy, PhysicsSearch.coarse_mm, PhysicsSearch.radius_mm)
        sites = waves.places.data[spread_out(waves.places.data, self.sites)]
        mean = np.mean([waves.times(single_site(place, self.velocity)) for place in sites], 0)
        return np.repeat(mean[None, None], len(bsp), 1).astype(np.float32)


def _misfits(recorded, simulated):
    """Sum of squares of each beat that a simulated one leaves, its amplitude fitted."""
    product = np.maximum(np.einsum("bet,et->b", recorded, simulated, optimize=True), 0)
    return np.square(recorded).sum((1, 2)) - product**2 / np.square(simulated).sum()
