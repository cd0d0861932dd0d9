"""Torsos: skin, lungs, blood pools and others as closed surfaces with conductivities, and their checks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .heart import AnatomyError
from .triangles import Projection, Shape, cross, project, signed_distance

NEAREST_MM = 0.2  # between two surfaces, or a wall voxel's centre and a surface
FARTHEST_ELECTRODE_MM = 30.0  # from the skin


class Region(NamedTuple):
    """What a closed surface encloses.

    Attributes
    ----------
    name : str
        Such as "left lung"; in messages.
    surface : Shape
    sigma : float
        Conductivity inside it, outside the surfaces that it encloses; S/m.
    """

    name: str
    surface: Shape
    sigma: float


class Torso(NamedTuple):
    """Volume conductor of piecewise constant conductivity.

    Attributes
    ----------
    regions : tuple of Region
        The skin first; the others lie in it, side by side or one within another.
    """

    regions: tuple[Region, ...]

    @property
    def skin(self) -> Region:
        """The outermost region."""
        return self.regions[0]

    @property
    def description(self) -> str:
        """Regions with their conductivities and numbers of points, for people."""
        return ", ".join(
            f"{region.name} {region.sigma:g} S/m ({len(region.surface.points)} points)"
            for region in self.regions
        )


def outer_conductivities(torso: Torso) -> NDArray:
    """Conductivity just outside each surface.

    Parameters
    ----------
    torso : Torso

    Returns
    -------
    numpy.ndarray, shape (region,)
        S/m; 0 outside the skin.
    """
    outside = np.zeros(len(torso.regions))
    for number, region in enumerate(torso.regions[1:], 1):
        around = [
            other
            for other in torso.regions
            if other is not region and signed_distance(other.surface, region.surface.points[:1])[0] < 0
        ]
        outside[number] = min(around, key=lambda other: other.surface.volume).sigma
    return outside


def check_torso(torso: Torso, wall_positions: NDArray) -> None:
    """Refuse surfaces that cross or lie outside the skin, and a heart that is not between them.

    Parameters
    ----------
    torso : Torso
        Of oriented surfaces, see `triangles.oriented`.
    wall_positions : numpy.ndarray, shape (voxel, 3)
        Wall of the heart in patient RAS, mm.

    Raises
    ------
    AnatomyError
        With the names of the surfaces and what would be right.
    """
    for region in torso.regions:
        if region.surface.volume <= 0:
            raise AnatomyError(f"{region.name}: its triangles face inwards; they must be counter-clockwise")
    skin = torso.skin
    for number, region in enumerate(torso.regions[1:], 1):
        outside = signed_distance(skin.surface, region.surface.points) > -NEAREST_MM
        if outside.any():
            raise AnatomyError(
                f"{region.name}: {outside.sum()} of its {len(outside)} points lie outside {skin.name}; it "
                "must lie inside, in the same frame and unit"
            )
        for other in torso.regions[:number]:
            if cross(region.surface, other.surface):
                raise AnatomyError(f"{region.name} and {other.name} cross; separate their surfaces")
    _check_heart(torso, wall_positions)


def _check_heart(torso: Torso, wall_positions: NDArray) -> None:
    """Refuse a heart outside the skin, or in another region."""
    distance = signed_distance(torso.skin.surface, wall_positions)
    if distance.max() > -NEAREST_MM:
        raise AnatomyError(
            f"{torso.skin.name}: {(distance > -NEAREST_MM).sum()} of {len(distance)} voxels of the heart's "
            "wall lie outside it; heart and torso must be in the same frame and unit"
        )
    for region in torso.regions[1:]:
        near = signed_distance(region.surface, wall_positions)
        if near.min() < NEAREST_MM:
            raise AnatomyError(
                f"{region.name}: {(near < NEAREST_MM).sum()} voxels of the heart's wall lie in it or on its "
                "surface; it must leave the wall out"
            )


def electrodes_on_skin(skin: Shape, positions: NDArray, names: Sequence[str]) -> Projection:
    """Project electrodes onto the skin.

    Parameters
    ----------
    skin : Shape
    positions : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    names : sequence of str
        Of the electrodes, for messages.

    Returns
    -------
    Projection

    Raises
    ------
    AnatomyError
        If one is farther than `FARTHEST_ELECTRODE_MM` from the skin; the farthest is named.
    """
    found = project(skin, positions)
    worst = int(found.distance_mm.argmax())
    if found.distance_mm[worst] > FARTHEST_ELECTRODE_MM:
        raise AnatomyError(
            f"electrode {names[worst]}: {found.distance_mm[worst]:.0f} mm from the skin, more than "
            f"{FARTHEST_ELECTRODE_MM:g} mm; electrodes and torso must be in the same frame and unit"
        )
    return found
