"""New training pairs from old ones: blended maps, pushed through the lead field."""

import numpy as np

from ..core.seeds import generator


def blend_activations(activations_ms, count, seed, purpose="blend", neighbours=8, spread=0.1):
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
