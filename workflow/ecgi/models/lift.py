"""Back-projection of BSP onto the wall by the dipole kernels of a patient.

An electrode by time picture is not aligned with the anatomy. Here the signals are taken back to where they
come from: for each block of wall the dipoles that explain them best (minimum norm, weighted for depth,
Haemaelaeinen & Ilmoniemi 1994, Med Biol Eng Comput 32:35), by the kernel of this patient's geometry. Kernels
are those of the dipoles, before any summation by parts, because the scalar lead field vanishes inside
the wall.
"""

import math
from typing import Any

import keras
from keras import layers, ops

from .types import Shape, Tensor

RIDGES = (0.1, 0.003)  # regularisation, relative to the mean power of a lead; the second for quiet recordings
WINDOWS = 64  # of time
FEATURES = 2 + len(RIDGES)  # of a recording as a whole
TINY = 1e-12


@keras.saving.register_keras_serializable("ecgi")
class Lift(layers.Layer):
    """Dipoles of least norm that explain the signals, for each block of wall and window of time.

    Potentials are taken against the mean of the electrodes that are there, so that no reference matters, and
    amplitudes relative to the recording's own. With K the kernels of all dipoles, each divided by its block's
    norm, the dipoles are K^T (K K^T + r)^-1 b, for each of two ridges r.

    Takes BSP (batch, electrode, sample), positions (batch, electrode, 3), 1 for each electrode that is there
    (batch, electrode), blocks (batch, block, 4 or more), see `blocks.wall_blocks`, and what boundaries add to
    the kernels of the infinite medium (batch, block or 1, 3, electrode or 1), see `boundary_kernels`. Returns
    the dipoles (batch, block, 3 * ridge * window) and, for the recording as a whole, how many electrodes
    there are, how rough their signals are and what share of them each ridge leaves unexplained
    (batch, FEATURES), as logarithms: these depend on noise and on errors of the electrodes.
    """

    def call(self, bsp: Tensor, electrodes: Tensor, kept: Tensor, blocks: Tensor, boundary: Tensor) -> Any:
        """Apply the layer, see the class."""
        count = ops.sum(kept, 1)
        bsp = _centred(bsp, kept[..., None], count[:, None, None], 1)
        roughness = _share(bsp[..., 2:] - 2 * bsp[..., 1:-1] + bsp[..., :-2], bsp)
        windows = self._windows(bsp.shape[-1])
        bsp = ops.mean(ops.reshape(bsp, (*ops.shape(bsp)[:2], windows, bsp.shape[-1] // windows)), -1)
        kernels = self._kernels(electrodes, kept, count[:, None, None], blocks, boundary)
        power = ops.matmul(ops.transpose(kernels, (0, 2, 1)), kernels)
        power = power * (count / ops.sum(ops.square(kernels), (1, 2)))[:, None, None]
        unit = ops.eye(ops.shape(power)[-1])
        missing = unit * (1 - kept[..., None])
        sources = [ops.linalg.solve(power + ridge * unit + missing, bsp) for ridge in RIDGES]
        unexplained = [_share(ridge * source, bsp) for ridge, source in zip(RIDGES, sources, strict=True)]
        features_of_recording = ops.stack([ops.log(count), roughness, *unexplained], -1)

        batch, number = ops.shape(blocks)[0], ops.shape(blocks)[1]
        dipoles = ops.matmul(kernels[:, None], ops.stack(sources, 1))
        dipoles = ops.reshape(dipoles, (batch, len(RIDGES), 3, number, windows))
        real = 3 * windows * ops.sum(ops.cast(blocks[..., :1] > 0, dipoles.dtype), 1)[..., None, None, None]
        size = ops.sqrt(ops.sum(ops.square(dipoles), (2, 3, 4), keepdims=True) / real)
        features = ops.transpose(dipoles / (size + TINY), (0, 3, 1, 2, 4))
        features = ops.reshape(features, (batch, number, 3 * len(RIDGES) * windows))
        return ops.stop_gradient(features), ops.stop_gradient(features_of_recording)

    def _kernels(
        self, electrodes: Tensor, kept: Tensor, count: Tensor, blocks: Tensor, boundary: Tensor
    ) -> Tensor:
        """Potential of a unit dipole along each axis in each block, (batch, 3 * block, electrode)."""
        places = ops.transpose(blocks[..., 1:4], (0, 2, 1))[..., None]
        across = ops.transpose(electrodes, (0, 2, 1))[:, :, None] - places
        square = ops.sum(ops.square(across), 1, keepdims=True) + 1.0
        kernels = across / (square * ops.sqrt(square)) + ops.transpose(boundary, (0, 2, 1, 3))
        kernels = _centred(kernels, kept[:, None, None], count[..., None], -1)
        kernels = kernels / (ops.sqrt(ops.sum(ops.square(kernels), (1, 3), keepdims=True)) + TINY)
        real = ops.cast(blocks[..., 0] > 0, kernels.dtype)
        shape = ops.shape(kernels)
        return ops.reshape(kernels * real[:, None, :, None], (shape[0], 3 * shape[2], shape[3]))

    def _windows(self, samples: int) -> int:
        """As many as there may be, so that all are of one length."""
        return math.gcd(WINDOWS, samples)

    def compute_output_shape(
        self,
        bsp_shape: Any,
        electrodes_shape: Shape,
        kept_shape: Shape,
        blocks_shape: Shape,
        boundary_shape: Shape,
    ) -> Any:
        """Shape of the output."""
        features = 3 * len(RIDGES) * self._windows(bsp_shape[-1])
        return (*blocks_shape[:2], features), (blocks_shape[0], FEATURES)


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """Logarithm of the power of signals relative to that of others, for each recording."""
    power, all_of_it = (ops.mean(ops.square(signals), (1, 2)) for signals in (part, whole))
    return ops.log(power / (all_of_it + TINY) + 1e-5)


def _centred(values: Tensor, there: Tensor, count: Tensor, axis: int) -> Tensor:
    """Values against their mean over the electrodes that are there, 0 at those that are not."""
    return (values - ops.sum(values * there, axis, keepdims=True) / count) * there
