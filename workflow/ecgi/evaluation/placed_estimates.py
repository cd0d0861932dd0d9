"""Estimates of a placed beat by methods and weights that were chosen on other beats, with controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..anatomy.triangulation import graph_laplacian
from .measured import BEFORE, POSES, SCORED
from .measured_estimates import Estimate
from .reconstruction import Problem, Reconstruction, carried, reconstructions, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import xarray as xr
    from numpy.typing import NDArray

    from ..inverse.classical import Classical
    from .measured import Measured


class Chosen(NamedTuple):
    """A method with its weight, as chosen on another beat.

    Attributes
    ----------
    matrix, method, weight_by : str
    weight : float
        Relative to the square of the largest singular value; NaN for the method's own rule.
    error : float
        Relative error on the beat that it was chosen on.
    """

    matrix: str
    method: str
    weight_by: str
    weight: float
    error: float

    def applied(
        self, methods: Mapping[str, Classical], problem: Problem, torso_mv: NDArray
    ) -> Reconstruction:
        """Estimate of a beat.

        Parameters
        ----------
        methods : mapping of str to Classical
        problem : Problem
            By the matrix that was chosen.
        torso_mv : numpy.ndarray, shape (electrode, frame)

        Returns
        -------
        Reconstruction
        """
        method = methods[self.method]
        if np.isfinite(self.weight):
            method = weighted(method, self.weight)
        heart_mv = problem.solve(method, torso_mv)
        return Reconstruction(self.method, self.weight_by, self.weight, self.error, heart_mv)


def placed_problems(store: xr.Dataset, measured: Measured) -> dict[tuple[str, str], Problem]:
    """Inverse problem of each place of the coarser surface and each kind of transfer matrix.

    Parameters
    ----------
    store : xarray.Dataset
        See `ecgi.evaluation.placed.placed`.
    measured : Measured

    Returns
    -------
    dict of (place, matrix) to Problem
    """
    laplacian = graph_laplacian(store["coarse_triangle"].values, store.sizes["coarse_node"])
    to_leads = store["to_nodes"].values.astype(float)[measured.scored]
    transfers = store["transfer"].astype(float)
    return {
        (place, matrix): Problem(transfers.sel(place=place, matrix=matrix).values, laplacian, to_leads)
        for place in store["place"].values.tolist()
        for matrix in store["matrix"].values.tolist()
    }


def chosen_on(
    problems: Mapping[tuple[str, str], Problem], measured: Measured, methods: Mapping[str, Classical]
) -> dict[str, list[Chosen]]:
    """Errors of all methods on a placed beat, with weights by their rules and of the least error.

    Parameters
    ----------
    problems : mapping of (place, matrix) to Problem
    measured : Measured
    methods : mapping of str to Classical

    Returns
    -------
    dict of place to list of Chosen
    """
    beat = measured.beats[BEFORE]
    chosen: dict[str, list[Chosen]] = {}
    for (place, matrix), problem in problems.items():
        for found in reconstructions(problem, methods, beat, beat):
            one = Chosen(matrix, found.method, found.weight_by, found.weight, found.error_before)
            chosen.setdefault(place, []).append(one)
    return chosen


def best_measured(scores: pd.DataFrame) -> Chosen:
    """Method and weight that were best on a measured beat, with the heart as fitted.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `ecgi.evaluation.measured_scores.score`.

    Returns
    -------
    Chosen
    """
    row = scores[(scores["kind"] == "best") & (scores["pose"] == POSES[1])].iloc[0]
    return Chosen(row["matrix"], row["method"], row["weight_by"], row["weight"], row["error_before"])


def placed_estimates(
    store: xr.Dataset,
    measured: Measured,
    methods: Mapping[str, Classical],
    chosen: Mapping[str, Sequence[Chosen]],
    from_measured: Chosen,
    snr_db: float,
    rng: np.random.Generator,
) -> list[Estimate]:
    """Estimates of a placed beat with nothing chosen on it, then controls.

    Parameters
    ----------
    store : xarray.Dataset
        See `ecgi.evaluation.placed.placed`.
    measured : Measured
    methods : mapping of str to Classical
    chosen : mapping of place to sequence of Chosen
        On another beat that was placed likewise.
    from_measured : Chosen
        On a measured beat.
    snr_db : float
        Of the beat of the inverse crime.
    rng : numpy.random.Generator
        Of its noise and of the order of shuffled leads.

    Returns
    -------
    list of Estimate
        Controls: the mean electrogram; and for each place of the coarser surface, what was best on the other
        placed beat (``best``) and on the measured one (``best measured``); and with the former, the weight
        of the least error on this beat (``oracle``), leads in another order (``shuffled leads``), and
        torso's potentials computed by the same matrix from those of the coarser surface (``inverse crime``).
    """
    problems = placed_problems(store, measured)
    on_coarse = store["to_coarse"].values.astype(float) @ measured.whole_mv[SCORED]
    beat = measured.beats[SCORED]
    shuffled = rng.permutation(beat.torso_mv)
    mean = np.broadcast_to(measured.mean_mv[SCORED], beat.heart_mv.shape)
    rows: list[Estimate] = []
    controls = [Estimate("mean electrogram", "", "", Reconstruction("", "", np.nan, np.nan, mean))]
    for place, choices in chosen.items():

        def estimate(kind: str, choice: Chosen, torso_mv: NDArray, place: str = place) -> Estimate:
            problem = problems[place, choice.matrix]
            return Estimate(kind, place, choice.matrix, choice.applied(methods, problem, torso_mv))

        rows += [estimate("method", choice, beat.torso_mv) for choice in choices]
        best = min(choices, key=lambda choice: choice.error)
        problem, method = problems[place, best.matrix], methods[best.method]
        controls += [
            estimate("best", best, beat.torso_mv),
            estimate("best measured", from_measured, beat.torso_mv),
        ]
        if np.isfinite(best.weight):
            oracle = best._replace(weight_by="oracle", weight=problem.best_weight(method, beat))
            controls.append(estimate("oracle", oracle, beat.torso_mv))
        controls += [
            estimate("shuffled leads", best, shuffled),
            estimate("inverse crime", best, carried(problem, on_coarse, snr_db, rng)),
        ]
    return rows + controls
