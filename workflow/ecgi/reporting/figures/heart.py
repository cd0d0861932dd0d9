"""Figure of the heart, its electrodes and its slices."""

from collections.abc import Sequence

import matplotlib
import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...anatomy.heart import Anatomy
from ...anatomy.wall_surface import wall_surface
from .style import (
    FULL_WIDTH,
    INPUT,
    STYLE,
    TISSUES,
    Extent,
    Paths,
    extent_of,
    limits_of,
    panels_of,
    saved,
    scale_bar,
    show_map,
)

TRIANGLES = 6000  # of the drawn surface


def heart_of_dataset(paths: Paths, dataset: xr.Dataset, anatomy: Anatomy) -> None:
    """Heart of a dataset with its electrodes and slices, see `heart`.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    dataset : xarray.Dataset
        Dataset of the heart.
    anatomy : Anatomy
        Heart in its short-axis frame.
    """
    surface = wall_surface(anatomy, TRIANGLES)
    heart(
        paths,
        surface.points,
        surface.triangles,
        dataset["electrode_position"].values,
        slice_outlines(dataset["position"].values),
        dataset["tissue"].values,
        extent_of(dataset["x"].values, dataset["y"].values),
        dataset["z"].values,
    )


def slice_outlines(positions: NDArray) -> list[NDArray]:
    """Closed frame of each slice.

    Parameters
    ----------
    positions : numpy.ndarray, shape (slice, y, x, 3)
        Pixel centres, patient RAS in mm.

    Returns
    -------
    list of numpy.ndarray, shape (5, 3)
        Corners, the first one repeated at the end.
    """
    corners = ((0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0))
    return [np.array([plane[corner] for corner in corners]) for plane in positions]


def heart(
    paths: Paths,
    surface: NDArray,
    faces: NDArray,
    electrodes: NDArray,
    slice_outlines: Sequence[NDArray],
    tissue: NDArray,
    extent: Extent,
    from_base_mm: Sequence[float] | NDArray,
) -> None:
    """Heart with its electrodes in patient coordinates, and its short-axis slices.

    Parameters
    ----------
    paths : iterable of path-like
        Files to write.
    surface : numpy.ndarray, shape (point, 3)
        Surface of the wall in patient RAS, mm.
    faces : numpy.ndarray of int, shape (triangle, 3)
        Points of each triangle.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    slice_outlines : sequence of numpy.ndarray, shape (corner, 3)
        Frame of each slice in patient RAS, mm.
    tissue : numpy.ndarray of uint8, shape (slice, y, x)
        `Tissue` of each pixel.
    extent : tuple of 4 float
        See `extent_of`.
    from_base_mm : numpy.ndarray, shape (slice,)
        Distance of each slice from the base.
    """
    count = len(tissue)
    columns = -(-count // 2)
    heading = {"x": 0.02, "ha": "left", "fontweight": "bold", "fontsize": STYLE["axes.titlesize"]}
    with saved(paths, (FULL_WIDTH, 3.4)) as figure:
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 1.25))[0]
        axis = left.add_subplot(projection="3d")
        light = matplotlib.colors.LightSource(azdeg=60, altdeg=30)
        axis.plot_trisurf(
            *surface.T, triangles=faces, color="#c98a8a", lightsource=light, linewidth=0, alpha=0.85
        )
        axis.scatter(*electrodes.T, s=5, color=INPUT, depthshade=False, label="electrodes")
        for index, outline in enumerate(slice_outlines):
            axis.plot(*outline.T, color="k", lw=0.6, label="slices" if index == 0 else None)
        axis.set_aspect("equal")
        axis.view_init(elev=18, azim=40)
        axis.set_box_aspect(None, zoom=0.85)
        axis.set_xlabel("right (mm)", labelpad=-6)
        axis.set_ylabel("anterior (mm)", labelpad=-6)
        axis.set_zlabel("superior (mm)", labelpad=-6)
        axis.locator_params(nbins=4)
        axis.tick_params(pad=-3)
        axis.legend(frameon=False, loc="upper right")
        left.suptitle("a  heart and electrodes", **heading)

        limits = limits_of(extent, np.where(tissue > 0, 0.0, np.nan))
        axes = panels_of(right, 2, columns, limits).ravel()
        present = [label for label in TISSUES if (tissue == label).any()]
        colours = matplotlib.colors.ListedColormap([TISSUES[label][1] for label in TISSUES])
        bounds = matplotlib.colors.BoundaryNorm([0.5, 1.5, 2.5, 5.5], 3)
        for axis, image, distance in zip(axes, tissue, from_base_mm, strict=False):
            show_map(axis, np.where(image > 0, image, np.nan).astype(float), extent, colours, bounds)
            axis.set_title(f"{distance:.0f} mm")
        for axis in axes[count:]:
            axis.set_axis_off()
        scale_bar(axes[0])
        handles = [plt.Rectangle((0, 0), 1, 1, color=TISSUES[label][1]) for label in present]
        right.legend(
            handles,
            [TISSUES[label][0] for label in present],
            loc="outside lower center",
            ncols=4,
            frameon=False,
        )
        right.suptitle("b  slices, with their distance from the base", **heading)
