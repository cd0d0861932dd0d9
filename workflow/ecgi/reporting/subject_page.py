"""One page about a prediction: the map, how sure it is, and whether to believe it."""

import textwrap

import numpy as np
from matplotlib.colors import Normalize

from ..evaluation.goodness_of_fit import fit
from .figures.style import (
    ACTIVATION,
    INPUT,
    ISOCHRONE_MS,
    MM,
    OUTPUT,
    SPREAD,
    extent_of,
    saved,
    scale_bar,
    show_map,
)

A4 = (210 * MM, 297 * MM)
MARGINS = {"rect": (0.03, 0.03, 0.94, 0.94)}  # for printers
HEADING = {"fontsize": 9, "fontweight": "bold", "x": 0.03, "ha": "left"}
SLICES = 6
LEADS = 6
NOT_A_DEVICE = "Research software, not a medical device. Not for diagnosis or treatment."
MODEL = (
    "The re-simulated BSP come from each sample by the dipole model in an infinite homogeneous torso, their "
    "amplitude fitted; figures are medians over samples. A close fit does not prove the map: maps that "
    "differ can give nearly the same BSP. The spread of samples is what the recording leaves open under "
    "this model, not how wrong the model is."
)


def page(path, anatomy, mean, spread, sites, prediction, recording):
    """Write the page as PDF.

    Parameters
    ----------
    path : path-like
    anatomy : Anatomy
        In its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    sites : pandas.DataFrame
        See `export.earliest_sites`.
    prediction : xarray.Dataset
        With ``bsp`` (sample, electrode, time) and ``bsp_recorded`` (electrode, time).
    recording : dict
        Attributes of the recording's store.
    """
    judged = fit(prediction["bsp_recorded"].values, prediction["bsp"].values)
    with saved([path], A4) as figure:
        figure.get_layout_engine().set(**MARGINS)
        title, maps, signals, words = figure.subfigures(4, 1, height_ratios=(0.5, 3.7, 3.9, 3.3))
        _title(title, prediction.attrs)
        _maps(maps, anatomy, mean, spread)
        _signals(signals, prediction, judged)
        _words(words, mean, spread, sites, judged, prediction.attrs, recording)


def _title(figure, attributes):
    """What this is, and what it is not."""
    case, method = attributes["case"], attributes["method"].replace("_", " ")
    figure.text(0.03, 0.62, f"Activation of {case} by {method}", fontsize=13, fontweight="bold")
    figure.text(0.03, 0.18, NOT_A_DEVICE, fontsize=9, color=OUTPUT, fontweight="bold")


def _maps(figure, anatomy, mean, spread):
    """Short-axis slices of the map and of its SD, from base to apex."""
    volumes = [np.full(anatomy.labels.shape, np.nan) for _ in range(2)]
    for volume, values in zip(volumes, (mean, spread), strict=True):
        volume[anatomy.wall] = values
    spoken = np.flatnonzero(np.isfinite(volumes[0]).any((0, 1)))
    planes = spoken[_spaced(len(spoken), SLICES, 0.08)]
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
        (ACTIVATION, Normalize(0, np.nanmax(mean))),
        (SPREAD, Normalize(0, _most(spread))),
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


def _spaced(count, wanted, margin=0.0):
    """Numbers below `count`, evenly spaced, `wanted` at most; a share `margin` at either end is left out."""
    return np.unique(np.rint(np.linspace(margin, 1 - margin, wanted) * (count - 1)).astype(int))


def _most(spread):
    """Upper end of the scale of an SD."""
    return max(float(np.nanmax(spread)), 1e-3) if np.isfinite(spread).any() else 1.0


def _signals(figure, prediction, judged):
    """Recorded and re-simulated potentials of some leads, from the best to the worst fit."""
    time, recorded = prediction["time"].values, prediction["bsp_recorded"].values
    simulated = judged.amplitude * prediction["bsp"].values
    order = np.argsort(-judged.lead_correlation)
    shown = order[_spaced(len(order), LEADS)]
    axes = figure.subplots(2, -(-len(shown) // 2), sharex=True, squeeze=False)
    for axis, lead in zip(axes.ravel(), shown, strict=False):
        axis.axhline(0, color="0.85", lw=0.6)
        axis.plot(time, recorded[lead], color=INPUT, lw=1.4, label="recorded")
        for number, sample in enumerate(simulated):
            label = "re-simulated from each sample" if number == 0 else None
            axis.plot(time, sample[lead], color=OUTPUT, lw=0.6, alpha=0.7, label=label)
        name = prediction["name"].values[lead]
        axis.set_title(f"lead {name}, correlation {judged.lead_correlation[lead]:.2f}")
    for axis in axes[-1]:
        axis.set_xlabel("time after the onset (ms)")
    for axis in axes[:, 0]:
        axis.set_ylabel("potential (mV)")
    figure.suptitle("Does the map explain the recording? Leads from the best to the worst fit", **HEADING)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def _words(figure, mean, spread, sites, judged, attributes, recording):
    """Numbers, what was noticed, and where all of it comes from."""
    x, y, z = sites.loc[0, ["x_mm", "y_mm", "z_mm"]]
    samples = len(sites) - 1
    if samples > 1:
        scatter = sites.loc[0, "spread_mm"]
        doubt = f"{scatter:.1f} mm RMS over {samples} samples; SD of times {np.nanmean(spread):.1f} ms"
    else:
        doubt = "not given by this method"
    numbers = [
        ("fit", judged.verdict),
        ("relative error", f"{judged.relative_error:.2f}  (0 is perfect, 1 no better than silence)"),
        (
            "correlation",
            f"{judged.correlation:.2f}; median of leads {np.median(judged.lead_correlation):.2f}",
        ),
        ("amplitude", f"recorded is {judged.amplitude:.2f} times the re-simulated"),
        ("earliest site", f"({x:.1f}, {y:.1f}, {z:.1f}) mm, patient RAS"),
        ("its spread", doubt),
        ("latest activation", f"{np.nanmax(mean):.0f} ms"),
    ]
    if np.isnan(mean).any():
        numbers.append(("gaps", f"{100 * np.isnan(mean).mean():.0f} % of the wall; filled in to simulate"))
    lines = [f"{name:<18}{said}" for name, said in numbers]
    figure.text(0.03, 0.97, "\n".join(lines), va="top", fontsize=7.5, family="monospace", linespacing=1.5)
    said = [f"recording {recording['recording']}", *recording["notes"], MODEL]
    said.append(
        f"ecgi {attributes['ecgi_version']}, experiment {attributes['experiment']}, settings "
        f"{attributes['settings_sha256'][:12]}, recording settings {recording['settings_sha256'][:12]}."
    )
    wrapped = [line for text in said for line in textwrap.wrap(text, 132, subsequent_indent="   ")]
    figure.text(0.03, 0.54, "\n".join(wrapped), va="top", fontsize=7, linespacing=1.35)
