"""Ventricular cavities of hearts that have labels of their walls only."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import Delaunay, QhullError

from .enclosure import enclosure
from .heart import Anatomy, AnatomyError, Tissue

ENCLOSED = 0.75  # share of the directions in which a cleft of a cavity has wall
FEW_CLEFTS = 0.01  # share of a cavity that is left unlabelled beside trabeculae and smooth walls
CORE_VOXELS = 2  # radius of the opening that separates a cavity from clefts beside it


def label_cavities(anatomy: Anatomy) -> Anatomy:
    """Label the ventricular cavities of a heart that has labels of its walls only.

    The LV cavity is the largest piece inside the convex hull of the LV wall, the RV cavity the
    largest piece of the rest inside the hull of RV wall and septum; both hulls end at the valves. Clefts
    between a cavity and its wall, as beside the corners of coarse hexahedra, belong to the cavity where they
    are more than `FEW_CLEFTS` of it.

    Parameters
    ----------
    anatomy : Anatomy
        With labels of LV wall and RV wall.

    Returns
    -------
    Anatomy
        On the same grid.

    Raises
    ------
    AnatomyError
        If a wall is too small or too flat to enclose a cavity.
    """
    lv_wall = anatomy.labels == Tissue.LV_WALL
    rv_wall = anatomy.labels == Tissue.RV_WALL
    free = anatomy.labels == Tissue.BACKGROUND
    lv_hull = _inside_hull(lv_wall)
    septum = lv_wall & ndimage.binary_dilation(_inside_hull(rv_wall))
    labels = anatomy.labels.copy()
    enclosed = enclosure(anatomy.wall) >= ENCLOSED
    lv_cavity = _with_clefts(_largest_core(lv_hull & free), lv_hull & free & enclosed)
    labels[lv_cavity] = Tissue.LV_CAVITY
    rest = _inside_hull(rv_wall | septum) & free & ~lv_cavity
    labels[_with_clefts(_largest_core(rest), rest & enclosed)] = Tissue.RV_CAVITY
    return Anatomy(labels, anatomy.affine)


def _inside_hull(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels inside the convex hull of `mask`."""
    surface = np.argwhere(mask & ~ndimage.binary_erosion(mask))
    try:
        hull = Delaunay(surface[Delaunay(surface).convex_hull].reshape(-1, 3))
    except (QhullError, ValueError):
        raise AnatomyError(
            "a wall is too small or too flat to hold a cavity; correct the label map"
        ) from None
    inside = np.zeros(mask.shape, bool)
    box = tuple(slice(a, b + 1) for a, b in zip(surface.min(0), surface.max(0), strict=True))
    points = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), -1)
    inside[box] = hull.find_simplex(points) >= 0
    return inside


def _with_clefts(cavity: NDArray[np.bool_], clefts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cavity with the clefts that it reaches, unless they are few."""
    whole = ndimage.binary_propagation(cavity, mask=cavity | clefts)
    return whole if whole.sum() > (1 + FEW_CLEFTS) * cavity.sum() else cavity


def _largest_core(mask: NDArray[np.bool_], voxels: int = CORE_VOXELS) -> NDArray[np.bool_]:
    """Largest connected piece of `mask` after an opening by `voxels`."""
    pieces, count = ndimage.label(ndimage.binary_erosion(mask, iterations=voxels))
    if count == 0:
        return mask
    core = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return ndimage.binary_dilation(core, iterations=voxels, mask=mask)
