"""What a sceptic would try first: methods that know one heart and one electrode layout."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..anatomy.slicing import MapGrid
from ..core.errors import InputError

FOLDS = 8


@dataclass
class _OneHeart:
    """A regression from BSP to the maps of the heart it was fitted on."""

    grid: MapGrid
    electrodes: NDArray

    @classmethod
    def fit(
        cls,
        bsp: NDArray,
        maps: NDArray,
        grid: MapGrid,
        electrodes: NDArray,
        blends: tuple[NDArray, NDArray] | None = None,
    ) -> Self:
        """Fit on training beats.

        Parameters
        ----------
        bsp : numpy.ndarray, shape (beat, electrode, sample)
            mV.
        maps : numpy.ndarray, shape (beat, slice, y, x)
            ms.
        grid : grid.MapGrid
        electrodes : numpy.ndarray, shape (electrode, 3)
        blends : tuple of numpy.ndarray, optional
            BSP and maps of blended beats, see `augmentation`; they are fitted, but choose nothing.
        """
        method = cls(grid, electrodes)
        method._choose(bsp.reshape(len(bsp), -1), maps[:, grid.mask])
        if blends is not None:
            bsp, maps = (np.concatenate(pair) for pair in zip((bsp, maps), blends, strict=True))
        method._fit(bsp.reshape(len(bsp), -1), maps[:, grid.mask])
        return method

    def _choose(self, signals, values):
        """Choose hyper-parameters, for the methods that have any."""

    def _fit(self, signals, values):
        raise NotImplementedError

    def _predict(self, signals):
        raise NotImplementedError

    def predict(
        self,
        bsp: NDArray,
        grid: MapGrid,
        electrodes: NDArray,
        lead_field: NDArray | None,
        samples: int,
        seed: int,
    ) -> NDArray[np.float32]:
        """One map per beat, see `ecgi.inverse`."""
        if not np.array_equal(grid.mask, self.grid.mask):
            raise InputError(f"fitted on heart {self.grid.case!r}, which {grid.case!r} is not")
        if not np.array_equal(electrodes, self.electrodes):
            raise InputError("fitted on other electrode positions")
        maps = np.full((len(bsp), *grid.mask.shape), np.nan, np.float32)
        maps[:, grid.mask] = self._predict(bsp.reshape(len(bsp), -1))
        return maps[None]


class TrainingMean(_OneHeart):
    """The mean of the training maps, whatever the BSP."""

    def _fit(self, signals, values):
        self.mean = values.mean(0)

    def _predict(self, signals):
        return np.repeat(self.mean[None], len(signals), 0)


class NearestNeighbour(_OneHeart):
    """The training map whose BSP is nearest, by the sum of squares."""

    def _fit(self, signals, values):
        self.signals, self.values = signals, values

    def _predict(self, signals):
        distance = ((signals[:, None] - self.signals[None]) ** 2).sum(-1)
        return self.values[distance.argmin(1)]


class KernelRidge(_OneHeart):
    """Kernel ridge regression with an RBF kernel, width and ridge by cross-validation."""

    WIDTHS = 10.0 ** np.arange(-6, -2.9, 0.5)  # of 1 / squared distance, signals of unit SD
    RIDGES = 10.0 ** np.arange(-6, -0.9)

    def _choose(self, signals, values):
        from sklearn.kernel_ridge import KernelRidge as Regression
        from sklearn.model_selection import GridSearchCV

        self.scale = signals.std()
        search = GridSearchCV(
            Regression(kernel="rbf"),
            {"gamma": self.WIDTHS, "alpha": self.RIDGES},
            scoring="neg_mean_squared_error",
            cv=min(FOLDS, len(signals)),
        )
        search.fit(signals.astype(float) / self.scale, values - values.mean(0))
        self.regression, self.chosen = search.best_estimator_, search.best_params_
        print(f"kernel ridge by {FOLDS}-fold cross-validation: {self.chosen}")

    def _fit(self, signals, values):
        self.mean = values.mean(0)
        self.regression.fit(signals.astype(float) / self.scale, values - self.mean)

    def _predict(self, signals):
        return self.regression.predict(signals.astype(float) / self.scale) + self.mean
