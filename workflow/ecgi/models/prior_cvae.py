"""CVAE of activation maps with a learnt conditional prior (Sohn et al. 2015).

What differs from the paper's: BSP is not a picture beside the map, with which it is not aligned, but
enters by its principal components; the prior p(z|c) is learnt, so that samples at test time come
from where the decoder was trained; and the decoder is told the condition.
"""

import math

import keras
from keras import layers

from .layers import Fold, PrincipalComponents, down, gaussian, precision, subsample

BSP_WIDTH, MASK_WIDTH = 256, 32
FOLD = 4  # pixels that become channels, so that convolutions run on the coarse grid
COMPONENTS, SCALE = 200, 4.0  # of the BSP


def networks(settings, shapes):
    """Context, encoder, prior and decoder; conditions are "bsp" and "mask"."""
    filters, latent = settings["filters"], settings["latent"]
    size = tuple(shapes["target"][:-1])
    coarse = tuple(side // FOLD for side in size)
    target = keras.Input(shapes["target"], name="target")
    mask = keras.Input(shapes["mask"], name="mask")
    said = keras.Input((BSP_WIDTH // 2 + MASK_WIDTH,), name="said")
    condition = {"said": said, "mask": mask}

    x = layers.Dense(BSP_WIDTH // 2, activation="gelu")(said)
    prior = keras.Model(condition, gaussian(x, latent, "prior"), name="prior")

    folded = Fold(FOLD)(mask)
    x = layers.Concatenate()([Fold(FOLD)(target), folded])
    x = layers.Flatten()(down(x, filters, "gelu"))
    x = layers.Concatenate()([layers.Dense(BSP_WIDTH // 2, activation="gelu")(x), said])
    encoder = keras.Model({"target": target, **condition}, gaussian(x, latent, "posterior"), name="encoder")

    code = keras.Input((latent,), name="code")
    x = layers.Dense(BSP_WIDTH, activation="gelu")(layers.Concatenate()([code, said]))
    x = layers.Dense(math.prod(coarse) * filters // 2, activation="gelu")(x)
    x = layers.Concatenate()([layers.Reshape((*coarse, filters // 2))(x), folded])
    x = down(down(x, filters, "gelu", stride=1), filters, "gelu", stride=1)
    with precision("float32"):
        x = down(x, FOLD ** len(size), None, stride=1)
        output = Fold(FOLD, inverse=True)(x)
    decoder = keras.Model({"code": code, **condition}, output, name="decoder")
    return {"context": _context(shapes), "encoder": encoder, "prior": prior, "decoder": decoder}


def _context(shapes):
    """What BSP and mask say, as one vector, with the mask passed on."""
    bsp = keras.Input(shapes["bsp"], name="bsp")
    mask = keras.Input(shapes["mask"], name="mask")
    with precision("float32"):
        heard = PrincipalComponents(COMPONENTS, name="bsp_components")(layers.Flatten()(bsp))
        heard = layers.Rescaling(SCALE)(heard)
    heard = layers.Dense(BSP_WIDTH, activation="gelu")(heard)
    heard = layers.Dense(BSP_WIDTH // 2, activation="gelu")(heard)
    seen = layers.Flatten()(down(down(subsample(mask, 2), 8, "gelu"), 8, "gelu"))
    seen = layers.Dense(MASK_WIDTH, activation="gelu")(seen)
    said = layers.Concatenate()([heard, seen])
    return keras.Model({"bsp": bsp, "mask": mask}, {"said": said, "mask": mask}, name="context")
