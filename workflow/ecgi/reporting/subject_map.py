"""Drawing of an activation map: the heart from four sides, a bull's-eye, short-axis slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from scipy.spatial import KDTree

from ..anatomy.coordinates import aha_segments
from ..anatomy.heart import Tissue
from ..anatomy.interpolation import at_points
from ..anatomy.wall_surface import wall_surface
from .colours import ISOCHRONE_MS, SPREAD
from .figures.bullseye import bullseye, medians_of_segments
from .figures.style import HEADING, extent_of, scale_bar, show_map
from .figures.views import VIEWS, name_part, view_of_surface

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

SLICES = 6
TRIANGLES = 24000  # of the surface
MANY_LINES = 15  # isochrones, above which every other one is drawn
NAMED = 0.15  # share of a view from which a ventricle is named


def draw_views(
    figure: SubFigure,
    anatomy: Anatomy,
    mean: NDArray,
    spread: NDArray,
    sites: NDArray,
    segment: int,
    colours: str,
) -> None:
    """Draw the map from four sides and as a bull's-eye beside that of its SD, with its earliest sites.

    Parameters
    ----------
    figure : matplotlib.figure.SubFigure
    anatomy : Anatomy
        Heart in its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    sites : numpy.ndarray, shape (site, 3)
        Earliest site of the map, then those of its samples; patient RAS, mm.
    segment : int
        AHA segment of the first; 0 for none.
    colours : str
        Colour map of the times.
    """
    last = float(np.nanmax(mean))
    norm = Normalize(0, last)
    every = ISOCHRONE_MS if last <= MANY_LINES * ISOCHRONE_MS else 2 * ISOCHRONE_MS
    sides, eyes = figure.subfigures(1, 2, squeeze=False, width_ratios=(2.3, 1))[0]
    axes = sides.subplots(2, len(VIEWS) // 2)
    _views(axes, anatomy, mean, sites, every, colours, norm)
    sides.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.7, pad=0.01, label="activation (ms)")
    segments = aha_segments(anatomy)
    maps = [("activation", mean, colours, norm)]
    if np.isfinite(spread).any():
        maps.append(("SD of samples", spread, SPREAD, Normalize(0, _upper_limit(spread))))
    for axis in (circles := eyes.subplots(2, 1)):
        axis.set_axis_off()
    for axis, (name, values, cmap, scale) in zip(circles, maps, strict=False):
        if segments.any():
            bullseye(axis, medians_of_segments(values, segments), cmap, scale, segment)
            axis.set_title(f"{name} (ms), medians")
    dots = ", its samples dotted" if len(sites) > 2 else ""
    figure.suptitle(
        f"The heart from four sides, isochrones every {every} ms; earliest site starred (hollow: behind)"
        f"{dots}",
        **HEADING,
    )


def _views(
    axes: NDArray,
    anatomy: Anatomy,
    mean: NDArray,
    sites: NDArray,
    every: float,
    colours: str,
    norm: Normalize,
) -> None:
    """Draw the map from four sides, with the names of the ventricles that are seen."""
    surface = wall_surface(anatomy, TRIANGLES)
    known = np.isfinite(mean)
    positions = anatomy.positions(anatomy.wall)
    times = at_points(surface.points, positions[known], mean[known])
    of_wall = anatomy.labels[anatomy.wall] == Tissue.RV_WALL
    middles = surface.corners.mean(1)
    right = of_wall[KDTree(positions).query(middles)[1]]
    for axis, view in zip(axes.flat, VIEWS, strict=True):
        shown = view_of_surface(axis, surface, times, view, colours, norm, sites[0], sites[1:], every)
        for name, part in (("LV", ~right[shown]), ("RV", right[shown])):
            if part.mean() > NAMED:
                name_part(axis, middles[shown][part], view, name)


def draw_slices(figure: SubFigure, anatomy: Anatomy, mean: NDArray, spread: NDArray, colours: str) -> None:
    """Draw short-axis slices of the map and of its SD, from base to apex.

    Parameters
    ----------
    figure : matplotlib.figure.SubFigure
    anatomy : Anatomy
        Heart in its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    colours : str
        Colour map of the times.
    """
    volumes = [np.full(anatomy.labels.shape, np.nan) for _ in range(2)]
    for volume, values in zip(volumes, (mean, spread), strict=True):
        volume[anatomy.wall] = values
    filled = np.flatnonzero(np.isfinite(volumes[0]).any((0, 1)))
    planes = filled[spaced(len(filled), SLICES, 0.08)]
    base = np.flatnonzero(anatomy.wall.any((0, 1)))[0]
    step = float(anatomy.spacing[0])
    box = [
        slice(part[0], part[-1] + 1)
        for part in (np.flatnonzero(anatomy.wall.any(a)) for a in ((1, 2), (0, 2)))
    ]
    extent = extent_of(*(np.arange(part.start, part.stop) * step for part in box))
    rows = ["activation", "SD of samples"] if np.isfinite(spread).any() else ["activation"]
    axes = figure.subplots(len(rows), len(planes), squeeze=False)
    scales = (
        (colours, Normalize(0, np.nanmax(mean))),
        (SPREAD, Normalize(0, _upper_limit(spread))),
    )
    for row, (name, volume, (cmap, norm)) in enumerate(zip(rows, volumes, scales, strict=False)):
        for axis, plane in zip(axes[row], planes, strict=True):
            image = show_map(axis, volume[*box, plane].T, extent, cmap, norm, isochrones=row == 0)
            if row == 0:
                axis.set_title(f"{(plane - base) * step:.0f} mm from base")
        figure.colorbar(image, ax=axes[row], shrink=0.8, pad=0.01, label=f"{name} (ms)")
    scale_bar(axes[-1, 0])
    figure.suptitle(
        f"Short-axis slices, anterior up and the RV at the left; isochrones every {ISOCHRONE_MS} ms",
        **HEADING,
    )


def spaced(count: int, wanted: int, margin: float = 0.0) -> NDArray[np.int_]:
    """At most `wanted` evenly spaced indices below `count`.

    Parameters
    ----------
    count, wanted : int
    margin : float
        Share that is left out at either end.
    """
    return np.unique(np.rint(np.linspace(margin, 1 - margin, wanted) * (count - 1)).astype(int))


def _upper_limit(spread: NDArray) -> float:
    """Upper limit of the colour scale of an SD."""
    return max(float(np.nanmax(spread)), 1e-3) if np.isfinite(spread).any() else 1.0
