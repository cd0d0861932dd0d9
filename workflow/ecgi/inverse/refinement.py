"""A learnt method proposes, physics refines: beats that explain the recording, found without a dictionary.

From each of some proposed maps the sources are read, where it is earlier than any wave from the sources so
far could be. From those that fit best, sites, onsets and velocities are fitted to the recording. Beats are
never quite what such a fit can make of them, hence fit and proposals are combined, each for as much as its
misfit lets it count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..core.progress import Progress
from ..core.seeds import generator
from .base import Heart
from .paced_beat_fit import Waves, best_fit, misfit, scattered, smooth_energy

APART_MM = 15.0  # within which a source is the earliest
EARLIER_MS = 8.0  # than waves from the other sources, for a source to be one
VELOCITIES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)  # m/s, that are tried on a map


@dataclass(frozen=True)
class Refinement:
    """Refines proposals with its settings.

    Attributes
    ----------
    proposals : int
        Proposed maps per beat from which sources are read, beside their mean.
    starts : int
        Of the beats so read, those from which a fit begins.
    sources : int
        Most sources of a beat.
    radius_mm : float
        Of the pacing zones.
    coarse_mm, fine_mm : float
        Edge of the voxels on which waves are computed for the first fits and for the last one.
    doubt : float
        Error of the fit over that of the proposals, where both leave as much of the recording; chosen on
        phantoms that are neither for training nor for testing.
    """

    proposals: int = 10
    starts: int = 3
    sources: int = 4
    radius_mm: float = 4.0
    coarse_mm: float = 4.0
    fine_mm: float = 2.0
    doubt: float = 3.0

    def predict(self, bsp: NDArray, heart: Heart, proposed: NDArray, samples: int, seed: int) -> NDArray:
        """Maps that explain the recording.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, electrode, sample)
            mV.
        heart : heart.Heart
        proposed : numpy.ndarray, shape (sample, beat, voxel)
            Maps of a learnt method in ms.
        samples, seed : int

        Returns
        -------
        numpy.ndarray of float32, shape (sample, beat, voxel)
            As widely spread as the proposals, less what the fit knows better.
        """
        coarse, fine = (
            Waves.on(heart.anatomy, spacing, self.radius_mm) for spacing in (self.coarse_mm, self.fine_mm)
        )
        nearest = cKDTree(heart.anatomy.positions(heart.anatomy.wall)).query(coarse.places.data)[1]
        earliest_around = lowest_within(APART_MM, coarse.places)
        maps = np.empty((samples, len(bsp), fine.to_heart.shape[0]), np.float32)
        for beat in Progress("beats refined", range(len(bsp)), len(bsp)):
            recorded, some = bsp[beat], proposed[: self.proposals, beat]
            beats = [
                read_sources(guess[nearest], coarse, earliest_around, self.sources)
                for guess in (proposed[:, beat].mean(0), *some)
            ]
            beats.sort(key=lambda start: misfit(recorded, heart, coarse.times(start)))
            best = best_fit(recorded, heart, coarse, fine, beats[: self.starts])
            fits = scattered(best, samples, recorded.shape, generator(seed, "refinement", beat))
            left = np.mean([misfit(recorded, heart, guess) for guess in some])
            ratio = smooth_energy(best.fun.reshape(recorded.shape)) / left
            maps[:, beat] = together(fits, proposed[:, beat], self.doubt**2 * ratio)
        return maps


def together(fits, proposals, variance):
    """Draws that combine two independent estimates of a map, as Gaussians are.

    Parameters
    ----------
    fits : numpy.ndarray, shape (sample, voxel)
        Estimate whose error is larger than its samples show.
    proposals : numpy.ndarray, shape (sample, voxel)
        Estimate whose samples show its error.
    variance : float
        Of the error of the first over that of the second.

    Returns
    -------
    numpy.ndarray, shape (sample, voxel)
    """
    share = variance / (1 + variance)
    mean = proposals.mean(0)
    apart = np.resize(proposals - mean, fits.shape)
    return np.maximum(fits + share * (mean - fits.mean(0)) + np.sqrt(share) * apart, 0.0)


def lowest_within(radius_mm, places):
    """Function from values of points, a `cKDTree` of them given, to the lowest within a radius of each."""
    around = places.query_ball_point(places.data, radius_mm)
    near, first = np.concatenate(around), np.cumsum([0, *map(len, around[:-1])])
    return lambda values: np.minimum.reduceat(values[near], first)


def read_sources(times, waves, earliest_around, most):
    """Sources of a map, and the velocity of its waves, as the parameters of a beat whose first onset is 0.

    Parameters
    ----------
    times : numpy.ndarray, shape (coarse voxel,)
        Activation times in ms.
    waves : waves.Waves
    earliest_around : callable
        See `lowest_within`.
    most : int
        Sources at most.

    Returns
    -------
    numpy.ndarray, shape (4 * source + 2,)
    """
    places = waves.places.data
    minima = np.flatnonzero(times <= earliest_around(times))
    chosen = [min(minima, key=lambda voxel: times[voxel])]
    while True:
        beats = [_beat(chosen, times, places, velocity) for velocity in VELOCITIES]
        arrivals = [waves.coarse_times(beat) + times[chosen].min() for beat in beats]
        like = int(np.argmin([np.abs(arrival - times).sum() for arrival in arrivals]))
        late = {voxel: arrivals[like][voxel] - times[voxel] for voxel in minima if voxel not in chosen}
        latest = max(late, key=lambda voxel: late[voxel], default=None)
        if len(chosen) == most or latest is None or late[latest] < EARLIER_MS:
            return beats[like]
        chosen.append(latest)


def _beat(chosen, times, places, velocity):
    """Parameters of a beat from some voxels at the times that a map has there."""
    first = times[chosen].min()
    sources = [(*places[voxel], times[voxel] - first) for voxel in chosen]
    return np.array([*np.ravel(sources), np.log(velocity), np.log(velocity)])
