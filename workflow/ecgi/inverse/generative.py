"""Trained conditional models as inverse methods."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..dataset import Normalisation
from ..errors import InputError
from ..grid import MapGrid
from ..seeds import keras_seed

if TYPE_CHECKING:  # Keras takes seconds to import
    from ..models.variational import VariationalModel

BATCH = 64


@dataclass
class GenerativeInverse:
    """A trained model with conditions; each draw decodes a sample of its prior.

    Attributes
    ----------
    model : models.VariationalModel
    normalisation : dataset.Normalisation
    electrodes : dict of str to numpy.ndarray
        Electrode positions of each heart it was trained on, by case.
    """

    model: "VariationalModel"
    normalisation: Normalisation
    electrodes: dict[str, NDArray]

    def predict(
        self,
        bsp: NDArray,
        grid: MapGrid,
        electrodes: NDArray,
        lead_field: NDArray | None,
        samples: int,
        seed: int,
    ) -> NDArray:
        """Maps from prior samples, see `ecgi.inverse`; outside the wall what the network says."""
        import keras
        from keras import ops

        self._check(bsp, grid, electrodes)
        beats, slices = len(bsp), len(grid.mask)
        signals = self.normalisation.scale_bsp(bsp).reshape(beats, *self.model.shapes[self._heard])
        walls = grid.mask[..., None].astype(np.float32)
        noise = keras.random.SeedGenerator(keras_seed(seed, "draws"))
        maps = np.empty((samples, beats * slices, *grid.mask.shape[1:]), np.float32)
        every = np.arange(beats * slices)
        for first in range(0, len(every), BATCH):
            chosen = every[first : first + BATCH]
            condition = {self._heard: signals[chosen // slices], "mask": walls[chosen % slices]}
            condition = {name: ops.convert_to_tensor(value) for name, value in condition.items()}
            condition = self.model.condition(condition)
            mean, log_variance = self.model.prior_of(condition, len(chosen))
            for draw in range(samples):
                spread = ops.exp(0.5 * log_variance) * keras.random.normal(mean.shape, seed=noise)
                decoded = ops.convert_to_numpy(self.model.decode(mean + spread, condition))
                maps[draw, chosen] = decoded[..., 0]
        maps = maps.reshape(samples, beats, *grid.mask.shape) * self.normalisation.latest_ms
        return np.where(grid.mask, maps, np.nan) if self.model.sees_only_wall else maps

    @property
    def _heard(self):
        """Name of the input that holds the signals."""
        return next(name for name in ("bsp", "bsp_maps") if name in self.model.shapes)

    def _check(self, bsp, grid, electrodes):
        """Refuse hearts, layouts and signals unlike those of the training."""
        count = len(next(iter(self.electrodes.values())))
        shape = (count, math.prod(self.model.shapes[self._heard]) // count)
        if bsp.shape[1:] != shape:
            raise InputError(f"trained on BSP of shape {shape} (electrode, sample), not {bsp.shape[1:]}")
        frame = tuple(self.model.shapes["mask"][:-1])
        if grid.mask.shape[1:] != frame:
            raise InputError(f"trained on slices of {frame} pixels, not {grid.mask.shape[1:]}")
        if not any(np.array_equal(electrodes, known) for known in self.electrodes.values()):
            raise InputError(
                f"trained on the electrodes of {', '.join(self.electrodes)}; these lie elsewhere"
            )
