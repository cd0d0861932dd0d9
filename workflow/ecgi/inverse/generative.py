"""Trained conditional models as inverse methods."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..anatomy.slicing import MapGrid
from ..core.errors import InputError
from ..core.seeds import keras_seed
from ..data.inputs import condition_inputs
from ..data.normalisation import Normalisation

if TYPE_CHECKING:  # Keras takes seconds to import
    from ..models.base import GenerativeModel

BATCH = 64


@dataclass
class GenerativeInverse:
    """A trained model with conditions; each draw decodes a sample of its prior.

    Attributes
    ----------
    model : models.base.GenerativeModel
    normalisation : dataset.Normalisation
    electrodes : dict of str to numpy.ndarray
        Electrode positions of each heart it was trained on, by case.
    """

    model: "GenerativeModel"
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

        from ..models.registry import FAMILIES

        self._check(bsp, grid, electrodes)
        family = FAMILIES[self.model.settings["family"]]
        rows, columns = self.model.shapes.get("bsp_maps", (0, 0))[:2]
        inputs = condition_inputs(
            family.conditions, bsp, grid, electrodes, self.normalisation, (rows, columns)
        )
        noise = keras.random.SeedGenerator(keras_seed(seed, "draws"))
        count = len(inputs["mask"][1])
        maps = np.empty((samples, count, *grid.frame), np.float32)
        for first in range(0, count, BATCH):
            chosen = np.arange(first, min(first + BATCH, count))
            some = {
                name: ops.convert_to_tensor(values[row[chosen]]) for name, (values, row) in inputs.items()
            }
            condition = self.model.condition(some)
            mean, log_variance = self.model.prior_of(condition, len(chosen))
            at_once = BATCH // len(chosen)
            for draw in range(0, samples, at_once):
                draws = range(draw, min(draw + at_once, samples))
                codes = [
                    mean + ops.exp(0.5 * log_variance) * keras.random.normal(mean.shape, seed=noise)
                    for _ in draws
                ]
                told = {name: ops.concatenate([value] * len(draws)) for name, value in condition.items()}
                decoded = ops.convert_to_numpy(self.model.decode(ops.concatenate(codes), told))
                maps[draw : draws.stop, chosen] = decoded.reshape(len(draws), len(chosen), *grid.frame)
        maps = maps.reshape(samples, len(bsp), *grid.mask.shape) * self.normalisation.latest_ms
        return np.where(grid.mask, maps, np.nan) if self.model.sees_only_wall else maps

    def _check(self, bsp, grid, electrodes):
        """Refuse what the model was not made for, and hearts, layouts and signals unlike the training's."""
        shapes = self.model.shapes
        frame = tuple(shapes["mask"][:-1])
        if grid.frame != frame:
            raise InputError(f"trained on maps of {frame} pixels, not {grid.frame}")
        if "recording" in shapes:
            if bsp.shape[-1] != shapes["recording"][-1]:
                raise InputError(f"trained on BSP of {shapes['recording'][-1]} samples, not {bsp.shape[-1]}")
            return
        count = len(next(iter(self.electrodes.values())))
        heard = next(shapes[name] for name in ("bsp", "bsp_maps") if name in shapes)
        shape = (count, math.prod(heard) // count)
        if bsp.shape[1:] != shape:
            raise InputError(f"trained on BSP of shape {shape} (electrode, sample), not {bsp.shape[1:]}")
        first, *others = self.electrodes.values()
        varied = not all(np.array_equal(first, other) for other in others)
        if not varied and not np.array_equal(electrodes, first):
            raise InputError(
                f"trained on the electrodes of {', '.join(self.electrodes)}; these lie elsewhere"
            )
