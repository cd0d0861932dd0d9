"""Figures of the paper and of the comparison; the style is set here and nowhere else."""

import string
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.ticker
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.colors import Normalize, TwoSlopeNorm

from .errors import InputError
from .wording import spelled

ACTIVATION, SPREAD, ERROR = "viridis", "cividis", "RdBu_r"
ISOCHRONE_MS = 10
MM = 1 / 25.4  # inches
FULL_WIDTH = 180 * MM  # two columns of a journal page
INPUT, OUTPUT, OTHER = sns.color_palette("colorblind")[0], sns.color_palette("colorblind")[3], "0.55"
TISSUES = {
    1: ("LV wall", "#cc6677"),
    2: ("RV wall", "#6699cc"),
    5: ("scar", "#ddcc77"),
    6: ("border zone", "#ccaa99"),
}
STYLE: dict[Any, Any] = {  # nothing is smaller than 7 pt in print
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "pdf.fonttype": 42,
    "svg.hashsalt": "ecgi",
}


def refuse_empty_slice(grid, number):
    """Refuse to show a slice without wall.

    Raises
    ------
    InputError
        That names the slices which have some.
    """
    filled = np.flatnonzero(grid.mask.any((1, 2)))
    if number not in filled:
        raise InputError(
            f"evaluation.shown_slice: slice {number} of {grid.case} holds no wall; choose one from "
            f"{filled[0]} to {filled[-1]}"
        )


@contextmanager
def saved(paths, size):
    """A figure of `size` inches that is written to each of `paths` when the block ends."""
    with plt.rc_context(STYLE):
        figure = plt.figure(figsize=size, layout="constrained")
        yield figure
        for path in paths:
            metadata = {"CreationDate": None} if str(path).endswith(".pdf") else None
            figure.savefig(path, metadata=metadata)
        plt.close(figure)


def letter(axis, index, text=""):
    """Panel letter at the upper left: a for 0, b for 1; and what the panel shows."""
    axis.set_title(f"{string.ascii_lowercase[index]}  {text}".rstrip(), loc="left", fontweight="bold")


def show_map(axis, values, extent, cmap, norm, isochrones=False):
    """A short-axis map in mm, its colours on the given scale."""
    image = axis.imshow(values, origin="lower", extent=extent, cmap=cmap, norm=norm, interpolation="nearest")
    if isochrones and np.isfinite(values).any():
        levels = np.arange(0, np.nanmax(values), ISOCHRONE_MS)
        axis.contour(values, levels, origin="lower", extent=extent, colors="k", linewidths=0.35)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)
    return image


def limits_of(extent, maps):
    """Limits in mm, of x and of y, of what maps (..., y, x) show, with a pixel to spare."""
    there = np.isfinite(maps).reshape(-1, *np.shape(maps)[-2:]).any(0)
    limits = []
    for axis, (low, high) in ((0, extent[:2]), (1, extent[2:])):
        shown = np.flatnonzero(there.any(axis))
        pixel = (high - low) / there.shape[1 - axis]
        limits.append((low + (shown[0] - 1) * pixel, low + (shown[-1] + 2) * pixel))
    return limits


def panels_of(figure, rows, columns, limits):
    """Panels for maps, all with the same limits."""
    panels = figure.subplots(rows, columns, squeeze=False)
    for axis in panels.ravel():
        axis.set(xlim=limits[0], ylim=limits[1], autoscale_on=False)
    return panels


def height_of(rows, columns, limits):
    """Height in inches of such panels across a page."""
    width, height = (high - low for low, high in limits)
    return rows * FULL_WIDTH / columns * height / width


def scale_bar(axis, length_mm=20):
    """A bar of set length below the lower left corner of a map in mm."""
    x, place = axis.get_xlim()[0], axis.get_xaxis_transform()
    axis.plot(
        [x, x + length_mm],
        [-0.04] * 2,
        color="k",
        lw=1.5,
        solid_capstyle="butt",
        transform=place,
        clip_on=False,
    )
    axis.text(x, -0.08, f"{length_mm} mm", va="top", fontsize=STYLE["legend.fontsize"], transform=place)


def extent_of(x, y):
    """Edges of an image whose pixel centres are `x` and `y`."""
    half = (x[1] - x[0]) / 2
    return (x[0] - half, x[-1] + half, y[0] - half, y[-1] + half)


def signals(paths, time, truth, outputs, electrodes):
    """Input and output of BSP models at two electrodes (the paper's figure 4).

    Parameters
    ----------
    paths : sequence of path-like
    time : numpy.ndarray
        ms.
    truth : numpy.ndarray, shape (electrode, time)
        mV.
    outputs : dict of str to numpy.ndarray
        What each model made of it.
    electrodes : sequence of int
    """
    rows = len(outputs)
    with saved(paths, (FULL_WIDTH, 0.5 + 1.7 * rows)) as figure:
        axes = figure.subplots(rows, len(electrodes), sharex=True, sharey=True, squeeze=False)
        for row, (name, output) in enumerate(outputs.items()):
            for column, electrode in enumerate(electrodes):
                axis = axes[row, column]
                axis.axhline(0, color="0.8", lw=0.6)
                axis.plot(time, truth[electrode], color=INPUT, lw=1.4, label="simulated")
                axis.plot(time, output[electrode], color=OUTPUT, lw=1.4, ls="--", label=spelled(name))
                axis.set_title(f"electrode {electrode}")
                letter(axis, row * len(electrodes) + column)
                if column == len(electrodes) - 1:
                    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
        for axis in axes[-1]:
            axis.set_xlabel("time after the earliest activation (ms)")
        for axis in axes[:, 0]:
            axis.set_ylabel("potential (mV)")


def reconstructions(paths, truth, prediction, extent, from_base_mm):
    """Simulated and reconstructed maps of some slices (the paper's figure 5).

    Parameters
    ----------
    paths : sequence of path-like
    truth, prediction : numpy.ndarray, shape (slice, y, x)
        ms.
    extent : tuple of 4 float
        See `extent_of`.
    from_base_mm : numpy.ndarray
        Place of each slice.
    """
    norm = Normalize(0, np.nanmax(truth))
    limits = limits_of(extent, truth)
    with saved(paths, (FULL_WIDTH, 1.6 + height_of(2, len(truth), limits))) as figure:
        axes = panels_of(figure, 2, len(truth), limits)
        for row, maps in zip(axes, (truth, prediction), strict=True):
            for axis, values in zip(row, maps, strict=True):
                image = show_map(axis, values, extent, ACTIVATION, norm, True)
        for axis, place in zip(axes[0], from_base_mm, strict=True):
            axis.set_xlabel(f"{place:.0f} mm from base")
        letter(axes[0, 0], 0, "simulated")
        letter(axes[1, 0], 1, "reconstructed")
        scale_bar(axes[1, 0])
        _label_activation(_colour_bar(figure, image, axes, prediction, shrink=0.6))


def uncertainty(paths, truth, predictions, extent):
    """Simulated map, predicted mean, SD and error per method (the paper's figure 6).

    Parameters
    ----------
    paths : sequence of path-like
    truth : numpy.ndarray, shape (y, x)
        ms.
    predictions : dict of str to numpy.ndarray, shape (draw, y, x)
        Maps in ms of each method that draws samples.
    extent : tuple of 4 float
    """
    rows = len(predictions)
    means = {name: draws.mean(0) for name, draws in predictions.items()}
    spreads = {name: draws.std(0, ddof=1) for name, draws in predictions.items()}
    worst = max(np.nanmax(np.abs(mean - truth)) for mean in means.values())
    widest = max(np.nanmax(spread) for spread in spreads.values())
    times = Normalize(0, np.nanmax(truth))
    errors, widths = TwoSlopeNorm(0, -worst, worst), Normalize(0, widest)
    limits = limits_of(extent, truth)
    with saved(paths, (FULL_WIDTH, 1.1 + height_of(rows, 4, limits))) as figure:
        axes = panels_of(figure, rows, 4, limits)
        for row, name in enumerate(predictions):
            first = show_map(axes[row, 0], truth, extent, ACTIVATION, times, True)
            show_map(axes[row, 1], means[name], extent, ACTIVATION, times, True)
            second = show_map(axes[row, 2], spreads[name], extent, SPREAD, widths)
            third = show_map(axes[row, 3], means[name] - truth, extent, ERROR, errors)
            axes[row, 0].set_ylabel(spelled(name))
        scale_bar(axes[-1, 0])
        for index, text in enumerate(("simulated", "predicted mean", "SD of draws", "error")):
            letter(axes[0, index], index, text)
        _label_activation(_colour_bar(figure, first, axes[:, :2], np.stack(list(means.values())), shrink=0.9))
        _colour_bar(figure, second, axes[:, 2]).set_label("SD (ms)")
        _colour_bar(figure, third, axes[:, 3]).set_label("predicted − simulated (ms)")


def _colour_bar(figure, image, axes, maps=0.0, shrink=1.0):
    """Colour bar below some panels, with a point where maps go beyond its upper end."""
    beyond = "max" if np.nanmax(maps) > image.norm.vmax else "neither"
    return figure.colorbar(image, ax=axes, location="bottom", pad=0.02, shrink=shrink, extend=beyond)


def _label_activation(bar):
    """Name a colour bar of activation times, with its early and late end."""
    bar.set_label(f"activation time, early to late (ms); isochrones every {ISOCHRONE_MS} ms")


def heart(paths, surface, faces, electrodes, slice_outlines, tissue, extent, from_base_mm):
    """The heart in the chest with its electrodes, and its slices.

    Parameters
    ----------
    paths : sequence of path-like
    surface : numpy.ndarray, shape (point, 3)
        Surface of the wall in patient RAS, mm.
    faces : numpy.ndarray of int, shape (triangle, 3)
    electrodes : numpy.ndarray, shape (electrode, 3)
    slice_outlines : sequence of numpy.ndarray, shape (corner, 3)
        Frame of each slice in patient RAS.
    tissue : numpy.ndarray of uint8, shape (slice, y, x)
    extent : tuple of 4 float
    from_base_mm : numpy.ndarray
        Place of each slice.
    """
    count = len(tissue)
    columns = -(-count // 2)
    heading = {"x": 0.02, "ha": "left", "fontweight": "bold", "fontsize": STYLE["axes.titlesize"]}
    with saved(paths, (FULL_WIDTH, 3.4)) as figure:
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.25))
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
        for axis, image, place in zip(axes, tissue, from_base_mm, strict=False):
            show_map(axis, np.where(image > 0, image, np.nan).astype(float), extent, colours, bounds)
            axis.set_title(f"{place:.0f} mm")
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


def training_curves(paths, histories):
    """Training and validation loss of each variant, one line per seed.

    Parameters
    ----------
    paths : sequence of path-like
    histories : dict of str to list of pandas.DataFrame
        Histories of each variant's seeds.
    """
    columns = min(3, len(histories))
    rows = -(-len(histories) // columns)
    with saved(paths, (FULL_WIDTH, 0.3 + 1.9 * rows)) as figure:
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, (axis, (name, runs)) in enumerate(zip(axes, histories.items(), strict=False)):
            for index, history in enumerate(runs):
                label = ("training", "validation") if index == 0 else (None, None)
                axis.plot(history["epoch"], history["loss"], color=INPUT, lw=1, label=label[0])
                axis.plot(history["epoch"], history["val_loss"], color=OUTPUT, lw=1, label=label[1])
            letter(axis, panel, spelled(name))
            axis.set(yscale="log", xlabel="epoch")
            axis.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
            axis.yaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter(
                matplotlib.ticker.FuncFormatter(lambda y, _: np.format_float_positional(y, 6, trim="-"))
            )
            axis.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        for axis in axes[len(histories) :]:
            axis.set_axis_off()
        for axis in axes[::columns]:
            axis.set_ylabel("loss")
        axes[0].legend(frameon=False)


def comparison(paths, table, metrics):
    """All inverse methods beside each other, with their intervals, under each condition.

    Parameters
    ----------
    paths : sequence of path-like
    table : pandas.DataFrame
        See `evaluation.COLUMNS`, one part of the data.
    metrics : dict of str to str
        Metric to axis label, a panel each.
    """
    methods = [m for m in table["method"].unique() if (table.query("method == @m")["metric"] == "mae").any()]
    conditions = list(table["condition"].unique())
    offsets = 0.3 * (np.arange(len(conditions)) - (len(conditions) - 1) / 2) / len(conditions)
    colours = sns.color_palette("colorblind", len(conditions))
    with saved(paths, (FULL_WIDTH, 1.1 + 0.3 * len(methods))) as figure:
        axes = figure.subplots(1, len(metrics), sharey=True)
        for index, (axis, (metric, label)) in enumerate(zip(axes, metrics.items(), strict=True)):
            rows = table[table["metric"] == metric]
            for offset, condition, colour in zip(offsets, conditions, colours, strict=True):
                for place, method in enumerate(methods):
                    own = rows[(rows["method"] == method) & (rows["condition"] == condition)]
                    level = np.full(len(own), place + offset)
                    axis.hlines(level, own["low"], own["high"], color="0.5", lw=1.2, zorder=1)
                    named = condition if place == 0 else None
                    axis.plot(own["value"], level, "o", ms=4, color=colour, zorder=2, label=named)
            axis.set_xlabel(label)
            axis.set_ylim(len(methods) - 0.5, -0.5)
            axis.grid(axis="x", color="0.9", lw=0.6)
            letter(axis, index)
        axes[0].set_yticks(range(len(methods)), [spelled(method) for method in methods])
        if len(conditions) > 1:
            handles = axes[0].get_legend_handles_labels()
            figure.legend(*handles, loc="outside lower center", ncols=len(conditions), frameon=False)


def robustness(paths, table, metrics):
    """What methods make of recordings unlike those of the training.

    Parameters
    ----------
    paths : sequence of path-like
    table : pandas.DataFrame
        See `evaluation.COLUMNS`, one part of the data.
    metrics : dict of str to str
        Metric to axis label, a panel each.
    """
    conditions, methods = list(table["condition"].unique()), list(table["method"].unique())
    colours = dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
    offsets = dict(zip(methods, np.linspace(-0.3, 0.3, len(methods)), strict=True))
    with saved(paths, (FULL_WIDTH, 1.3 + 0.32 * len(conditions))) as figure:
        axes = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for index, (axis, (metric, label)) in enumerate(zip(axes, metrics.items(), strict=True)):
            for method in methods:
                rows = table[(table["metric"] == metric) & (table["method"] == method)]
                level = rows["condition"].map(conditions.index) + offsets[method]
                axis.hlines(level, rows["low"], rows["high"], color=colours[method], lw=0.8)
                axis.plot(
                    rows["value"],
                    level,
                    "o",
                    ms=3,
                    color=colours[method],
                    label=spelled(method),
                    clip_on=False,
                )
            for level in range(1, len(conditions)):
                axis.axhline(level - 0.5, color="0.92", lw=0.6, zorder=0)
            axis.set_xlabel(label)
            axis.set_xlim(left=0)
            axis.set_ylim(len(conditions) - 0.5, -0.5)
            letter(axis, index)
        axes[0].set_yticks(range(len(conditions)), [spelled(condition) for condition in conditions])
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False
        )


def calibration(paths, table, levels):
    """How often intervals cover the truth, over how often they say they do (a reliability diagram).

    Parameters
    ----------
    paths : sequence of path-like
    table : pandas.DataFrame
        See `evaluation.COLUMNS`, one part of the data, of methods that draw samples.
    levels : sequence of int
        Nominal coverage in percent.
    """
    conditions, methods = list(table["condition"].unique()), list(table["method"].unique())
    colours = dict(zip(methods, sns.color_palette("colorblind", len(methods)), strict=True))
    with saved(paths, (FULL_WIDTH, 75 * MM)) as figure:
        axes = figure.subplots(1, len(conditions), sharey=True, squeeze=False)[0]
        for index, (axis, condition) in enumerate(zip(axes, conditions, strict=True)):
            axis.plot([0, 100], [0, 100], color="0.7", lw=0.8)
            for method in methods:
                rows = table[(table["condition"] == condition) & (table["method"] == method)]
                rows = rows.set_index("metric").loc[[f"coverage_{level}" for level in levels]]
                error = np.abs(rows[["low", "high"]].T.to_numpy() - rows["value"].to_numpy())
                axis.errorbar(
                    levels,
                    rows["value"],
                    error,
                    marker="o",
                    ms=3,
                    lw=1,
                    color=colours[method],
                    label=spelled(method),
                )
            axis.set(xlim=(0, 100), ylim=(0, 100), aspect="equal", xlabel="intervals say (%)")
            letter(axis, index, spelled(condition))
        axes[0].set_ylabel("intervals cover (%)")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)


def transfer(paths, table):
    """Error on a new heart over the number of its beats that a model went on to learn from.

    Parameters
    ----------
    paths : sequence of path-like
    table : pandas.DataFrame
        Columns beats and mae_ms, a row per test beat.
    """
    counts = sorted(table["beats"].unique())
    errors = [table.loc[table["beats"] == count, "mae_ms"].to_numpy() for count in counts]
    with saved(paths, (FULL_WIDTH / 2, 60 * MM)) as figure:
        axis = figure.subplots()
        axis.boxplot(errors, widths=0.5, showfliers=True, flierprops={"ms": 2}, medianprops={"color": OUTPUT})
        axis.plot(range(1, len(counts) + 1), [error.mean() for error in errors], "o-", ms=3, color=INPUT)
        axis.set_xticks(range(1, len(counts) + 1), [str(count) for count in counts])
        axis.set(xlabel="beats of the new heart learnt from", ylabel="mean absolute error (ms)")
        axis.set_ylim(bottom=0)
