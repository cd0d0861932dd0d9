"""Physics-based search: the paced beat whose simulated BSP fits the recorded one best.

One conduction velocity per ventricle and one pacing site, or more if the recording asks for them (see
`further_sites`). A dictionary of sites and velocities gives the starts, a local fit continues from its best
entries (see `paced_beat_fit`), and the misfit at the end shows how far the beat can be moved without fitting
worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from ..core.fields import Count, Positive
from ..core.progress import Progress
from ..core.seeds import generator
from ..physics.electrodes import referenced
from .base import InverseMethod, MethodSettings, TrainingBeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .base import Patient
    from .paced_beat_fit import Waves

COARSE_MM = 4.0
RADIUS_MM = 4.0
APART_MM = 20.0  # sites from which fits begin, so that they do not end at the same one


class PhysicsSearch(MethodSettings):
    """The paced beat of few sites whose BSP fit best."""

    kind: Literal["physics_search"] = "physics_search"
    sites: Count = Field(500, le=100_000, description="sites of the dictionary, spread evenly over the wall")
    velocities: tuple[Positive, ...] = Field(
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0), min_length=1, description="velocities of the dictionary, m/s"
    )
    starts: Count = Field(6, le=100, description="sites of the dictionary from which the local fit begins")
    most_sites: Count = Field(
        3, le=20, description="sites of a beat at most; one more only where the misfit falls by a quarter"
    )
    radius_mm: Positive = Field(RADIUS_MM, le=50, description="radius of the pacing zone")
    coarse_mm: Positive = Field(
        COARSE_MM,
        le=20,
        description="edge of the voxels of dictionary and first fits; finer hearts are resliced",
    )
    fine_mm: Positive = Field(2.0, le=20, description="edge of the voxels of the last fit")

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> InverseMethod:
        """Return the method itself, see `base.MethodSettings.make`."""
        return self

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """Maps of the beats that fit, see `base.InverseMethod`; samples scatter as the misfit allows."""
        from .fit_uncertainty import electrode_slopes, scattered, smooth_fields
        from .further_sites import with_further_sites
        from .paced_beat_fit import Waves, best_fit, refuse_unusable

        for recorded in bsp:
            refuse_unusable(recorded)
        bsp, patient = patient.fitted(referenced(bsp, axis=1))
        coarse, fine = (
            Waves.on(patient.anatomy, spacing, self.radius_mm) for spacing in (self.coarse_mm, self.fine_mm)
        )
        maps = np.empty((samples, len(bsp), fine.to_heart.shape[0]), np.float32)
        starts = list(self._starts(bsp, patient, coarse))
        slopes = electrode_slopes(patient, coarse.anatomy)
        local = smooth_fields(patient.anatomy.positions(patient.anatomy.wall))
        for beat, found in enumerate(Progress("beats fitted", starts, len(bsp))):
            best = best_fit(bsp[beat], patient, coarse, fine, found)
            best = with_further_sites(bsp[beat], patient, coarse, fine, best, self.most_sites)
            rng = generator(seed, "physics search", beat)
            moved = slopes(coarse.coarse_times(best.parameters))
            maps[:, beat] = scattered(best, moved, local, samples, rng)
        return maps

    def _starts(self, bsp: NDArray, patient: Patient, waves: Waves) -> Iterator[list[NDArray]]:
        """Parameters of the best entries of the dictionary for each beat, one per site."""
        from ..anatomy.interpolation import spread_out
        from .paced_beat_fit import apart, single_site

        places = waves.places.data[spread_out(waves.places.data, self.sites)]
        recorded = bsp.astype(float)
        misfit = np.empty((len(bsp), len(places), len(self.velocities)))
        for site, place in enumerate(Progress("sites tried", places, len(places))):
            reference = waves.times(single_site(place, 1.0))
            for number, velocity in enumerate(self.velocities):
                misfit[:, site, number] = _misfits(recorded, patient.simulate(reference / velocity))
        for beat in misfit:
            best = apart(places, beat.min(1), self.starts, APART_MM)
            speeds = np.take(self.velocities, beat[best].argmin(1))
            yield [single_site(place, speed) for place, speed in zip(places[best], speeds, strict=True)]


class MeanOfSites(MethodSettings):
    """The mean map of beats paced all over the wall, whatever the BSP: a control."""

    kind: Literal["mean_of_sites"] = "mean_of_sites"
    sites: Count = Field(60, le=100_000, description="sites, spread evenly over the wall")
    velocity: Positive = Field(0.6, description="conduction velocity, m/s")

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> InverseMethod:
        """Return the method itself, see `base.MethodSettings.make`."""
        return self

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """The same map for each beat, see `base.InverseMethod`."""
        from ..anatomy.interpolation import spread_out
        from .paced_beat_fit import Waves, single_site

        waves = Waves.on(patient.anatomy, COARSE_MM, RADIUS_MM)
        sites = waves.places.data[spread_out(waves.places.data, self.sites)]
        mean = np.mean([waves.times(single_site(place, self.velocity)) for place in sites], 0)
        return np.repeat(mean[None, None], len(bsp), 1).astype(np.float32)


def _misfits(recorded: NDArray, simulated: NDArray) -> NDArray:
    """Sum of squares of each beat's residual after least-squares amplitude scaling."""
    from ..physics.bsp import fitted_amplitude

    amplitude = fitted_amplitude(recorded, simulated)
    return np.square(recorded).sum((1, 2)) - amplitude**2 * np.square(simulated).sum()
