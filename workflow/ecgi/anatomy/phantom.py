"""Parametric biventricular phantom, for runs without a segmentation."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..core.seeds import generator, truncated_normal
from .heart import Anatomy, Tissue

# End-diastolic sizes of an adult heart in mm (Maceira et al. 2006, JCMR; Prakash 1978, Br Heart J
# for the RV wall).
LV_RADIUS, LV_LENGTH, LV_WALL = 23.0, 62.0, 9.5
RV_WIDTH, RV_DEPTH, RV_WALL = 33.0, 36.0, 3.5
WARP_WAVELENGTH_MM = 70.0
FARTHEST_SD = 2.0  # from the mean that a heart may lie


class Spread(NamedTuple):
    """Variability of hearts: standard deviations, before normal distributions are truncated at 2 of them.

    Attributes
    ----------
    sizes : tuple of 6 float
        Of the logarithms of the LV's radius, length and wall, and the RV's width, depth and wall.
    warp_mm : float
        Of a smooth displacement field.
    turn_degrees : tuple of 3 float
        Tilt of the long axis against the transverse plane, its swing in that plane, roll around it.
    """

    sizes: tuple[float, ...]
    warp_mm: float
    turn_degrees: tuple[float, ...]


# "mild": similar hearts. "adults": LV diameter 11 % and wall thickness 18 % (Stolzmann et al. 2008 and Kang
# et al. 2017, CT, as gathered in Cardiovasc Diagn Ther 2020, 10:1918), LV and RV volumes 15 to 20 % (Alfakih
# et al. 2003, J Magn Reson Imaging 17:323), which leave 8 to 10 % for each length; orientation by Hoekema et
# al. 1999 (J Electrocardiol 32:137). RV wall, roll and warp are our choice.
SPREADS = {
    "mild": Spread((0.08,) * 6, 2.0, (0.0, 0.0, 0.0)),
    "adults": Spread((0.11, 0.09, 0.18, 0.10, 0.10, 0.20), 3.0, (8.8, 5.0, 10.0)),
}

# Where the heart points in the chest, patient RAS: the apex left, forward and down, the LV to the
# left of and behind the RV.
LONG_AXIS = np.array([-0.55, 0.55, -0.63])
RV_TO_LV = np.array([-0.74, -0.63, 0.0])


def make_phantom(seed: int, spacing_mm: float, scar_radius_mm: float = 0.0, spread: str = "mild") -> Anatomy:
    """Biventricular phantom: thick LV, thin RV, an apex and a cut base.

    The LV is a truncated half-ellipsoid shell, the RV the part of a second shell outside it. Sizes
    vary with the seed, and a smooth displacement field deforms the whole.

    Parameters
    ----------
    seed : int
        The same seed gives the same heart, at any spacing.
    spacing_mm : float
        Edge of the voxels.
    scar_radius_mm : float
        Radius of a ball of scar at a random position in the LV free wall; 0 for none.
    spread : {"mild", "adults"}
        Variability of hearts, see `SPREADS`.

    Returns
    -------
    Anatomy
        In patient RAS, oriented as in the chest, the origin on the LV's long axis.
    """
    rng = generator(seed, "phantom")
    deviation = SPREADS[spread]
    size = np.exp(deviation.sizes * truncated_normal(rng, 6, FARTHEST_SD))
    lv_radius, lv_length, lv_wall = np.array([LV_RADIUS, LV_LENGTH, LV_WALL]) * size[:3]
    rv_width, rv_depth, rv_wall = np.array([RV_WIDTH, RV_DEPTH, RV_WALL]) * size[3:]
    warp = deviation.warp_mm * rng.standard_normal((2, 3, 3))
    scar_angle, scar_height = rng.uniform(-1.2, 1.2), rng.uniform(0.1, 0.6)

    axes = _patient_axes(*(deviation.turn_degrees * truncated_normal(rng, 3, FARTHEST_SD)))
    reach = max(lv_length + lv_wall, 1.35 * lv_radius + rv_width + rv_wall) + 2 * deviation.warp_mm
    count = int(np.ceil(2 * reach / spacing_mm))
    steps = (np.arange(count) - (count - 1) / 2) * spacing_mm
    patient = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)
    x, y, z = np.moveaxis(_warped(patient @ axes, warp), -1, 0)

    def ellipsoid(x: NDArray, width: float, depth: float, length: float) -> NDArray[np.bool_]:
        return (x / width) ** 2 + (y / depth) ** 2 + (z / length) ** 2 <= 1

    below_base = z >= -0.3 * lv_length
    lv_in = ellipsoid(x, lv_radius, lv_radius, lv_length)
    lv_out = ellipsoid(x, lv_radius + lv_wall, lv_radius + lv_wall, lv_length + lv_wall)
    rv_x = x + lv_radius + 0.35 * lv_wall
    rv_length = 0.88 * lv_length
    rv_in = ellipsoid(rv_x, rv_width, rv_depth, rv_length)
    rv_out = ellipsoid(rv_x, rv_width + rv_wall, rv_depth + rv_wall, rv_length + rv_wall)

    labels = np.zeros(x.shape, np.uint8)
    labels[below_base & rv_out] = Tissue.RV_WALL
    labels[below_base & rv_in] = Tissue.RV_CAVITY
    labels[below_base & lv_out] = Tissue.LV_WALL
    labels[below_base & lv_in] = Tissue.LV_CAVITY
    if scar_radius_mm > 0:
        middle = lv_radius + lv_wall / 2
        height = scar_height * lv_length
        radius = middle * np.sqrt(1 - scar_height**2)
        at = np.array([radius * np.cos(scar_angle), radius * np.sin(scar_angle), height])
        near = (x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2 <= scar_radius_mm**2
        labels[near & (labels == Tissue.LV_WALL)] = Tissue.SCAR
    return _cropped(labels, spacing_mm, steps[0])


def _patient_axes(tilt: float, swing: float, roll: float) -> NDArray:
    """Axes of the heart in patient RAS, as columns: x from RV to LV, z from base to apex; degrees."""
    axis = LONG_AXIS / np.linalg.norm(LONG_AXIS)
    septal = RV_TO_LV - (RV_TO_LV @ axis) * axis
    septal /= np.linalg.norm(septal)
    axes = np.column_stack([septal, np.cross(axis, septal), axis])
    level = np.cross([0, 0, 1], axis)
    about = np.array([level / np.linalg.norm(level), [0, 0, 1], axis])
    turns = Rotation.from_rotvec(about * np.array([[tilt], [swing], [roll]]), degrees=True)
    return (turns[1] * turns[0] * turns[2]).as_matrix() @ axes


def _warped(points: NDArray, coefficients: NDArray) -> NDArray:
    """Bend space with a smooth sum of plane waves."""
    phase = 2 * np.pi * points / WARP_WAVELENGTH_MM
    sine, cosine = np.sin(phase), np.cos(phase)
    return points + (sine @ coefficients[0] + cosine @ coefficients[1]) / np.sqrt(6)


def _cropped(labels: NDArray[np.uint8], spacing_mm: float, first: float) -> Anatomy:
    """Crop to the heart with a margin of two voxels; the centre of the first voxel is at `first` mm."""
    inside = np.argwhere(labels)
    low = np.maximum(inside.min(0) - 2, 0)
    high = inside.max(0) + 3
    affine = np.diag([spacing_mm] * 3 + [1.0])
    affine[:3, 3] = first + low * spacing_mm
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return Anatomy(np.ascontiguousarray(labels[box]), affine)
