"""One variational model for all families: VAE, beta-CVAE and CVAE with a learnt prior."""

import math

import keras
from keras import ops

from .layers import Sampling, precision
from .losses import kl_per_dimension, squared_error


@keras.saving.register_keras_serializable("ecgi")
class VariationalModel(keras.Model):
    """Encoder q(z|x, c), prior p(z|c) and decoder p(x|z, c), trained by the beta-weighted ELBO.

    What the conditions say may be summed up once, by a context network, for all three.

    The likelihood p(x|z, c) is Gaussian with SD s, so that the loss of a sample is
    ``E / (2 s^2) + prior_weight * E_prior / (2 s^2) + beta * KL(q || p)``, where E is the squared
    error of a reconstruction from a posterior sample and E_prior that of one from a prior sample
    (Sohn et al. 2015, equation 6), both summed over pixels, and KL is summed over the latent code.
    What is minimised and logged is ``2 s^2 / pixels`` of it, whose first term is the mean squared
    error; s thus settles what an unstated mix of sums and means leaves open.

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
    Inputs are a dictionary of arrays (batch, *shape). An input "weight", if there, says where the
    squared error counts. Codes, outputs and losses are single precision, whatever `precision` says of
    the layers between.
    """

    def __init__(self, settings, shapes, seed=0, **kwargs):
        # Its precision makes Keras scale the loss where gradients need it; inputs stay as they are.
        super().__init__(dtype=settings["precision"], autocast=False, **kwargs)
        from .families import FAMILIES

        self.settings, self.shapes, self.seed = dict(settings), dict(shapes), seed
        self.latent = settings["latent"]
        self.kl_weight = settings["beta"] * 2 * settings["likelihood_sd"] ** 2
        self.prior_weight = settings["prior_weight"]
        with precision(settings["precision"]):
            networks = FAMILIES[settings["family"]].networks(settings, shapes)
        self.encoder, self.decoder = networks["encoder"], networks["decoder"]
        self.prior, self.context = networks.get("prior"), networks.get("context")
        self.sampling = Sampling(seed)
        self.trackers = {name: keras.metrics.Mean(name=name) for name in ("mse", "prior_mse", "kl")}

    def build(self, shapes=None):
        """Nothing is left to build: the three networks are functional, the rest has no weights."""
        self.built = True

    def get_config(self):
        return {
            "settings": self.settings,
            "shapes": self.shapes,
            "seed": self.seed,
            "name": self.name,
        }

    @property
    def sees_only_wall(self):
        """Whether errors outside the wall were never counted, so that output there means nothing."""
        return self.settings["reconstruction"] == "wall"

    @property
    def metrics(self):
        return [*super().metrics, *self.trackers.values()]

    def adapt(self, bsp):
        """Fit the layers that are fitted to data rather than trained, if there are any.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, ...)
            Training signals as the model is given them.
        """
        for layer in self.context.layers if self.context else ():
            if hasattr(layer, "adapt"):
                layer.adapt(bsp)

    def condition(self, inputs):
        """What encoder, prior and decoder are told beside the target or the code."""
        raw = {name: value for name, value in inputs.items() if name not in ("target", "weight")}
        return self.context(raw) if self.context else raw

    def posterior(self, target, condition):
        """Mean and log-variance of q(z|x, c)."""
        return ops.split(self.encoder({"target": target, **condition}), 2, -1)

    def prior_of(self, condition, batch):
        """Mean and log-variance of p(z|c): learnt, or standard."""
        if self.prior is None:
            return [ops.zeros((batch, self.latent))] * 2
        return ops.split(self.prior(condition), 2, -1)

    def decode(self, code, condition):
        """Output of the decoder."""
        return self.decoder({"code": code, **condition})

    def call(self, inputs, training=False):
        """Reconstruction and the terms of the loss, per sample."""
        target = inputs["target"]
        condition = self.condition(inputs)
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
            imagined = self.sampling(prior_mean, prior_log_variance) if training else prior_mean
            terms["prior_error"] = squared_error(target, self.decode(imagined, condition), weight)
        return terms

    def reconstruct(self, target):
        """Output at the posterior mean, for a model without conditions."""
        return self.predict({"target": target}, verbose=0)["output"]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
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
