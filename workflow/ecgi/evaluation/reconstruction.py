"""Reconstructions of a measured beat, with all that is chosen chosen on another beat, and their controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..data.measured import referenced_to_mean
from ..inverse import regularisation
from ..inverse.classical import penalty_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..inverse.classical import Classical

WEIGHTS = np.geomspace(1e-7, 1.0, 71)  # relative to the square of the largest singular value


class Recorded(NamedTuple):
    """Potentials of a beat on the torso and on the heart.

    Attributes
    ----------
    torso_mv : numpy.ndarray, shape (electrode, frame)
        Relative to their mean.
    heart_mv : numpy.ndarray, shape (node, frame)
        Of the nodes that are scored, relative to their mean.
    """

    torso_mv: NDArray
    heart_mv: NDArray


class Reconstruction(NamedTuple):
    """Estimate of a beat by a method.

    Attributes
    ----------
    method : str
    weight_by : str
        What the weight was chosen by.
    weight : float
        Relative to the square of the largest singular value; NaN if the method chooses several.
    error_before : float
        Relative error on the beat that choices are made on.
    heart_mv : numpy.ndarray, shape (node, frame)
        Of the nodes that are scored, relative to their mean.
    """

    method: str
    weight_by: str
    weight: float
    error_before: float
    heart_mv: NDArray


class Problem:
    """A torso and a heart between which potentials are carried.

    Parameters
    ----------
    transfer : numpy.ndarray, shape (electrode, node)
        For the electrodes that are used.
    laplacian : numpy.ndarray, shape (node, node)
        Of the graph of neighbouring nodes.
    to_leads : numpy.ndarray, shape (lead, node)
        From potentials of the nodes to those where potentials were measured.
    """

    def __init__(self, transfer: NDArray, laplacian: NDArray, to_leads: NDArray) -> None:
        self.transfer = referenced_to_mean(transfer)
        self.to_leads = to_leads
        self._orders = [
            regularisation.decompose(self.transfer, penalty_of(laplacian, order)) for order in range(3)
        ]

    def solve(self, method: Classical, torso_mv: NDArray) -> NDArray:
        """Potentials at the leads by a method, relative to their mean; shape (lead, frame).

        Parameters
        ----------
        method : Classical
        torso_mv : numpy.ndarray, shape (electrode, frame)
        """
        estimate = method.potentials(self._orders[method.order], torso_mv)
        return referenced_to_mean(self.to_leads @ estimate)

    def best_weight(self, method: Classical, beat: Recorded) -> float:
        """Relative weight of the least error on a beat whose potentials on the heart are known.

        Parameters
        ----------
        method : Classical
        beat : Recorded
        """
        errors = [
            relative_error(self.solve(weighted(method, weight), beat.torso_mv), beat.heart_mv)
            for weight in WEIGHTS
        ]
        return float(WEIGHTS[int(np.argmin(errors))])

    def reconstruct(
        self, name: str, method: Classical, before: Recorded, beat: Recorded, weight_by: str
    ) -> Reconstruction:
        """Estimate a beat, with the weight as it is chosen.

        Parameters
        ----------
        name : str
            Of the method.
        method : Classical
        before : Recorded
            Beat that choices are made on.
        beat : Recorded
            Beat that is estimated from its potentials on the torso.
        weight_by : {"rule", "other beat", "oracle"}
            The method's own rule, from the torso's potentials; the least error on the other beat; or the
            least error on this one, which nobody can know.
        """
        chosen, weight = method, np.nan
        if weight_by != "rule":
            weight = self.best_weight(method, before if weight_by == "other beat" else beat)
            chosen = weighted(method, weight)
        error = relative_error(self.solve(chosen, before.torso_mv), before.heart_mv)
        by = str(method.choice) if weight_by == "rule" else weight_by
        return Reconstruction(name, by, weight, error, self.solve(chosen, beat.torso_mv))


def reconstructions(
    problem: Problem, methods: Mapping[str, Classical], before: Recorded, beat: Recorded
) -> list[Reconstruction]:
    """Estimates of a beat by all methods, with the weight by each method's rule and by the other beat.

    Parameters
    ----------
    problem : Problem
    methods : mapping of str to Classical
    before, beat : Recorded
        See `Problem.reconstruct`.

    Returns
    -------
    list of Reconstruction
        Greensite's method chooses a weight for each temporal component, and so by its rule alone.
    """
    return [
        problem.reconstruct(name, method, before, beat, weight_by)
        for name, method in methods.items()
        for weight_by in (["rule"] if method.kind == "greensite" else ["rule", "other beat"])
    ]


def carried(problem: Problem, heart_mv: NDArray, snr_db: float | None, rng: np.random.Generator) -> NDArray:
    """Potentials of the torso computed from those of the heart, with noise.

    Parameters
    ----------
    problem : Problem
    heart_mv : numpy.ndarray, shape (node, frame)
        Of all nodes.
    snr_db : float or None
        None for no noise.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (electrode, frame)
    """
    clean: NDArray = problem.transfer @ heart_mv
    return clean if snr_db is None else noisy(clean, snr_db, rng)


def noisy(torso_mv: NDArray, snr_db: float, rng: np.random.Generator) -> NDArray:
    """Potentials of the torso with noise, relative to their mean.

    Parameters
    ----------
    torso_mv : numpy.ndarray, shape (electrode, frame)
    snr_db : float
        Of the potentials relative to their mean.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (electrode, frame)
    """
    clean = referenced_to_mean(torso_mv)
    size = np.sqrt(np.mean(clean**2)) * 10 ** (-snr_db / 20)
    return referenced_to_mean(clean + size * rng.standard_normal(clean.shape))


def filled(heart_mv: NDArray, laplacian: NDArray) -> NDArray:
    """Potentials of all nodes: those that are NaN as smooth as their neighbours allow.

    Parameters
    ----------
    heart_mv : numpy.ndarray, shape (node, frame)
    laplacian : numpy.ndarray, shape (node, node)

    Returns
    -------
    numpy.ndarray, shape (node, frame)
    """
    lost = np.isnan(heart_mv).any(1)
    whole = heart_mv.copy()
    of_known = laplacian[np.ix_(lost, ~lost)] @ heart_mv[~lost]
    whole[lost] = np.linalg.solve(laplacian[np.ix_(lost, lost)], -of_known)
    return whole


def relative_error(estimate: NDArray, truth: NDArray) -> float:
    """RMS of the difference over RMS of the truth.

    Parameters
    ----------
    estimate, truth : numpy.ndarray, shape (node, frame)
    """
    return float(np.linalg.norm(estimate - truth) / np.linalg.norm(truth))


def weighted(method: Classical, weight: float) -> Classical:
    """The method with a weight in place of its rule.

    Parameters
    ----------
    method : Classical
    weight : float
        Relative to the square of the largest singular value.
    """
    return method.model_copy(update={"choice": weight})
