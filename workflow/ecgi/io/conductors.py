"""Conductors in the stores of lead fields and of beats."""

from typing import Any

import xarray as xr

from ..physics.boundary_elements import Mesh
from ..physics.conductor import BoundedConductor, Conductor, InfiniteConductor

DIMS = {
    "surface_point": ("node", "axis"),
    "surface_triangle": ("triangle", "corner"),
    "sigma_inside": ("triangle",),
    "sigma_outside": ("triangle",),
    "point_electrode_position": ("point_electrode", "axis"),
    "point_electrode_weight": ("point_electrode", "node"),
}


def variables_of(conductor: Conductor | None) -> dict[str, tuple[tuple[str, ...], Any]]:
    """Arrays of a conductor for a store.

    Parameters
    ----------
    conductor : Conductor or None
        None where the lead field was computed elsewhere.

    Returns
    -------
    dict of str to (tuple of str, numpy.ndarray)
        Dimensions and values by name; none for an infinite conductor.
    """
    if not isinstance(conductor, BoundedConductor):
        return {}
    arrays = (*conductor.mesh, conductor.others, conductor.weights)
    return {name: (dims, values) for (name, dims), values in zip(DIMS.items(), arrays, strict=True)}


def attributes_of(conductor: Conductor | None) -> dict[str, Any]:
    """Attributes of a conductor for a store.

    Parameters
    ----------
    conductor : Conductor or None
        None where the lead field was computed elsewhere.

    Returns
    -------
    dict
        ``conductor``, its description, and ``sigma_t_s_per_m``.
    """
    if conductor is None:
        return {"conductor": "that of the lead field from a file"}
    return {"conductor": conductor.description, "sigma_t_s_per_m": conductor.sigma_t}


def conductor_in(store: xr.Dataset) -> Conductor | None:
    """Conductor of a store.

    Parameters
    ----------
    store : xarray.Dataset
        With the attributes and, for a torso, the variables of a conductor.

    Returns
    -------
    Conductor or None
        None if the lead field was computed elsewhere.
    """
    if "sigma_t_s_per_m" not in store.attrs:
        return None
    sigma_t = float(store.attrs["sigma_t_s_per_m"])
    if "point_electrode_weight" not in store:
        return InfiniteConductor(sigma_t)
    *mesh, others, weights = (store[name].values for name in DIMS)
    whole = Mesh(*(array if array.dtype.kind == "i" else array.astype(float) for array in mesh))
    return BoundedConductor(sigma_t, whole, others, weights, str(store.attrs["conductor"]))
