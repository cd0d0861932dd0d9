"""Generative model of activation maps from BSP that the patient's own physics lifts onto the heart.

An electrode by time picture is not aligned with the anatomy. Here the signals are taken back to where they
come from: for each block of wall the dipoles that explain them best (minimum norm, weighted for depth,
Haemaelaeinen & Ilmoniemi 1994, Med Biol Eng Comput 32:35), by the kernel of this patient's geometry. What the
network sees then is aligned with the map that it is to make, whatever the heart and wherever the electrodes,
and convolutions have only to sharpen it. Kernels are those of the dipoles, before any summation by parts,
because the scalar lead field is blind inside the wall.
"""

import math

import keras
from keras import layers, ops

from ..dataset import BLOCK
from .layers import Fold, down, gaussian, precision, up

COARSEST = 8  # pixels along each side of what attention sees as one
WINDOWS = 64  # of time, whose means are lifted
RIDGES = (0.1, 0.003)  # regularisation, relative to the mean power of a lead; the second for quiet recordings
MIXED = 64  # features of a block before it takes its place on the grid
HEADS = 4
FEWEST = 3  # electrodes of a recording; one against the mean of one says nothing
TINY = 1e-12


def networks(settings, shapes):
    """Context, prior and decoder for `scored.ScoredModel`."""
    filters, latent = settings["filters"], settings["latent"]
    frame = tuple(shapes["mask"][:-1])
    rank = len(frame)
    blocks = tuple(side // BLOCK for side in frame)
    tokens = tuple(side // COARSEST for side in frame)

    given = {
        "recording": keras.Input((None, shapes["recording"][-1]), name="recording"),
        "electrode_position": keras.Input((None, 3), name="electrode_position"),
        "blocks": keras.Input((None, 4), name="blocks"),
        "mask": keras.Input(shapes["mask"], name="mask"),
    }
    cell, place = given["blocks"][..., 0], given["blocks"][..., 1:]
    with precision("float32"):
        recorded = Recorded(settings["variety"], name="recorded")(
            given["recording"], given["electrode_position"]
        )
        lifted = Lift(name="lift")(*recorded, given["blocks"])
    x = layers.Concatenate()([lifted, layers.Rescaling(1 / 50)(place)])
    x = layers.Dense(filters)(layers.Dense(MIXED, activation="gelu")(x))
    with precision("float32"):  # in which numbers of cells are exact
        x = Spread(blocks, name="spread")(x, cell)
    x = layers.Concatenate()([x, Fold(BLOCK)(given["mask"])])
    fine = _block(_block(x, filters), filters)
    middle = _block(_block(fine, 2 * filters, 2), 2 * filters)
    x = _block(_block(middle, 4 * filters, 2), 4 * filters)
    x = Placed()(layers.Reshape((math.prod(tokens), 4 * filters))(x))
    x = _attention(_attention(x))
    summary = layers.GlobalAveragePooling1D()(x)
    condition = {"fine": fine, "middle": middle, "tokens": x, "summary": summary}
    context = keras.Model(given, condition, name="context")

    told = {name: keras.Input(value.shape[1:], name=name) for name, value in condition.items()}
    prior = keras.Model(told, gaussian(told["summary"], latent, "prior"), name="prior")

    code = keras.Input((latent,), name="code")
    x = layers.Add()([told["tokens"], layers.Reshape((1, -1))(layers.Dense(4 * filters)(code))])
    x = layers.Reshape((*tokens, 4 * filters))(x)
    for name, width in (("middle", 2 * filters), ("fine", filters)):
        noise = layers.Reshape((*[1] * rank, width))(layers.Dense(width)(code))
        x = layers.Add()([up(x, width, None, kernel=2), told[name], noise])
        x = layers.Add()([x, _block(x, width)])
    with precision("float32"):
        x = layers.Dense(BLOCK**rank, bias_initializer=keras.initializers.Constant(0.4))(x)
        output = Fold(BLOCK, inverse=True)(x)
    decoder = keras.Model({"code": code, **told}, output, name="decoder")
    return {"context": context, "prior": prior, "decoder": decoder}


def _block(x, filters, stride=1):
    return layers.Activation("gelu")(layers.LayerNormalization()(down(x, filters, None, stride=stride)))


def _attention(x):
    width = x.shape[-1]
    seen = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(HEADS, width // HEADS)(seen, seen)])
    mixed = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dense(width)(mixed)])


@keras.saving.register_keras_serializable("ecgi")
class Recorded(layers.Layer):
    """In training, recordings as they come: onset unknown, noise, electrodes displaced or missing.

    Takes BSP (batch, electrode, sample) and electrode positions (batch, electrode, 3), and returns BSP
    (batch, electrode, sample), positions, and 1 for each electrode that is there, 0 for one that is not.
    """

    def __init__(self, variety, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.variety, self.seed = dict(variety), seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, bsp, electrodes, training=False):
        if not training:
            return bsp, electrodes, ops.ones_like(bsp[..., 0])
        variety, batch, count = self.variety, ops.shape(bsp)[0], ops.shape(bsp)[1]
        bsp = self._shifted(bsp, self._uniform((batch, 1), -variety["onset"], variety["onset"]))
        power = ops.mean(ops.square(bsp), (1, 2), keepdims=True)
        quietest, loudest = variety["snr_db"]
        noise = power * 10 ** (-self._uniform((batch, 1, 1), quietest, loudest) / 10)
        bsp = bsp + ops.sqrt(noise) * self._normal(ops.shape(bsp))
        error = self._uniform((batch, 1, 1), 0.0, variety["electrode_mm"])
        electrodes = electrodes + error * self._normal(ops.shape(electrodes))
        share = ops.minimum(self._uniform((batch, 1), variety["fewest"], 2 - variety["fewest"]), 1.0)
        lot = self._uniform((batch, count), 0.0, 1.0)
        share = ops.maximum(share, ops.sort(lot, 1)[:, :FEWEST][:, -1:])
        return bsp, electrodes, ops.cast(lot <= share, bsp.dtype)

    def _uniform(self, shape, low, high):
        return keras.random.uniform(shape, low, high, seed=self.generator)

    def _normal(self, shape):
        return keras.random.normal(shape, seed=self.generator)

    def _shifted(self, bsp, shift):
        """Signals earlier by a number of samples, linear between them."""
        samples = bsp.shape[-1]
        place = ops.clip(ops.arange(samples, dtype=bsp.dtype) + shift, 0, samples - 1.001)
        low = ops.floor(place)
        share = (place - low)[:, None]
        first = ops.broadcast_to(ops.cast(low, "int32")[:, None], ops.shape(bsp))
        before, after = (ops.take_along_axis(bsp, first + step, -1) for step in (0, 1))
        return before * (1 - share) + after * share

    def compute_output_shape(self, bsp_shape, electrodes_shape):
        return bsp_shape, electrodes_shape, bsp_shape[:2]

    def get_config(self):
        return {**super().get_config(), "variety": self.variety, "seed": self.seed}


@keras.saving.register_keras_serializable("ecgi")
class Lift(layers.Layer):
    """Dipoles of least norm that explain the signals, for each block of wall and window of time.

    Potentials are taken against the mean of the electrodes that are there, so that no reference matters,
    and amplitudes relative to the recording's own. With K the kernels of all dipoles, each divided by its
    block's norm, the dipoles are K^T (K K^T + r)^-1 b, for each of two ridges r.
    """

    def call(self, bsp, electrodes, kept, blocks):
        count = ops.sum(kept, 1)[:, None, None]
        there = kept[..., None]
        bsp = _centred(bsp, there, count, 1)
        steps = math.gcd(WINDOWS, bsp.shape[-1])
        bsp = ops.mean(ops.reshape(bsp, (*ops.shape(bsp)[:2], steps, bsp.shape[-1] // steps)), -1)
        bsp = bsp / (ops.sqrt(ops.sum(ops.square(bsp), (1, 2), keepdims=True) / count) + TINY)

        kernels = self._kernels(electrodes, kept, count, blocks)
        power = ops.matmul(ops.transpose(kernels, (0, 2, 1)), kernels)
        power = power / (ops.sum(ops.square(kernels), (1, 2))[:, None, None] / count)
        missing = ops.eye(ops.shape(power)[-1]) * (1 - there)
        dipoles = [
            ops.matmul(
                kernels, ops.linalg.solve(power + ridge * ops.eye(ops.shape(power)[-1]) + missing, bsp)
            )
            for ridge in RIDGES
        ]
        batch, number = ops.shape(blocks)[0], ops.shape(blocks)[1]
        dipoles = ops.stack([ops.reshape(found, (batch, 3, number, steps)) for found in dipoles], 1)
        real = 3 * steps * ops.sum(ops.cast(blocks[..., :1] > 0, dipoles.dtype), 1)[..., None, None, None]
        size = ops.sqrt(ops.sum(ops.square(dipoles), (2, 3, 4), keepdims=True) / real)
        features = ops.transpose(dipoles / (size + TINY), (0, 3, 1, 2, 4))
        return ops.stop_gradient(ops.reshape(features, (batch, number, 3 * len(RIDGES) * steps)))

    def _kernels(self, electrodes, kept, count, blocks):
        """Potential of a unit dipole along each axis in each block, (batch, 3 * block, electrode)."""
        places = ops.transpose(blocks[..., 1:], (0, 2, 1))[..., None]
        across = ops.transpose(electrodes, (0, 2, 1))[:, :, None] - places
        square = ops.sum(ops.square(across), 1, keepdims=True) + 1.0
        kernels = across / (square * ops.sqrt(square))
        kernels = _centred(kernels, kept[:, None, None], count[..., None], -1)
        kernels = kernels / (ops.sqrt(ops.sum(ops.square(kernels), (1, 3), keepdims=True)) + TINY)
        real = ops.cast(blocks[..., 0] > 0, kernels.dtype)
        shape = ops.shape(kernels)
        return ops.reshape(kernels * real[:, None, :, None], (shape[0], 3 * shape[2], shape[3]))

    def compute_output_shape(self, bsp_shape, electrodes_shape, kept_shape, blocks_shape):
        return (*blocks_shape[:2], 3 * len(RIDGES) * math.gcd(WINDOWS, bsp_shape[-1]))


def _centred(values, there, count, axis):
    """Values against their mean over the electrodes that are there, 0 at those that are not."""
    return (values - ops.sum(values * there, axis, keepdims=True) / count) * there


@keras.saving.register_keras_serializable("ecgi")
class Spread(layers.Layer):
    """Put features of blocks (batch, block, channel) in their cells of a grid (batch, *size, channel)."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, features, cells):
        batch, number, channels = ops.shape(features)
        sample = ops.repeat(ops.arange(batch), number)
        place = ops.stack([sample, ops.cast(ops.reshape(cells, (-1,)), sample.dtype)], -1)
        shape = (batch, math.prod(self.size) + 1, channels)
        grid = ops.scatter(place, ops.reshape(features, (-1, channels)), shape)[:, 1:]
        return ops.reshape(grid, (batch, *self.size, channels))

    def compute_output_shape(self, features_shape, cells_shape):
        return (features_shape[0], *self.size, features_shape[-1])

    def get_config(self):
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ecgi")
class Placed(layers.Layer):
    """Add to each token what its place is told by."""

    def build(self, shape):
        self.place = self.add_weight(name="place", shape=shape[1:], initializer="random_normal")

    def call(self, tokens):
        return tokens + self.place
