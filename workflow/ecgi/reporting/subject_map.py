"""Drawing of a patient's activation map: the heart from four sides, bull's-eyes, short-axis slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Circle
from scipy.spatial import KDTree

from ..anatomy.coordinates import aha_segments
from ..anatomy.heart import Tissue, to_patient
from ..anatomy.interpolation import at_points
from ..anatomy.wall_surface import wall_surface
from .colours import ISOCHRONE_MS, LONG_MS, LONG_STEP_MS, SPREAD
from .figures.bullseye import bullseye, medians_of_segments
from .figures.style import extent_of, scale_bar, show_map
from .figures.views import HALO, VIEWS, Marks, view_of_surface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

SLICES = 6
STAR_MM = 5.0  # radius below which a region is hidden by its star in a slice
TRIANGLES = 24000  # of the surface
RING = ("anterior", "septum", "septum", "inferior", "lateral", "lateral")
REGIONS = np.array(["", *RING, *RING, "anterior", "septum", "inferior", "lateral", "apex"])  # of AHA segments


class SubjectMap(NamedTuple):
    """Activation map of a patient's heart, and where it begins.

    Attributes
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    site : numpy.ndarray, shape (3,)
        Earliest site, patient RAS in mm.
    radii_mm : sequence of float
        Distances from it within which 50 and 90 % of the samples begin; empty for a single sample.
    segment : int
        Its AHA segment; 0 for none.
    colours : str
        Colour map of the times.
    """

    anatomy: Anatomy
    mean: NDArray
    spread: NDArray
    site: NDArray
    radii_mm: Sequence[float]
    segment: int
    colours: str

    @property
    def latest_ms(self) -> float:
        """Latest activation."""
        return float(np.nanmax(self.mean))

    @property
    def step_ms(self) -> int:
        """Interval between isochrones."""
        return LONG_STEP_MS if self.latest_ms > LONG_MS else ISOCHRONE_MS

    @property
    def has_spread(self) -> bool:
        """Whether there is an SD."""
        return bool(np.isfinite(self.spread).any())

    @property
    def times(self) -> Normalize:
        """Scale of the colours of times."""
        return Normalize(0, self.latest_ms)

    @property
    def widths(self) -> Normalize:
        """Scale of the colours of the SD; it has no smaller end than 1 ms, which would be of noise."""
        return Normalize(0, max(float(np.nanmax(self.spread)), 1.0) if self.has_spread else 1.0)


def draw_views(figure: FigureBase, shown: SubjectMap) -> None:
    """Draw a map from four sides, with isochrones, names of parts, and its earliest site.

    Parameters
    ----------
    figure : matplotlib.figure.FigureBase
    shown : SubjectMap
    """
    anatomy, known = shown.anatomy, np.isfinite(shown.mean)
    surface = wall_surface(anatomy, TRIANGLES)
    wall = anatomy.positions(anatomy.wall)
    times = at_points(surface.points, wall[known], shown.mean[known])
    regions = regions_of(anatomy)[KDTree(wall).query(surface.points)[1]]
    marks = Marks(shown.site, shown.radii_mm, np.arange(shown.step_ms, shown.latest_ms, shown.step_ms))
    axes = figure.subplots(2, 2)
    for axis, view in zip(axes.ravel(), VIEWS, strict=True):
        view_of_surface(axis, surface, times, view, shown.colours, shown.times, marks, regions)
    _colour_bar(figure, shown.times, shown.colours, axes, "activation, early to late (ms)", "bottom")


def regions_of(anatomy: Anatomy) -> NDArray[np.str_]:
    """Part of the heart that each wall voxel belongs to, in a word.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.

    Returns
    -------
    numpy.ndarray of str, shape (voxel,)
        "RV", a side of the LV such as "anterior", "septum" or "apex"; empty where there is no LV cavity.
    """
    in_rv = anatomy.labels[anatomy.wall] == Tissue.RV_WALL
    return np.where(in_rv, "RV", REGIONS[aha_segments(anatomy)])


def draw_bullseyes(figure: FigureBase, shown: SubjectMap) -> None:
    """Draw bull's-eyes of the medians of a map and of its SD in the AHA segments.

    Parameters
    ----------
    figure : matplotlib.figure.FigureBase
    shown : SubjectMap
    """
    segments = aha_segments(shown.anatomy)
    drawn = [("activation (ms)", shown.mean, shown.colours, shown.times)]
    if shown.has_spread:
        drawn.append(("SD of the samples (ms)", shown.spread, SPREAD, shown.widths))
    for axis, (name, values, cmap, norm) in zip(
        figure.subplots(len(drawn), 1, squeeze=False)[:, 0], drawn, strict=True
    ):
        bullseye(axis, medians_of_segments(values, segments), cmap, norm, shown.segment)
        axis.set_title(name)


def draw_slices(figure: FigureBase, shown: SubjectMap) -> None:
    """Draw short-axis slices of a map and of its SD, from base to apex, one of them through the site.

    Parameters
    ----------
    figure : matplotlib.figure.FigureBase
    shown : SubjectMap
    """
    anatomy = shown.anatomy
    step = float(anatomy.spacing[0])
    rows: list[tuple[str, NDArray, Any, Normalize, float]] = [
        ("activation (ms)", shown.mean, shown.colours, shown.times, shown.step_ms)
    ]
    if shown.has_spread:
        rows.append(("SD (ms)", shown.spread, SPREAD, shown.widths, 0))
    site = to_patient(np.linalg.inv(anatomy.affine), shown.site)
    planes = _planes(anatomy, shown.mean, round(site[2]))
    base = np.flatnonzero(anatomy.wall.any((0, 1)))[0]
    box = [
        slice(part[0], part[-1] + 1)
        for part in (np.flatnonzero(anatomy.wall.any(a)) for a in ((1, 2), (0, 2)))
    ]
    extent = extent_of(*(np.arange(part.start, part.stop) * step for part in box))
    axes = figure.subplots(len(rows), len(planes), squeeze=False)
    for row, (name, values, cmap, norm, isochrone_ms) in zip(axes, rows, strict=True):
        volume = np.full(anatomy.labels.shape, np.nan)
        volume[anatomy.wall] = values
        for axis, plane in zip(row, planes, strict=True):
            show_map(axis, volume[*box, plane].T, extent, cmap, norm, isochrone_ms)
        _colour_bar(figure, norm, cmap, row, name, "right")
    for axis, plane in zip(axes[0], planes, strict=True):
        _mark(axis, (site - [0, 0, plane]) * step, step / 2, shown.radii_mm)
        axis.set_title(f"{(plane - base) * step:.0f} mm")
    _letters(axes[0, 0])
    scale_bar(axes[-1, 0])


def _planes(anatomy: Anatomy, mean: NDArray, through: int) -> NDArray[np.int_]:
    """Planes that are shown: evenly spaced where there are values, the nearest replaced by that of a site."""
    filled = np.unique(np.argwhere(anatomy.wall)[np.isfinite(mean), 2])
    planes = filled[spaced(len(filled), SLICES, 0.08)]
    planes[np.abs(planes - through).argmin()] = np.clip(through, filled[0], filled[-1])
    return np.unique(planes)


def _mark(axis: Axes, offset: NDArray, half_mm: float, radii_mm: Sequence[float]) -> None:
    """Draw a site that is in a slice of some thickness, and the sections of the spheres of its region."""
    x, y, height = offset
    for radius in radii_mm:
        if radius > max(abs(height), STAR_MM):
            axis.add_patch(Circle((x, y), np.sqrt(radius**2 - height**2), fill=False, lw=0.7))
    if abs(height) <= half_mm:
        axis.plot(x, y, marker="*", ms=6, mfc="white", mec="black", mew=0.7)


def _letters(axis: Axes) -> None:
    """Write the sides of the heart around a short-axis slice."""
    for name, x, y in (("A", 0.5, 1.0), ("I", 0.5, 0.0), ("S", 0.0, 0.5), ("L", 1.0, 0.5)):
        axis.text(
            x, y, name, transform=axis.transAxes, ha="center", va="center", fontsize=7, fontweight="bold",
            path_effects=HALO,
        )  # fmt: skip


def _colour_bar(
    figure: FigureBase, norm: Normalize, cmap: Any, axes: NDArray, label: str, location: str
) -> None:
    """Colour bar of some panels."""
    across: dict[str, Any] = {"shrink": 0.6, "aspect": 40} if location == "bottom" else {"shrink": 0.85}
    bar = figure.colorbar(ScalarMappable(norm, cmap), ax=axes, location=location, pad=0.02, **across)
    bar.set_label(label)


def spaced(count: int, wanted: int, margin: float = 0.0) -> NDArray[np.int_]:
    """At most `wanted` evenly spaced indices below `count`.

    Parameters
    ----------
    count, wanted : int
    margin : float
        Share that is left out at either end.
    """
    return np.unique(np.rint(np.linspace(margin, 1 - margin, wanted) * (count - 1)).astype(int))
