"""Outer surface of the heart: the epicardium, closed over the valves."""

import numpy as np
from scipy import ndimage

from .cavities import label_cavities
from .heart import CAVITIES, Anatomy
from .triangles import Shape, surface_of_mask

OUTSIDE_MM = 2.0  # from the epicardium to the surface, which no wall may cross
SMOOTH_MM = 2.0
CLOSED_MM = 6.0  # clefts between the ventricles up to about twice this wide are closed


def epicardium(anatomy: Anatomy, nodes: int) -> Shape:
    """Closed surface around wall and cavities, a little outside.

    Parameters
    ----------
    anatomy : Anatomy
        On an isotropic grid; cavities without labels are found.
    nodes : int
        Number of points, about.

    Returns
    -------
    Shape

    Raises
    ------
    AnatomyError
        If the walls enclose no cavity, or the surface touches itself.
    """
    if not np.isin(anatomy.labels, CAVITIES).any():
        anatomy = label_cavities(anatomy)
    spacing = float(anatomy.spacing[0])
    closing = int(np.ceil(CLOSED_MM / spacing))
    heart = np.pad(anatomy.labels > 0, closing + 1)
    heart = ndimage.binary_fill_holes(ndimage.binary_closing(heart, iterations=closing))
    affine = anatomy.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ np.full(3, closing + 1)
    return surface_of_mask(heart, affine, nodes, SMOOTH_MM, -OUTSIDE_MM, "epicardium")
