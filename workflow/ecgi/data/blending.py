"""Data augmentation by blended activation maps, with their BSP from the lead field."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..anatomy.heart import Anatomy
from ..anatomy.slicing import slice_grid
from ..core.errors import InputError
from ..core.progress import Progress
from ..core.seeds import generator
from ..physics.bsp import average_in_time
from ..physics.simulation import bsp_solver


class Blends(NamedTuple):
    """Blended beats on the grid and the time samples of the networks.

    Attributes
    ----------
    times_ms : numpy.ndarray, shape (sample,)
        Times of the BSP samples.
    activation_ms : numpy.ndarray of float32, shape (blend, slice, y, x)
        Activation times, NaN outside the wall.
    bsp_mv : numpy.ndarray of float32, shape (blend, electrode, sample)
        Body surface potentials.
    """

    times_ms: NDArray
    activation_ms: NDArray
    bsp_mv: NDArray


def blend_beats(
    anatomy: Anatomy,
    field: NDArray,
    case: str,
    activations_ms: NDArray,
    count: int,
    seed: int,
    slices: Mapping[str, Any],
    action_potential: Mapping[str, Any],
    sampling: Mapping[str, Any],
    samples: int,
) -> Blends:
    """Blend beats of a heart and compute the BSP of the blends.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    field : numpy.ndarray, shape (voxel, electrode)
        Lead field.
    case : str
        Name of the heart.
    activations_ms : numpy.ndarray, shape (beat, voxel)
        Activation times of the training beats.
    count : int
        Number of blends.
    seed : int
        Seed of the experiment.
    slices : mapping
        Settings of `slicing.slice_grid`.
    action_potential, sampling : mapping
        See `simulation.bsp_solver`.
    samples : int
        Time samples of the BSP, means of neighbouring simulated ones.

    Returns
    -------
    Blends

    Raises
    ------
    InputError
        If a blend lasts longer than the sampled window.
    """
    _, gather = slice_grid(anatomy, case, **slices)
    times, bsp_of = bsp_solver(anatomy, field, action_potential, sampling)
    made = blends_with_bsp(activations_ms, count, seed, case, gather, bsp_of, samples)
    return Blends(average_in_time(times, samples), *made)


def blends_with_bsp(
    activations_ms: NDArray,
    count: int,
    seed: int,
    case: str,
    gather: Callable[[NDArray], NDArray],
    bsp_of: Callable[[NDArray], NDArray],
    samples: int,
) -> tuple[NDArray, NDArray]:
    """Blend beats and compute their maps and BSP, see `blend_beats`.

    Parameters
    ----------
    activations_ms : numpy.ndarray, shape (beat, voxel)
        Activation times of the training beats.
    count : int
        Number of blends.
    seed : int
        Seed of the experiment.
    case : str
        Name of the heart.
    gather : callable
        Activation times, shape (voxel,), to a map (slice, y, x), see `slicing.slice_grid`.
    bsp_of : callable
        Activation times, shape (voxel,), to BSP (electrode, time), see `simulation.bsp_solver`.
    samples : int
        Time samples of the BSP, means of neighbouring simulated ones.

    Returns
    -------
    maps : numpy.ndarray, shape (blend, slice, y, x)
        ms.
    bsp : numpy.ndarray, shape (blend, electrode, sample)
        mV.

    Raises
    ------
    InputError
        If a blend lasts longer than the sampled window.
    """
    maps, signals = [], []
    blends = blend_activations(activations_ms, count, seed, f"blend {case}")
    for activation in Progress("blends", blends, count):
        maps.append(gather(activation))
        try:
            signals.append(average_in_time(bsp_of(activation), samples))
        except InputError as error:
            raise InputError(f"case {case}, a blended beat: {error}") from None
    return np.stack(maps), np.stack(signals)


def blend_activations(
    activations_ms: NDArray,
    count: int,
    seed: int,
    purpose: str = "blend",
    neighbours: int = 8,
    spread: float = 0.1,
) -> Iterator[NDArray[np.float32]]:
    """Blend activation maps of similar beats.

    Each blend is a convex combination of a beat and two of its nearest neighbours (by root mean
    square difference), shifted to start at 0 and scaled in time. It is close to an eikonal solution
    without being one, but its BSP from the lead field is exact, so that a model trained on blends
    learns the inverse of the same physics.

    Parameters
    ----------
    activations_ms : numpy.ndarray, shape (beat, voxel)
        Activation times of the training beats.
    count : int
        Number of blends.
    seed : int
        Seed of the experiment.
    purpose : str
        Name of the random stream, different for each heart.
    neighbours : int
        Number of nearest beats that a blend may use.
    spread : float
        SD of the logarithm of the scale in time.

    Yields
    ------
    numpy.ndarray of float32, shape (voxel,)
        ms, 0 at the earliest.
    """
    thinned = activations_ms[:, :: max(1, activations_ms.shape[1] // 4096)].astype(float)
    square = (thinned**2).sum(1)
    distance = square[:, None] + square - 2 * thinned @ thinned.T
    nearest = np.argsort(distance, 1)[:, : neighbours + 1]
    for blend in range(count):
        rng = generator(seed, purpose, blend)
        beat = int(rng.integers(len(nearest)))
        others = rng.choice(nearest[beat][1:], 2, replace=False)
        weights = rng.dirichlet((1.5, 1.0, 1.0)).astype(np.float32)
        mixture = weights @ activations_ms[[beat, *others]].astype(np.float32)
        mixture -= mixture.min()
        yield mixture * np.float32(np.exp(spread * rng.standard_normal()))
