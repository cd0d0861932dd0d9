"""Classical ECGI: potentials on the wall's surface by regularisation, activation times from their course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError, field_validator
from scipy.ndimage import gaussian_filter1d

from ..core.fields import Count, Positive
from ..physics.electrodes import referenced
from . import regularisation
from .base import InverseMethod, MethodSettings, TrainingBeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .base import Patient

CHOICES = {"gcv": regularisation.gcv, "l_curve": regularisation.l_curve, "creso": regularisation.creso}
SMOOTH_MS = 6.0  # SD of the window over which signals are averaged before anything is differentiated
SMOOTHING = 1.0  # weight of differences between neighbours when activation times are smoothed
FEWEST = 8  # samples that are fitted
COMPONENT_SHARE = 0.01  # of the largest singular value, below which temporal components are left out


class Classical(MethodSettings):
    """Potentials at the nodes of the wall's surface, then activation times, smoothed between neighbours."""

    order: Annotated[int, Field(ge=0, le=2)] = Field(
        0,
        description="order of the regularisation: 0 penalises the potentials, 1 their differences between "
        "neighbours, 2 their Laplacian",
    )
    choice: Literal["gcv", "l_curve", "creso"] | Positive = Field(
        "l_curve",
        description="regularisation parameter: by generalised cross-validation, L-curve or CRESO, or a "
        "number relative to the square of the largest singular value; cross-validation takes errors of the "
        "conductor for signal, and regularises far too little",
    )
    times: Literal["steepest", "spatiotemporal"] = Field(
        "spatiotemporal",
        description="activation is where the potential rises fastest, or where the product of that and of "
        "its spatial gradient is largest (Erem et al. 2014, IEEE Trans Biomed Eng 61:1467)",
    )
    nodes: Count = Field(500, le=5000, description="patches of the wall's surface that have a potential each")

    @field_validator("choice", mode="wrap")
    @classmethod
    def _name_or_number(cls, value: Any, validate: Callable[[Any], str | float]) -> str | float:
        """Refuse what is neither a name nor a number by one message."""
        try:
            return validate(value)
        except ValidationError:
            raise ValueError(f"must be {', '.join(CHOICES)} or a number greater than 0") from None

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> InverseMethod:
        """Return the method itself, see `base.MethodSettings.make`."""
        return self

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """One map per beat, see `base.InverseMethod`."""
        from .surface_nodes import surface_nodes

        nodes = surface_nodes(patient.anatomy, patient.lead_field, self.nodes)
        problem = regularisation.decompose(nodes.field, penalty_of(nodes.laplacian, self.order))
        step = patient.times[1] - patient.times[0]
        even = np.linalg.inv(np.eye(len(nodes.laplacian)) + SMOOTHING * nodes.laplacian)
        maps = []
        for recorded in referenced(bsp, axis=1):
            after = samples_of_qrs(recorded, patient.times)
            signals = gaussian_filter1d(recorded, SMOOTH_MS / step, axis=-1)[:, :after]
            potentials = self.potentials(problem, signals)
            times = activation_of(potentials, nodes.laplacian, patient.times[: signals.shape[1]], self.times)
            maps.append(nodes.to_wall @ (even @ times))
        return np.stack(maps)[None].astype(np.float32)

    def potentials(self, problem: regularisation.Decomposition, bsp: NDArray) -> NDArray:
        """Potentials at the nodes.

        Parameters
        ----------
        problem : regularisation.Decomposition
        bsp : numpy.ndarray, shape (electrode, time)
            mV.

        Returns
        -------
        numpy.ndarray, shape (node, time)
        """
        return self._solve(problem, bsp)

    def _solve(self, problem: regularisation.Decomposition, data: NDArray) -> NDArray:
        return regularisation.tikhonov(problem, data, self._weight(problem, data))

    def _weight(self, problem: regularisation.Decomposition, data: NDArray) -> float:
        """Regularisation parameter, chosen from the data or set."""
        if not isinstance(self.choice, str):
            return self.choice * problem.values[0] ** 2
        chosen = CHOICES[self.choice](problem, data)
        if chosen == regularisation.candidates(problem)[0]:
            print(
                f"warning: {self.choice} chooses the least parameter of those tried, "
                f"{chosen / problem.values[0] ** 2:.0e} of the square of the largest singular value; set "
                "choice to a number, such as 1e-3"
            )
        return chosen


class Tikhonov(Classical):
    """Tikhonov regularisation of the potentials."""

    kind: Literal["tikhonov"] = "tikhonov"
    order: Annotated[int, Field(ge=0, le=2)] = Field(
        2, description=Classical.model_fields["order"].description
    )


class TruncatedSvd(Classical):
    """Truncated singular value decomposition."""

    kind: Literal["tsvd"] = "tsvd"

    def _solve(self, problem: regularisation.Decomposition, data: NDArray) -> NDArray:
        kept = (problem.values**2 > self._weight(problem, data)).sum()
        return regularisation.truncated_svd(problem, data, max(1, kept))


class Greensite(Classical):
    """Tikhonov regularisation of each temporal component of the BSP by itself.

    Greensite and Huiskamp 1998, IEEE Trans Biomed Eng 45:98.
    """

    kind: Literal["greensite"] = "greensite"

    def potentials(self, problem: regularisation.Decomposition, bsp: NDArray) -> NDArray:
        """Potentials at the nodes.

        Parameters
        ----------
        problem : regularisation.Decomposition
        bsp : numpy.ndarray, shape (electrode, time)
            mV.

        Returns
        -------
        numpy.ndarray, shape (node, time)
        """
        components, courses = _temporal_components(bsp)
        return np.sum(
            [
                np.outer(self._solve(problem, component), course)
                for component, course in zip(components.T, courses, strict=True)
            ],
            axis=0,
        )


def samples_of_qrs(bsp: NDArray, times: NDArray) -> int:
    """Number of samples until the QRS complex has ended.

    Parameters
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV against the mean of the electrodes.
    times : numpy.ndarray, shape (time,)
        ms, evenly spaced.

    Returns
    -------
    int
        At least `FEWEST`.
    """
    from ..data.ecg.qrs_end import find_qrs_end
    from ..data.ecg.resampling import every_ms

    _, every = every_ms(bsp, times)
    return max(FEWEST, int(np.ceil(find_qrs_end(every, 0).at / (times[1] - times[0]))) + 1)


def activation_of(potentials: NDArray, laplacian: NDArray, times: NDArray, by: str) -> NDArray:
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


def penalty_of(laplacian: NDArray, order: int) -> NDArray | None:
    """What Tikhonov regularisation penalises, L^T L.

    Parameters
    ----------
    laplacian : numpy.ndarray, shape (node, node)
    order : int
        0 for the potentials, 1 for their differences between neighbours, 2 for their Laplacian.

    Returns
    -------
    numpy.ndarray, shape (node, node), or None
        None for the identity. A trace of the identity makes it definite, as L is 0 for a constant.
    """
    if order == 0:
        return None
    penalty = laplacian if order == 1 else laplacian @ laplacian
    return penalty + 1e-4 * np.trace(penalty) / len(penalty) * np.eye(len(penalty))


def _temporal_components(bsp: NDArray) -> tuple[NDArray, NDArray]:
    """BSP as a sum of spatial patterns, shape (electrode, component), times orthonormal courses."""
    left, values, courses = np.linalg.svd(bsp, full_matrices=False)
    kept = values > COMPONENT_SHARE * values[0]
    return left[:, kept] * values[kept], courses[kept]
