"""Gradients of action potential duration in the wall, which make T waves upright.

With one action potential everywhere, the wall recovers in the order in which it was activated, and the
T wave is a mirror image of the QRS complex. In the heart, tissue that is activated last has the shortest
action potential: the epicardium, shorter than the endocardium in cells of man and dog by tens of milliseconds
(Yan & Antzelevitch 1998, Circulation 98:1928; Drouin et al. 1995, J Am Coll Cardiol 26:185). Which of the
two gradients matters in the whole heart is disputed (Patel et al. 2009, Circ Arrhythm Electrophysiol 2:80).
From base to apex, 42 ms were measured in man (Ramanathan et al. 2006, PNAS 103:6309), and cells of the apex
have the shorter action potential (Szentadrassy et al. 2005, Cardiovasc Res 65:851).
"""

import numpy as np
from numpy.typing import NDArray

from ..anatomy.coordinates import apicobasal, transmural
from ..anatomy.heart import LV_MUSCLE, Anatomy


def apd_offsets(anatomy: Anatomy, gradient: str, range_ms: float) -> NDArray[np.floating] | None:
    """Offset of each voxel's action potential duration from the standard one.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    gradient : {"none", "transmural", "apex_base"}
        Direction in which the duration changes.
    range_ms : float
        Duration at the endocardium less that at the epicardium, or at the base of the LV's wall less that at
        its apex; offsets of the RV's wall are clipped to the same range.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,), or None
        ms, between half of the range and its negative; voxels in C order. None without a gradient.
    """
    if gradient == "none":
        return None
    if gradient == "transmural":
        coordinate = transmural(anatomy)
    else:
        coordinate = np.clip(apicobasal(anatomy, np.argwhere(anatomy.wall), LV_MUSCLE), 0, 1)
    return range_ms * (0.5 - coordinate)
