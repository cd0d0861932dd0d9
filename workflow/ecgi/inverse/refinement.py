"""Refinement of proposed maps: paced beats fitted to the recording, combined with the proposals.

From each of some proposed maps the sources are read, where it is earlier than any wave from the sources so
far could be. From those that fit best, sites, onsets and velocities are fitted to the recording. No
beat is exactly of the fitted kind, hence fit and proposals are combined, weighted by their misfits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy.spatial import cKDTree

from ..core.errors import InputError
from ..core.fields import Count, Name, Positive
from ..core.progress import Progress
from ..core.seeds import generator
from ..physics.electrodes import referenced
from .base import InverseMethod, MethodSettings, TrainingBeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .base import Patient
    from .paced_beat_fit import Waves

APART_MM = 15.0  # within which a source is the earliest
EARLIER_MS = 8.0  # than waves from the other sources, for a source to be one
VELOCITIES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)  # m/s, that are tried on a map


class Refinement(MethodSettings):
    """Refinement by physics of the maps that another method proposes."""

    needs: ClassVar[Literal["nothing", "training", "proposer"]] = "proposer"

    kind: Literal["refinement"] = "refinement"
    proposer: Name = Field(description="variant whose maps are refined")
    proposals: Count = Field(
        10, le=1000, description="proposed maps per beat from which sources are read, beside their mean"
    )
    starts: Count = Field(3, le=100, description="of the beats so read, those from which a fit begins")
    sources: Count = Field(4, le=20, description="most sources of a beat")
    radius_mm: Positive = Field(4.0, le=50, description="radius of the pacing zones")
    coarse_mm: Positive = Field(4.0, le=20, description="edge of the voxels of the first fits")
    fine_mm: Positive = Field(2.0, le=20, description="edge of the voxels of the last fit")
    doubt: Positive = Field(
        3.0,
        description="error of the fit over that of the proposals, where both leave as much of the recording; "
        "chosen on phantoms that are neither for training nor for testing",
    )

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> InverseMethod:
        """The method, given the one whose maps it refines, see `base.MethodSettings.make`."""
        if proposer is None:
            raise InputError(f"a refinement needs {self.proposer}, whose maps it refines")
        return Refined(self, proposer)


@dataclass(frozen=True)
class Refined:
    """A refinement of the maps of another method.

    Attributes
    ----------
    settings : Refinement
    proposer : InverseMethod
    """

    settings: Refinement
    proposer: InverseMethod

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """Maps that combine proposals and fit, each weighted by its misfit, see `base.InverseMethod`."""
        from ..anatomy.interpolation import fill_wall

        proposed = self.proposer.predict(bsp, patient, samples, seed)
        if not np.isfinite(proposed).all((0, 1)).any():
            raise InputError(
                f"{self.settings.proposer} proposes maps without any finite time; train it again, or predict "
                "by physics_search"
            )
        proposed = fill_wall(proposed, patient.anatomy.positions(patient.anatomy.wall))
        return self.refine(referenced(bsp, axis=1), patient, proposed, samples, seed)

    def refine(
        self, bsp: NDArray, patient: Patient, proposed: NDArray, samples: int, seed: int
    ) -> NDArray[np.float32]:
        """Maps that explain the recording better than those proposed.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, electrode, time)
            mV, against the mean of the electrodes.
        patient : Patient
        proposed : numpy.ndarray, shape (sample, beat, voxel)
            ms.
        samples, seed : int

        Returns
        -------
        numpy.ndarray of float32, shape (sample, beat, voxel)
        """
        from .fit_uncertainty import electrode_slopes, scattered, smooth_fields
        from .paced_beat_fit import Waves, best_fit, misfit, refuse_unusable, smooth_energy

        for recorded in bsp:
            refuse_unusable(recorded)

        settings = self.settings
        bsp, patient = patient.fitted(bsp)
        coarse, fine = (
            Waves.on(patient.anatomy, spacing, settings.radius_mm)
            for spacing in (settings.coarse_mm, settings.fine_mm)
        )
        places = patient.anatomy.positions(patient.anatomy.wall)
        nearest = cKDTree(places).query(coarse.places.data)[1]
        slopes, local = electrode_slopes(patient, coarse.anatomy), smooth_fields(places)
        earliest_around = lowest_within(APART_MM, coarse.places)
        maps = np.empty((samples, len(bsp), fine.to_heart.shape[0]), np.float32)
        for beat in Progress("beats refined", range(len(bsp)), len(bsp)):
            recorded, some = bsp[beat], proposed[: settings.proposals, beat]
            beats = [
                read_sources(guess[nearest], coarse, earliest_around, settings.sources)
                for guess in (proposed[:, beat].mean(0), *some)
            ]
            beats.sort(key=lambda start: misfit(recorded, patient, coarse.times(start)))
            best = best_fit(recorded, patient, coarse, fine, beats[: settings.starts])
            moved = slopes(coarse.coarse_times(best.parameters))
            fits = scattered(best, moved, local, samples, generator(seed, "refinement", beat))
            left = np.mean([misfit(recorded, patient, guess) for guess in some])
            ratio = float(smooth_energy(best.residual) / left)
            maps[:, beat] = together(fits, proposed[:, beat], settings.doubt**2 * ratio)
        return maps


def together(fits: NDArray, proposals: NDArray, variance: float) -> NDArray:
    """Samples of the combination of two independent estimates of a map, taken as Gaussian.

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
    middle = fits.mean(0)
    scatter = (1 - share) * (fits - middle)
    return np.maximum(middle + share * (mean - middle) + scatter + np.sqrt(share) * apart, 0.0)


def lowest_within(radius_mm: float, places: cKDTree) -> Callable[[NDArray], NDArray]:
    """Function from values of points to the lowest within a radius of each.

    Parameters
    ----------
    radius_mm : float
    places : scipy.spatial.cKDTree
        Of the points.
    """
    around = places.query_ball_point(places.data, radius_mm)
    near, first = np.concatenate(around), np.cumsum([0, *map(len, around[:-1])])
    return lambda values: np.minimum.reduceat(values[near], first)


def read_sources(
    times: NDArray, waves: Waves, earliest_around: Callable[[NDArray], NDArray], most: int
) -> NDArray:
    """Sources of a map, and the velocity of its waves, as the parameters of a beat whose first onset is 0.

    Parameters
    ----------
    times : numpy.ndarray, shape (coarse voxel,)
        Activation times in ms.
    waves : paced_beat_fit.Waves
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


def _beat(chosen: Sequence[np.integer], times: NDArray, places: NDArray, velocity: float) -> NDArray:
    """Parameters of a beat from some voxels at the times that a map has there."""
    first = times[chosen].min()
    sources = [(*places[voxel], times[voxel] - first) for voxel in chosen]
    return np.array([*np.ravel(sources), np.log(velocity), np.log(velocity)])
