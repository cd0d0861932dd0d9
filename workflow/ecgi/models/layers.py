"""Layers shared by the model families; the number of spatial dimensions is a parameter."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from .types import Shape, Tensor

CONVOLUTION = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
TRANSPOSED = {1: layers.Conv1DTranspose, 2: layers.Conv2DTranspose, 3: layers.Conv3DTranspose}


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Let layers that are made within compute in a precision, one of Keras's dtype policies.

    Inputs and outputs of networks, from which losses and codes are made, are best kept in "float32" whatever
    the precision between.

    Parameters
    ----------
    policy : str
        Such as "float32" or "mixed_bfloat16".
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def down(x: Tensor, filters: int, activation: str | None, kernel: int = 3, stride: int = 2) -> Tensor:
    """Convolution over all spatial axes.

    Parameters
    ----------
    x : tensor, shape (batch, *size, channel)
    filters, kernel, stride : int
    activation : str or None
    """
    return CONVOLUTION[len(x.shape) - 2](
        filters, kernel, strides=stride, padding="same", activation=activation
    )(x)


def up(x: Tensor, filters: int, activation: str | None, kernel: int = 3, stride: int = 2) -> Tensor:
    """Transposed convolution over all spatial axes.

    Parameters
    ----------
    x : tensor, shape (batch, *size, channel)
    filters, kernel, stride : int
    activation : str or None
    """
    return TRANSPOSED[len(x.shape) - 2](
        filters, kernel, strides=stride, padding="same", activation=activation
    )(x)


def subsample(x: Tensor, factor: int) -> Tensor:
    """Means over blocks along every spatial axis.

    Parameters
    ----------
    x : tensor, shape (batch, *size, channel)
    factor : int
        Edge of a block.
    """
    if factor == 1:
        return x
    pool = {1: layers.AveragePooling1D, 2: layers.AveragePooling2D, 3: layers.AveragePooling3D}
    return pool[len(x.shape) - 2](factor)(x)


def gaussian(x: Tensor, latent: int, name: str) -> Tensor:
    """Mean and log-variance of a diagonal Gaussian, side by side on the last axis.

    Parameters
    ----------
    x : tensor, shape (batch, feature)
    latent : int
        Dimensions of the Gaussian.
    name : str
        Of the layers.
    """
    with precision("float32"):
        mean = layers.Dense(latent, name=f"{name}_mean")(x)
        log_variance = layers.Dense(latent, name=f"{name}_log_variance", kernel_initializer="zeros")(x)
        return layers.Concatenate(name=name)([mean, log_variance])


@keras.saving.register_keras_serializable("ecgi")
class Resize(layers.Layer):
    """Resize an image (batch, height, width, channel) by bilinear interpolation."""

    def __init__(self, size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, image: Tensor) -> Any:
        """Apply the layer, see the class."""
        return ops.image.resize(image, self.size, antialias=True, data_format="channels_last")

    def compute_output_shape(self, shape: Shape) -> Any:
        """Shape of the output."""
        return (shape[0], *self.size, shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ecgi")
class Standardise(layers.Layer):
    """Deviation from the mean of the training data, in units of its SD over all features.

    Adapted once, before training. Features keep their sizes relative to each other.
    """

    def build(self, shape: Shape) -> None:
        """Make the weights."""
        self.middle = self.add_weight(name="middle", shape=shape[1:], initializer="zeros", trainable=False)
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones", trainable=False)

    def adapt(self, rows: NDArray) -> None:
        """Take mean and SD of training data.

        Parameters
        ----------
        rows : numpy.ndarray, shape (row, ...)
        """
        middle = rows.mean(0)
        self.middle.assign(middle)
        self.scale.assign((rows - middle).std() or 1.0)

    def call(self, x: Tensor) -> Any:
        """Apply the layer, see the class."""
        return (x - self.middle) / self.scale


@keras.saving.register_keras_serializable("ecgi")
class PrincipalComponents(layers.Layer):
    """Scores on the principal components of the training data, in units of the first one's SD.

    Components keep their natural scale: those of small variance hold little information, and a network that
    gets them at unit variance overfits to them. Like Keras's own preprocessing layers it is adapted once,
    before training, and stays as it is.
    """

    def __init__(self, components: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.components = components

    def build(self, shape: Shape) -> None:
        """Make the weights."""
        frozen = {"initializer": "zeros", "trainable": False}
        self.middle = self.add_weight(name="middle", shape=(shape[-1],), **frozen)
        self.basis = self.add_weight(name="basis", shape=(shape[-1], self.components), **frozen)

    def adapt(self, rows: NDArray) -> None:
        """Find the components of training data; too few rows leave some at zero.

        Parameters
        ----------
        rows : numpy.ndarray, shape (row, ...)
        """
        from sklearn.decomposition import PCA

        rows = rows.reshape(len(rows), -1)
        count = min(self.components, *rows.shape)
        found = PCA(count, svd_solver="randomized", random_state=0).fit(rows)
        basis = np.zeros(self.basis.shape, np.float32)
        basis[:, :count] = found.components_.T / np.sqrt(found.explained_variance_[0])
        self.middle.assign(found.mean_)
        self.basis.assign(basis)

    def call(self, x: Tensor) -> Any:
        """Apply the layer, see the class."""
        return ops.matmul(x - self.middle, self.basis)

    def compute_output_shape(self, shape: Shape) -> Any:
        """Shape of the output."""
        return (*shape[:-1], self.components)

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "components": self.components}


@keras.saving.register_keras_serializable("ecgi")
class Fold(layers.Layer):
    """Move blocks of pixels into channels, or back; every spatial axis shrinks by `factor`.

    Layers between a fold and its inverse keep full detail at the cost of the coarse grid.
    """

    def __init__(self, factor: int, inverse: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor, self.inverse = factor, inverse

    def call(self, x: Tensor) -> Any:
        """Apply the layer, see the class."""
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

    def compute_output_shape(self, shape: Any) -> Any:
        """Shape of the output."""
        batch, *size, channels = shape
        f, rank = self.factor, len(size)
        if self.inverse:
            return (batch, *(side * f for side in size), channels // f**rank)
        return (batch, *(side // f for side in size), channels * f**rank)

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "factor": self.factor, "inverse": self.inverse}


@keras.saving.register_keras_serializable("ecgi")
class Sampling(layers.Layer):
    """Sample of a Gaussian by the reparameterisation trick (Kingma & Welling 2014)."""

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, mean: Tensor, log_variance: Tensor) -> Any:
        """Apply the layer, see the class."""
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "seed": self.seed}
