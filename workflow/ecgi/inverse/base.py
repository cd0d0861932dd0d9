"""The interface of inverse methods, and the patient data that they take."""

from __future__ import annotations

import math
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from pydantic import Field

from ..core.errors import InputError
from ..core.fields import Settings
from ..physics.electrodes import referenced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy
    from ..anatomy.slicing import MapGrid
    from ..physics.conductor import Conductor
    from .on_heart import OnHeart

FEWEST_FITTED = 8  # samples of the BSP


class Patient:
    """Data of a patient without the recording: heart, electrodes, lead field, sampling, simulator.

    The lead field and the simulator are computed on first use.

    Parameters
    ----------
    case : str
    anatomy : Anatomy
        In its short-axis frame.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    times : numpy.ndarray, shape (time,)
        Of the BSP samples; ms, evenly spaced, from the earliest activation on.
    lead_field : callable
        Returns the lead field, shape (voxel, electrode).
    action_potential : dict
        See `physics.simulation.bsp_solver`.
    sampling : dict
        ``samples`` and ``time_step_ms`` of the simulated BSP, and ``averaged`` where samples in `times` are
        means of several.
    fitted_until_ms : float
        Latest time of the BSP that methods of physics fit; all of them by default.
    conductor : Conductor, optional
        That of the lead field; None where the lead field is from a file.
    """

    def __init__(
        self,
        case: str,
        anatomy: Anatomy,
        electrodes: NDArray,
        times: NDArray,
        lead_field: Callable[[], NDArray],
        action_potential: Mapping[str, Any],
        sampling: Mapping[str, Any],
        fitted_until_ms: float = math.inf,
        conductor: Conductor | None = None,
    ) -> None:
        self.conductor = conductor
        self.fitted_until_ms = fitted_until_ms
        self.case, self.anatomy, self.electrodes, self.times = case, anatomy, electrodes, times
        self._make_lead_field = lead_field
        self._action_potential, self._sampling = dict(action_potential), dict(sampling)

    @cached_property
    def lead_field(self) -> NDArray:
        """Lead field against the mean of the electrodes, shape (voxel, electrode)."""
        field = self._make_lead_field()
        if not np.isfinite(field).all():
            raise InputError(
                f"{self.case}: the lead field has values that are not numbers; check the electrodes and the "
                "surfaces of the torso"
            )
        return referenced(field)

    @cached_property
    def simulate(self) -> Callable[[NDArray], NDArray]:
        """Function from activation times in ms, shape (..., voxel), to BSP, shape (..., electrode, time).

        In mV against the mean of the electrodes, at `times`; a voxel activated after the sampled window adds
        nothing to it.
        """
        return self.simulator(self.anatomy, self.lead_field)

    def simulator(self, anatomy: Anatomy, lead_field: NDArray) -> Callable[[NDArray], NDArray]:
        """Function as `simulate`, for the heart on another grid or for another lead field.

        Parameters
        ----------
        anatomy : Anatomy
        lead_field : numpy.ndarray, shape (voxel, electrode)
            mV per mV.
        """
        from ..physics.simulation import bsp_solver

        _, simulated = bsp_solver(anatomy, lead_field, self._action_potential, self._sampling)
        latest = (self._sampling["samples"] - 2) * self._sampling["time_step_ms"]
        return lambda times: simulated(np.clip(times, 0, latest))[..., : len(self.times)]

    def until(self, samples: int) -> Patient:
        """Return the same patient with recordings that end after some samples.

        Parameters
        ----------
        samples : int
        """
        other = copy(self)
        other.times = self.times[:samples]
        other.__dict__["simulate"] = lambda times: self.simulate(times)[..., :samples]
        return other

    def fitted(self, bsp: NDArray) -> tuple[NDArray, Patient]:
        """The part of BSP that is fitted, and the patient whose times are those of it.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (..., time)
            At the patient's times.

        Returns
        -------
        bsp : numpy.ndarray, shape (..., fitted time)
        patient : Patient
        """
        count = max(FEWEST_FITTED, int((self.times <= self.fitted_until_ms).sum()))
        if count >= len(self.times):
            return bsp, self
        return bsp[..., :count], self.until(count)

    @property
    def window_ms(self) -> float:
        """Length of the sampled window."""
        return float(len(self.times) * (self.times[1] - self.times[0]))


@runtime_checkable
class InverseMethod(Protocol):
    """A method that makes activation maps from BSP."""

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """Activation maps of some beats.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, electrode, time)
            mV, at the patient's times; any constant or time course added to all electrodes is ignored by
            methods of physics.
        patient : Patient
        samples : int
            Maps per beat; a method without randomness returns one.
        seed : int
            Equal seeds give equal maps.

        Returns
        -------
        numpy.ndarray of float32, shape (sample, beat, voxel)
            ms, wall voxels in C order; NaN in voxels outside a method's own grid.

        Raises
        ------
        InputError
            If the method does not apply to this heart, these electrodes or these signals.
        """
        ...


class TrainingBeats(NamedTuple):
    """Beats of one heart that a method is fitted on.

    Attributes
    ----------
    bsp : numpy.ndarray, shape (beat, electrode, sample)
        mV.
    maps : numpy.ndarray, shape (beat, slice, y, x)
        ms.
    grid : MapGrid
    electrodes : numpy.ndarray, shape (electrode, 3)
    window_ms : float
        Length of a recording.
    blends : tuple of numpy.ndarray or None
        BSP and maps of blended beats, see `data.blending`.
    """

    bsp: NDArray
    maps: NDArray
    grid: MapGrid
    electrodes: NDArray
    window_ms: float
    blends: tuple[NDArray, NDArray] | None = None


class MethodSettings(Settings):
    """An inverse method as the config names it: its kind and its settings.

    Each kind is a subclass, in a file of its own that imports Keras and Numba only where they run.

    Attributes
    ----------
    needs : {"nothing", "training", "proposer"}
        What a method of this kind is made with: nothing, so that it takes any heart; training beats of the
        heart that it is for; or another method whose maps it starts from.
    gives_electrograms : bool
        Whether methods of this kind estimate potentials on the heart, see `on_heart`.
    """

    needs: ClassVar[Literal["nothing", "training", "proposer"]] = "nothing"
    gives_electrograms: ClassVar[bool] = False

    kind: str = Field(description="how the method works")

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> InverseMethod:
        """Make the method, given what its kind needs.

        Parameters
        ----------
        training : TrainingBeats, optional
        proposer : InverseMethod, optional
        """
        raise NotImplementedError

    def on_heart(self, bsp: NDArray, patient: Patient) -> OnHeart:
        """Estimate potentials on the heart; for kinds with `gives_electrograms`.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (electrode, time)
            mV, at the patient's times.
        patient : Patient

        Returns
        -------
        OnHeart
        """
        raise NotImplementedError


def check_window(patient: Patient, window_ms: float, made: str) -> None:
    """Refuse recordings of another length than those that a method was made from.

    Parameters
    ----------
    patient : Patient
    window_ms : float
        Their length.
    made : {"fitted", "trained"}

    Raises
    ------
    InputError
    """
    if not math.isclose(patient.window_ms, window_ms, rel_tol=1e-6):
        raise InputError(
            f"{made} on recordings of {window_ms:g} ms, and this one has {patient.window_ms:g} ms; "
            "it ends too early, or is sampled otherwise; physics_search takes any length"
        )
