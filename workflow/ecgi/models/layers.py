"""Layers shared by the model families; the number of spatial dimensions is a parameter."""

import keras
from keras import layers, ops

CONVOLUTION = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
TRANSPOSED = {1: layers.Conv1DTranspose, 2: layers.Conv2DTranspose, 3: layers.Conv3DTranspose}


def down(x, filters, activation, kernel=3, stride=2):
    """Convolution over all spatial axes of `x`."""
    return CONVOLUTION[len(x.shape) - 2](
        filters, kernel, strides=stride, padding="same", activation=activation
    )(x)


def up(x, filters, activation, kernel=3, stride=2):
    """Transposed convolution over all spatial axes of `x`."""
    return TRANSPOSED[len(x.shape) - 2](
        filters, kernel, strides=stride, padding="same", activation=activation
    )(x)


def subsample(x, factor):
    """Means over blocks of `factor` along every spatial axis."""
    if factor == 1:
        return x
    pool = {1: layers.AveragePooling1D, 2: layers.AveragePooling2D, 3: layers.AveragePooling3D}
    return pool[len(x.shape) - 2](factor)(x)


def gaussian(x, latent, name):
    """Mean and log-variance of a diagonal Gaussian, side by side on the last axis."""
    mean = layers.Dense(latent, name=f"{name}_mean")(x)
    log_variance = layers.Dense(latent, name=f"{name}_log_variance", kernel_initializer="zeros")(x)
    return layers.Concatenate(name=name)([mean, log_variance])


@keras.saving.register_keras_serializable("ecgi")
class Resize(layers.Layer):
    """Resize an image (batch, height, width, channel) by bilinear interpolation."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, image):
        return ops.image.resize(image, self.size, antialias=True, data_format="channels_last")

    def compute_output_shape(self, shape):
        return (shape[0], *self.size, shape[-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ecgi")
class Fold(layers.Layer):
    """Move blocks of pixels into channels, or back; every spatial axis shrinks by `factor`.

    Layers between a fold and its inverse see full detail at the cost of the coarse grid.
    """

    def __init__(self, factor, inverse=False, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.inverse = factor, inverse

    def call(self, x):
        *size, channels = x.shape[1:]
        rank, f = len(size), self.factor
        if self.inverse:
            x = ops.reshape(x, (-1, *size, *([f] * rank), channels // f**rank))
            order = [0, *(axis + part * rank for axis in range(1, rank + 1) for part in (0, 1)), 2 * rank + 1]
            return ops.reshape(ops.transpose(x, order), (-1, *(s * f for s in size), channels // f**rank))
        blocks = [part for side in size for part in (side // f, f)]
        order = [0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1]
        x = ops.transpose(ops.reshape(x, (-1, *blocks, channels)), order)
        return ops.reshape(x, (-1, *(side // f for side in size), channels * f**rank))

    def compute_output_shape(self, shape):
        batch, *size, channels = shape
        f, rank = self.factor, len(size)
        if self.inverse:
            return (batch, *(side * f for side in size), channels // f**rank)
        return (batch, *(side // f for side in size), channels * f**rank)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor, "inverse": self.inverse}


@keras.saving.register_keras_serializable("ecgi")
class Sampling(layers.Layer):
    """Draw from a Gaussian by the reparameterisation trick (Kingma & Welling 2014)."""

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, mean, log_variance):
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
