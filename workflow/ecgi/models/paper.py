"""The paper's three networks (FIMH 2019, section 3.2, figures 2 and 3).

Encoder: two strided convolutions and a dense layer. Decoder: a dense layer, two strided transposed
convolutions and one of stride 1 that gives the output. The paper gives no width for the dense layers:
the decoder's fills its first feature maps, the encoder's has `DENSE` units. Nor does it say how BSP
signals become channels beside a picture of the heart: see `electrode_pictures`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from .settings import ModelInputs, OfMaps, OfSignals, Variational

if TYPE_CHECKING:
    import keras

DENSE = 64
MOMENTS = 16  # of the BSP, each a picture


class BspVae(OfSignals, Variational):
    """The paper's VAE of the BSP image (electrode, time): ReLU, sigmoid at the output."""

    family: Literal["bsp_vae"]

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
        """Encoder and decoder, see `settings.Variant.networks`."""
        return _networks(self.filters, self.latent, shapes, "relu", "sigmoid")

    def check(self, inputs: ModelInputs) -> None:
        """Check that the electrodes can be halved twice, see `settings.Variant.check`."""
        if inputs.electrodes is not None and inputs.electrodes % 4:
            raise ValueError(
                f"bsp_vae needs a multiple of 4 electrodes, not {inputs.electrodes}; change electrodes or "
                "leave it out"
            )


class MapVae(OfMaps, Variational):
    """The paper's VAE of an activation map, 2-D as the paper's or a volume: tanh throughout."""

    family: Literal["map_vae"]

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
        """Encoder and decoder, see `settings.Variant.networks`."""
        return _networks(self.filters, self.latent, shapes, "tanh", "tanh")


class MapCvae(MapVae):
    """The paper's beta-CVAE of an activation map, given BSP and wall.

    The conditions are pictures of the BSP and the wall mask, concatenated to the input of the
    encoder's first convolution (C1 in figure 3) and, sub-sampled to their size, to the outputs of the
    decoder's first two transposed convolutions (C2 and C3).
    """

    conditions: ClassVar[tuple[str, ...]] = ("bsp_maps", "mask")

    family: Literal["map_cvae"]  # type: ignore[assignment]

    def check(self, inputs: ModelInputs) -> None:
        """Check that the electrodes form a grid, see `settings.Variant.check`."""
        if not inputs.electrode_grid:
            raise ValueError(
                "map_cvae takes the BSP as maps of the electrode grid; set electrodes.layout to grid or "
                "vest, or leave it out"
            )


def electrode_pictures(size: tuple[int, ...], shapes: Mapping[str, Sequence[int]]) -> "keras.Model":
    """Context network of the CVAE: the BSP as pictures of the electrode grid, sub-sampled in time.

    Our reading of "sub-sampled versions of the BSP mapping signals". An electrode by time picture,
    resized to the slice, would give a pixel one moment of one electrode; like this it gets the course
    of the signal in front of it. Signals are deviations from the training mean. In a volume each slice
    gets the same pictures.

    Parameters
    ----------
    size : tuple of int
        Pixels of a map.
    shapes : dict of str to sequence of int
        Shape of one sample of ``bsp_maps`` and ``mask``.
    """
    import keras
    from keras import layers, ops

    from .layers import Resize, Standardise

    bsp = keras.Input(shapes["bsp_maps"], name="bsp_maps")
    mask = keras.Input(shapes["mask"], name="mask")
    *grid, samples = shapes["bsp_maps"]
    moments = math.gcd(samples, MOMENTS)
    x = Standardise(name="deviation")(bsp)
    x = ops.mean(ops.reshape(x, (-1, *grid, moments, samples // moments)), -1)
    x = Resize(size[-2:])(x)
    if len(size) == 3:
        flat = layers.Reshape((math.prod(size[1:]) * moments,))(x)
        x = layers.Reshape((*size, moments))(layers.RepeatVector(size[0])(flat))
    pictures = layers.Concatenate()([x, mask])
    return keras.Model({"bsp_maps": bsp, "mask": mask}, {"pictures": pictures}, name="context")


def _networks(
    filters: int, latent: int, shapes: Mapping[str, Sequence[int]], activation: str, output_activation: str
) -> dict[str, "keras.Model"]:
    """Encoder and decoder, and the context of a family with conditions."""
    import keras
    from keras import layers

    from .layers import down, gaussian, precision, subsample, up

    size = tuple(shapes["target"][:-1])
    coarse = tuple(side // 4 for side in size)
    target = keras.Input(shapes["target"], name="target")
    networks, condition = {}, {}
    if "bsp_maps" in shapes:
        with precision("float32"):
            networks["context"] = electrode_pictures(size, shapes)
        condition["pictures"] = keras.Input(networks["context"].output["pictures"].shape[1:], name="pictures")

    x = layers.Concatenate()([target, *condition.values()]) if condition else target
    x = down(down(x, filters, activation), filters, activation)
    x = layers.Dense(DENSE, activation=activation)(layers.Flatten()(x))
    encoder = keras.Model({"target": target, **condition}, gaussian(x, latent, "posterior"), name="encoder")

    code = keras.Input((latent,), name="code")
    x = layers.Dense(math.prod(coarse) * filters, activation=activation)(code)
    x = layers.Reshape((*coarse, filters))(x)
    for factor in (2, 1):
        x = up(x, filters, activation)
        if condition:
            x = layers.Concatenate()([x, subsample(condition["pictures"], factor)])
    with precision("float32"):
        output = up(x, 1, output_activation, stride=1)
    decoder = keras.Model({"code": code, **condition}, output, name="decoder")
    return networks | {"encoder": encoder, "decoder": decoder}
