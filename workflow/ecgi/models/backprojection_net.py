"""Networks of the back-projection family.

Dipoles back-projected onto the wall (`lift`) are aligned with the map to be made: convolutions have only to
sharpen them. The output is close to a wave to begin with: each block of wall has an onset, a slowness and a
travel time from all others, and is activated by the first wave to come (`Earliest`), so that what has to be
learnt is where waves start and how fast they run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import layers, ops

from ..data.blocks import BLOCK
from .augmentation import AugmentedRecording
from .layers import Fold, down, gaussian, precision, up
from .types import Shape, Tensor, Tensors

if TYPE_CHECKING:
    from .backprojection import Augmentation
from .lift import FEATURES, Lift

MIXED = 64  # features of a block before it takes its place on the grid
DRAWN = 64  # features of a block that a code acts on
HEADS = 4
TO_UNITS = 1 / 50  # mm to what networks are given
LATE, SLOW, SWING, SHARP = 0.4, 0.4, 0.3, 100.0  # onset, slowness per 100 mm and their range to begin with


def networks(
    filters: int, latent: int, augmentation: Augmentation, coarsest: int, shapes: Mapping[str, Sequence[int]]
) -> dict[str, keras.Model]:
    """Context, prior and decoder for `crps_model.ScoredModel`.

    Parameters
    ----------
    filters, latent : int
        Filters of the finest convolutions, and size of the latent code.
    augmentation : Augmentation
        How recordings are varied in training.
    coarsest : int
        Pixels along each side of a token of attention.
    shapes : dict of str to sequence of int
        Shape of one sample of each input.
    """
    frame = tuple(shapes["mask"][:-1])
    cells = tuple(side // BLOCK for side in frame)
    tokens = tuple(side // coarsest for side in frame)

    given = {
        "recording": keras.Input((None, shapes["recording"][-1]), name="recording"),
        "electrode_position": keras.Input((None, 3), name="electrode_position"),
        "blocks": keras.Input((None, shapes["blocks"][-1]), name="blocks"),
        "distance": keras.Input((None, None), name="distance"),
        "boundary_kernels": keras.Input((None, 3, None), name="boundary_kernels"),
        "mask": keras.Input(shapes["mask"], name="mask"),
    }
    cell, about = given["blocks"][..., 0], _about(given["blocks"])
    with precision("float32"):
        recorded = AugmentedRecording(augmentation.model_dump(), name="recorded")(
            given["recording"], given["electrode_position"]
        )
        lifted, figures = Lift(name="lift")(*recorded, given["blocks"], given["boundary_kernels"])
        figures = layers.Reshape((1, FEATURES))(layers.Rescaling(1 / 3)(figures))
    x = layers.Concatenate()([lifted, about])
    x = layers.Activation("gelu")(layers.Add()([layers.Dense(MIXED)(x), layers.Dense(MIXED)(figures)]))
    x = layers.Dense(filters)(x)
    with precision("float32"):  # in which numbers of cells are exact
        x = Spread(cells, name="spread")(x, cell)
    x = layers.Concatenate()([x, Fold(BLOCK)(given["mask"])])
    fine = _block(_block(x, filters), filters)
    middle = _block(_block(fine, 2 * filters, 2), 2 * filters)
    x = _block(_block(middle, 4 * filters, 2), 4 * filters)
    x = Placed()(layers.Reshape((math.prod(tokens), 4 * filters))(x))
    x = _attention(_attention(layers.Add()([x, layers.Dense(4 * filters)(figures)])))
    summary = layers.GlobalAveragePooling1D()(x)
    x = layers.Reshape((*tokens, 4 * filters))(x)
    for finer, width in ((middle, 2 * filters), (fine, filters)):
        x = layers.Add()([up(x, width, None, kernel=2), finer])
        x = layers.Add()([x, _block(x, width)])
    with precision("float32"):
        local = Picked(name="picked")(x, cell)
    condition = {
        "local": local,
        "summary": summary,
        "blocks": given["blocks"],
        "distance": given["distance"],
    }
    context = keras.Model(given, condition, name="context")

    known = {name: keras.Input(value.shape[1:], name=name) for name, value in condition.items()}
    prior = keras.Model(known, gaussian(known["summary"], latent, "prior"), name="prior")
    code = keras.Input((latent,), name="code")
    maps = _decoded(code, known, cells)
    return {
        "context": context,
        "prior": prior,
        "decoder": keras.Model({"code": code, **known}, maps, name="decoder"),
    }


def _decoded(code: Tensor, known: Tensors, cells: Sequence[int]) -> Tensor:
    """Maps on the grid: in each block a wave that comes first, and the differences of its pixels from it."""
    blocks = known["blocks"]
    acting = layers.Dense(DRAWN)(layers.Concatenate()([code, known["summary"]]))
    x = layers.Dense(DRAWN)(layers.Concatenate()([known["local"], _about(blocks)]))
    x = layers.Add()([x, layers.Reshape((1, DRAWN))(acting)])
    x = layers.Activation("gelu")(layers.LayerNormalization()(x))
    x = layers.Add()([x, layers.Dense(DRAWN)(layers.Dense(2 * DRAWN, activation="gelu")(x))])
    with precision("float32"):
        wave = layers.Dense(3)(x)
        onset, slowness = LATE + SWING * wave[..., 0], SLOW * ops.exp(SWING * wave[..., 1])
        share = ops.sigmoid(wave[..., 2])
        first, course = Earliest(name="earliest")(onset, slowness, known["distance"], blocks)
        first = share * first + (1 - share) * onset
        x = layers.Concatenate()([layers.LayerNormalization()(x), first[..., None], onset[..., None], course])
        x = layers.Dense(DRAWN, activation="gelu")(x)
        small = keras.initializers.RandomNormal(stddev=2e-3)
        inside = layers.Dense(BLOCK ** len(cells), kernel_initializer=small)(x)
        pixels = layers.Add()([inside, first[..., None]])
        return Fold(BLOCK, inverse=True)(Spread(cells)(pixels, blocks[..., 0]))


def _about(blocks: Tensor) -> Tensor:
    """Where blocks lie and of what ventricle they are."""
    return ops.concatenate([TO_UNITS * blocks[..., 1:4], blocks[..., 4:]], -1)


def _block(x: Tensor, filters: int, stride: int = 1) -> Tensor:
    return layers.Activation("gelu")(layers.LayerNormalization()(down(x, filters, None, stride=stride)))


def _attention(x: Tensor) -> Tensor:
    width = x.shape[-1]
    normal = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(HEADS, width // HEADS)(normal, normal)])
    mixed = layers.Dense(2 * width, activation="gelu")(layers.LayerNormalization()(x))
    return layers.Add()([x, layers.Dense(width)(mixed)])


@keras.saving.register_keras_serializable("ecgi")
class Earliest(layers.Layer):
    """The first wave to reach each block, by a soft minimum over the blocks where waves may start.

    A wave's travel time is the distance along the wall times the mean slowness of its two ends.

    Takes onsets (batch, block), slowness per 100 mm (batch, block), distances in mm (batch, block, block) and
    blocks, see `blocks.wall_blocks`. Returns times (batch, block) and the direction of the wave
    (batch, block, 3).
    """

    def build(self, *shapes: Shape) -> None:
        """Make the weights."""
        self.sharpness = self.add_weight(
            name="sharpness", shape=(), initializer=keras.initializers.Constant(math.log(SHARP))
        )

    def call(self, onset: Tensor, slowness: Tensor, distance: Tensor, blocks: Tensor) -> Any:
        """Apply the layer, see the class."""
        missing = ops.cast(blocks[..., 0] == 0, onset.dtype)
        sharpness = ops.exp(self.sharpness)
        travel = distance / 200 * (slowness[:, None] + slowness[:, :, None])
        size = -sharpness * (onset[:, None] + travel) - 1e4 * missing[:, None]
        largest = ops.stop_gradient(ops.max(size, -1, keepdims=True))
        size = ops.exp(size - largest)
        total = ops.sum(size, -1, keepdims=True)
        place = TO_UNITS * blocks[..., 1:4]
        came_from = ops.matmul(size / total, place)
        return -(ops.log(total) + largest)[..., 0] / sharpness, place - came_from

    def compute_output_shape(
        self, onset_shape: Shape, slowness_shape: Shape, distance_shape: Shape, blocks_shape: Shape
    ) -> Any:
        """Shape of the output."""
        return onset_shape, (*onset_shape, 3)


@keras.saving.register_keras_serializable("ecgi")
class Spread(layers.Layer):
    """Put features of blocks (batch, block, channel) in their cells of a grid (batch, *size, channel)."""

    def __init__(self, size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, features: Tensor, cells: Tensor) -> Any:
        """Apply the layer, see the class."""
        batch, number, channels = ops.shape(features)
        sample = ops.repeat(ops.arange(batch), number)
        place = ops.stack([sample, ops.cast(ops.reshape(cells, (-1,)), sample.dtype)], -1)
        shape = (batch, math.prod(self.size) + 1, channels)
        grid = ops.scatter(place, ops.reshape(features, (-1, channels)), shape)[:, 1:]
        return ops.reshape(grid, (batch, *self.size, channels))

    def compute_output_shape(self, features_shape: Shape, cells_shape: Shape) -> Any:
        """Shape of the output."""
        return (features_shape[0], *self.size, features_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Settings that Keras makes the layer from again."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable("ecgi")
class Picked(layers.Layer):
    """Features of the cells of a grid (batch, *size, channel) where blocks lie: the inverse of `Spread`."""

    def call(self, grid: Tensor, cells: Tensor) -> Any:
        """Apply the layer, see the class."""
        batch, channels = ops.shape(grid)[0], ops.shape(grid)[-1]
        first = math.prod(grid.shape[1:-1]) * ops.arange(batch, dtype="int32")
        place = ops.maximum(ops.cast(cells, "int32") - 1, 0) + first[:, None]
        return ops.take(ops.reshape(grid, (-1, channels)), place, axis=0)

    def compute_output_shape(self, grid_shape: Shape, cells_shape: Shape) -> Any:
        """Shape of the output."""
        return (*cells_shape, grid_shape[-1])


@keras.saving.register_keras_serializable("ecgi")
class Placed(layers.Layer):
    """Add a learnt embedding of its position to each token."""

    def build(self, shape: Shape) -> None:
        """Make the weights."""
        self.place = self.add_weight(name="place", shape=shape[1:], initializer="random_normal")

    def call(self, tokens: Tensor) -> Any:
        """Apply the layer, see the class."""
        return tokens + self.place
