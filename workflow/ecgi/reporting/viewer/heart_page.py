"""A page that shows a heart in a browser: its beats in 3-D, their BSP, and predictions beside them.

The page is one file and needs no network: heart_page.js is its code, heart_page.html its layout.
"""

import base64
import json
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

import numpy as np
from plotly.colors import get_colorscale
from plotly.offline import get_plotlyjs

from ...anatomy.wall_surface import Shape
from ..shapes import isochrones

ISOCHRONE_MS = 10
MISSING = np.iinfo(np.int16).min
TIME_RESOLUTION_MS = 0.1
SCALES = {"times": "viridis", "wave": "plasma_r", "spread": "cividis", "signed": "RdBu_r"}


class Prediction(NamedTuple):
    """What a method made of a beat's BSP.

    Attributes
    ----------
    mean : numpy.ndarray
        ms, laid out as the truth.
    sd : numpy.ndarray or None
        Of its samples, if it has several.
    """

    mean: np.ndarray
    sd: np.ndarray | None


class Beat(NamedTuple):
    """A beat to show.

    Attributes
    ----------
    kind : str
        A word or two about it.
    times : numpy.ndarray, shape (point,)
        Activation times at the points of the heart, ms.
    bsp : numpy.ndarray, shape (electrode, time)
        mV.
    truth : numpy.ndarray or None
        ms on the shape that predictions are compared on: for each of its points, or for as many points in a
        row as make up a pixel.
    predictions : dict of str to Prediction
    """

    kind: str
    times: np.ndarray
    bsp: np.ndarray
    truth: np.ndarray | None
    predictions: dict[str, Prediction]


def page(title, about, heart, electrodes, names, time, beats, compared=None, short_axis=None):
    """A self-contained page.

    Parameters
    ----------
    title : str
    about : sequence of str
        Sentences for the foot of the page: where all this comes from.
    heart : Shape
    electrodes : Shape
        Its points are the electrodes.
    names : sequence of str
        Of the electrodes.
    time : numpy.ndarray
        Of the samples of the BSP, ms.
    beats : dict of str to Beat
        By the number that links name them by.
    compared : Shape, optional
        What truth and predictions are painted on: the heart itself, or slices of it. Without it the page
        shows the beats alone.

    Returns
    -------
    str
        HTML.
    """
    content = {
        "heart": _shape(heart),
        "electrodes": _shape(electrodes),
        "compared": compared and _shape(compared),
        "apex": None if short_axis is None else short_axis[:, 2].tolist(),
        "front": None if short_axis is None else short_axis[:, 1].tolist(),
        "names": list(names),
        "time": _numbers(time, np.float32),
        "beats": {number: _beat(beat, heart) for number, beat in beats.items()},
        "scales": {use: get_colorscale(name) for use, name in SCALES.items()},
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


def _beat(beat, heart):
    """A beat as the page's script reads it."""
    lines, line_times = isochrones(heart, beat.times, ISOCHRONE_MS)
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


def _shape(shape: Shape):
    return {"points": _numbers(shape.points, np.float32), "triangles": _numbers(shape.triangles, np.uint32)}


def _milliseconds(times):
    return _scaled(times, TIME_RESOLUTION_MS)


def _scaled(values, unit):
    """Numbers as multiples of a unit, in two bytes each; NaN has a code of its own."""
    whole = np.clip(np.rint(values / unit), MISSING + 1, -MISSING - 1)
    return _numbers(np.where(np.isnan(values), MISSING, whole), np.int16) | {"unit": unit}


def _numbers(values, kind):
    """Numbers as the bytes of a typed array."""
    raw = np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).tobytes()
    return {"type": np.dtype(kind).name, "data": base64.b64encode(raw).decode()}
