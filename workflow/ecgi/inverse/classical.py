"""Classical ECGI: potentials on the wall's surface by regularisation, activation times from their course."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from . import regularisation
from .base import Heart
from .surface_nodes import surface_nodes

CHOICES = {"gcv": regularisation.gcv, "l_curve": regularisation.l_curve, "creso": regularisation.creso}
SMOOTH_MS = 6.0  # SD of the window over which signals are averaged before anything is differentiated
QUIET_SHARE = 0.1  # of its peak, where the signals' rate of change has fallen to at the end of the QRS
EVENING = 1.0  # weight of differences between neighbours when activation times are smoothed
COMPONENT_SHARE = 0.01  # of the largest singular value, below which temporal components are left out


@dataclass(frozen=True)
class Classical:
    """Potentials at the nodes of the surface, then activation times, evened out between neighbours.

    Attributes
    ----------
    solver : {"tikhonov", "tsvd", "greensite"}
        Greensite and Huiskamp (1998, IEEE Trans Biomed Eng 45:98) regularise each temporal component of
        the BSP by itself.
    order : int
        What is kept small: 0 the potentials, 1 their differences between neighbours, 2 their Laplacian.
    choice : {"gcv", "l_curve", "creso"} or float
        How the weight of that is found; a number is the weight itself, relative to the square of the
        largest singular value.
    times : {"steepest", "spatiotemporal"}
        Activation is where the potential rises fastest, or where the product of that and of its spatial
        gradient is largest (Erem et al. 2014, IEEE Trans Biomed Eng 61:1467).
    nodes : int
    """

    solver: Literal["tikhonov", "tsvd", "greensite"] = "tikhonov"
    order: int = 2
    choice: str | float = "gcv"
    times: Literal["steepest", "spatiotemporal"] = "spatiotemporal"
    nodes: int = 500

    def predict(self, bsp: NDArray, heart: Heart, samples: int, seed: int) -> NDArray:
        """One map per beat, see `physics`."""
        nodes = surface_nodes(heart.anatomy, heart.lead_field, self.nodes)
        problem = regularisation.decompose(nodes.field, _penalty(nodes.laplacian, self.order))
        step = heart.times[1] - heart.times[0]
        even = np.linalg.inv(np.eye(len(nodes.laplacian)) + EVENING * nodes.laplacian)
        maps = []
        for signals in gaussian_filter1d(bsp, SMOOTH_MS / step, axis=-1):
            signals = signals[:, : qrs_end(signals)]
            potentials = self.potentials(problem, signals)
            times = activation_of(potentials, nodes.laplacian, heart.times[: signals.shape[1]], self.times)
            maps.append(nodes.to_wall @ (even @ times))
        return np.stack(maps)[None].astype(np.float32)

    def potentials(self, problem, bsp):
        """Potentials at the nodes, shape (node, time)."""
        if self.solver == "greensite":
            components, courses = _temporal_components(bsp)
            return sum(
                np.outer(self._solve(problem, component), course)
                for component, course in zip(components.T, courses, strict=True)
            )
        return self._solve(problem, bsp)

    def _solve(self, problem, data):
        if isinstance(self.choice, str):
            weight = CHOICES[self.choice](problem, data)
        else:
            weight = self.choice * problem.values[0] ** 2
        if self.solver == "tsvd":
            return regularisation.truncated_svd(problem, data, max(1, (problem.values**2 > weight).sum()))
        return regularisation.tikhonov(problem, data, weight)


def qrs_end(signals):
    """Sample at which depolarisation is over: the signals have become quiet after their steepest part.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        Smooth in time.

    Returns
    -------
    int
    """
    change = np.sqrt(np.square(np.gradient(signals, axis=1)).mean(0))
    quiet = np.flatnonzero(change < QUIET_SHARE * change.max())
    after = quiet[quiet > change.argmax()]
    return int(after[0]) + 1 if len(after) else signals.shape[1]


def activation_of(potentials, laplacian, times, by):
    """Activation times of nodes from the course of their potentials.

    Parameters
    ----------
    potentials : numpy.ndarray, shape (node, time)
    laplacian : numpy.ndarray, shape (node, node)
    times : numpy.ndarray, shape (time,)
        ms.
    by : {"steepest", "spatiotemporal"}

    Returns
    -------
    numpy.ndarray, shape (node,)
        ms; between samples by a parabola through the peak.
    """
    rise = np.gradient(potentials, times, axis=1)
    if by == "spatiotemporal":
        # sum over neighbours of squared differences = (L v^2 - 2 v L v) up to sign, node by node
        square = 2 * potentials * (laplacian @ potentials) - laplacian @ potentials**2
        rise = np.maximum(rise, 0) * np.sqrt(np.maximum(square, 0))
    peak = np.clip(rise.argmax(1), 1, len(times) - 2)
    node = np.arange(len(rise))
    before, at, after = (rise[node, peak + step] for step in (-1, 0, 1))
    bend = before - 2 * at + after
    shift = np.where(bend < 0, (before - after) / np.where(bend < 0, 2 * bend, 1), 0)
    found = times[peak] + np.clip(shift, -1, 1) * (times[1] - times[0])
    return found


def _penalty(laplacian, order):
    """L^T L; a trace of the identity makes it definite where a constant would go unpunished."""
    if order == 0:
        return None
    penalty = laplacian if order == 1 else laplacian @ laplacian
    return penalty + 1e-4 * np.trace(penalty) / len(penalty) * np.eye(len(penalty))


def _temporal_components(bsp):
    """BSP as a sum of spatial patterns, shape (electrode, component), times orthonormal courses."""
    left, values, courses = np.linalg.svd(bsp, full_matrices=False)
    kept = values > COMPONENT_SHARE * values[0]
    return left[:, kept] * values[kept], courses[kept]
