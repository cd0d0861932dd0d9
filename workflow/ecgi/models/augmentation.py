"""Augmentation of simulated recordings in training."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers, ops

from .types import Shape, Tensor

FEWEST = 3  # electrodes of a recording; the mean of one electrode leaves nothing of it


@keras.saving.register_keras_serializable("ecgi")
class AugmentedRecording(layers.Layer):
    """Recording with a shifted onset, noise, and electrodes displaced or missing, in training only.

    Takes BSP (batch, electrode, sample) and electrode positions (batch, electrode, 3), and returns BSP
    (batch, electrode, sample), positions, and 1 for each electrode that is there, 0 for one that is not.
    Half of the recordings have all electrodes, half have them at their planned places.
    """

    def __init__(self, augmentation: Mapping[str, Any], seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.augmentation, self.seed = dict(augmentation), seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, bsp: Tensor, electrodes: Tensor, training: bool = False) -> Any:
        """Apply the layer, see the class."""
        if not training:
            return bsp, electrodes, ops.ones_like(bsp[..., 0])
        augmentation, batch, count = self.augmentation, ops.shape(bsp)[0], ops.shape(bsp)[1]
        bsp = shifted(
            bsp, self._uniform((batch, 1), -augmentation["onset"], augmentation["onset"]), bsp.shape[-1]
        )
        power = ops.mean(ops.square(bsp), (1, 2), keepdims=True)
        quietest, loudest = augmentation["snr_db"]
        noise = power * 10 ** (-self._uniform((batch, 1, 1), quietest, loudest) / 10)
        bsp = bsp + ops.sqrt(noise) * self._normal(ops.shape(bsp))
        error = self._uniform((batch, 1, 1), -augmentation["electrode_mm"], augmentation["electrode_mm"])
        electrodes = electrodes + ops.maximum(error, 0.0) * self._normal(ops.shape(electrodes))
        share = ops.minimum(
            self._uniform((batch, 1), augmentation["fewest"], 2 - augmentation["fewest"]), 1.0
        )
        lot = self._uniform((batch, count), 0.0, 1.0)
        share = ops.maximum(share, ops.sort(lot, 1)[:, :FEWEST][:, -1:])
        return bsp, electrodes, ops.cast(lot <= share, bsp.dtype)

    def _uniform(self, shape: Any, low: float, high: float) -> Tensor:
        return keras.random.uniform(shape, low, high, seed=self.generator)

    def _normal(self, shape: Any) -> Tensor:
        return keras.random.normal(shape, seed=self.generator)

    def compute_output_shape(self, bsp_shape: Shape, electrodes_shape: Shape) -> Any:
        """Shape of the output."""
        return bsp_shape, electrodes_shape, bsp_shape[:2]

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "augmentation": self.augmentation, "seed": self.seed}


def shifted(signals: Tensor, start: Tensor, samples: int) -> Tensor:
    """Part of signals, linear between their samples; before and after them, their first and last one.

    Parameters
    ----------
    signals : tensor, shape (batch, row, sample)
    start : tensor, shape (batch, 1)
        Where the part begins, in samples.
    samples : int
        Of the part.
    """
    last = signals.shape[-1] - 1
    place = ops.clip(ops.arange(samples, dtype=signals.dtype) + start, 0, last - 1e-3)
    low = ops.floor(place)
    share = (place - low)[:, None]
    first = ops.broadcast_to(ops.cast(low, "int32")[:, None], (*ops.shape(signals)[:2], samples))
    before, after = (ops.take_along_axis(signals, first + step, -1) for step in (0, 1))
    return before * (1 - share) + after * share
