"""Electrograms on a heart's surface and their activation times, as methods of potentials estimate them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..anatomy.triangles import Shape


class OnHeart(NamedTuple):
    """A beat on the heart's outer surface.

    Attributes
    ----------
    shape : Shape
    over_muscle : numpy.ndarray of bool, shape (node,)
        Nodes over muscle; the others lie over valves.
    potentials_mv : numpy.ndarray, shape (node, time)
        Against the mean of the electrodes.
    times_ms : mapping of str to numpy.ndarray, shape (node,)
        Activation times by each operator; NaN over valves.
    """

    shape: Shape
    over_muscle: NDArray[np.bool_]
    potentials_mv: NDArray
    times_ms: Mapping[str, NDArray]

    def variables(self) -> dict[str, tuple[tuple[str, ...], NDArray]]:
        """Dimensions and values of the variables of a store, by name."""
        return {
            "electrogram": (("node", "time"), self.potentials_mv),
            "electrogram_time": (("operator", "node"), np.stack(list(self.times_ms.values()))),
            "epicardium_point": (("node", "axis"), self.shape.points),
            "epicardium_triangle": (("triangle", "corner"), self.shape.triangles),
            "over_muscle": (("node",), self.over_muscle),
        }

    def coordinates(self) -> dict[str, Any]:
        """Coordinates of these variables beside the time."""
        return {"operator": list(self.times_ms)}
