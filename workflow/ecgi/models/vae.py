"""One variational model for all families: VAE, beta-CVAE and CVAE with a learnt prior."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from .base import GenerativeModel
from .losses import kl_per_dimension, squared_error
from .types import Tensor, Tensors


@keras.saving.register_keras_serializable("ecgi")
class VariationalModel(GenerativeModel):
    """Encoder q(z|x, c), prior p(z|c) and decoder p(x|z, c), trained by the beta-weighted ELBO.

    The likelihood p(x|z, c) is Gaussian with SD s, so that the loss of a sample is
    ``E / (2 s^2) + prior_weight * E_prior / (2 s^2) + beta * KL(q || p)``, where E is the squared
    error of a reconstruction from a posterior sample and E_prior that of one from a prior sample
    (Sohn et al. 2015, equation 6), both summed over pixels, and KL is summed over the latent code.
    What is minimised and logged is ``2 s^2 / pixels`` of it, whose first term is the mean squared
    error; s thus fixes the weights that an unstated mix of sums and means leaves open.
    """

    logged = ("mse", "prior_mse", "kl")

    def __init__(
        self, settings: Mapping[str, Any], shapes: Mapping[str, Sequence[int]], seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(settings, shapes, seed, **kwargs)
        self.encoder = self.networks["encoder"]
        self.kl_weight = settings["beta"] * 2 * settings["likelihood_sd"] ** 2
        self.prior_weight = settings["prior_weight"]

    def posterior(self, target: Tensor, condition: Tensors) -> Sequence[Tensor]:
        """Mean and log-variance of q(z|x, c).

        Parameters
        ----------
        target : tensor, shape (batch, ...)
        condition : dict of str to tensor
            See `base.GenerativeModel.condition`.
        """
        return ops.split(self.encoder({"target": target, **condition}), 2, -1)

    def call(self, inputs: Tensors, training: bool = False) -> dict[str, Tensor]:
        """Reconstruction and the terms of the loss, per sample."""
        target = inputs["target"]
        condition = self.condition(inputs, training)
        weight = inputs.get("weight", 1.0)
        mean, log_variance = self.posterior(target, condition)
        prior_mean, prior_log_variance = self.prior_of(condition, ops.shape(target)[0])
        code = self.sampling(mean, log_variance) if training else mean
        output = self.decode(code, condition)
        terms = {
            "output": output,
            "error": squared_error(target, output, weight),
            "kl": kl_per_dimension(mean, log_variance, prior_mean, prior_log_variance),
        }
        if self.prior_weight:
            prior_code = self.sampling(prior_mean, prior_log_variance) if training else prior_mean
            terms["prior_error"] = squared_error(target, self.decode(prior_code, condition), weight)
        return terms

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """Mean over the batch of the loss given in the class's description."""
        counted = float(math.prod(x["target"].shape[1:]))
        if "weight" in x:
            counted = counted * ops.mean(x["weight"])
        kl = ops.sum(y_pred["kl"], -1)
        loss = ops.mean(y_pred["error"] + self.kl_weight * kl)
        self.trackers["mse"].update_state(ops.mean(y_pred["error"]) / counted)
        self.trackers["kl"].update_state(kl)
        if self.prior_weight:
            loss = loss + self.prior_weight * ops.mean(y_pred["prior_error"])
            self.trackers["prior_mse"].update_state(ops.mean(y_pred["prior_error"]) / counted)
        return loss / counted

    def validation_metrics(self, terms: dict[str, NDArray], counted: float) -> dict[str, float]:
        """Loss and KL per latent dimension, see `base.GenerativeModel.validation_metrics`."""
        kl, error = terms["kl"], terms["error"].sum()
        metrics = {"val_mse": float(error / counted)}
        error += self.kl_weight * kl.sum()
        if "prior_error" in terms:
            prior_error = terms["prior_error"].sum()
            error += self.prior_weight * prior_error
            metrics["val_prior_mse"] = float(prior_error / counted)
        metrics["val_loss"] = float(error / counted)
        return metrics | {f"kl_{i}": float(value) for i, value in enumerate(kl.mean(0))}
