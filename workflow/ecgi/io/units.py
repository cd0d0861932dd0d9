"""Units and patient frame of meshes and surfaces, whose files seldom state them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ..anatomy.heart import AnatomyError

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

IN_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001}
HEART_MM = (50.0, 250.0)  # longest side of the ventricles of adults, dogs and pigs, with a margin

Units = Literal["mm", "cm", "m", "um"]
Frame = Literal["RAS", "LPS"]


def refuse_other_units(
    longest: float,
    units: str,
    source: str | PathLike[str],
    usual_mm: tuple[float, float] = HEART_MM,
    what: str = "heart",
) -> None:
    """Refuse a size that is not usual in the units that are presumed, and is in others.

    Parameters
    ----------
    longest : float
        Longest side in mm, by those units.
    units : str
        Units that are presumed, a key of `IN_MM`.
    source : path-like
        Name of the file in messages.
    usual_mm : tuple of 2 float
        Least and largest usual size.
    what : str
        What is measured, for the message.

    Raises
    ------
    AnatomyError
        With the size in both units.
    """
    least, most = usual_mm
    if least <= longest <= most:
        return
    for other, factor in IN_MM.items():
        size = longest / IN_MM[units] * factor
        if least <= size <= most:
            raise AnatomyError(
                f"{source}: the {what} is {longest:.3g} mm long if the file is in {units}, and {size:.3g} mm "
                f"if it is in {other}; set length_units to {other}, or to {units} if that is right"
            )


def frame_of(stated: str | None, given: Frame | None, source: str | PathLike[str]) -> Frame:
    """Patient frame of a file: what it states, or else what the case gives, or else RAS.

    Parameters
    ----------
    stated : str, optional
        Frame that the file states.
    given : {"RAS", "LPS"}, optional
        ``coordinates`` of the case.
    source : path-like
        Name of the file in messages.

    Returns
    -------
    {"RAS", "LPS"}

    Raises
    ------
    AnatomyError
        If the file states another frame than the case gives.
    """
    known: dict[str | None, Frame] = {"RAS": "RAS", "LPS": "LPS"}
    if stated in known:
        if given is not None and given != stated:
            raise AnatomyError(
                f"{source}: the file states SPACE = {stated}, and coordinates is {given}; remove "
                "coordinates, or correct the file"
            )
        return known[stated]
    if given is None:
        print(f"{source}: the file states no patient frame, and coordinates is not set; it is read as RAS")
        return "RAS"
    return given


def in_file(positions: NDArray, coordinates: Frame, units: Units | None) -> NDArray:
    """Positions in the frame and unit of a surface's file.

    Parameters
    ----------
    positions : numpy.ndarray, shape (..., 3)
        Patient RAS, mm.
    coordinates : {"RAS", "LPS"}
    units : {"mm", "cm", "m", "um"} or None
        mm by default.

    Returns
    -------
    numpy.ndarray of the same shape
    """
    return turned(positions, coordinates) / IN_MM[units or "mm"]


def turned(positions: NDArray, coordinates: Frame) -> NDArray:
    """Positions in patient RAS of those in a frame, or in a frame of those in patient RAS.

    Parameters
    ----------
    positions : numpy.ndarray, shape (..., 3)
    coordinates : {"RAS", "LPS"}

    Returns
    -------
    numpy.ndarray of the same shape
    """
    return positions * np.array([-1.0, -1.0, 1.0]) if coordinates == "LPS" else positions
