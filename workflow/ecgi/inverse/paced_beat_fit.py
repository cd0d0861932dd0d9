"""Paced beats whose BSP fit a recorded one: sites, onsets and velocities by least squares.

A beat has as parameters for each source its place in patient RAS (mm) and its onset (ms), then the
logarithms of the velocities of LV and RV (m/s). The amplitude of the BSP, which depends on conductivities
that are unknown, is fitted too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from numpy.typing import NDArray

if TYPE_CHECKING:
    from .base import Patient

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import OptimizeResult, least_squares
from scipy.spatial import cKDTree

from ..anatomy.heart import Anatomy, Tissue, to_patient
from ..anatomy.interpolation import wall_interpolation
from ..anatomy.repair import keep_largest_piece
from ..anatomy.reslice import reslice
from ..core.errors import InputError
from ..physics import eikonal, eikonal_sensitivity
from ..physics.bsp import normalised_residual, scaled_residual
from ..physics.electrodes import referenced

SOURCE_STEPS, VELOCITY_STEPS = (3.0, 3.0, 3.0, 3.0), (0.1, 0.1)  # units of the fit
DIFFERENCE = 0.3  # of those units, over which the change of BSP is taken
SLOWED = {Tissue.SCAR: 1 / 3, Tissue.BORDER_ZONE: 1 / 2}  # velocity relative to the healthy LV's
LEAST = 1e-7  # share of a recording's energy that a misfit is not to fall below
EVALUATIONS = {"first": 15, "last": 60}  # of a fit on the coarse and on the fine grid, at most
CONTINUED, PROMISING = (
    3,
    1.5,
)  # fits that are continued on the fine grid, and their cost relative to the least
SAME_MM = 10.0  # between the sites of two fits, up to which they have come to the same beat
ONSET_MS, ONSET_WEIGHT = 5.0, 0.01  # scale and weight of the penalty of an earliest onset other than 0
ALMOST_NOTHING = 0.499  # cost of a fit above which it does not correlate with the recording
SLOWEST, FASTEST = 0.05, 10.0  # m/s, between which velocities are fitted


class Waves(NamedTuple):
    """Paced beats of a heart, computed on a coarse grid."""

    anatomy: Anatomy
    domain: eikonal.Domain
    neighbours: eikonal_sensitivity.Neighbours
    places: cKDTree
    to_heart: sparse.csr_array
    radius_mm: float

    @classmethod
    def on(cls, heart: Anatomy, spacing_mm: float, radius_mm: float) -> Self:
        """Set up for a heart's anatomy.

        Parameters
        ----------
        heart : Anatomy
        spacing_mm : float
            Edge of the coarse voxels; no finer than the heart's own.
        radius_mm : float
            Of the pacing zones.
        """
        spacing = max(spacing_mm, float(heart.spacing[0]))
        coarse = heart
        if spacing > heart.spacing[0]:
            coarse = reslice(heart, heart.affine[:3, :3] / heart.spacing, spacing, centred=True)
            coarse = Anatomy(keep_largest_piece(coarse.labels)[0], coarse.affine)
        return cls(
            coarse,
            eikonal.conducting_domain(coarse.wall, spacing),
            eikonal_sensitivity.neighbours(coarse.wall, spacing),
            cKDTree(coarse.positions(coarse.wall)),
            wall_interpolation(coarse, heart.positions(heart.wall)),
            radius_mm,
        )

    def times(self, parameters: NDArray) -> NDArray:
        """Activation times in ms of the heart's wall.

        Parameters
        ----------
        parameters : numpy.ndarray, shape (4 * source + 2,)
            See above; onsets before 0 are those of zones that are larger than thought.
        """
        return np.maximum(self.to_heart @ self.coarse_times(parameters), 0.0)

    def coarse_times(self, parameters: NDArray) -> NDArray:
        """Activation times of the coarse grid's wall, onsets before 0 as they are.

        Parameters
        ----------
        parameters : numpy.ndarray, shape (4 * source + 2,)
        """
        velocity, zones, first = self._beat(parameters)
        return eikonal.activation_times(self.domain, velocity, zones) + first

    def times_and_changes(self, parameters: NDArray) -> tuple[NDArray, NDArray]:
        """Activation times of the heart's wall, and their derivatives.

        Parameters
        ----------
        parameters : numpy.ndarray, shape (4 * source + 2,)

        Returns
        -------
        times : numpy.ndarray, shape (voxel,)
            ms.
        changes : numpy.ndarray, shape (parameter, voxel)
            ms per unit of each parameter.
        """
        velocity, zones, first = self._beat(parameters)
        times = eikonal.activation_times(self.domain, velocity, zones)
        right = (self.anatomy.labels[self.anatomy.wall] == Tissue.RV_WALL).astype(int)
        by_place, by_onset, by_velocity = eikonal_sensitivity.sensitivities(
            self.neighbours, times, velocity, right, 2, zones
        )
        axes = self.anatomy.affine[:3, :3] / self.domain.spacing_mm
        by_source = np.concatenate([axes @ by_place, by_onset[:, None]], 1)
        changes = np.concatenate([by_source.reshape(-1, len(times)), by_velocity])
        here = self.to_heart @ (times + first)
        return np.maximum(here, 0.0), np.where(here > 0, (self.to_heart @ changes.T).T, 0.0)

    def _beat(self, parameters: NDArray) -> tuple[NDArray, list[eikonal.Source], float]:
        """Velocity of each voxel, pacing zones whose first onset is 0, and that onset."""
        sources = parameters[:-2].reshape(-1, 4)
        tissue = self.anatomy.labels[self.anatomy.wall]
        left, right = np.clip(np.exp(parameters[-2:]), SLOWEST, FASTEST)
        slower = np.select([tissue == slow for slow in SLOWED], list(SLOWED.values()), 1.0)
        velocity = np.where(tissue == Tissue.RV_WALL, right, left) * slower
        voxel_of, first = np.linalg.inv(self.anatomy.affine), sources[:, 3].min()
        zones = [
            eikonal.Source(to_patient(voxel_of, self._in_wall(place)), self.radius_mm, onset - first)
            for *place, onset in sources
        ]
        return velocity, zones, first

    def _in_wall(self, place: Sequence[float]) -> NDArray:
        """The place, or the nearest to it that lies no further than half a voxel from the wall."""
        wanted = np.asarray(place)
        distance, nearest = self.places.query(wanted)
        reach = self.domain.spacing_mm / 2
        if distance <= reach:
            return wanted
        centre = self.places.data[nearest]
        return centre + (wanted - centre) * (reach / distance)


def single_site(place: NDArray, velocity: float) -> NDArray:
    """Parameters of a beat from one site, of one velocity.

    Parameters
    ----------
    place : numpy.ndarray, shape (3,)
        Patient RAS, mm.
    velocity : float
        m/s.
    """
    return np.array([*place, 0.0, np.log(velocity), np.log(velocity)])


def apart(places: NDArray, misfit: NDArray, count: int, distance_mm: float) -> list[int]:
    """Places of low misfit, best first, no two of which are close to each other.

    Parameters
    ----------
    places : numpy.ndarray, shape (place, 3)
        mm.
    misfit : numpy.ndarray, shape (place,)
    count : int
        At most.
    distance_mm : float
        At least, between any two.

    Returns
    -------
    list of int
    """
    kept: list[int] = []
    for place in np.argsort(misfit):
        if len(kept) < count and (np.linalg.norm(places[kept] - places[place], axis=1) > distance_mm).all():
            kept.append(int(place))
    return kept


def best_fit(
    recorded: NDArray, patient: Patient, coarse: Waves, fine: Waves, starts: Sequence[NDArray]
) -> OptimizeResult:
    """Best of the fits from some starts on a coarse grid, continued on a fine one.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV.
    patient : Patient
    coarse, fine : Waves
    starts : sequence of numpy.ndarray
        Parameters, see `Waves.times`.

    Returns
    -------
    scipy.optimize.OptimizeResult
        See `fit`.
    """
    fits = [fit(recorded, patient, coarse, start, EVALUATIONS["first"]) for start in starts]
    continued = [
        fit(recorded, patient, fine, one.parameters, EVALUATIONS["last"]) for one in _promising(fits)
    ]
    found = min(continued, key=lambda one: one.cost)
    if found.cost > ALMOST_NOTHING:
        print("warning: no beat that was tried correlates with the recording; its map says nothing")
    return found


def _promising(fits: Sequence[OptimizeResult]) -> list[OptimizeResult]:
    """The best fits that have come to different beats, as the coarse grid may not rank them rightly."""
    ranked = sorted(fits, key=lambda one: one.cost)
    kept: list[OptimizeResult] = []
    for one in ranked:
        if len(kept) == CONTINUED or one.cost > PROMISING * ranked[0].cost:
            break
        if not any(_same_sites(one, other) for other in kept):
            kept.append(one)
    return kept


def _same_sites(one: OptimizeResult, other: OptimizeResult) -> bool:
    """Whether two fits have come to the same sites."""
    sites, others = (fitted.parameters[:-2].reshape(-1, 4)[:, :3] for fitted in (one, other))
    return len(sites) == len(others) and bool(np.linalg.norm(sites - others, axis=1).max() <= SAME_MM)


def fit(
    recorded: NDArray,
    patient: Patient,
    waves: Waves,
    start: NDArray,
    evaluations: int,
    onset_weight: float = ONSET_WEIGHT,
) -> OptimizeResult:
    """Parameters of the beat near a first guess whose BSP fit best.

    Times are counted from the earliest activation, so that the earliest onset should be 0; but the onset of a
    recording may be wrong by any amount. Its penalty is that of a Cauchy distribution, which hardly grows any
    more where it is far from 0. Without it, a late onset and a fast wave often fit as well.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
    patient : Patient
    waves : Waves
    start : numpy.ndarray, shape (4 * source + 2,)
    evaluations : int
        At most.
    onset_weight : float
        Of the penalty, relative to the energy of the recording.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With ``parameters``, ``times`` of the best beat, ``changes`` of times by a unit of each parameter of
        the fit, ``prior``, the curvature of the penalty, and ``residual`` after least-squares amplitude
        scaling, relative to the norm of the recording. ``cost`` is half the share of the recording's energy
        that the fit leaves.

    Raises
    ------
    InputError
        See `refuse_unusable`.
    """
    refuse_unusable(recorded)
    steps = np.array([*SOURCE_STEPS * ((len(start) - 2) // 4), *VELOCITY_STEPS])
    recorded = referenced(recorded, axis=0)
    recorded = recorded / np.linalg.norm(recorded)

    @lru_cache(1)
    def beat(x: tuple[float, ...]) -> tuple[NDArray, NDArray]:
        times, changes = waves.times_and_changes(start + np.array(x) * steps)
        return times, changes * steps[:, None]

    def penalty(x: NDArray) -> tuple[float, NDArray]:
        """Root of the penalty of the earliest onset, and its derivative."""
        onsets = (start + x * steps)[:-2].reshape(-1, 4)[:, 3]
        first = int(onsets.argmin())
        off = onsets[first] / ONSET_MS
        root = np.sign(off) * np.sqrt(np.log1p(off**2))
        slope = np.zeros(len(x))
        slope[4 * first + 3] = steps[3] / ONSET_MS * (off / root if root else 1.0) / (1 + off**2)
        return np.sqrt(onset_weight) * root, np.sqrt(onset_weight) * slope

    def residual(x: NDArray) -> NDArray:
        left = normalised_residual(recorded, patient.simulate(beat(tuple(x))[0]))
        return np.append(left.ravel(), penalty(x)[0])

    def derivative(x: NDArray) -> NDArray:
        times, changes = beat(tuple(x))
        moved = patient.simulate(np.stack([times, *np.maximum(times + DIFFERENCE * changes, 0.0)]))
        here, *there = normalised_residual(recorded, moved).reshape(len(moved), -1)
        return np.vstack([(np.stack(there, 1) - here[:, None]) / DIFFERENCE, penalty(x)[1]])

    found = least_squares(
        residual, np.zeros(len(start)), derivative, max_nfev=evaluations, xtol=1e-4, ftol=1e-6
    )
    times, changes = beat(tuple(found.x))
    left = scaled_residual(recorded, patient.simulate(times))
    return OptimizeResult(
        found,
        jac=found.jac[:-1],
        prior=np.outer(found.jac[-1], found.jac[-1]),
        parameters=start + found.x * steps,
        times=times,
        changes=changes,
        residual=left,
        cost=np.square(left).sum() / 2,
    )


def refuse_unusable(recorded: NDArray) -> None:
    """Refuse signals that nothing can be fitted to.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV.

    Raises
    ------
    InputError
        If a value is not finite, or all leads are the same.
    """
    if not np.isfinite(recorded).all():
        raise InputError("the recording has values that are not numbers; leave out these leads or samples")
    if not np.ptp(recorded, axis=0).any():
        raise InputError("all leads of the recording are the same; there is nothing to fit")


def misfit(recorded: NDArray, patient: Patient, times: NDArray) -> float:
    """Share of the recording's energy that a map leaves, its amplitude fitted and noise left out.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
    patient : Patient
    times : numpy.ndarray, shape (voxel,)
        ms.
    """
    recorded = referenced(recorded, axis=0)
    unit = recorded / np.linalg.norm(recorded)
    return smooth_energy(scaled_residual(unit, patient.simulate(times)))


def smooth_energy(signals: NDArray) -> float:
    """Energy of signals, less that of noise which is independent from sample to sample.

    The variance of such noise is a sixth of the mean square of its second differences, to which what is
    smooth adds little.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    """
    energy, samples = np.square(signals).sum(), signals.shape[1]
    noise = np.square(np.diff(signals, 2)).sum() / 6 * samples / (samples - 2)
    return max(energy - noise, LEAST)
