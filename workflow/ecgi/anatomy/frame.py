"""The heart's own axes: the LV long axis and the short-axis frame."""

import numpy as np
from numpy.typing import NDArray

from .heart import LV_MUSCLE, Anatomy, AnatomyError, Tissue


def lv_axis(anatomy: Anatomy) -> tuple[NDArray, NDArray]:
    """Long axis of the left ventricle, from base to apex.

    The direction is the first principal component of LV wall and cavity; the apex is the end
    away from the cavity, whose centroid a closed apex shifts towards the base.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    axis : numpy.ndarray, shape (3,)
        Unit vector in patient RAS.
    centre : numpy.ndarray, shape (3,)
        Centroid of LV wall and cavity in mm.

    Raises
    ------
    AnatomyError
        If the LV wall or the LV cavity is missing.
    """
    wall = anatomy.positions(np.isin(anatomy.labels, LV_MUSCLE))
    cavity = anatomy.positions(anatomy.labels == Tissue.LV_CAVITY)
    for name, points in (("lv_wall", wall), ("lv_cavity", cavity)):
        if len(points) == 0:
            raise AnatomyError(f"{name} is empty, and the LV axis needs it; name its labels in the label map")
    ventricle = np.concatenate([wall, cavity])
    centre = ventricle.mean(0)
    axis = np.linalg.svd(np.cov((ventricle - centre).T))[0][:, 0]
    apex_side = np.sign((wall.mean(0) - cavity.mean(0)) @ axis)
    return axis * (apex_side if apex_side else 1.0), centre


def short_axis_frame(anatomy: Anatomy) -> NDArray:
    """Rotation from the short-axis frame of the heart to the patient frame.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Columns are the frame's axes in patient RAS: x from the RV to the LV, y to the anterior
        wall, z along the LV from base to apex. Right-handed.

    Raises
    ------
    AnatomyError
        If the LV, or both the RV wall and the RV cavity, are missing, or if the RV lies around the LV.
    """
    axis, centre = lv_axis(anatomy)
    rv = anatomy.positions(np.isin(anatomy.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)))
    if len(rv) == 0:
        raise AnatomyError("there is no RV to find the septum by; name the labels of rv_wall or rv_cavity")
    septal = centre - rv.mean(0)
    septal = septal - (septal @ axis) * axis
    if np.linalg.norm(septal) < anatomy.spacing.min():
        raise AnatomyError("the RV lies around the LV and not beside it; correct the label map")
    septal /= np.linalg.norm(septal)
    return np.column_stack([septal, np.cross(axis, septal), axis])
