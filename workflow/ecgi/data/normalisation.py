"""Scaling of maps and signals to [0, 1]."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike

import numpy as np


@dataclass(frozen=True)
class Normalisation:
    """Constants that scale maps and signals to [0, 1], from the training part alone.

    Attributes
    ----------
    latest_ms : float
        Activation time that becomes 1.
    lowest_mv, highest_mv : float
        BSP that becomes 0 and 1.
    background : float
        Value of maps outside the wall.
    """

    latest_ms: float
    lowest_mv: float
    highest_mv: float
    background: float

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Normalisation:
        """Read the constants that an experiment has written down."""
        with open(path, encoding="utf-8") as constants:
            return cls(**json.load(constants))

    @classmethod
    def of(cls, maps, bsp, background):
        """Normalisation by the training maps (ms) and BSP (mV) of each heart."""
        return cls(
            max(float(np.nanmax(heart)) for heart in maps),
            min(float(heart.min()) for heart in bsp),
            max(float(heart.max()) for heart in bsp),
            background,
        )

    def scale_maps(self, maps):
        """ms to [0, 1], background outside the wall."""
        return np.where(np.isnan(maps), self.background, maps / self.latest_ms).astype(np.float32)

    def maps_in_ms(self, scaled, mask):
        """Inverse of `scale_maps`; NaN outside the wall."""
        return np.where(mask, scaled * self.latest_ms, np.nan).astype(np.float32)

    def scale_bsp(self, bsp):
        """mV to [0, 1]."""
        return ((bsp - self.lowest_mv) / (self.highest_mv - self.lowest_mv)).astype(np.float32)

    def bsp_in_mv(self, scaled):
        """Inverse of `scale_bsp`."""
        return self.lowest_mv + scaled * (self.highest_mv - self.lowest_mv)
