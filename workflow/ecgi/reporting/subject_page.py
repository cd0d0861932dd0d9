"""Summary of a prediction on two pages: the map and how far to trust it; what it was made from."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ..anatomy.plausibility import lines_of_check
from ..evaluation.goodness_of_fit import Fit, fit_of_prediction, remarks_on
from .colours import OF_PATIENTS
from .figures.anatomy import long_axis_view, short_axis_view
from .figures.style import HEADING, INPUT, MM, OTHER, OUTPUT, saved_pages
from .recording_figure import draw_recording
from .site_sentences import sentences_of
from .subject_map import draw_slices, draw_views, spaced

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

A4 = (210 * MM, 297 * MM)
MARGINS = {"rect": (0.03, 0.03, 0.94, 0.94)}
LEADS = 6
NOTES = 26  # lines of notes at full size
PAGE = 11.0  # height of the first page, inches
FIRST_LINE = 0.16  # height of a line to be read first
NUMBER_LINE = 0.18  # height of a line of numbers
MOST_LINES = 12  # of the check of the heart
NOT_A_DEVICE = "Research software, not a medical device. Not for diagnosis or treatment."
MODEL = (
    "BSP are re-simulated from each sample with the dipole model in the conductor above; "
    "amplitude, offsets and onset are fitted before the fit is rated; numbers are medians over samples. A "
    "close fit does not prove the map: different maps "
    "can give nearly the same BSP. The spread of the samples holds the doubt about the onset, and the errors "
    "that the misfit shows; it does not include errors of the model that leave no misfit."
)


def page(
    path: str | PathLike,
    anatomy: Anatomy,
    mean: NDArray,
    spread: NDArray,
    sites: pd.DataFrame,
    prediction: xr.Dataset,
    recording: xr.Dataset,
    examination: Mapping[str, Any],
    check: Mapping[str, Any],
    colours: str = "ep",
) -> None:
    """Write the summary of a prediction as a PDF of two pages.

    Parameters
    ----------
    path : path-like
        File to write.
    anatomy : Anatomy
        Heart in its short-axis frame.
    mean, spread : numpy.ndarray, shape (voxel,)
        Activation times and their SD over samples in ms; NaN where there is none.
    sites : pandas.DataFrame
        See `export.earliest_sites`.
    prediction : xarray.Dataset
        With ``bsp`` (sample, electrode, time) and ``bsp_recorded`` (electrode, time) in mV.
    recording : xarray.Dataset
        Recorded beat, see `recording_figure.draw_recording`, with ``notes``.
    examination : mapping
        ``warnings`` and ``notes`` of `evaluation.cross_examination`.
    check : mapping
        Check of the heart, see `io.hearts.import_heart`.
    colours : {"ep", "colour_blind_safe"}
        See `colours.OF_PATIENTS`.
    """
    goodness = fit_of_prediction(prediction)
    first, others = _sorted([*examination["warnings"], *remarks_on(prediction, goodness, examination)])
    first = [line for warning in first for line in textwrap.wrap(warning, 116, subsequent_indent="   ")]
    name, region = sentences_of(anatomy, sites)
    numbers = _numbers(mean, spread, sites, region, goodness)
    slices_high = 2.5 if np.isfinite(spread).any() else 1.5
    used = (0.6 + FIRST_LINE * len(first), 0.2 + NUMBER_LINE * len(numbers))
    heights = (*used, PAGE - sum(used) - slices_high, slices_high)
    with saved_pages(path) as new_page:
        with new_page(A4) as figure:
            figure.set_layout_engine("constrained", **MARGINS)
            title, text, views, slices = figure.subfigures(4, 1, squeeze=False, height_ratios=heights)[:, 0]
            _title(title, prediction.attrs, first)
            _write(text, numbers)
            places = sites[["x_mm", "y_mm", "z_mm"]].to_numpy(float)
            draw_views(views, anatomy, mean, spread, places, name.segment, OF_PATIENTS[colours])
            draw_slices(slices, anatomy, mean, spread, OF_PATIENTS[colours])
        with new_page(A4) as figure:
            figure.set_layout_engine("constrained", **MARGINS)
            parts = figure.subfigures(4, 1, squeeze=False, height_ratios=(2.0, 3.2, 1.8, 3.4))[:, 0]
            recorded, signals, heart, text = parts
            _recording(recorded, recording)
            _signals(signals, prediction, goodness)
            _heart(heart, anatomy, check)
            others += [*examination["notes"], *recording.attrs["notes"]]
            _notes(text, prediction.attrs, recording.attrs, others)


def _sorted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Warnings, and other lines."""
    warnings = [line for line in lines if line.startswith("warning")]
    return warnings, [line for line in lines if line not in warnings]


def _title(figure: SubFigure, attributes: Mapping[Any, Any], first: list[str]) -> None:
    """Draw the heading, the disclaimer, and what is to be read first."""
    case, method = attributes["case"], attributes["method"].replace("_", " ")
    height = 0.5 + FIRST_LINE * len(first)
    figure.text(0.03, 1 - 0.19 / height, f"Activation of {case} by {method}", fontsize=13, fontweight="bold")
    figure.text(0.03, 1 - 0.41 / height, NOT_A_DEVICE, fontsize=9, color=OUTPUT, fontweight="bold")
    figure.text(
        0.03, 1 - 0.5 / height, "\n".join(first), va="top", fontsize=8, color=OUTPUT, fontweight="bold"
    )


def _recording(figure: SubFigure, recording: xr.Dataset) -> None:
    """Draw the whole recording and the beat that is used."""
    whole, near = figure.subplots(1, 2, width_ratios=(1, 1.4))
    draw_recording(whole, near, recording)
    figure.suptitle(
        "Recording: QRS complex (light red), where its onset and end may lie (red), stimuli (dotted)",
        **HEADING,
    )


def _signals(figure: SubFigure, prediction: xr.Dataset, goodness: Fit) -> None:
    """Draw recorded and re-simulated potentials of some leads, from the best to the worst fit."""
    time, recorded = prediction["time"].values, prediction["bsp_recorded"].values
    simulated = goodness.amplitude * prediction["bsp"].values
    order = np.argsort(-goodness.lead_correlation)
    shown = order[spaced(len(order), LEADS)]
    axes = figure.subplots(2, -(-len(shown) // 2), sharex=True, squeeze=False)
    for axis, lead in zip(axes.ravel(), shown, strict=False):
        axis.axhline(0, color="0.85", lw=0.6)
        axis.axvline(prediction.attrs["fitted_until_ms"], color=OTHER, lw=0.6, ls=":")
        axis.plot(time, recorded[lead], color=INPUT, lw=1.4, label="recorded")
        for number, sample in enumerate(simulated):
            label = "re-simulated from each sample" if number == 0 else None
            axis.plot(time, sample[lead], color=OUTPUT, lw=0.6, alpha=0.7, label=label)
        name = prediction["name"].values[lead]
        axis.set_title(f"lead {name}, correlation {goodness.lead_correlation[lead]:.2f}")
    for axis in axes[-1]:
        axis.set_xlabel("time after the onset (ms)")
    for axis in axes[:, 0]:
        axis.set_ylabel("potential (mV)")
    figure.suptitle(
        "Recorded and re-simulated potentials, from the best to the worst fit, which ends at the dotted line",
        **HEADING,
    )
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def _heart(figure: SubFigure, anatomy: Anatomy, check: Mapping[str, Any]) -> None:
    """Draw sections of the heart beside its sizes and warnings."""
    sections, words = figure.subfigures(1, 2, squeeze=False, width_ratios=(1, 2.6))[0]
    along, across = sections.subplots(1, 2)
    long_axis_view(along, anatomy, 0)
    short_axis_view(across, anatomy)
    lines = [
        line for text in lines_of_check(check) for line in textwrap.wrap(text, 96, subsequent_indent="   ")
    ]
    shown = lines[:MOST_LINES] + ["..."] * (len(lines) > MOST_LINES)
    words.text(0.01, 0.95, "\n".join(shown), va="top", fontsize=6.5, linespacing=1.3)


def _numbers(
    mean: NDArray, spread: NDArray, sites: pd.DataFrame, region: list[str], goodness: Fit
) -> list[str]:
    """Where activation begins, how sure that is, and how well the map explains the recording, in lines."""
    x, y, z = sites.loc[0, ["x_mm", "y_mm", "z_mm"]]
    numbers = [
        ("fit to the leads", goodness.verdict),
        ("activation begins", region[0]),
        *(("", line) for line in region[1:]),
        ("", f"at ({x:.0f}, {y:.0f}, {z:.0f}) mm, patient RAS"),
        ("latest activation", f"{np.nanmax(mean):.0f} ms"),
    ]
    if np.isfinite(spread).any():
        median, widest = np.nanmedian(spread), np.nanpercentile(spread, 95)
        numbers.append(
            ("SD of the times", f"{median:.0f} ms in the median, below {widest:.0f} ms in 95 % of the wall")
        )
    numbers += [
        (
            "relative error",
            f"{goodness.relative_error:.2f} of what was fitted (0: perfect, 1: no better than none);",
        ),
        ("", f"{goodness.error_as_is:.2f} of the whole beat, offsets included"),
        (
            "correlation",
            f"{goodness.correlation:.2f}; median of leads {np.median(goodness.lead_correlation):.2f}",
        ),
        ("amplitude", f"recorded is {goodness.amplitude:.2f} times the re-simulated"),
    ]
    if np.isnan(mean).any():
        numbers.append(("gaps", f"{100 * np.isnan(mean).mean():.0f} % of the wall; filled in to simulate"))
    return [
        line
        for name, value in numbers
        for line in textwrap.wrap(
            value, 108, initial_indent=f"{name:<20}", subsequent_indent=22 * " ", break_long_words=False
        )
    ]


def _write(figure: SubFigure, lines: list[str]) -> None:
    """Write lines in columns."""
    figure.text(0.03, 0.97, "\n".join(lines), va="top", fontsize=8, family="monospace", linespacing=1.6)


def _notes(
    figure: SubFigure, attributes: Mapping[Any, Any], recording: Mapping[Any, Any], remarks: list[str]
) -> None:
    """Write what was done to the recording, what the map does not say, and versions."""
    conductor = f"conductor: {attributes['conductor']}"
    notes = [f"recording {recording['recording']}", *remarks, conductor, MODEL]
    notes.append(
        f"ecgi {attributes['ecgi_version']}, experiment {attributes['experiment']}, settings "
        f"{attributes['settings_sha256'][:12]}, recording settings {recording['settings_sha256'][:12]}."
    )
    wrapped = [line for note in notes for line in textwrap.wrap(note, 132, subsequent_indent="   ")]
    size = 7 * min(1.0, NOTES / len(wrapped))
    figure.text(0.03, 0.97, "\n".join(wrapped), va="top", fontsize=size, linespacing=1.35)
