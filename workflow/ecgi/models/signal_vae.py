"""VAE of BSP as signals: electrodes are channels, and the latent code runs along time.

A few spatial patterns make up the BSP at any instant, and the same patterns serve
all instants; so electrodes are mixed before anything else, and time is then compressed by
convolutions. The code keeps a short sequence instead of forgetting when things happened.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from ..core.errors import InputError
from .settings import ModelInputs, OfSignals, Variational

if TYPE_CHECKING:
    import keras

TIME_FACTOR = 4
OUTPUT_SCALE = 0.1  # spread of signals scaled to [0, 1] around their middle


class BspSignalVae(OfSignals, Variational):
    """VAE of BSP as signals whose latent code runs along time."""

    family: Literal["bsp_signal_vae"]

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
        """Encoder and decoder, see `settings.Variant.networks`."""
        return _networks(self.filters, self.latent, shapes)

    def check(self, inputs: ModelInputs) -> None:
        """Check that the latent code divides into its time steps, see `settings.Variant.check`."""
        steps = inputs.network_samples // TIME_FACTOR
        if self.latent % steps:
            raise ValueError(
                f"latent must be a multiple of {steps}, a quarter of dataset.network_samples, not "
                f"{self.latent}"
            )


def _networks(filters: int, latent: int, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
    """Encoder and decoder; the latent size is a multiple of a quarter of the time samples."""
    import keras
    from keras import layers

    from .layers import down, precision, up

    electrodes, samples, _ = shapes["target"]
    steps = samples // TIME_FACTOR
    channels, rest = divmod(latent, steps)
    if rest or not channels:
        raise InputError(f"latent must be a multiple of {steps}, a quarter of the {samples} time samples")

    target = keras.Input(shapes["target"], name="target")
    with precision("float32"):
        x = layers.Permute((2, 1))(layers.Reshape((electrodes, samples))(target))
        x = layers.BatchNormalization(center=False, scale=False)(x)
    mixed = layers.Conv1D(filters, 1)(x)
    x = down(down(mixed, filters, "gelu"), filters, "gelu")
    straight = layers.Conv1D(filters, TIME_FACTOR, strides=TIME_FACTOR)(mixed)
    x = layers.Concatenate()([x, straight])
    with precision("float32"):
        mean = layers.Flatten()(layers.Conv1D(channels, 1)(x))
        log_variance = layers.Flatten()(layers.Conv1D(channels, 1, kernel_initializer="zeros")(x))
        posterior = layers.Concatenate()([mean, log_variance])
    encoder = keras.Model({"target": target}, posterior, name="encoder")

    code = keras.Input((latent,), name="code")
    x = layers.Reshape((steps, channels))(code)
    bent = up(
        up(layers.Conv1D(filters, 3, padding="same", activation="gelu")(x), filters, "gelu"), filters, None
    )
    straight = layers.Conv1DTranspose(filters, 2 * TIME_FACTOR, strides=TIME_FACTOR, padding="same")(x)
    with precision("float32"):
        x = layers.Conv1D(electrodes, 1)(layers.Add()([bent, straight]))
        x = layers.Rescaling(OUTPUT_SCALE, 0.5)(x)
        output = layers.Reshape(shapes["target"])(layers.Permute((2, 1))(x))
    return {"encoder": encoder, "decoder": keras.Model({"code": code}, output, name="decoder")}
