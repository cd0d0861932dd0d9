"""Summary of a prediction: whether to believe it, the map, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..anatomy.coordinates import aha_segments
from ..anatomy.heart import Tissue
from ..anatomy.plausibility import lines_of_check
from ..evaluation.goodness_of_fit import Fit, fit_of_prediction, remarks_on
from .colours import OF_PATIENTS
from .figures.anatomy import long_axis_view, short_axis_view
from .figures.bullseye import medians_of_segments
from .figures.style import INPUT, OTHER, OUTPUT
from .recording_figure import draw_recording
from .sheets import BULLET, WIDTH, Document, Panel, Section
from .site_sentences import distances_of_samples, sentences_of
from .subject_map import SubjectMap, draw_bullseyes, draw_slices, draw_views, spaced
from .verdict import WARNING, verdict, what_would_change_it

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import FigureBase
    from numpy.typing import NDArray

    from ..anatomy.heart import Anatomy

LEADS = 6
NOT_A_DEVICE = "Research software, not a medical device. Not for diagnosis or treatment."
VIEWS_MM, BULLSEYE_MM = (WIDTH - 62.0, 118.0), (62.0, 59.0)
MODEL = (
    "BSP are re-simulated from each sample by dipoles in this conductor; amplitude, offsets and onset are "
    "fitted before the fit is rated; numbers are medians over samples. A close fit does not prove the map: "
    "different maps can give nearly the same BSP. Samples scatter with the onset and the misfit, not with "
    "errors of the model that leave no misfit."
)


def document(
    anatomy: Anatomy,
    samples: NDArray,
    mean: NDArray,
    spread: NDArray,
    sites: pd.DataFrame,
    prediction: xr.Dataset,
    recording: xr.Dataset,
    examination: Mapping[str, Any],
    check: Mapping[str, Any],
    colours: str = "ep",
    contact: Mapping[str, Any] | None = None,
) -> Document:
    """Summary of a prediction.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    samples : numpy.ndarray, shape (sample, voxel)
        Activation times in ms; NaN where there is none.
    mean, spread : numpy.ndarray, shape (voxel,)
        Their mean and SD.
    sites : pandas.DataFrame
        See `export.earliest_sites`.
    prediction : xarray.Dataset
        With ``bsp`` (sample, electrode, time) and ``bsp_recorded`` (electrode, time) in mV.
    recording : xarray.Dataset
        Recorded beat, see `recording_figure.draw_recording`, with ``notes``.
    examination : mapping
        ``warnings``, ``notes`` and ``readings`` of `evaluation.cross_examination`.
    check : mapping
        Check of the heart, see `io.hearts.import_heart`.
    colours : {"ep", "colour_blind_safe"}
        See `colours.OF_PATIENTS`.
    contact : mapping, optional
        Comparison with a contact map, see `evaluation.contact_map.summary`.

    Returns
    -------
    Document
    """
    attributes, given = prediction.attrs, recording.attrs
    goodness = fit_of_prediction(prediction)
    remarks = remarks_on(prediction, goodness, examination)
    heart = [f"{WARNING}{line}" for line in check["warnings"]]
    of_contact = contact["warnings"] if contact else []
    lines = [*examination["warnings"], *remarks, *given["notes"], *heart, *of_contact]
    warnings = [line for line in lines if line.startswith(WARNING)]
    name, region = sentences_of(anatomy, sites)
    site = sites.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float)
    shown = SubjectMap(
        anatomy, mean, spread, site, distances_of_samples(sites), name.segment, OF_PATIENTS[colours]
    )
    besides = ", errors of the model not included" if shown.radii_mm else ""
    begins = f"In the map, activation begins in the {region[0]}; {region[2]}{besides}."
    return Document(
        f"Activation of {attributes['case']} by {attributes['method'].replace('_', ' ')}",
        NOT_A_DEVICE,
        [
            Section("In short", [("", verdict(goodness, examination, warnings)), ("", begins)], size_pt=10),
            Section(
                "What would change it",
                [
                    (BULLET, line)
                    for line in what_would_change_it(
                        examination, warnings, given["onset_bounds_ms"], attributes
                    )
                ],
            ),
            Section("In numbers", _numbers(shown, samples, region, goodness) + _contact(contact)),
            _map(shown, region[0]),
            _slices(shown),
            _recording(recording),
            _signals(prediction, goodness),
            _heart(anatomy, check),
            Section(
                "What was done, and with what", _notes(attributes, given, remarks, examination), size_pt=7
            ),
        ],
    )


def _numbers(shown: SubjectMap, samples: NDArray, region: list[str], goodness: Fit) -> list[tuple[str, str]]:
    """Where activation begins, how sure that is, and how well the map explains the recording."""
    x, y, z = shown.site
    latest = f"{shown.latest_ms:.0f} ms after the onset"
    rows = [
        ("earliest site", f"{region[0]}; {region[1]}; at ({x:.0f}, {y:.0f}, {z:.0f}) mm, patient RAS"),
        ("latest activation", latest),
    ]
    if shown.has_spread:
        median, widest = np.nanmedian(shown.spread), np.nanpercentile(shown.spread, 95)
        of_latest = np.std(np.nanmax(samples, 1), ddof=1)
        sds = f"{_ms(median)} in the median, below {_ms(widest)} in 95 % of the wall"
        rows[1:] = [
            ("of the samples", region[-1]),
            ("latest activation", f"{latest}, SD {_ms(of_latest)}"),
            ("SD of the times", f"{sds}; errors of the model that leave no misfit come on top"),
        ]
    leads = np.median(goodness.lead_correlation)
    rows.append(
        (
            "fit to the leads",
            f"{goodness.rating}: relative error {goodness.relative_error:.2f} of what was fitted, "
            f"{goodness.error_as_is:.2f} of the whole beat, offsets included; correlation "
            f"{_correlation(goodness.correlation)}, of the median lead {_correlation(leads)}; recorded is "
            f"{goodness.amplitude:#.2g} times the re-simulated",
        )
    )
    if np.isnan(shown.mean).any():
        rows.append(("gaps", f"{100 * np.isnan(shown.mean).mean():.0f} % of the wall; filled in to simulate"))
    return rows


def _contact(contact: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """How the map compares with a contact map, if there is one."""
    if contact is None:
        return []
    out = contact["points_left_out"]
    return [
        (
            "contact map",
            f"mean absolute error {contact['mae_ms']:.1f} ms after the best common offset, correlation "
            f"{_correlation(contact['pearson'])} (of ranks {_correlation(contact['spearman'])}) at "
            f"{contact['points_used']} "
            f"points{f', {out} left out' if out else ''}; its earliest point is "
            f"{contact['earliest_distance_mm']:.0f} mm from the earliest site of the map",
        )
    ]


def _ms(time: float) -> str:
    """A time with its unit, rounded as an SD deserves."""
    return "less than 1 ms" if time < 0.75 else f"{time:.0f} ms"


def _correlation(value: float) -> str:
    """A correlation, which is never said to be perfect."""
    return ">0.99" if value >= 0.995 else f"{value:.2f}"


def _map(shown: SubjectMap, begins: str) -> Section:
    """The map from four sides, and in the AHA's segments."""
    parts = [
        f"Seen from four sides of the patient; isochrones every {shown.step_ms} ms",
        "; white line: border of the RV" if (shown.anatomy.labels == Tissue.RV_WALL).any() else "",
        ". Star: earliest site, grey where it lies behind what is seen.",
        " Rings around it: where 50 and 90 % of the samples begin, if larger than the star."
        if shown.radii_mm
        else "",
        " Bull's-eyes: medians of the LV's AHA segments",
        ", that of the site outlined." if shown.segment else ".",
    ]
    latest = f"the latest activation is at {shown.latest_ms:.0f} ms"
    panels = [
        Panel(
            partial(draw_views, shown=shown),
            *VIEWS_MM,
            f"The heart from the front, the left, the back and the right, coloured by activation time: "
            f"it begins in the {begins}; {latest}.",
        )
    ]
    if (shown.anatomy.labels == Tissue.LV_CAVITY).any():
        panels.append(
            Panel(
                partial(draw_bullseyes, shown=shown),
                BULLSEYE_MM[0],
                BULLSEYE_MM[1] * (1 + shown.has_spread),
                _words_of_segments(shown),
            )
        )
    return Section("The map", [("", "".join(parts))], panels)


def _words_of_segments(shown: SubjectMap) -> str:
    """Bull's-eyes in words."""
    medians = medians_of_segments(shown.mean, aha_segments(shown.anatomy))
    times = ", ".join(
        f"{number}: {median:.0f}" for number, median in enumerate(medians, 1) if np.isfinite(median)
    )
    return f"Bull's-eye of activation times: medians of the AHA segments in ms, {times}."


def _slices(shown: SubjectMap) -> Section:
    """The map and its SD in slices."""
    rows = 2 if shown.has_spread else 1
    caption = (
        "Short axis, by distance from the base, one slice through the earliest site (star); A anterior, "
        "I inferior, S septal, L lateral."
    )
    spread = f", and their SD, at most {_ms(np.nanmax(shown.spread))}" if shown.has_spread else ""
    alt = f"Short-axis slices from base to apex, coloured by activation time{spread}."
    return Section(
        "Slices", [("", caption)], [Panel(partial(draw_slices, shown=shown), WIDTH, 27.0 * rows, alt)]
    )


def _recording(recording: xr.Dataset) -> Section:
    """The whole recording and the beat that is used."""

    def draw(figure: FigureBase) -> None:
        whole, near = figure.subplots(1, 2, width_ratios=(1, 1.4))
        draw_recording(whole, near, recording)

    caption = "QRS complex (light red), where its onset and end may lie (red), stimuli (dotted)."
    onset, end = (recording.attrs[name] for name in ("onset_ms", "qrs_end_ms"))
    alt = f"RMS over leads of the recording; its QRS complex lasts from {onset:.0f} to {end:.0f} ms."
    return Section("Recording", [("", caption)], [Panel(draw, WIDTH, 34.0, alt)])


def _signals(prediction: xr.Dataset, goodness: Fit) -> Section:
    """Recorded and re-simulated potentials of some leads."""
    names = prediction["name"].values
    order = np.argsort(-goodness.lead_correlation)
    shown = order[spaced(len(order), LEADS)]
    titles = [f"{names[lead]}, correlation {_correlation(goodness.lead_correlation[lead])}" for lead in shown]
    return Section(
        "Fit to the recording",
        [
            (
                "",
                "Recorded and re-simulated potentials, from the best to the worst lead; the fit ends at the "
                "dotted line.",
            )
        ],
        [
            Panel(
                partial(
                    _draw_leads,
                    prediction=prediction,
                    amplitude=goodness.amplitude,
                    shown=shown,
                    titles=titles,
                ),
                WIDTH,
                57.0,
                f"Recorded and re-simulated potentials of leads {'; '.join(titles)}.",
            )
        ],
    )


def _draw_leads(
    figure: FigureBase, prediction: xr.Dataset, amplitude: float, shown: NDArray, titles: list[str]
) -> None:
    """Draw recorded and re-simulated potentials of leads."""
    time, recorded = prediction["time"].values, prediction["bsp_recorded"].values
    axes = figure.subplots(2, -(-len(shown) // 2), sharex=True, squeeze=False)
    for axis, lead, title in zip(axes.ravel(), shown, titles, strict=False):
        axis.axhline(0, color="0.85", lw=0.6)
        axis.axvline(prediction.attrs["fitted_until_ms"], color=OTHER, lw=0.6, ls=":")
        for number, sample in enumerate(amplitude * prediction["bsp"].values):
            label = "re-simulated from each sample" if number == 0 else None
            axis.plot(time, sample[lead], color=OUTPUT, lw=0.6, alpha=0.7, label=label)
        axis.plot(time, recorded[lead], color=INPUT, lw=0.9, label="recorded")
        axis.set_title(title)
    for axis in axes[-1]:
        axis.set_xlabel("time after the onset (ms)")
    figure.supylabel("potential (mV)", fontsize=8)
    for axis in axes.ravel()[len(shown) :]:
        axis.set_axis_off()
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


def _heart(anatomy: Anatomy, check: Mapping[str, Any]) -> Section:
    """Sections of the heart beside its sizes and warnings."""

    def draw(figure: FigureBase) -> None:
        along, across = figure.subplots(1, 2)
        long_axis_view(along, anatomy, 0)
        short_axis_view(across, anatomy)

    alt = "Sections of the segmented heart along and across its long axis, with base, apex and septum."
    rows = [("", line) for line in lines_of_check(check)]
    return Section("Heart", rows, [Panel(draw, 60.0, 30.0, alt)], size_pt=7)


def _notes(
    attributes: Mapping[Any, Any],
    recording: Mapping[Any, Any],
    remarks: list[str],
    examination: Mapping[str, Any],
) -> list[tuple[str, str]]:
    """What was done to the recording, what the map does not say, and versions."""
    made_by = (
        f"ecgi {attributes['ecgi_version']}, experiment {attributes['experiment']}, settings "
        f"{attributes['settings_sha256'][:12]}, recording settings {recording['settings_sha256'][:12]}"
    )
    parts = {
        "recording": [recording["recording"], *recording["notes"]],
        "fit": remarks,
        "other readings": examination["notes"],
    }
    said = {
        label: "; ".join(line for line in lines if not line.startswith(WARNING))
        for label, lines in parts.items()
    }
    said |= {"conductor": attributes["conductor"], "model": MODEL, "made by": made_by}
    return [(label, words) for label, words in said.items() if words]
