"""Sizes of a heart: lengths, volumes, masses and openings."""

import numpy as np
from numpy.typing import NDArray

from .heart import LV_MUSCLE, Anatomy, Tissue
from .openings import open_apical_share, open_share
from .surfaces import endocardium

MUSCLE_G_PER_ML = 1.05
MIDDLE = (0.25, 0.75)  # of the cavity's length, where the wall's thickness is measured


def measure(heart: Anatomy) -> dict[str, float]:
    """Measure a heart.

    Parameters
    ----------
    heart : Anatomy
        In its short-axis frame on an isotropic grid, with `Tissue.VESSELS` where valves are labelled.

    Returns
    -------
    dict of str to float
        lv_length_mm (wall from base to apex), lv_diameter_mm (of a circle of the area of the cavity's largest
        cross-section), lv_cavity_ml, lv_wall_mm (median over the middle half of the cavity, by areas of
        cross-sections), lv_mass_g, rv_cavity_ml, rv_wall_mm (volume over endocardial area; 0 without RV
        wall), lv_open_apical and rv_open_apical (share of the surface of the cavity's apical half without
        wall), rv_open (of all of it outside base and valves, in which an oblique base counts in part), and
        rv_on_lv_wall (share of the RV cavity's surface that borders on LV wall, as the septum does).
    """
    step = float(heart.spacing[0])
    muscle = np.isin(heart.labels, LV_MUSCLE)
    cavity, rv_cavity = (heart.labels == tissue for tissue in (Tissue.LV_CAVITY, Tissue.RV_CAVITY))
    levels = np.flatnonzero(muscle.any((0, 1)))
    blood, ring = (mask.sum((0, 1)) * step**2 for mask in (cavity, muscle))
    return {
        "lv_length_mm": (levels[-1] - levels[0] + 1) * step,
        "lv_diameter_mm": _diameter(blood.max()),
        "lv_cavity_ml": cavity.sum() * step**3 / 1000,
        "lv_wall_mm": _wall_mm(blood, ring),
        "lv_mass_g": muscle.sum() * step**3 / 1000 * MUSCLE_G_PER_ML,
        "rv_cavity_ml": rv_cavity.sum() * step**3 / 1000,
        "rv_wall_mm": _rv_wall_mm(heart),
        "lv_open_apical": open_apical_share(heart, heart.third_axis, Tissue.LV_CAVITY),
        "rv_open": open_share(heart, Tissue.RV_CAVITY),
        "rv_on_lv_wall": open_share(heart, Tissue.RV_CAVITY, Tissue.LV_WALL),
        "rv_open_apical": open_apical_share(heart, heart.third_axis, Tissue.RV_CAVITY),
    }


def _diameter(area: float) -> float:
    """Diameter of a circle."""
    return float(2 * np.sqrt(area / np.pi))


def _wall_mm(blood: NDArray, ring: NDArray) -> float:
    """Thickness of the LV wall from areas of its cross-sections, shape (level,)."""
    filled = np.flatnonzero(blood)
    low, high = (round(filled[0] + share * (filled[-1] - filled[0])) for share in MIDDLE)
    middle = slice(low, high + 1)
    outer, inner = np.sqrt((blood + ring)[middle] / np.pi), np.sqrt(blood[middle] / np.pi)
    return float(np.median(outer - inner))


def _rv_wall_mm(heart: Anatomy) -> float:
    """Mean thickness of the RV wall."""
    wall = heart.labels == Tissue.RV_WALL
    surface = endocardium(heart, [Tissue.RV_CAVITY])
    area = surface.area_mm2[wall[tuple(surface.voxels.T)]].sum()
    return float(wall.sum() * heart.spacing.prod() / area) if area > 0 else 0.0
