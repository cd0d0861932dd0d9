"""Trained generative models as inverse methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..anatomy.heart import Tissue
from ..anatomy.slicing import slice_grid, spread_over_wall
from ..core.errors import InputError
from ..core.seeds import keras_seed
from ..data.boundary_kernels import boundary_kernels
from ..data.inputs import condition_inputs
from ..models.registry import variant_of
from ..physics.bsp import average_in_time
from .base import check_window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid
    from ..data.normalisation import Normalisation
    from ..models.base import GenerativeModel
    from .base import Patient

BATCH = 64


@dataclass(frozen=True)
class GenerativeInverse:
    """A trained model with conditions; each map decodes a sample of its prior.

    Attributes
    ----------
    model : models.base.GenerativeModel
    normalisation : Normalisation
    slices : dict
        The grid that it was trained on, see `anatomy.slicing.slice_grid`.
    samples : int
        Time samples of the BSP that it was trained on.
    window_ms : float
        Length of the recordings that it was trained on.
    electrodes : dict of str to numpy.ndarray
        Electrode positions of each heart that it was trained on, by case; not needed by models of any heart.
    """

    model: GenerativeModel
    normalisation: Normalisation
    slices: Mapping[str, Any]
    samples: int
    window_ms: float
    electrodes: Mapping[str, NDArray]

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """Maps decoded from prior samples, see `base.InverseMethod`."""
        self._check(patient)
        grid, _ = slice_grid(patient.anatomy, patient.case, **self.slices)
        signals = average_in_time(bsp, self.samples)
        self._check_shapes(signals, grid)
        boundary = boundary_kernels(grid, patient.electrodes, patient.conductor)
        maps = sampled_maps(
            self.model, self.normalisation, signals, grid, patient.electrodes, boundary, samples, seed
        )
        return spread_over_wall(patient.anatomy, grid, maps)

    def _check(self, patient: Patient) -> None:
        """Refuse recordings of another length, and hearts or electrodes unlike those it was trained on."""
        check_window(patient, self.window_ms, "trained")
        if variant_of(self.model.settings).any_heart:
            if not (patient.anatomy.labels == Tissue.RV_WALL).any():
                raise InputError(
                    "trained on hearts with both ventricles, and this one is an LV alone; physics_search "
                    "and classical methods take it"
                )
            return
        first, *others = self.electrodes.values()
        varied = not all(np.array_equal(first, other) for other in others)
        same = len(first) == len(patient.electrodes)
        if not same or not (varied or np.array_equal(first, patient.electrodes)):
            raise InputError(
                f"trained on the {len(first)} electrodes of {', '.join(self.electrodes)}, and takes no "
                "others, fewer or moved ones; physics_search takes any"
            )

    def _check_shapes(self, bsp: NDArray, grid: MapGrid) -> None:
        """Refuse maps and signals of other shapes than those it was trained on."""
        frame = tuple(self.model.shapes["mask"][:-1])
        if grid.frame != frame:
            raise InputError(f"trained on maps of {frame} pixels, not {grid.frame}")
        recording = self.model.shapes.get("recording")
        if recording and recording[-1] != bsp.shape[-1]:
            raise InputError(f"trained on BSP of {recording[-1]} samples, not {bsp.shape[-1]}")


def sampled_maps(
    model: GenerativeModel,
    normalisation: Normalisation,
    bsp: NDArray,
    grid: MapGrid,
    electrodes: NDArray,
    boundary: NDArray | None,
    samples: int,
    seed: int,
) -> NDArray[np.float32]:
    """Maps on the grid of a model, decoded from samples of its prior.

    Parameters
    ----------
    model : models.base.GenerativeModel
    normalisation : Normalisation
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV, in as many samples as the model was trained on.
    grid : MapGrid
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    boundary : numpy.ndarray or None
        See `data.boundary_kernels.boundary_kernels`.
    samples, seed : int

    Returns
    -------
    numpy.ndarray of float32, shape (sample, beat, slice, y, x)
        ms; NaN outside the wall.
    """
    import keras
    from keras import ops

    conditions = variant_of(model.settings).conditions
    rows, columns = model.shapes.get("bsp_maps", (0, 0))[:2]
    inputs = condition_inputs(conditions, bsp, grid, electrodes, normalisation, (rows, columns), boundary)
    noise = keras.random.SeedGenerator(keras_seed(seed, "draws"))
    count = len(inputs["mask"][1])
    maps = np.empty((samples, count, *grid.frame), np.float32)
    for first in range(0, count, BATCH):
        chosen = np.arange(first, min(first + BATCH, count))
        some = {name: ops.convert_to_tensor(values[row[chosen]]) for name, (values, row) in inputs.items()}
        condition = model.condition(some)
        mean, log_variance = model.prior_of(condition, len(chosen))
        at_once = BATCH // len(chosen)
        for start in range(0, samples, at_once):
            size = min(at_once, samples - start)
            codes = [
                mean + ops.exp(0.5 * log_variance) * keras.random.normal(mean.shape, seed=noise)
                for _ in range(size)
            ]
            repeated = {name: ops.concatenate([value] * size) for name, value in condition.items()}
            decoded = ops.convert_to_numpy(model.decode(ops.concatenate(codes), repeated))
            maps[start : start + size, chosen] = decoded.reshape(size, len(chosen), *grid.frame)
    return normalisation.maps_in_ms(maps.reshape(samples, len(bsp), *grid.mask.shape), grid.mask)
