"""Generative models whose samples are trained by a proper score."""

import math
from collections.abc import Iterator
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from .base import GenerativeModel
from .losses import crps, squared_error
from .types import Tensor, Tensors

SAMPLES = 2  # per sample and step; the fewest from which the spread can be estimated


@keras.saving.register_keras_serializable("ecgi")
class ScoredModel(GenerativeModel):
    """Prior p(z|c) and decoder, trained together so that decoded samples of the prior score well.

    The loss is the continuous ranked probability score of every wall pixel, from `SAMPLES` samples of the
    prior. As it is proper, neither the mean map nor a spread that is too narrow or too wide can be best:
    samples learn to differ by as much as the recording leaves open. There is no encoder, and nothing to
    collapse.
    """

    logged = ("mse",)

    def call(self, inputs: Tensors, training: bool = False) -> dict[str, Tensor]:
        """Mean of the samples and the terms of the loss, per sample."""
        target = inputs["target"]
        condition = self.condition(inputs, training)
        mean, log_variance = self.prior_of(condition, ops.shape(target)[0])
        samples = [self.decode(code, condition) for code in self._codes(mean, log_variance, training)]
        output = sum(samples) / SAMPLES
        weight = inputs.get("weight", 1.0)
        return {
            "output": output,
            "score": crps(target, samples, weight),
            "error": squared_error(target, output, weight),
        }

    def _codes(self, mean: Tensor, log_variance: Tensor, training: bool) -> Iterator[Tensor]:
        """Samples of the prior, the same at each validation."""
        for number in range(SAMPLES):
            if training:
                yield self.sampling(mean, log_variance)
            else:
                noise = keras.random.normal(ops.shape(mean), seed=self.seed + number)
                yield mean + ops.exp(0.5 * log_variance) * noise

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Mean score of a pixel that counts."""
        counted = float(math.prod(x["target"].shape[1:]))
        if "weight" in x:
            counted = counted * ops.mean(x["weight"])
        self.trackers["mse"].update_state(ops.mean(y_pred["error"]) / counted)
        return ops.mean(y_pred["score"]) / counted

    def validation_metrics(self, terms: dict[str, NDArray], counted: float) -> dict[str, float]:
        """Mean score and squared error, see `base.GenerativeModel.validation_metrics`."""
        return {
            "val_mse": float(terms["error"].sum() / counted),
            "val_loss": float(terms["score"].sum() / counted),
        }
