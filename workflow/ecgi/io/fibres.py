"""Fibre directions of a heart, rule-based or from its mesh."""

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy.fibres import nearest, rule_based
from ..anatomy.heart import Anatomy
from .meshes import read_fibres


def find_fibres(
    anatomy: Anatomy,
    conduction: Mapping[str, Any],
    case: Mapping[str, Any],
    mesh: str | PathLike[str] = "",
) -> NDArray[np.float32]:
    """Fibre directions of the wall voxels, rule-based or from the nearest cells of a mesh.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    conduction : mapping
        ``fibres``, "rule" or "mesh"; for the rule ``endo_degrees`` and ``epi_degrees``, see
        `anatomy.fibres.rule_based`.
    case : mapping
        For a mesh ``fibre_array``, ``coordinates`` and ``length_units``, see `meshes.read_fibres`.
    mesh : path-like, optional
        Mesh file, needed for fibres from a mesh.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, 3)
        Unit vectors in patient RAS; wall voxels in C order.

    Raises
    ------
    AnatomyError
        If the mesh can't be read or its fibres can't be used, see `meshes.read_fibres` and
        `anatomy.fibres.nearest`.
    """
    if conduction["fibres"] == "mesh":
        array = case["fibre_array"]
        return nearest(
            anatomy, *read_fibres(mesh, array, case["coordinates"], case["length_units"]), f"{mesh}: {array}"
        )
    return rule_based(anatomy, conduction["endo_degrees"], conduction["epi_degrees"])
