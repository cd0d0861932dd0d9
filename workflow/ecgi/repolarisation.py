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
from scipy import ndimage

from .anatomy import CAVITIES, LV_MUSCLE, lv_axis
from .surfaces import beyond_epicardium


def apd_offsets(anatomy, gradient, range_ms):
    """How much longer or shorter than the standard one each voxel's action potential is.

    Parameters
    ----------
    anatomy : Anatomy
    gradient : {"none", "transmural", "apex_base"}
    range_ms : float
        How much longer it is at the endocardium than at the epicardium, or at the base than at the
        apex.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,), or None
        ms, between half of the range and its negative; voxels in C order. None without a gradient.
    """
    if gradient == "none":
        return None
    place = transmural_depth(anatomy) if gradient == "transmural" else apical_depth(anatomy)
    return range_ms * (0.5 - place)


def transmural_depth(anatomy):
    """Place of each wall voxel between endocardium, 0, and epicardium, 1.

    The distance to blood as a share of the distances to blood and to what is outside the heart. The
    septum, with blood on both sides, is near 0 throughout. The cut of the base is not epicardium.

    Parameters
    ----------
    anatomy : Anatomy
        With a cavity.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        Voxels in C order.
    """
    wall, blood = anatomy.wall, np.isin(anatomy.labels, CAVITIES)
    outside = beyond_epicardium(anatomy)
    half = anatomy.spacing.min() / 2
    to_blood, to_outside = (
        ndimage.distance_transform_edt(~mask, sampling=anatomy.spacing)[wall] - half
        for mask in (blood, outside)
    )
    return to_blood / (to_blood + to_outside)


def apical_depth(anatomy):
    """Place of each wall voxel between the base of the left ventricle, 0, and its apex, 1.

    Along the LV's long axis, from end to end of its wall; the RV's wall is held to the same range.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
        Voxels in C order.
    """
    axis, centre = lv_axis(anatomy)
    depth = (anatomy.positions(anatomy.wall) - centre) @ axis
    left = np.isin(anatomy.labels[anatomy.wall], LV_MUSCLE)
    base, apex = depth[left].min(), depth[left].max()
    return np.clip((depth - base) / (apex - base), 0, 1)
