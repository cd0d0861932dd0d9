"""Interactive HTML page of a heart: beats in 3-D, their BSP, and predictions.

The page is one file and needs no network; heart_page.js is its script, heart_page.html its layout.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray
from plotly.colors import get_colorscale
from plotly.offline import get_plotlyjs

from ...anatomy.triangles import Shape
from ..colours import ERROR, ISOCHRONE, ISOCHRONE_MS, OF_PATIENTS, SPREAD
from ..shapes import isochrones, level_lines

MISSING = np.iinfo(np.int16).min
TIME_RESOLUTION_MS = 0.1
SCALES = {"wave": "plasma_r", "spread": SPREAD, "signed": ERROR}


class Site(NamedTuple):
    """Where a map begins.

    Attributes
    ----------
    position : numpy.ndarray, shape (3,)
        Patient RAS, mm.
    name : str
        Such as "LV, apex (AHA segment 17)".
    sentences : sequence of str
        What is known of it, to be read.
    radii_mm : sequence of float
        Distances from it within which 50 and 90 % of the samples begin; empty for a map without samples.
    """

    position: NDArray
    name: str
    sentences: Sequence[str] = ()
    radii_mm: Sequence[float] = ()


class Map(NamedTuple):
    """Activation map on the surface of a heart.

    Attributes
    ----------
    times : numpy.ndarray, shape (point,)
        Activation times in ms, of a prediction their mean over samples; NaN where there is none.
    sd : numpy.ndarray or None
        SD over samples in ms; None if there is only one.
    site : Site or None
        Where it begins.
    bsp : numpy.ndarray or None, shape (electrode, time)
        BSP that the map gives by simulation, mV.
    error : numpy.ndarray or None
        Its difference from the true times in ms, of a prediction of a simulated beat.
    """

    times: NDArray
    sd: NDArray | None = None
    site: Site | None = None
    bsp: NDArray | None = None
    error: NDArray | None = None


class Beat(NamedTuple):
    """Beat shown on the page.

    Attributes
    ----------
    kind : str
        Short description, such as its kind of activation.
    bsp : numpy.ndarray, shape (electrode, time)
        Body surface potentials, mV.
    truth : Map or None
        The simulated map; None for a recording.
    predictions : mapping of str to Map
        Predicted maps by method.
    """

    kind: str
    bsp: NDArray
    truth: Map | None
    predictions: Mapping[str, Map]


def page(
    title: str,
    about: Sequence[str],
    surface: Shape,
    electrodes: Shape,
    names: Sequence[str],
    time: NDArray,
    beats: Mapping[str, Beat],
    short_axis: NDArray | None = None,
    colours: str = "ep",
) -> str:
    """Self-contained HTML page with an interactive 3-D view of a heart.

    Parameters
    ----------
    title : str
        Heading of the page.
    about : sequence of str
        Sentences at the foot of the page, on the origin of the data.
    surface : Shape
        Surface of the wall.
    electrodes : Shape
        Its points are the electrodes.
    names : sequence of str
        Names of the electrodes.
    time : numpy.ndarray, shape (time,)
        Sampling times of the BSP, ms.
    beats : mapping of str to Beat
        Beats by the number used in links.
    short_axis : numpy.ndarray, shape (3, 3), optional
        Axes of the short-axis frame in patient RAS, in columns, for the apical view and for cuts; the page
        has neither without it.
    colours : {"ep", "colour_blind_safe"}
        Colours of the times at first, see `colours.OF_PATIENTS`.

    Returns
    -------
    str
        HTML.
    """
    content = {
        "heart": _shape(surface),
        "electrodes": _shape(electrodes),
        "axes": None if short_axis is None else short_axis.T.tolist(),
        "names": list(names),
        "time": _numbers(time, np.float32),
        "beats": {number: _beat(beat, surface) for number, beat in beats.items()},
        "scales": {use: get_colorscale(name) for use, name in (OF_PATIENTS | SCALES).items()},
        "colours": colours,
        "isochrone": ISOCHRONE,
    }
    here = Path(__file__)
    return Template(here.with_suffix(".html").read_text()).substitute(
        title=escape(title),
        about="\n".join(f"<p>{escape(sentence)}</p>" for sentence in about),
        isochrone_ms=ISOCHRONE_MS,
        content=json.dumps(content, separators=(",", ":")).replace("<", r"\u003c"),
        plotly=get_plotlyjs(),
        script=here.with_suffix(".js").read_text(),
    )


def _beat(beat: Beat, surface: Shape) -> dict[str, Any]:
    """Beat in the format of the script."""
    return {
        "kind": beat.kind,
        "bsp": _scaled(beat.bsp, _unit(beat.bsp)),
        "truth": beat.truth and _map(beat.truth, surface),
        "predictions": {name: _map(prediction, surface) for name, prediction in beat.predictions.items()},
    }


def _map(shown: Map, surface: Shape) -> dict[str, Any]:
    """Map in the format of the script."""
    lines, line_times = isochrones(surface, shown.times, ISOCHRONE_MS)
    return {
        "times": _milliseconds(shown.times),
        "lines": _numbers(lines, np.float32),
        "lineTimes": _milliseconds(line_times),
        "sd": None if shown.sd is None else _milliseconds(shown.sd),
        "error": None if shown.error is None else _milliseconds(shown.error),
        "bsp": None if shown.bsp is None else _scaled(shown.bsp, _unit(shown.bsp)),
        "site": shown.site and _site(shown.site, surface),
    }


def _site(site: Site, surface: Shape) -> dict[str, Any]:
    """Site in the format of the script, with lines around the regions of its radii."""
    distance = np.linalg.norm(surface.points - site.position, axis=1)
    radii = np.unique(np.asarray(site.radii_mm, float))
    region = level_lines(surface, distance, radii[radii > distance.min()])[0]
    return {
        "position": np.asarray(site.position, float).round(1).tolist(),
        "name": site.name,
        "sentences": list(site.sentences),
        "region": _numbers(region, np.float32),
    }


def _shape(shape: Shape) -> dict[str, Any]:
    """Shape in the format of the script."""
    return {"points": _numbers(shape.points, np.float32), "triangles": _numbers(shape.triangles, np.uint32)}


def _unit(bsp: NDArray) -> float:
    """Finest unit in mV of which 16-bit multiples hold some BSP."""
    return max(float(np.abs(bsp).max()), 1e-9) / np.iinfo(np.int16).max


def _milliseconds(times: NDArray) -> dict[str, Any]:
    """Times in the format of the script."""
    return _scaled(times, TIME_RESOLUTION_MS)


def _scaled(values: NDArray, unit: float) -> dict[str, Any]:
    """Numbers as 16-bit multiples of a unit, with `MISSING` for NaN."""
    whole = np.clip(np.rint(values / unit), MISSING + 1, -MISSING - 1)
    return _numbers(np.where(np.isnan(values), MISSING, whole), np.int16) | {"unit": unit}


def _numbers(values: NDArray, kind: DTypeLike) -> dict[str, str]:
    """Numbers as a typed array in base64."""
    raw = np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).tobytes()
    return {"type": np.dtype(kind).name, "data": base64.b64encode(raw).decode()}
