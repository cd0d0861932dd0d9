"""How long the action potential lasts across the wall: what makes T waves upright.

With one action potential everywhere, the wall recovers in the order in which it was activated, and the
T wave is a mirror image of the QRS complex. In the heart, what is activated last has the shortest action
potential: the epicardium, shorter than the endocardium in cells of man and dog by tens of milliseconds
(Yan & Antzelevitch 1998, Circulation 98:1928; Drouin et al. 1995, J Am Coll Cardiol 26:185). Which of the
two gradients matters in the whole heart is disputed (Patel et al. 2009, Circ Arrhythm Electrophysiol 2:80).
From base to apex, 42 ms were seen in man (Ramanathan et al. 2006, PNAS 103:6309), and cells of the apex
have the shorter action potential (Szentadrassy et al. 2005, Cardiovasc Res 65:851).
"""

import numpy as np
from numpy.typing import NDArray

from ..anatomy.coordinates import apicobasal, transmural
from ..anatomy.heart import LV_MUSCLE, Anatomy


def apd_offsets(anatomy: Anatomy, gradient: str, range_ms: float) -> NDArray[np.floating] | None:
    """How much longer or shorter than the standard one each voxel's action potential is.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    gradient : {"none", "transmural", "apex_base"}
    range_ms : float
        How much longer it is at the endocardium than at the epicardium, or at the base of the LV's wall
        than at its apex; the RV's wall is held to the same range.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,), or None
        ms, between half of the range and its negative; voxels in C order. None without a gradient.
    """
    if gradient == "none":
        return None
    if gradient == "transmural":
        place = transmural(anatomy)
    else:
        place = np.clip(apicobasal(anatomy, np.argwhere(anatomy.wall), LV_MUSCLE), 0, 1)
    return range_ms * (0.5 - place)
