"""Division of a heart's muscle, where it has one label, into LV wall, RV wall and cavities."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError, cKDTree

from .enclosure import enclosure
from .heart import Anatomy, AnatomyError, Tissue, with_margin

CORE_SHARES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85)  # least enclosure of a core
CORE_DEPTHS_MM = (3.0, 5.0)
LEAST_CORE_ML = 1.0
LEAST_SECOND = 0.1  # volume of the second core, as a share of the first
MOUTH = 0.5  # enclosure at which a cavity ends
ON_HULL = 1e-6  # voxels
CHUNK = 20_000  # voxels at a time
CLEAR = 0.3  # score by which the LV must differ from the RV
AROUND_MM = 12.0  # neighbourhood in which the thickness of the LV wall is taken
SPARSE = 5  # of so many voxels one is looked at there
LARGE = 75  # percentile of that thickness: the wall is not thinner at its rim
RV_THICKNESS = 2.0  # of the RV wall's median, within which it ends
LABEL_THEM = "give LV wall and RV wall labels of their own"


def split_ventricles(anatomy: Anatomy) -> Anatomy:
    """Divide muscle of one label by its cavities into LV wall, RV wall, LV cavity and RV cavity.

    Cavities are pockets inside the convex hull from which muscle is seen in most directions. The LV is the
    rounder one with the thicker wall. The RV wall is what lies around the RV cavity beyond the thickness of
    the LV wall; the septum belongs to the LV. Muscle with one cavity is taken for an LV.

    Parameters
    ----------
    anatomy : Anatomy
        Muscle labelled `LV_WALL` (scar and border zone count as muscle) on isotropic voxels; cavities may be
        labelled.

    Returns
    -------
    Anatomy

    Raises
    ------
    AnatomyError
        If there is no cavity, or neither of two is clearly that of the LV.
    """
    anatomy = with_margin(anatomy, 1)
    muscle = anatomy.wall
    cavities = _find_cavities(muscle, float(anatomy.spacing[0]))
    labels = anatomy.labels.copy()
    if len(cavities) == 1:
        labels[cavities[0]] = Tissue.LV_CAVITY
        return Anatomy(labels, anatomy.affine)
    lv, rv = _lv_first(muscle, cavities, anatomy.spacing)
    return with_rv_wall(Anatomy(_labelled(labels, lv, rv), anatomy.affine))


def with_rv_wall(anatomy: Anatomy) -> Anatomy:
    """Label as RV wall the muscle around the RV cavity that lies beyond the LV wall.

    Parameters
    ----------
    anatomy : Anatomy
        With both cavities, and all muscle labelled as of the LV.

    Returns
    -------
    Anatomy
    """
    muscle = anatomy.wall
    lv, rv = (anatomy.labels == cavity for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY))
    to_lv, nearest = ndimage.distance_transform_edt(~lv, sampling=anatomy.spacing, return_indices=True)
    to_rv = ndimage.distance_transform_edt(~rv, sampling=anatomy.spacing)
    to_other = ndimage.distance_transform_edt(muscle | lv, sampling=anatomy.spacing)
    lv_thickness = _local_thickness(lv, to_other, anatomy)
    beyond = np.zeros(muscle.shape, bool)
    beyond[muscle] = to_lv[muscle] > lv_thickness[tuple(nearest[:, muscle])]
    rv_thickness = np.median(_free_thickness(muscle, rv, lv, anatomy.spacing))
    near_rv = to_rv <= RV_THICKNESS * rv_thickness + anatomy.spacing[0]
    rv_wall = _largest(beyond & near_rv & (to_rv < to_lv))
    labels = anatomy.labels.copy()
    labels[rv_wall & (labels == Tissue.LV_WALL)] = Tissue.RV_WALL
    crumbs = (labels == Tissue.LV_WALL) & ~_largest(labels == Tissue.LV_WALL)
    labels[crumbs] = Tissue.RV_WALL
    return Anatomy(labels, anatomy.affine)


def _find_cavities(muscle: NDArray[np.bool_], spacing: float) -> list[NDArray[np.bool_]]:
    """One or two pockets of the muscle.

    Of the bounds tried, those are taken that separate two cores of which the smaller is largest: with
    lower ones both ventricles may be one, with higher ones the RV is lost where its wall has gaps.
    """
    if not muscle.any():
        raise AnatomyError("the wall is empty; name the labels of lv_wall and rv_wall in the label map")
    share = enclosure(muscle)
    free = _in_hull(~muscle & (share >= MOUTH), muscle)
    best: list[NDArray[np.bool_]] = []
    for least in CORE_SHARES:
        depth = ndimage.distance_transform_edt(free & (share >= least), sampling=spacing)
        for deep in CORE_DEPTHS_MM:
            cores = _cores(depth > deep, spacing)
            if (len(cores), cores[-1].sum() if cores else 0) > (len(best), best[-1].sum() if best else 0):
                best = cores
    if not best:
        raise AnatomyError("the muscle has no cavity; the surface or mesh of its wall is needed, hollow")
    return _grown(best, free)


def _in_hull(mask: NDArray[np.bool_], muscle: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Part of a mask that lies inside the convex hull of the muscle."""
    try:
        sides = ConvexHull(np.argwhere(muscle & ~ndimage.binary_erosion(muscle))).equations
    except (QhullError, ValueError):
        raise AnatomyError(
            "the wall is too small or too flat to hold a cavity; correct the label map"
        ) from None
    sides = np.unique(sides.round(9), axis=0)
    inside = mask.copy()
    for points in np.array_split(np.argwhere(mask), 1 + mask.sum() // CHUNK):
        farthest = (points @ sides[:, :3].T + sides[:, 3]).max(1)
        inside[tuple(points[farthest > ON_HULL].T)] = False
    return inside


def _cores(deep: NDArray[np.bool_], spacing: float) -> list[NDArray[np.bool_]]:
    """At most two largest pieces of what is deep inside pockets."""
    pieces, count = ndimage.label(deep)
    if count == 0:
        return []
    sizes = np.bincount(pieces.ravel())[1:]
    largest = np.argsort(sizes)[::-1][:2]
    least = max(LEAST_CORE_ML * 1000 / spacing**3, LEAST_SECOND * sizes.max())
    return [pieces == piece + 1 for piece in largest if sizes[piece] >= least]


def _grown(cores: list[NDArray[np.bool_]], pockets: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Grow cores into the pockets, layer by layer, without crossing each other."""
    grown = np.zeros(pockets.shape, np.uint8)
    for number, core in enumerate(cores, 1):
        grown[core] = number
    empty = pockets & (grown == 0)
    while True:
        layers = [empty & ndimage.binary_dilation(grown == number) for number in range(1, len(cores) + 1)]
        if not any(layer.any() for layer in layers):
            break
        for number, layer in enumerate(layers, 1):
            grown[layer & empty] = number
            empty &= ~layer
    return [grown == number for number in range(1, len(cores) + 1)]


def _lv_first(
    muscle: NDArray[np.bool_], cavities: list[NDArray[np.bool_]], spacing: NDArray
) -> list[NDArray[np.bool_]]:
    """Order two cavities: the rounder one with the thicker free wall first."""
    scores = []
    for cavity, other in (cavities, cavities[::-1]):
        thickness = np.median(_free_thickness(muscle, cavity, other, spacing))
        widest = ndimage.distance_transform_edt(cavity, sampling=spacing).max()
        roundness = 4 / 3 * np.pi * widest**3 / (cavity.sum() * spacing.prod())
        scores.append(np.log(thickness) + np.log(roundness) / 2)
    if abs(scores[0] - scores[1]) < CLEAR:
        raise AnatomyError(
            f"neither of two cavities has clearly the thicker wall and the rounder shape of an LV; "
            f"{LABEL_THEM}"
        )
    return cavities if scores[0] > scores[1] else cavities[::-1]


def _labelled(labels: NDArray[np.uint8], lv: NDArray[np.bool_], rv: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Label two cavities."""
    labels = labels.copy()
    labels[lv], labels[rv] = Tissue.LV_CAVITY, Tissue.RV_CAVITY
    return labels


def _free_thickness(
    muscle: NDArray[np.bool_], cavity: NDArray[np.bool_], other: NDArray[np.bool_], spacing: NDArray
) -> NDArray[np.floating]:
    """Thickness in mm of the wall around a cavity, at endocardial voxels that face no other cavity."""
    to_outside = ndimage.distance_transform_edt(muscle | cavity | other, sampling=spacing)
    to_other = ndimage.distance_transform_edt(~other, sampling=spacing)
    rim = muscle & ndimage.binary_dilation(cavity) & (to_outside < to_other)
    return to_outside[rim] if rim.any() else to_outside[muscle]


def _local_thickness(
    lv: NDArray[np.bool_], to_other: NDArray[np.floating], anatomy: Anatomy
) -> NDArray[np.floating]:
    """Thickness in mm of the LV wall around each voxel at the edge of the cavity; elsewhere infinite."""
    edge = lv & ~ndimage.binary_erosion(lv)
    places = anatomy.positions(edge)
    some_places, values = places[::SPARSE], to_other[edge][::SPARSE]
    found = cKDTree(some_places).query_ball_point(places, AROUND_MM)
    thickness = np.full(lv.shape, np.inf)
    thickness[edge] = [np.percentile(values[some], LARGE) for some in found]
    return thickness


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Largest piece of a mask, connected by faces, edges or corners, as thin walls of coarse voxels are."""
    pieces, count = ndimage.label(mask, np.ones((3, 3, 3)))
    return pieces == np.bincount(pieces.ravel())[1:].argmax() + 1 if count else mask
