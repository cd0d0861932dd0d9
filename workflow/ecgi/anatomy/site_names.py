"""Names of places in the ventricular wall, as an electrophysiologist gives them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from .coordinates import aha_segments, angle, apicobasal, between
from .heart import WALL, Anatomy, Tissue
from .reslice import signed_distance
from .surfaces import beyond_epicardium

AHA_NAMES = (
    "basal anterior",
    "basal anteroseptal",
    "basal inferoseptal",
    "basal inferior",
    "basal inferolateral",
    "basal anterolateral",
    "mid anterior",
    "mid anteroseptal",
    "mid inferoseptal",
    "mid inferior",
    "mid inferolateral",
    "mid anterolateral",
    "apical anterior",
    "apical septal",
    "apical inferior",
    "apical lateral",
    "apex",
)
LEVELS = ("basal", "mid", "apical")
RV_SIDES = ("septal", "anterior", "free wall", "inferior")  # by quarters of the angle around its cavity
LAYERS = ("endocardial", "mid-wall", "epicardial")
SEPTAL_LAYERS = ("left side", "mid-wall", "right side")


class SiteName(NamedTuple):
    """Name of a place in the wall.

    Attributes
    ----------
    ventricle : {"LV", "RV"}
    region : str
        Such as "basal inferoseptal" or "apical free wall".
    segment : int
        Of the AHA's 17; 0 in the RV's wall.
    layer : str
        A third of the wall's thickness, "endocardial" to "epicardial"; in the septum from its left to its
        right side.
    to_apex_mm, to_base_mm : float
        Distances along the long axis from the LV wall's ends.
    """

    ventricle: str
    region: str
    segment: int
    layer: str
    to_apex_mm: float
    to_base_mm: float

    @property
    def part(self) -> str:
        """Ventricle and region, such as "LV, basal inferior (AHA segment 4)"."""
        segment = f" (AHA segment {self.segment})" if self.segment else ""
        return f"{self.ventricle}, {self.region}{segment}"


def name_sites(anatomy: Anatomy, positions: ArrayLike) -> list[SiteName]:
    """Name the places of the wall that are nearest to some positions.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame, with an LV cavity.
    positions : array-like, shape (site, 3)
        Patient RAS, mm.

    Returns
    -------
    list of SiteName
    """
    voxels = np.argwhere(anatomy.wall)
    nearest = KDTree(anatomy.positions(anatomy.wall)).query(np.atleast_2d(positions))[1]
    here = voxels[nearest]
    segments = aha_segments(anatomy)[nearest]
    depth, in_septum = (values[nearest] for values in _relative_depth(anatomy))
    regions = _rv_regions(anatomy, here)
    levels = np.flatnonzero(np.isin(anatomy.labels, WALL).any((0, 1)))
    step = float(anatomy.spacing[2])
    names = []
    for index, segment in enumerate(segments):
        layers = SEPTAL_LAYERS if in_septum[index] else LAYERS
        names.append(
            SiteName(
                "LV" if segment else "RV",
                AHA_NAMES[segment - 1] if segment else regions[index],
                int(segment),
                layers[int(np.clip(3 * depth[index], 0, 2))],
                float(step * (levels[-1] - here[index, 2])),
                float(step * (here[index, 2] - levels[0])),
            )
        )
    return names


def _rv_regions(anatomy: Anatomy, voxels: NDArray[np.integer]) -> list[str]:
    """Regions of the RV's wall: a third of its length, and a quarter around its cavity."""
    if not (anatomy.labels == Tissue.RV_CAVITY).any():
        return ["wall"] * len(voxels)
    height = apicobasal(anatomy, voxels, (Tissue.RV_WALL, Tissue.RV_CAVITY))
    level = np.clip(3 * height, 0, 2).astype(int)
    side = ((angle(anatomy, voxels, Tissue.RV_CAVITY) + 45) // 90 % 4).astype(int)
    return [f"{LEVELS[one]} {RV_SIDES[other]}" for one, other in zip(level, side, strict=True)]


def _relative_depth(anatomy: Anatomy) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Depth of wall voxels, from 0 at the endocardium to 1 at the epicardium, and which are in the septum.

    In the septum, LV muscle that lies nearer to the RV's blood than to the outside, it is 1 on the right.
    """
    to_lv, to_rv, to_outside = (
        signed_distance(mask, anatomy.spacing)[anatomy.wall]
        if mask.any()
        else np.full(anatomy.wall.sum(), np.inf)
        for mask in (
            anatomy.labels == Tissue.LV_CAVITY,
            anatomy.labels == Tissue.RV_CAVITY,
            beyond_epicardium(anatomy),
        )
    )
    rv_wall = anatomy.labels[anatomy.wall] == Tissue.RV_WALL
    in_septum = ~rv_wall & (to_rv < to_outside)
    inner = np.where(rv_wall, to_rv, to_lv)
    return between(inner, np.where(in_septum, to_rv, to_outside)), in_septum
