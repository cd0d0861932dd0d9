"""The paper's three networks (FIMH 2019, section 3.2, figures 2 and 3).

Encoder: two strided convolutions and a dense layer. Decoder: a dense layer, two strided transposed
convolutions and one of stride 1 that gives the output. The paper gives no width for the dense layers:
the decoder's fills its first feature maps, the encoder's has `DENSE` units. Nor does it say how BSP
signals become channels beside a picture of the heart: see `electrode_pictures`.
"""

import math

import keras
from keras import layers, ops

from .layers import Resize, Standardise, down, gaussian, precision, subsample, up

DENSE = 64
MOMENTS = 16  # of the BSP, each a picture


def bsp_networks(settings, shapes):
    """VAE of the BSP image (electrode, time): ReLU, sigmoid at the output."""
    return _networks(settings, shapes, "relu", "sigmoid")


def map_networks(settings, shapes):
    """VAE of an activation map, 2-D as the paper's or a volume: tanh throughout; beta-CVAE with conditions.

    The conditions are pictures of the BSP and the wall mask, concatenated to the input of the
    encoder's first convolution (C1 in figure 3) and, sub-sampled to their size, to the outputs of the
    decoder's first two transposed convolutions (C2 and C3).
    """
    return _networks(settings, shapes, "tanh", "tanh")


def electrode_pictures(size, shapes):
    """Context network of the CVAE: the BSP as pictures of the electrode grid, sub-sampled in time.

    Our reading of "sub-sampled versions of the BSP mapping signals". An electrode by time picture,
    resized to the slice, would give a pixel one moment of one electrode; like this it gets the course
    of the signal in front of it. Signals are told as deviations from the training mean. In a volume each
    slice gets the same pictures.
    """
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


def _networks(settings, shapes, activation, output_activation):
    filters, latent = settings["filters"], settings["latent"]
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
