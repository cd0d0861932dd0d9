"""Estimates of a measured beat by all methods, with controls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from .activation_operators import OPERATORS, activation_times
from .measured import BEFORE, SCORED
from .reconstruction import Reconstruction, carried, reconstructions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..inverse.classical import Classical
    from .activation_operators import Operator
    from .measured import Measured
    from .reconstruction import Problem, Recorded

KEYS = ["kind", "pose", "matrix", "method", "weight_by"]


class Estimate(NamedTuple):
    """An estimate of the beat, a row of the tables.

    Attributes
    ----------
    kind : str
        ``method``, or the name of a control.
    pose, matrix : str
        Of the heart, and between it and the torso; empty for a control without them.
    found : Reconstruction
    """

    kind: str
    pose: str
    matrix: str
    found: Reconstruction

    @property
    def keys(self) -> dict[str, str]:
        """Values of `KEYS`."""
        return dict(
            zip(
                KEYS,
                [self.kind, self.pose, self.matrix, self.found.method, self.found.weight_by],
                strict=True,
            )
        )


def estimates(
    measured: Measured,
    problems: Mapping[tuple[str, str], Problem],
    lids: Mapping[tuple[str, str], Problem],
    methods: Mapping[str, Classical],
    snr_db: float,
    rng: np.random.Generator,
) -> list[Estimate]:
    """Estimates of the scored beat, first by the methods, then the controls.

    Parameters
    ----------
    measured : Measured
    problems : mapping of (pose, matrix) to Problem
    lids : mapping of (pose, matrix) to Problem
        With the heart's base closed in another way, see `ecgi.evaluation.measured.lids_of`.
    methods : mapping of str to Classical
    snr_db : float
        Of the beat of the inverse crime.
    rng : numpy.random.Generator
        Of its noise and of the order of shuffled leads.

    Returns
    -------
    list of Estimate
        Controls: the beat that choices are made on; the mean electrogram; and for each pose, with what was
        best on that beat (``best``), the weight of the least error on the scored beat (``oracle``), leads in
        another order (``shuffled leads``), torso's potentials computed by the same matrix from those of the
        heart (``inverse crime``), and the base closed in another way (``another base``).
    """
    before, beat = measured.beats
    rows = [
        Estimate("method", *place, found)
        for place, problem in problems.items()
        for found in reconstructions(problem, methods, before, beat)
    ]
    mean = np.broadcast_to(measured.mean_mv[SCORED], beat.heart_mv.shape)
    for kind, heart_mv in (("other beat", before.heart_mv), ("mean electrogram", mean)):
        rows.append(Estimate(kind, "", "", Reconstruction("", "", np.nan, np.nan, heart_mv)))
    for pose in dict.fromkeys(pose for pose, _ in problems):
        best = best_of(rows, pose)
        rows += _controls(measured, problems[pose, best.matrix], methods, best, snr_db, rng)
        for (place, matrix), problem in lids.items():
            if place == pose:
                found = _again(measured.beats, problem, methods, best)
                rows.append(Estimate("another base", pose, matrix, found))
    return rows


def best_of(rows: Sequence[Estimate], pose: str) -> Estimate:
    """The method with the least error on the beat that choices are made on.

    Parameters
    ----------
    rows : sequence of Estimate
    pose : str
    """
    of_pose = [row for row in rows if (row.kind, row.pose) == ("method", pose)]
    return min(of_pose, key=lambda row: row.found.error_before)


def reference_of(rows: Sequence[Estimate], method: str, pose: str) -> Estimate:
    """Estimate that the others are compared with: by a method and the first matrix.

    Parameters
    ----------
    rows : sequence of Estimate
    method : str
        Its weight is that of the least error on the beat that choices are made on, if it has one.
    pose : str
        Of the heart.
    """
    at_pose = [row for row in rows if (row.kind, row.pose, row.found.method) == ("method", pose, method)]
    return [row for row in at_pose if row.matrix == at_pose[0].matrix][-1]


def times_of(measured: Measured, heart_mv: NDArray, operator: Operator) -> NDArray:
    """Activation times of the scored nodes from their electrograms.

    Parameters
    ----------
    measured : Measured
    heart_mv : numpy.ndarray, shape (node, frame)
    operator : {"steepest", "spatiotemporal", "delays"}

    Returns
    -------
    numpy.ndarray, shape (node,)
        ms after the onset.
    """
    neighbours = measured.laplacian[np.ix_(measured.scored, measured.scored)]
    of_scored = neighbours - np.diag(neighbours.sum(1))
    return activation_times(heart_mv, of_scored, measured.times, operator)


def as_store(measured: Measured, rows: Sequence[Estimate]) -> xr.Dataset:
    """Estimates and the measured potentials, for figures and for others.

    Parameters
    ----------
    measured : Measured
    rows : sequence of Estimate

    Returns
    -------
    xarray.Dataset
        ``estimate`` (row, node, frame) and ``measured`` (node, frame) in mV, NaN in bad nodes, with `KEYS` as
        coordinates of the rows; activation times ``estimate_time`` (operator, row, node) and
        ``measured_time`` (operator, node) in ms.
    """
    potentials = np.full((len(rows) + 1, len(measured.scored), len(measured.times)), np.nan)
    times = np.full((len(OPERATORS), *potentials.shape[:2]), np.nan)
    all_mv = [measured.beats[SCORED].heart_mv, *(row.found.heart_mv for row in rows)]
    for number, heart_mv in enumerate(all_mv):
        potentials[number, measured.scored] = heart_mv
        for index, operator in enumerate(OPERATORS):
            times[index, number, measured.scored] = times_of(measured, heart_mv, operator)
    return xr.Dataset(
        {
            "measured": (("node", "frame"), potentials[0]),
            "estimate": (("row", "node", "frame"), potentials[1:]),
            "measured_time": (("operator", "node"), times[:, 0]),
            "estimate_time": (("operator", "row", "node"), times[:, 1:]),
        },
        {
            **{key: ("row", [row.keys[key] for row in rows]) for key in KEYS},
            "operator": list(OPERATORS),
            "time": ("frame", measured.times),
        },
    )


def _controls(
    measured: Measured,
    problem: Problem,
    methods: Mapping[str, Classical],
    best: Estimate,
    snr_db: float,
    rng: np.random.Generator,
) -> list[Estimate]:
    """The best method of a pose, and what it gives with another weight or other potentials of the torso."""
    before, beat = measured.beats
    shuffled = beat._replace(torso_mv=rng.permutation(beat.torso_mv))
    easy = [
        recorded._replace(torso_mv=carried(problem, whole, snr_db, rng))
        for recorded, whole in zip(measured.beats, measured.whole_mv, strict=True)
    ]
    found = {
        "shuffled leads": _again((before, shuffled), problem, methods, best),
        "inverse crime": _again((easy[BEFORE], easy[SCORED]), problem, methods, best),
    }
    if best.found.weight_by == "other beat":
        name = best.found.method
        found = {"oracle": problem.reconstruct(name, methods[name], before, beat, "oracle")} | found
    controls = [Estimate(kind, best.pose, best.matrix, one) for kind, one in found.items()]
    return [best._replace(kind="best"), *controls]


def _again(
    beats: tuple[Recorded, Recorded], problem: Problem, methods: Mapping[str, Classical], best: Estimate
) -> Reconstruction:
    """What the best method gives of other beats or by another matrix, with its weight chosen as before."""
    name = best.found.method
    weight_by = "other beat" if best.found.weight_by == "other beat" else "rule"
    return problem.reconstruct(name, methods[name], *beats, weight_by)
