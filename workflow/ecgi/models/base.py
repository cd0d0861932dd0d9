"""Base class of the generative models: networks, sampling, and what a file needs to be opened again."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from .layers import Sampling, precision
from .types import Tensor, Tensors


class GenerativeModel(keras.Model):
    """Prior p(z|c) and decoder p(x|z, c) of a family; subclasses add the loss.

    A family may have a context network, which turns the conditions into the features that all other networks
    take.

    Parameters
    ----------
    settings : dict
        A `models.settings.Variant` as a dictionary.
    shapes : dict of str to sequence of int
        Shape of one sample of each input; "target" is what is modelled, the rest conditions it.
    seed : int
        Of the samples taken in training.

    Notes
    -----
    Inputs are a dictionary of arrays (batch, *shape). An input "weight", if there, is 1 where errors count.
    Codes, outputs and losses are single precision, whatever the `precision` of the layers between.
    """

    logged: tuple[str, ...] = ()

    def __init__(
        self, settings: Mapping[str, Any], shapes: Mapping[str, Sequence[int]], seed: int = 0, **kwargs: Any
    ) -> None:
        # Its precision makes Keras scale the loss where gradients need it; inputs stay as they are.
        super().__init__(dtype=settings["precision"], autocast=False, **kwargs)
        from .registry import variant_of

        self.settings, self.shapes, self.seed = dict(settings), dict(shapes), seed
        self.latent = settings["latent"]
        with precision(settings["precision"]):
            self.networks = variant_of(settings).networks(shapes)
        self.decoder = self.networks["decoder"]
        self.prior, self.context = self.networks.get("prior"), self.networks.get("context")
        self.sampling = Sampling(seed)
        self.trackers = {name: keras.metrics.Mean(name=name) for name in self.logged}

    def build(self, shapes: Any = None) -> None:
        """Do nothing: the networks are functional and built, and the rest has no weights."""
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {
            "settings": self.settings,
            "shapes": self.shapes,
            "seed": self.seed,
            "name": self.name,
        }

    @property
    def is_trained_on_wall(self) -> bool:
        """Whether only errors in the wall were counted, so that output elsewhere means nothing."""
        return self.settings["reconstruction"] == "wall"

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Metrics that Keras resets and reports."""
        return [*super().metrics, *self.trackers.values()]

    def adapt(self, bsp: NDArray) -> None:
        """Fit the layers that are fitted to data rather than trained, if there are any.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, ...)
            Training signals, scaled as for the model.
        """
        for layer in self.context.layers if self.context else ():
            if hasattr(layer, "adapt"):
                layer.adapt(bsp)

    def condition(self, inputs: Tensors, training: bool = False) -> Tensors:
        """Conditions of encoder, prior and decoder: output of the context network, or the inputs themselves.

        Parameters
        ----------
        inputs : dict of str to tensor, shape (batch, ...)
            "target" and "weight" are left out.
        training : bool
        """
        raw = {name: value for name, value in inputs.items() if name not in ("target", "weight")}
        return self.context(raw, training=training) if self.context else raw

    def prior_of(self, condition: Tensors, batch: int) -> Sequence[Tensor]:
        """Mean and log-variance of p(z|c), learnt or standard.

        Parameters
        ----------
        condition : dict of str to tensor
            See `condition`.
        batch : int
            Number of samples.

        Returns
        -------
        mean, log_variance : tensor, shape (batch, latent)
        """
        if self.prior is None:
            return [ops.zeros((batch, self.latent))] * 2
        return ops.split(self.prior(condition), 2, -1)

    def decode(self, code: Tensor, condition: Tensors) -> Tensor:
        """Output of the decoder.

        Parameters
        ----------
        code : tensor, shape (batch, latent)
        condition : dict of str to tensor
            See `condition`.
        """
        return self.decoder({"code": code, **condition})

    def reconstruct(self, target: NDArray) -> NDArray:
        """Output at the posterior mean, for a model without conditions.

        Parameters
        ----------
        target : numpy.ndarray, shape (sample, ...)

        Returns
        -------
        numpy.ndarray of the same shape
        """
        return self.predict({"target": target}, verbose=0)["output"]

    def validation_metrics(self, terms: dict[str, NDArray], counted: float) -> dict[str, float]:
        """Metrics of an epoch from the terms of all validation samples.

        Parameters
        ----------
        terms : dict of str to numpy.ndarray, shape (sample, ...)
            What `call` returns, without "output".
        counted : float
            Sum of the weights over all samples.

        Returns
        -------
        dict of str to float
            With "val_loss", which early stopping uses.
        """
        raise NotImplementedError
