"""Electrograms on the heart's outer surface for ParaView and MATLAB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.triangles import Shape, mesh_of

if TYPE_CHECKING:
    from os import PathLike

    import xarray as xr


def write_surface(path: str | PathLike[str], prediction: xr.Dataset) -> None:
    """Write the surface with its electrograms and activation times as VTP.

    ``electrogram_mv`` has a component per sample, whose times are the field ``time_ms``.

    Parameters
    ----------
    path : path-like
    prediction : xarray.Dataset
        With the variables of `inverse.on_heart.OnHeart`.
    """
    mesh = mesh_of(_shape(prediction))
    mesh.point_data["electrogram_mv"] = prediction["electrogram"].values
    for operator, times in _times(prediction).items():
        mesh.point_data[f"activation_time_{operator}_ms"] = times
    mesh.point_data["over_muscle"] = prediction["over_muscle"].values.astype(np.uint8)
    mesh.field_data["time_ms"] = prediction["time"].values
    mesh.field_data["SPACE"] = ["RAS"]
    mesh.save(Path(path))


def write_matlab(path: str | PathLike[str], prediction: xr.Dataset) -> None:
    """Write the same as structures ``ts`` (electrograms), ``geom`` (surface) and ``activation`` (times).

    Parameters
    ----------
    path : path-like
    prediction : xarray.Dataset
        See `write_surface`.
    """
    from scipy.io import savemat

    shape = _shape(prediction)
    content = {
        "ts": {
            "potvals": prediction["electrogram"].values,
            "time": prediction["time"].values,
            "unit": "mV",
        },
        "geom": {
            "node": shape.points,
            "face": shape.triangles + 1,  # MATLAB counts from 1
            "over_muscle": prediction["over_muscle"].values.astype(np.uint8),
        },
        "activation": _times(prediction),
    }
    savemat(path, content, do_compression=True, oned_as="column")


def _shape(prediction: xr.Dataset) -> Shape:
    return Shape(
        prediction["epicardium_point"].values.astype(float), prediction["epicardium_triangle"].values
    )


def _times(prediction: xr.Dataset) -> dict[str, np.ndarray]:
    """Activation times in ms by operator."""
    names = prediction["operator"].values.tolist()
    return dict(zip(names, prediction["electrogram_time"].values, strict=True))
