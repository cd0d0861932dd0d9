"""CVAE of activation maps with a learnt conditional prior (Sohn et al. 2015).

What differs from the paper's: BSP is not a picture beside the map, with which it is not aligned, but
enters by its principal components; the prior p(z|c) is learnt, so that samples at test time come
from where the decoder was trained; and the decoder gets the condition.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from .settings import OfMaps, Variational

if TYPE_CHECKING:
    import keras

BSP_WIDTH, MASK_WIDTH = 256, 32
FOLD = 4  # pixels that become channels, so that convolutions run on the coarse grid
COMPONENTS, SCALE = 200, 4.0  # of the BSP


class MapPriorCvae(OfMaps, Variational):
    """CVAE of activation maps with a learnt prior p(z|c)."""

    conditions: ClassVar[tuple[str, ...]] = ("bsp", "mask")

    family: Literal["map_prior_cvae"]

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
        """Context, encoder, prior and decoder, see `settings.Variant.networks`."""
        return _networks(self.filters, self.latent, shapes)


def _networks(filters: int, latent: int, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
    """Context, encoder, prior and decoder; conditions are "bsp" and "mask"."""
    import keras
    from keras import layers

    from .layers import Fold, down, gaussian, precision

    size = tuple(shapes["target"][:-1])
    coarse = tuple(side // FOLD for side in size)
    target = keras.Input(shapes["target"], name="target")
    mask = keras.Input(shapes["mask"], name="mask")
    features = keras.Input((BSP_WIDTH // 2 + MASK_WIDTH,), name="features")
    condition = {"features": features, "mask": mask}

    x = layers.Dense(BSP_WIDTH // 2, activation="gelu")(features)
    prior = keras.Model(condition, gaussian(x, latent, "prior"), name="prior")

    folded = Fold(FOLD)(mask)
    x = layers.Concatenate()([Fold(FOLD)(target), folded])
    x = layers.Flatten()(down(x, filters, "gelu"))
    x = layers.Concatenate()([layers.Dense(BSP_WIDTH // 2, activation="gelu")(x), features])
    encoder = keras.Model({"target": target, **condition}, gaussian(x, latent, "posterior"), name="encoder")

    code = keras.Input((latent,), name="code")
    x = layers.Dense(BSP_WIDTH, activation="gelu")(layers.Concatenate()([code, features]))
    x = layers.Dense(math.prod(coarse) * filters // 2, activation="gelu")(x)
    x = layers.Concatenate()([layers.Reshape((*coarse, filters // 2))(x), folded])
    x = down(down(x, filters, "gelu", stride=1), filters, "gelu", stride=1)
    with precision("float32"):
        x = down(x, FOLD ** len(size), None, stride=1)
        output = Fold(FOLD, inverse=True)(x)
    decoder = keras.Model({"code": code, **condition}, output, name="decoder")
    return {"context": _context(shapes), "encoder": encoder, "prior": prior, "decoder": decoder}


def _context(shapes: Mapping[str, Sequence[int]]) -> "keras.Model":
    """Features of BSP and mask as one vector, with the mask passed on."""
    import keras
    from keras import layers

    from .layers import PrincipalComponents, down, precision, subsample

    bsp = keras.Input(shapes["bsp"], name="bsp")
    mask = keras.Input(shapes["mask"], name="mask")
    with precision("float32"):
        signals = PrincipalComponents(COMPONENTS, name="bsp_components")(layers.Flatten()(bsp))
        signals = layers.Rescaling(SCALE)(signals)
    signals = layers.Dense(BSP_WIDTH, activation="gelu")(signals)
    signals = layers.Dense(BSP_WIDTH // 2, activation="gelu")(signals)
    shape = layers.Flatten()(down(down(subsample(mask, 2), 8, "gelu"), 8, "gelu"))
    shape = layers.Dense(MASK_WIDTH, activation="gelu")(shape)
    features = layers.Concatenate()([signals, shape])
    return keras.Model({"bsp": bsp, "mask": mask}, {"features": features, "mask": mask}, name="context")
