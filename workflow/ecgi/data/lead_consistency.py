"""Leads of an array that contradict their neighbours: inverted, swapped, or of another gain.

Potentials on the skin vary smoothly from electrode to electrode, as those of dipoles in the wall of the
heart. They are modelled as a Gaussian process of the electrodes' positions (Rasmussen and Williams 2006,
Gaussian Processes for Machine Learning, ch. 2 and 5): with the covariance of independent dipoles there, a
share that is of each lead alone, and an unknown common time course. For signals with the Gram matrix G over
time, and the precision matrix A of the model, the misfit is tr(A G); what a change of leads does to it
follows in closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..core.errors import listed
from ..io.lead_names import MOST_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST_LEADS = 24  # of an array that can be judged
SMOOTH_MS = 10.0  # width of the moving average before
LAG_MS = 20.0  # differences over which are compared, as they have no offset and little wander
SOURCES = 300  # voxels whose dipoles stand for those of the wall
NEAREST_MM = 10.0  # from a dipole, nearer to which its field does not grow
NUGGETS = (1e-4, 1e-3, 1e-2, 1e-1)  # share of the variance that is of each lead alone; the likeliest is taken
SMOOTH_SHARE = 0.8  # median correlation of leads with their prediction, below which none is judged
STEP = 2.0  # least decrease of the misfit by a change that is tried, relative to the usual misfit of a lead
CHANGE = 5.0  # least decrease by a change that is kept, after all others
AGREEING = 0.5  # least correlation with its prediction of a lead after a change
IMPROVED = 0.5  # least increase of that correlation
SIMILAR = 0.9  # least correlation of a lead of another gain
GAIN = 4.0  # or its inverse: least that is called another gain
MOST_CHANGED = 0.25  # share of the leads, above which the whole array is called contradictory


class Consistency(NamedTuple):
    """Leads that contradict their neighbours.

    Attributes
    ----------
    good : numpy.ndarray of bool, shape (electrode,)
        Leads that do not.
    notes : list of str
        Warnings.
    """

    good: NDArray[np.bool_]
    notes: list[str]


class _Model(NamedTuple):
    """Precision of the leads about a common time course, and what follows from it.

    Attributes
    ----------
    precision : numpy.ndarray, shape (lead, lead)
    misfit : numpy.ndarray, shape (lead, lead)
        Precision times Gram matrix.
    usual : float
        Median over leads of the squared error of their prediction from the others, relative to its variance.
    """

    precision: NDArray[np.floating]
    misfit: NDArray[np.floating]
    usual: float


def find_contradicting_leads(
    signals: NDArray[np.floating],
    times: NDArray[np.floating],
    positions: NDArray[np.floating],
    wall_positions: NDArray[np.floating],
    names: Sequence[str],
) -> Consistency:
    """Find leads that contradict their neighbours.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    positions : numpy.ndarray, shape (electrode, 3)
        mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        mm.
    names : sequence of str
        Names of the electrodes.

    Returns
    -------
    Consistency
    """
    good = np.ones(len(signals), bool)
    if len(signals) < FEWEST_LEADS:
        few = f"{len(signals)} leads are too few to find one that is inverted, swapped or of another gain"
        return Consistency(good, [few])
    changes, smooth = find_changes(gram(signals, times), positions, wall_positions)
    leads = [lead for change in changes for lead in change.leads]
    check = "check the order and names of the leads, and the positions of the electrodes"
    if smooth < SMOOTH_SHARE:
        what = f"leads do not follow from their neighbours, with a median correlation of {smooth:.2f}"
        return Consistency(good, [f"warning: {what}; {check}"])
    if len(leads) > MOST_CHANGED * len(signals):
        what = f"{len(leads)} of {len(signals)} leads contradict their neighbours"
        return Consistency(good, [f"warning: {what}; {check}"])
    good[leads] = False
    return Consistency(good, _notes(changes, names))


class Change(NamedTuple):
    """A change of leads by which they agree with their neighbours.

    Attributes
    ----------
    kind : {"inverted", "swapped", "gain"}
    leads : tuple of int
    gain : float
        By which the lead has to be multiplied.
    decrease : float
        Of the misfit, relative to the usual misfit of a lead.
    """

    kind: str
    leads: tuple[int, ...]
    gain: float
    decrease: float


def gram(signals: NDArray[np.floating], times: NDArray[np.floating]) -> NDArray[np.floating]:
    """Products over time of the leads' changes over `LAG_MS`.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
    times : numpy.ndarray, shape (time,)
        ms.

    Returns
    -------
    numpy.ndarray, shape (electrode, electrode)
    """
    step = float(np.median(np.diff(times)))
    smooth = uniform_filter1d(signals, max(1, round(SMOOTH_MS / step)), axis=1, mode="nearest")
    lag = max(1, round(LAG_MS / step))
    rises = smooth[:, lag:] - smooth[:, :-lag]
    return rises @ rises.T


def find_changes(
    products: NDArray[np.floating], positions: NDArray[np.floating], wall_positions: NDArray[np.floating]
) -> tuple[list[Change], float]:
    """Find the changes of leads that decrease the misfit most, one after another.

    Parameters
    ----------
    products : numpy.ndarray, shape (electrode, electrode)
        See `gram`.
    positions : numpy.ndarray, shape (electrode, 3)
        mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        mm.

    Returns
    -------
    changes : list of Change
    smooth : float
        Median correlation of the leads, so changed, with their prediction from the others.
    """
    candidates = _candidates(positions, wall_positions)
    products = products.copy()
    changes: list[Change] = []
    model = _fitted(candidates, products)
    while len(changes) < len(products) / 2 and (best := _best_change(model, products)).decrease > STEP:
        changes.append(best)
        _apply(best, products)
        model = _fitted(candidates, products)
    kept = []
    for change in reversed(changes):
        back = change._replace(gain=1 / change.gain)
        before = products.copy()
        _apply(back, before)
        decrease = float(np.vdot(model.precision, before - products)) / model.usual
        if decrease > CHANGE and _is_decisive(
            change, _correlations(model, before), _correlations(model, products)
        ):
            kept.append(change._replace(decrease=decrease))
        else:
            products = before
            model = _fitted(candidates, products)
    return kept[::-1], float(np.median(_correlations(model, products)))


def _is_decisive(change: Change, before: NDArray[np.floating], after: NDArray[np.floating]) -> bool:
    """Whether leads contradict their prediction before a change, and agree with it after."""
    leads = list(change.leads)
    if change.kind == "gain":
        return bool(after[leads[0]] > SIMILAR)
    return bool(after[leads].min() > AGREEING and (after - before)[leads].max() > IMPROVED)


def _candidates(
    positions: NDArray[np.floating], wall_positions: NDArray[np.floating]
) -> list[tuple[NDArray[np.floating], float]]:
    """Precision matrices about an unknown common value, with the logarithms of their determinants."""
    ones = np.ones(len(positions))
    step = max(1, len(wall_positions) // SOURCES)
    away = positions[:, None] - wall_positions[::step]
    distance = np.maximum(np.linalg.norm(away, axis=2), NEAREST_MM)
    fields = (away / distance[..., None] ** 3).reshape(len(positions), -1)
    covariance = fields @ fields.T
    own = np.diag(covariance)
    found: list[tuple[NDArray[np.floating], float]] = []
    for nugget in NUGGETS:
        inverse = np.linalg.inv(covariance + nugget * np.diag((own + own.mean()) / 2))
        total = ones @ inverse @ ones
        precision = inverse - np.outer(inverse @ ones, ones @ inverse) / total
        found.append((precision, float(np.log(total) - np.linalg.slogdet(inverse)[1])))
    return found


def _fitted(
    candidates: Sequence[tuple[NDArray[np.floating], float]], products: NDArray[np.floating]
) -> _Model:
    """Model of the largest restricted likelihood."""
    freedom = len(products) - 1
    costs = [freedom * np.log(np.vdot(precision, products)) + volume for precision, volume in candidates]
    precision = candidates[int(np.argmin(costs))][0]
    misfit = precision @ products
    errors = np.einsum("ij,ij->i", misfit, precision) / np.diag(precision)
    return _Model(precision, misfit, float(np.median(errors)))


def _best_change(model: _Model, products: NDArray[np.floating]) -> Change:
    """Change that decreases the misfit most."""
    precision, misfit, usual = model
    own = np.diag(precision) * np.diag(products)
    gains = 1 - np.diag(misfit) / own
    flips = 4 * (np.diag(misfit) - own)
    scaled = np.where((gains > GAIN) | ((gains > 0) & (gains < 1 / GAIN)), np.diag(misfit) ** 2 / own, 0.0)
    swaps = 2 * _of_differences(misfit) - _of_differences(precision) * _of_differences(products)
    flips_of_two = flips[:, None] + flips - 8 * precision * products
    np.fill_diagonal(flips_of_two, 0.0)
    first, second = map(int, np.unravel_index(swaps.argmax(), swaps.shape))
    inverted, other = (int(flips.argmax()), int(scaled.argmax()))
    found = [
        Change("inverted", (inverted,), -1.0, float(flips[inverted] / usual)),
        Change("gain", (other,), float(gains[other]), float(scaled[other] / usual)),
    ]
    if swaps[first, second] > flips_of_two.max():
        found.append(Change("swapped", (first, second), 1.0, float(swaps[first, second] / usual)))
    return max(found, key=lambda change: change.decrease)


def _of_differences(matrix: NDArray[np.floating]) -> NDArray[np.floating]:
    """Forms (e_i - e_j)' M (e_i - e_j) of all pairs."""
    diagonal = np.diag(matrix)
    return diagonal[:, None] + diagonal - matrix - matrix.T


def _apply(change: Change, products: NDArray[np.floating]) -> None:
    """Change leads in their products."""
    if change.kind == "swapped":
        order, turned = list(change.leads), list(change.leads)[::-1]
        products[order] = products[turned]
        products[:, order] = products[:, turned]
        return
    products[change.leads[0]] *= change.gain
    products[:, change.leads[0]] *= change.gain


def _correlations(model: _Model, products: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlation of each lead with its prediction from the others."""
    weights = np.eye(len(products)) - model.precision / np.diag(model.precision)[:, None]
    predicted = np.einsum("ij,jk,ik->i", weights, products, weights)
    together = np.einsum("ij,ji->i", weights, products)
    return together / np.sqrt(np.maximum(predicted * np.diag(products), np.finfo(float).tiny))


def _notes(changes: Sequence[Change], names: Sequence[str]) -> list[str]:
    """A warning for each kind of change."""
    notes = []
    inverted = [names[change.leads[0]] for change in changes if change.kind == "inverted"]
    if inverted:
        notes.append(
            f"warning: as if inverted, by their neighbours: {listed(inverted, MOST_NAMES)}; not used"
        )
    swapped = [
        " with ".join(names[lead] for lead in sorted(change.leads))
        for change in changes
        if change.kind == "swapped"
    ]
    if swapped:
        notes.append(f"warning: as if swapped, by their neighbours: {listed(swapped, MOST_NAMES)}; not used")
    scaled = [
        f"{names[change.leads[0]]} ({1 / change.gain:.2g})" for change in changes if change.kind == "gain"
    ]
    if scaled:
        notes.append(
            f"warning: of another gain than their neighbours: {listed(scaled, MOST_NAMES)}; not used"
        )
    return notes
