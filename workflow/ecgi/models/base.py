"""What all generative models share: their networks, how a sample is drawn, how a file is opened again."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops
from numpy.typing import NDArray

from .layers import Sampling, precision
from .types import Tensor, Tensors


class GenerativeModel(keras.Model):
    """Prior p(z|c) and decoder p(x|z, c) of a family; how they are trained is for the heirs to say.

    What the conditions say may be summed up once, by a context network, for all networks.

    Parameters
    ----------
    settings : dict
        A `settings.Variant` as a dictionary.
    shapes : dict of str to sequence of int
        Shape of one sample of each input; "target" is what is modelled, the rest conditions it.
    seed : int
        Of the samples drawn in training.

    Notes
    -----
    Inputs are a dictionary of arrays (batch, *shape). An input "weight", if there, says where errors count.
    Codes, outputs and losses are single precision, whatever `precision` says of the layers between.
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
        """Nothing is left to build: the networks are functional, the rest has no weights."""
        self.built = True

    def get_config(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "shapes": self.shapes,
            "seed": self.seed,
            "name": self.name,
        }

    @property
    def sees_only_wall(self) -> bool:
        """Whether errors outside the wall were never counted, so that output there means nothing."""
        return self.settings["reconstruction"] == "wall"

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*super().metrics, *self.trackers.values()]

    def adapt(self, bsp: NDArray) -> None:
        """Fit the layers that are fitted to data rather than trained, if there are any.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, ...)
            Training signals as the model is given them.
        """
        for layer in self.context.layers if self.context else ():
            if hasattr(layer, "adapt"):
                layer.adapt(bsp)

    def condition(self, inputs: Tensors, training: bool = False) -> Tensors:
        """What encoder, prior and decoder are told beside the target or the code."""
        raw = {name: value for name, value in inputs.items() if name not in ("target", "weight")}
        return self.context(raw, training=training) if self.context else raw

    def prior_of(self, condition: Tensors, batch: int) -> Sequence[Tensor]:
        """Mean and log-variance of p(z|c): learnt, or standard."""
        if self.prior is None:
            return [ops.zeros((batch, self.latent))] * 2
        return ops.split(self.prior(condition), 2, -1)

    def decode(self, code: Tensor, condition: Tensors) -> Tensor:
        """Output of the decoder."""
        return self.decoder({"code": code, **condition})

    def reconstruct(self, target: NDArray) -> NDArray:
        """Output at the posterior mean, for a model without conditions."""
        return self.predict({"target": target}, verbose=0)["output"]

    def judged(self, terms: dict[str, NDArray], counted: float) -> dict[str, float]:
        """Figures of an epoch from the terms of all validation samples.

        Parameters
        ----------
        terms : dict of str to numpy.ndarray, shape (sample, ...)
            What `call` returns, without "output".
        counted : float
            Sum of the weights over all samples.

        Returns
        -------
        dict of str to float
            With "val_loss", which early stopping goes by.
        """
        raise NotImplementedError
