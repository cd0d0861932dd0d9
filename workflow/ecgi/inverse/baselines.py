"""Baselines for one heart and one electrode layout: regressions from BSP to maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from ..core.errors import InputError
from .base import InverseMethod, MethodSettings, TrainingBeats, check_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ..anatomy.slicing import MapGrid
    from .base import Patient

FOLDS = 8
WIDTHS = 10.0 ** np.arange(-6, -2.9, 0.5)  # of 1 / squared distance, signals of unit SD
RIDGES = 10.0 ** np.arange(-6, -0.9)


@dataclass(frozen=True)
class Regression:
    """A regression from BSP to the maps of the heart that it was fitted on.

    Attributes
    ----------
    grid : MapGrid
    electrodes : numpy.ndarray, shape (electrode, 3)
    samples : int
        Time samples of the BSP that it was fitted on.
    window_ms : float
        Length of the recordings that it was fitted on.
    regress : callable
        Signals, shape (beat, electrode * sample), to times of the grid's wall, shape (beat, pixel).
    mean_bsp : numpy.ndarray or None
        Mean BSP of the training beats, for the baseline that predicts it.
    """

    grid: MapGrid
    electrodes: NDArray
    samples: int
    window_ms: float
    regress: Callable[[NDArray], NDArray]
    mean_bsp: NDArray | None = None

    def predict(self, bsp: NDArray, patient: Patient, samples: int, seed: int) -> NDArray[np.float32]:
        """One map per beat, see `base.InverseMethod`."""
        from ..anatomy.slicing import spread_over_wall
        from ..physics.bsp import average_in_time

        self._check(patient)
        signals = average_in_time(bsp, self.samples)
        maps = np.full((len(bsp), *self.grid.mask.shape), np.nan, np.float32)
        maps[:, self.grid.mask] = self.regress(signals.reshape(len(bsp), -1))
        return spread_over_wall(patient.anatomy, self.grid, maps)[None]

    def _check(self, patient: Patient) -> None:
        """Refuse other hearts, electrodes and windows than those it was fitted on."""
        if patient.case != self.grid.case:
            raise InputError(f"fitted on heart {self.grid.case!r}, which {patient.case!r} is not")
        if not np.array_equal(patient.electrodes, self.electrodes):
            raise InputError(
                f"fitted on {len(self.electrodes)} electrodes, and takes no others, fewer or moved ones"
            )
        check_window(patient, self.window_ms, "fitted")


class Baseline(MethodSettings):
    """A baseline, fitted on the training beats of the heart that it is for."""

    needs: ClassVar[Literal["nothing", "training", "proposer"]] = "training"

    blends: bool = Field(
        False, description="fit on blended beats too; hyper-parameters are chosen without them"
    )

    def make(
        self, training: TrainingBeats | None = None, proposer: InverseMethod | None = None
    ) -> Regression:
        """Fit on training beats, see `base.MethodSettings.make`."""
        if training is None:
            raise InputError(f"{self.kind} needs training beats")
        bsp, maps = training.bsp, training.maps
        fit = self._fitter(bsp.reshape(len(bsp), -1), maps[:, training.grid.mask])
        if training.blends is not None:
            bsp, maps = (np.concatenate(pair) for pair in zip((bsp, maps), training.blends, strict=True))
        regress = fit(bsp.reshape(len(bsp), -1), maps[:, training.grid.mask])
        return Regression(
            training.grid,
            training.electrodes,
            bsp.shape[-1],
            training.window_ms,
            regress,
            self._mean_bsp(training.bsp),
        )

    def _fitter(
        self, signals: NDArray, values: NDArray
    ) -> Callable[[NDArray, NDArray], Callable[[NDArray], NDArray]]:
        """Choose hyper-parameters; return what fits signals to values and returns the regression."""
        raise NotImplementedError

    def _mean_bsp(self, bsp: NDArray) -> NDArray | None:
        return None


class TrainingMean(Baseline):
    """The mean of the training maps, whatever the BSP."""

    kind: Literal["training_mean"] = "training_mean"

    def _fitter(
        self, signals: NDArray, values: NDArray
    ) -> Callable[[NDArray, NDArray], Callable[[NDArray], NDArray]]:
        def fit(signals: NDArray, values: NDArray) -> Callable[[NDArray], NDArray]:
            mean = values.mean(0)
            return lambda some: np.repeat(mean[None], len(some), 0)

        return fit

    def _mean_bsp(self, bsp: NDArray) -> NDArray | None:
        return bsp.mean(0)


class NearestNeighbour(Baseline):
    """The training map whose BSP is nearest, by the sum of squares."""

    kind: Literal["nearest_neighbour"] = "nearest_neighbour"

    def _fitter(
        self, signals: NDArray, values: NDArray
    ) -> Callable[[NDArray, NDArray], Callable[[NDArray], NDArray]]:
        def fit(signals: NDArray, values: NDArray) -> Callable[[NDArray], NDArray]:
            def nearest(some: NDArray) -> NDArray:
                return values[((some[:, None] - signals[None]) ** 2).sum(-1).argmin(1)]

            return nearest

        return fit


class KernelRidge(Baseline):
    """Kernel ridge regression with an RBF kernel, width and ridge by cross-validation."""

    kind: Literal["kernel_ridge"] = "kernel_ridge"

    def _fitter(
        self, signals: NDArray, values: NDArray
    ) -> Callable[[NDArray, NDArray], Callable[[NDArray], NDArray]]:
        from sklearn.kernel_ridge import KernelRidge as Ridge
        from sklearn.model_selection import GridSearchCV

        scale = signals.std()
        search = GridSearchCV(
            Ridge(kernel="rbf"),
            {"gamma": WIDTHS, "alpha": RIDGES},
            scoring="neg_mean_squared_error",
            cv=min(FOLDS, len(signals)),
        )
        search.fit(signals.astype(float) / scale, values - values.mean(0))
        print(f"kernel ridge by {FOLDS}-fold cross-validation: {search.best_params_}")

        def fit(signals: NDArray, values: NDArray) -> Callable[[NDArray], NDArray]:
            mean = values.mean(0)
            ridge = search.best_estimator_.fit(signals.astype(float) / scale, values - mean)
            return lambda some: ridge.predict(some.astype(float) / scale) + mean

        return fit
