"""Openings of the ventricular cavities: faces of blood voxels that no wall covers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .heart import LV_MUSCLE, OUTSIDE, Anatomy, Tissue, to_patient, with_margin

STEPS = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])


class Faces(NamedTuple):
    """Faces of a cavity's voxels.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (face, 3)
        Index of the cavity voxel of each face in the padded volume.
    steps : numpy.ndarray of int, shape (face, 3)
        Unit step through the face, out of the cavity.
    beyond : numpy.ndarray of uint8, shape (face,)
        Label on its other side.
    padded : Anatomy
        The heart with one voxel of background around its volume.
    """

    voxels: NDArray[np.int_]
    steps: NDArray[np.int_]
    beyond: NDArray[np.uint8]
    padded: Anatomy


def cavity_faces(anatomy: Anatomy, cavity: Tissue) -> Faces:
    """Faces between a cavity and everything else.

    Parameters
    ----------
    anatomy : Anatomy
    cavity : {Tissue.LV_CAVITY, Tissue.RV_CAVITY}

    Returns
    -------
    Faces
    """
    padded = with_margin(anatomy, 1)
    blood = np.argwhere(padded.labels == cavity)
    beyond = padded.labels[tuple(np.moveaxis(blood[:, None] + STEPS, -1, 0))]
    voxel, face = np.nonzero(beyond != cavity)
    return Faces(blood[voxel], STEPS[face], beyond[voxel, face], padded)


class Opening(NamedTuple):
    """A connected opening of a cavity.

    Attributes
    ----------
    vector : numpy.ndarray, shape (3,)
        Sum of the normals of its faces times their areas in mm², out of the cavity.
    middle : numpy.ndarray, shape (3,)
        Centroid of its faces, patient RAS in mm.
    """

    vector: NDArray
    middle: NDArray


def cavity_openings(anatomy: Anatomy) -> list[Opening]:
    """Openings of the LV cavity to the outside.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    list of Opening
        Those whose voxels outside the cavity are connected are one; the largest first.
    """
    voxels, steps, beyond, padded = cavity_faces(anatomy, Tissue.LV_CAVITY)
    is_open = np.isin(beyond, OUTSIDE)
    voxels, steps = voxels[is_open], steps[is_open]
    mouths = np.zeros(padded.labels.shape, bool)
    mouths[tuple((voxels + steps).T)] = True
    piece = ndimage.label(mouths, np.ones((3, 3, 3)))[0][tuple((voxels + steps).T)]
    edges = padded.affine[:3, :3]
    normals = steps @ (edges / padded.spacing**2).T * padded.spacing.prod()
    middles = to_patient(padded.affine, voxels + steps / 2)
    found = [
        Opening(normals[piece == number].sum(0), middles[piece == number].mean(0))
        for number in np.unique(piece)
    ]
    return sorted(found, key=lambda opening: -float(np.linalg.norm(opening.vector)))


def open_apical_share(anatomy: Anatomy, axis: NDArray, cavity: Tissue) -> float:
    """Share of a cavity's surface in its apical half that borders on background.

    Parameters
    ----------
    anatomy : Anatomy
    axis : numpy.ndarray, shape (3,)
        Long axis from base to apex, a unit vector in patient RAS.
    cavity : {Tissue.LV_CAVITY, Tissue.RV_CAVITY}
        Its half is that beyond the centroid of the ventricle: of wall and cavity for the LV, of the cavity
        for the RV.

    Returns
    -------
    float
        0 without a cavity.
    """
    ventricle = (*LV_MUSCLE, cavity) if cavity == Tissue.LV_CAVITY else (cavity,)
    middle = anatomy.positions(np.isin(anatomy.labels, ventricle))
    if len(middle) == 0:
        return 0.0
    voxels, _, beyond, padded = cavity_faces(anatomy, cavity)
    heights = (voxels @ padded.affine[:3, :3].T + padded.affine[:3, 3] - middle.mean(0)) @ axis
    apical = heights > 0
    return float((beyond[apical] == Tissue.BACKGROUND).sum() / max(apical.sum(), 1))


def open_share(anatomy: Anatomy, cavity: Tissue, towards: Tissue = Tissue.BACKGROUND) -> float:
    """Share of a cavity's surface that has no wall towards a tissue, outside the base and the valves.

    Faces at the base, and above it, are left out: the base is the first level at which there are both LV wall
    and cavity.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame; with `Tissue.VESSELS` where valves are labelled.
    cavity : {Tissue.LV_CAVITY, Tissue.RV_CAVITY}
    towards : Tissue
        What the open surface borders on.

    Returns
    -------
    float
        0 without a cavity.
    """
    voxels, steps, beyond, padded = cavity_faces(anatomy, cavity)
    if len(voxels) == 0:
        return 0.0
    base = np.flatnonzero(np.isin(padded.labels, LV_MUSCLE).any((0, 1)))[0]
    inside = (voxels + steps)[:, 2] > max(base, voxels[:, 2].min())
    return float((beyond[inside] == towards).sum() / max(inside.sum(), 1))
