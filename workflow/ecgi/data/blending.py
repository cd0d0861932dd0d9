"""New training pairs from old ones: blended maps, pushed through the lead field."""

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
    """Blended beats as networks take them.

    Attributes
    ----------
    times_ms : numpy.ndarray, shape (sample,)
    activation_ms : numpy.ndarray of float32, shape (blend, slice, y, x)
    bsp_mv : numpy.ndarray of float32, shape (blend, electrode, sample)
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
    """Blend beats of a heart into more, with the BSP that the lead field gives them.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    field : numpy.ndarray, shape (voxel, electrode)
        Lead field.
    case : str
    activations_ms : numpy.ndarray, shape (beat, voxel)
        Beats of the training part.
    count : int
    seed : int
    slices : mapping
        Settings of `slicing.slice_grid`.
    action_potential, sampling : mapping
        See `simulation.bsp_solver`.
    samples : int
        Means of neighbouring samples of the BSP.

    Returns
    -------
    Blends

    Raises
    ------
    InputError
        If a blend lasts longer than what is sampled.
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
    """Maps and BSP of blended beats, see `blend_beats`.

    Parameters
    ----------
    activations_ms : numpy.ndarray, shape (beat, voxel)
    count : int
    seed : int
    case : str
    gather : callable
        Activation times, shape (voxel,), to a map (slice, y, x), see `slicing.slice_grid`.
    bsp_of : callable
        Activation times to BSP, see `simulation.bsp_solver`.
    samples : int
        Means of neighbouring samples of the BSP.

    Returns
    -------
    maps : numpy.ndarray, shape (blend, slice, y, x)
        ms.
    bsp : numpy.ndarray, shape (blend, electrode, sample)
        mV.

    Raises
    ------
    InputError
        If a blend lasts longer than what is sampled.
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

    Each blend is a convex combination of a beat and two of its nearest neighbours (in root mean
    square), moved so that it starts at 0 and stretched in time. It is smooth and close to an eikonal
    solution without being one; its BSP, computed by the same lead field, is exact, so that a model
    trained on blends learns the inverse of the same physics.

    Parameters
    ----------
    activations_ms : numpy.ndarray, shape (beat, voxel)
        Beats of the training part.
    count : int
    seed : int
    purpose : str
        Distinguishes the blends of one heart from another's.
    neighbours : int
        How many nearest beats a blend may take from.
    spread : float
        SD of the logarithm of the stretch.

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
