"""Other positions of electrodes that a mistake would make: of frame, side, numbering or size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAREST_MM = 8.0  # of electrodes from the wall, below which a placement is impossible
SAME_MM = 20.0  # RMS distance of two placements, below which they count as one
SCALES = (0.8, 1.25)  # of the distances of electrodes from the heart
AS_GIVEN = "as given"


def placements(electrodes: NDArray, wall_positions: NDArray) -> dict[str, NDArray]:
    """Other positions of the electrodes that a mistake of frame, side or size would make.

    Parameters
    ----------
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Patient RAS, mm.

    Returns
    -------
    dict of str to numpy.ndarray, shape (electrode, 3)
        By name, the positions as given first; none that is like another, or that lies in the heart.
    """
    middle, heart = (electrodes.min(0) + electrodes.max(0)) / 2, wall_positions.mean(0)
    turned = np.array([-1.0, -1.0, 1.0])
    wanted = {
        AS_GIVEN: electrodes,
        "electrodes in LPS": turned * electrodes,
        "x of the electrodes with the other sign": [-1.0, 1.0, 1.0] * electrodes,
        "y of the electrodes with the other sign": [1.0, -1.0, 1.0] * electrodes,
        "electrodes mirrored from left to right": middle + [-1.0, 1.0, 1.0] * (electrodes - middle),
        "electrodes mirrored from front to back": middle + [1.0, -1.0, 1.0] * (electrodes - middle),
        "electrodes mirrored from head to foot": middle + [1.0, 1.0, -1.0] * (electrodes - middle),
        "electrodes turned by 180° about the long axis of the body": middle + turned * (electrodes - middle),
    }
    for step, word in ((1, "before"), (-1, "after")):
        wanted[f"each lead at the place of the electrode {word} it"] = np.roll(electrodes, step, 0)
    for scale in SCALES:
        wanted[f"a torso {scale:g} times as large"] = heart + scale * (electrodes - heart)
    wall = KDTree(wall_positions)
    kept: dict[str, NDArray] = {}
    for name, places in wanted.items():
        possible = wall.query(places)[0].min() > NEAREST_MM
        like = [other for other in kept.values() if np.sqrt(np.mean((places - other) ** 2) * 3) < SAME_MM]
        if name == AS_GIVEN or (possible and not like):
            kept[name] = places
    return kept
