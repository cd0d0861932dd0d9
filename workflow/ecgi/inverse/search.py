"""Physics-based search: the paced beat whose simulated BSP fits the recorded one best.

One pacing site, one conduction velocity per ventricle. A dictionary of sites and velocities finds where
to begin, a local fit goes on from the best of its entries, and the misfit at the end tells how far the
beat can be moved without fitting worse. The amplitude of the BSP, which depends on conductivities that
nobody knows, is fitted too.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, least_squares
from scipy.spatial import cKDTree

from .. import eikonal
from ..anatomy import Anatomy, Tissue, keep_largest_piece, reslice, to_patient
from ..dataset import wall_interpolation
from ..progress import Progress
from ..seeds import generator
from .heart import Heart
from .nodes import spread_out

STEPS = np.array([3.0, 3.0, 3.0, 0.1, 0.1, 3.0])  # units of the fit: mm, logarithms of velocities, ms
DIFFERENCE = 0.3  # of those units, over which derivatives are taken
SLOWED = {Tissue.SCAR: 1 / 3, Tissue.BORDER_ZONE: 1 / 2}  # velocity relative to the healthy LV's
EVALUATIONS = 12  # of a local fit, derivatives not counted


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
        """Maps of the beats that fit, see `physics`; draws scatter as the misfit allows."""
        coarse, fine = (
            Waves.on(heart.anatomy, spacing, self.radius_mm) for spacing in (self.coarse_mm, self.fine_mm)
        )
        maps = np.empty((samples, len(bsp), fine.to_heart.shape[0]), np.float32)
        starts = list(self._starts(bsp, heart, coarse))
        for beat, found in enumerate(Progress("beats fitted", starts, len(bsp))):
            fits = [_fit(bsp[beat], heart, coarse, start) for start in found]
            best = min(fits, key=lambda fit: fit.cost)
            best = _fit(bsp[beat], heart, fine, best.parameters)
            draw = generator(seed, "physics search", beat)
            for number, parameters in enumerate(_draws(best, samples, bsp.shape[1:], draw)):
                maps[number, beat] = fine.times(parameters)
        return maps

    def _starts(self, bsp, heart, waves):
        """Parameters of the best entries of the dictionary for each beat, one per site."""
        places = waves.places.data[spread_out(waves.places.data, self.sites)]
        misfit = np.empty((len(bsp), len(places), len(self.velocities)))
        for site, place in enumerate(Progress("sites tried", places, len(places))):
            reference = waves.times(np.array([*place, 0.0, 0.0, 0.0]))
            for number, velocity in enumerate(self.velocities):
                misfit[:, site, number] = _misfits(bsp, heart.simulate(reference / velocity))
        for beat in misfit:
            best = np.argsort(beat.min(1))[: self.starts]
            speeds = np.log(np.take(self.velocities, beat[best].argmin(1)))
            yield np.column_stack([places[best], speeds, speeds, np.zeros(len(best))])


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
        speeds = np.log([self.velocity] * 2)
        sites = waves.places.data[spread_out(waves.places.data, self.sites)]
        mean = np.mean([waves.times(np.array([*place, *speeds, 0.0])) for place in sites], 0)
        return np.repeat(mean[None, None], len(bsp), 1).astype(np.float32)


class Waves(NamedTuple):
    """Paced beats of a heart, computed on a coarse grid."""

    anatomy: Anatomy
    domain: eikonal.Domain
    places: cKDTree
    to_heart: object
    radius_mm: float

    @classmethod
    def on(cls, heart, spacing_mm, radius_mm):
        """Set up for a heart's anatomy."""
        spacing = max(spacing_mm, float(heart.spacing[0]))
        coarse = heart
        if spacing > heart.spacing[0]:
            coarse = reslice(heart, heart.affine[:3, :3] / heart.spacing, spacing)
            coarse = Anatomy(keep_largest_piece(coarse.labels)[0], coarse.affine)
        return cls(
            coarse,
            eikonal.conducting_domain(coarse.wall, spacing),
            cKDTree(coarse.positions(coarse.wall)),
            wall_interpolation(coarse, heart.positions(heart.wall)),
            radius_mm,
        )

    def times(self, parameters):
        """Activation times in ms of the heart's wall.

        Parameters
        ----------
        parameters : numpy.ndarray, shape (6,)
            Pacing site in patient RAS, mm; logarithms of the velocities of LV and RV in m/s; onset in
            ms, before 0 for a zone that is larger than thought.
        """
        tissue = self.anatomy.labels[self.anatomy.wall]
        left, right = np.exp(parameters[3:5])
        slower = np.select([tissue == slow for slow in SLOWED], list(SLOWED.values()), 1.0)
        velocity = np.where(tissue == Tissue.RV_WALL, right, left) * slower
        site = to_patient(np.linalg.inv(self.anatomy.affine), self._in_wall(parameters[:3]))
        source = eikonal.Source(site, self.radius_mm)
        times = self.to_heart @ eikonal.activation_times(self.domain, velocity, [source])
        return np.maximum(times + parameters[5], 0.0)

    def _in_wall(self, place):
        """The place, or the nearest to it that lies no further than half a voxel from the wall."""
        distance, nearest = self.places.query(place)
        reach = self.domain.spacing_mm / 2
        if distance <= reach:
            return place
        centre = self.places.data[nearest]
        return centre + (place - centre) * (reach / distance)


def _misfits(recorded, simulated):
    """Sum of squares of each beat that a simulated one leaves, its amplitude fitted."""
    product = np.maximum(np.einsum("bet,et->b", recorded, simulated, optimize=True), 0)
    return np.square(recorded).sum((1, 2)) - product**2 / np.square(simulated).sum()


def _fit(recorded, heart, waves, start):
    """Local least-squares fit of site and velocities; see `scipy.optimize.least_squares`."""

    def residual(x):
        simulated = heart.simulate(waves.times(start + x * STEPS)).ravel().astype(float)
        gain = max(recorded @ simulated, 0.0) / (simulated @ simulated)
        return gain * simulated - recorded

    def derivative(x):
        here = residual(x)
        columns = [(residual(x + DIFFERENCE * unit) - here) / DIFFERENCE for unit in np.eye(len(x))]
        return np.stack(columns, 1)

    recorded = (recorded / np.linalg.norm(recorded)).ravel().astype(float)
    fit = least_squares(
        residual, np.zeros(len(start)), derivative, max_nfev=EVALUATIONS, xtol=1e-3, ftol=1e-4
    )
    return OptimizeResult(fit, parameters=start + fit.x * STEPS)


def _draws(fit, samples, shape, draw):
    """Parameters of beats that fit about as well: a Gaussian around the best.

    Residuals are correlated between electrodes and in time; their covariance is taken as the product
    of the two, each as the residual shows it.
    """
    residual = fit.fun.reshape(shape)
    between = residual @ residual.T
    within = residual.T @ residual
    slopes = fit.jac.T.reshape(-1, *shape)
    noise = np.einsum("kes,les->kl", between @ slopes @ within, slopes) / np.square(residual).sum()
    inverse = np.linalg.pinv(fit.jac.T @ fit.jac)
    covariance = inverse @ noise @ inverse
    for change in draw.multivariate_normal(np.zeros(len(fit.x)), covariance, samples, method="eigh"):
        yield fit.parameters + change * STEPS
