"""The paper's three networks (FIMH 2019, section 3.2, figures 2 and 3).

Encoder: two strided convolutions and a dense layer. Decoder: a dense layer, two strided transposed
convolutions and one of stride 1 that gives the output. The paper gives no width for the dense layers:
the decoder's fills its first feature maps, the encoder's has `DENSE` units.
"""

import math

import keras
from keras import layers

from .layers import Resize, down, gaussian, subsample, up

DENSE = 64


def bsp_networks(settings, shapes):
    """VAE of the BSP image (electrode, time): ReLU, sigmoid at the output."""
    return _networks(settings, shapes, "relu", "sigmoid")


def map_networks(settings, shapes):
    """VAE of a 2-D activation map: tanh throughout; beta-CVAE where conditions are given.

    The conditions are the BSP image and the wall mask, concatenated to the input of the encoder's
    first convolution (C1 in figure 3) and, sub-sampled to their size, to the outputs of the
    decoder's first two transposed convolutions (our reading of C2 and C3).
    """
    return _networks(settings, shapes, "tanh", "tanh")


def _networks(settings, shapes, activation, output_activation):
    filters, latent = settings["filters"], settings["latent"]
    size = tuple(shapes["target"][:-1])
    coarse = tuple(side // 4 for side in size)
    target = keras.Input(shapes["target"], name="target")
    conditions = {
        name: keras.Input(shape, name=name)
        for name, shape in shapes.items()
        if name not in ("target", "weight")
    }
    pictures = [
        picture if picture.shape[1:-1] == size else Resize(size)(picture) for picture in conditions.values()
    ]

    x = layers.Concatenate()([target, *pictures]) if pictures else target
    x = down(down(x, filters, activation), filters, activation)
    x = layers.Dense(DENSE, activation=activation)(layers.Flatten()(x))
    encoder = keras.Model({"target": target, **conditions}, gaussian(x, latent, "posterior"), name="encoder")

    code = keras.Input((latent,), name="code")
    x = layers.Dense(math.prod(coarse) * filters, activation=activation)(code)
    x = layers.Reshape((*coarse, filters))(x)
    for factor in (2, 1):
        x = up(x, filters, activation)
        if pictures:
            x = layers.Concatenate()([x, *(subsample(picture, factor) for picture in pictures)])
    output = up(x, 1, output_activation, stride=1)
    decoder = keras.Model({"code": code, **conditions}, output, name="decoder")
    return {"encoder": encoder, "decoder": decoder}
