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

from ...anatomy.wall_surface import Shape
from ..colours import ACTIVATION, ERROR, ISOCHRONE, ISOCHRONE_MS, SPREAD
from ..shapes import isochrones

MISSING = np.iinfo(np.int16).min
TIME_RESOLUTION_MS = 0.1
SCALES = {"times": ACTIVATION, "wave": "plasma_r", "spread": SPREAD, "signed": ERROR}


class Prediction(NamedTuple):
    """Activation map that a method predicts from the BSP of a beat.

    Attributes
    ----------
    mean : numpy.ndarray
        Mean over samples in ms, in the layout of `Beat.truth`.
    sd : numpy.ndarray or None
        SD over samples in ms; None if there is only one.
    """

    mean: NDArray
    sd: NDArray | None


class Beat(NamedTuple):
    """Beat shown on the page.

    Attributes
    ----------
    kind : str
        Short description, such as its kind of activation.
    times : numpy.ndarray, shape (point,)
        Activation times at the points of the heart, ms.
    bsp : numpy.ndarray, shape (electrode, time)
        Body surface potentials, mV.
    truth : numpy.ndarray or None
        Activation times in ms on the shape on which predictions are compared: one value for each of its
        points, or for each pixel, a fixed number of consecutive points.
    predictions : mapping of str to Prediction
        Predictions by method.
    """

    kind: str
    times: NDArray
    bsp: NDArray
    truth: NDArray | None
    predictions: Mapping[str, Prediction]


def page(
    title: str,
    about: Sequence[str],
    surface: Shape,
    electrodes: Shape,
    names: Sequence[str],
    time: NDArray,
    beats: Mapping[str, Beat],
    compared: Shape | None = None,
    short_axis: NDArray | None = None,
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
    compared : Shape, optional
        Shape on which truth and predictions are shown: the surface of the heart, or slices of it. Without
        it, the page shows no predictions.
    short_axis : numpy.ndarray, shape (3, 3), optional
        Axes of the short-axis frame in patient RAS, in columns, for the apical view; the page has no apical
        view without it.

    Returns
    -------
    str
        HTML.
    """
    content = {
        "heart": _shape(surface),
        "electrodes": _shape(electrodes),
        "compared": compared and _shape(compared),
        "apex": None if short_axis is None else short_axis[:, 2].tolist(),
        "front": None if short_axis is None else short_axis[:, 1].tolist(),
        "names": list(names),
        "time": _numbers(time, np.float32),
        "beats": {number: _beat(beat, surface) for number, beat in beats.items()},
        "scales": {use: get_colorscale(name) for use, name in SCALES.items()},
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
    lines, line_times = isochrones(surface, beat.times, ISOCHRONE_MS)
    return {
        "kind": beat.kind,
        "times": _milliseconds(beat.times),
        "lines": _numbers(lines, np.float32),
        "lineTimes": _milliseconds(line_times),
        "bsp": _scaled(beat.bsp, max(float(np.abs(beat.bsp).max()), 1e-9) / np.iinfo(np.int16).max),
        "truth": None if beat.truth is None else _milliseconds(beat.truth),
        "predictions": {
            name: {
                "mean": _milliseconds(prediction.mean),
                "sd": None if prediction.sd is None else _milliseconds(prediction.sd),
            }
            for name, prediction in beat.predictions.items()
        },
    }


def _shape(shape: Shape) -> dict[str, Any]:
    """Shape in the format of the script."""
    return {"points": _numbers(shape.points, np.float32), "triangles": _numbers(shape.triangles, np.uint32)}


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
