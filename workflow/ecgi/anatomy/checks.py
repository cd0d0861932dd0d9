"""Checks that a segmentation is a heart: its size, its wall and its apex."""

import numpy as np

from .frame import lv_axis
from .heart import WALL, AnatomyError, Tissue, to_patient, with_margin

SMALLEST_HEART_MM, LARGEST_HEART_MM = 5.0, 500.0  # longest side
LEAST_WALL = 100  # voxels, fewer of which are no ventricle
MOST_STRAY = 0.25  # of the wall; more than that is no speck but a part of the heart
OPEN_SHARE = 0.05  # of the cavity's apical surface; holes of a few voxels do not matter
MOST_VOXELS = 400_000_000


def refuse_size(extent_mm, source):
    """Refuse what is larger or smaller than any heart, which shows units that are not mm.

    Parameters
    ----------
    extent_mm : array-like, shape (3,)
    source : path-like
        What to call it in messages.

    Raises
    ------
    AnatomyError
    """
    longest = np.max(extent_mm)
    if not SMALLEST_HEART_MM <= longest <= LARGEST_HEART_MM:
        raise AnatomyError(
            f"{source}: the heart is {longest:.3g} mm long, and hearts have {SMALLEST_HEART_MM:g} to "
            f"{LARGEST_HEART_MM:g} mm; check its units and its labels"
        )


def refuse_fine_grid(shape, spacing_mm):
    """Refuse a grid of more voxels than the workflow can hold."""
    if np.prod(shape, dtype=float) > MOST_VOXELS:
        raise AnatomyError(f"too large for voxels of {spacing_mm:g} mm; raise anatomy.spacing_mm")


def refuse_open_apex(anatomy):
    """Refuse an LV cavity that is open to the outside in its apical half.

    At the base it is open by nature.

    Raises
    ------
    AnatomyError
    """
    axis, centre = lv_axis(anatomy)
    padded = with_margin(anatomy, 1)
    cavity = np.argwhere(padded.labels == Tissue.LV_CAVITY)
    apical = cavity[(to_patient(padded.affine, cavity) - centre) @ axis > 0]
    steps = np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    beyond = padded.labels[tuple(np.moveaxis(apical[:, None] + steps, -1, 0))]
    surface = (beyond != Tissue.LV_CAVITY).sum()
    share = (beyond == Tissue.BACKGROUND).sum() / max(surface, 1)
    if share > OPEN_SHARE:
        raise AnatomyError(
            f"the LV cavity is open: {share:.0%} of its surface in the apical half touches no wall; close it "
            "by cap_apex_mm in the cases table, or mend the segmentation"
        )


def refuse_wall(labels, removed):
    """Refuse what is left of a wall after its stray pieces were removed, if that is no ventricle.

    Parameters
    ----------
    labels : numpy.ndarray of uint8
        See `keep_largest_piece`.
    removed : int
        Voxels taken out.

    Raises
    ------
    AnatomyError
    """
    kept = int(np.isin(labels, WALL).sum())
    if removed > MOST_STRAY * (kept + removed):
        raise AnatomyError(
            f"the wall is in pieces: {removed} of {kept + removed} voxels do not touch the largest; mend the "
            "segmentation"
        )
    if kept < LEAST_WALL:
        raise AnatomyError(f"the wall has {kept} voxels, too few for a ventricle; correct the label map")
