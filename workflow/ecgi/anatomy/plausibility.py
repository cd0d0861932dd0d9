"""Whether a labelled heart has the sizes of one: warnings and refusals, with the likely cause."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .checks import UNITS
from .heart import LV_MUSCLE, Anatomy, AnatomyError, Tissue

Species = Literal["human", "dog", "pig"]


class Range(NamedTuple):
    """Sizes of adult hearts in any phase of the beat.

    Attributes
    ----------
    usual : tuple of 2 float
        From the small healthy heart in systole to the large one in diastole; outside, a warning.
    possible : tuple of 2 float
        Of any diseased heart, or one of which the segmentation lacks base or apex; outside, a refusal.
    """

    usual: tuple[float, float]
    possible: tuple[float, float]


# Usual: mean less 2 SD in systole to mean plus 2 SD in diastole. Human: volumes, mass and length by
# Kawel-Boehm et al. 2020 (J Cardiovasc Magn Reson 22:87), thickness by Kawel et al. 2012 (Circ Cardiovasc
# Imaging 5:500) with systolic thickening by half, diameter by Lang et al. 2015 (J Am Soc Echocardiogr 28:1).
# Dog, 8 to 45 kg: Cornell et al. 2004 (J Vet Intern Med 18:311), volumes by the cube of its diameters. Pig,
# 30 to 90 kg: Crick et al. 1998 (J Anat 193:105), whose hearts have human proportions, and the lower half of
# the human volumes for young animals. Rounded outwards. Possible: about half the smallest and two to three
# times the largest usual, which dilated and hypertrophic hearts reach.
HUMAN = {
    "lv_length_mm": Range((55, 120), (30, 180)),
    "lv_diameter_mm": Range((22, 66), (10, 120)),
    "lv_cavity_ml": Range((20, 220), (5, 700)),
    "lv_wall_mm": Range((4.5, 18), (1.5, 45)),
    "lv_mass_g": Range((55, 200), (15, 800)),
    "rv_cavity_ml": Range((25, 260), (4, 800)),
}
DOG = {
    "lv_length_mm": Range((40, 100), (20, 150)),
    "lv_diameter_mm": Range((15, 60), (6, 100)),
    "lv_cavity_ml": Range((5, 150), (1, 400)),
    "lv_wall_mm": Range((5, 18), (1.5, 35)),
    "lv_mass_g": Range((25, 220), (6, 600)),
    "rv_cavity_ml": Range((5, 150), (1, 450)),
}
PIG = {
    "lv_length_mm": Range((45, 110), (22, 160)),
    "lv_diameter_mm": Range((15, 62), (6, 100)),
    "lv_cavity_ml": Range((10, 170), (2, 450)),
    "lv_wall_mm": Range((5, 22), (1.5, 40)),
    "lv_mass_g": Range((40, 250), (10, 700)),
    "rv_cavity_ml": Range((10, 180), (2, 500)),
}
RANGES: dict[Species, dict[str, Range]] = {"human": HUMAN, "dog": DOG, "pig": PIG}
WORDS = {
    "lv_length_mm": ("LV length", "mm"),
    "lv_diameter_mm": ("LV diameter", "mm"),
    "lv_cavity_ml": ("LV cavity", "ml"),
    "lv_wall_mm": ("LV wall", "mm"),
    "lv_mass_g": ("LV mass", "g"),
    "rv_cavity_ml": ("RV cavity", "ml"),
}
MOST_OPEN = 0.005  # share of a cavity's surface without wall, above which it is named
MOST_SEPTAL = 0.75  # share of the RV cavity's surface that borders on LV wall
LEAST_LENGTH = 0.5  # of the LV, in diameters of its cavity, of which less is a slice or few
FEWEST_FRAMES = 8
SHRUNK = 0.9  # cross-section within a stack relative to both of its ends, below which they pulse
SAME_END = 0.15  # difference between the cross-sections of both ends, as a share of the largest
WIDE_END = 0.35  # cross-section of an end that is not an apex, as a share of the largest


def judge(measures: Mapping[str, float], species: Species) -> list[str]:
    """Compare the sizes of a heart with those of its species.

    Parameters
    ----------
    measures : mapping of str to float
        See `measures.measure`.
    species : {"human", "dog", "pig"}

    Returns
    -------
    list of str
        A sentence for each size that is unusual, and for each opening.

    Raises
    ------
    AnatomyError
        If a size is impossible.
    """
    notes = []
    if measures["lv_length_mm"] < LEAST_LENGTH * measures["lv_diameter_mm"]:
        raise AnatomyError(
            f"the LV is {measures['lv_length_mm']:.0f} mm long and {measures['lv_diameter_mm']:.0f} mm wide: "
            "only one or a few of its slices are there, or they are farther apart than the header says"
        )
    for name, (usual, possible) in RANGES[species].items():
        value, (words, unit) = measures[name], WORDS[name]
        if name == "rv_cavity_ml" and value == 0:
            continue
        if not possible[0] <= value <= possible[1]:
            raise AnatomyError(
                f"{words} {value:.3g} {unit}, and {species} hearts have {possible[0]:g} to {possible[1]:g} "
                f"{unit}; {_likely_cause(name, measures, species)}"
            )
        if not usual[0] <= value <= usual[1]:
            notes.append(
                f"{words} {value:.3g} {unit}; most adult {species} hearts have {usual[0]:g} to {usual[1]:g} "
                f"{unit}"
            )
    for side in ("lv", "rv"):
        share = measures[f"{side}_open_apical"]
        if share > MOST_OPEN and measures[f"{side}_wall_mm"]:
            notes.append(f"{share:.1%} of the {side.upper()} cavity's surface in its apical half has no wall")
    if measures["rv_on_lv_wall"] > MOST_SEPTAL:
        notes.append(
            f"{measures['rv_on_lv_wall']:.0%} of the RV cavity's surface borders on lv_wall, more than a "
            "septum does: the RV's wall seems to be labelled as the LV's, and counts for its mass"
        )
    return notes


def refuse_frames(anatomy: Anatomy) -> None:
    """Refuse an image whose slices are the frames of one slice over a heartbeat.

    Cross-sections of a heart taper towards the apex, whatever the direction of the stack. Those of a beat
    shrink and grow again, or end as they began in the LV and the RV alike.

    Parameters
    ----------
    anatomy : Anatomy
        On the file's own grid.

    Raises
    ------
    AnatomyError
        If they do so along an axis of the image.
    """
    for axis in range(3):
        across = tuple({0, 1, 2} - {axis})
        lv, rv = ((anatomy.labels == cavity).sum(across) for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY))
        lv, rv = np.trim_zeros(lv), np.trim_zeros(rv)
        if len(lv) < FEWEST_FRAMES or not _same_extent(anatomy, axis):
            continue
        if _pulses(lv) or (_returns(lv) and _returns(rv)):
            raise AnatomyError(
                f"the LV's {len(lv)} cross-sections along axis {axis + 1} of the image do not taper: they "
                f"have {lv[0] / lv.max():.0%} of the largest area at one end, {lv.min() / lv.max():.0%} at "
                f"least and {lv[-1] / lv.max():.0%} at the other end, as over a heartbeat; these look like "
                "frames of one slice: give the slices of one frame"
            )


def _same_extent(anatomy: Anatomy, axis: int) -> bool:
    """Whether LV wall and cavities begin and end together along an axis, as in frames."""
    across = tuple({0, 1, 2} - {axis})
    ends = []
    for tissues in (LV_MUSCLE, [Tissue.LV_CAVITY], [Tissue.RV_CAVITY]):
        levels = np.flatnonzero(np.isin(anatomy.labels, tissues).any(across))
        ends += [levels[[0, -1]]] if len(levels) else []
    return bool((np.ptp(ends, axis=0) <= 1).all())


def _pulses(areas: NDArray) -> bool:
    """Whether cross-sections shrink and grow again."""
    ends = min(areas[:2].max(), areas[-2:].max())
    return bool(ends > WIDE_END * areas.max() and areas[2:-2].min() < SHRUNK * ends)


def _returns(areas: NDArray) -> bool:
    """Whether cross-sections end as they began, and neither end is an apex."""
    if len(areas) < FEWEST_FRAMES:
        return False
    ends, largest = (areas[:2].max(), areas[-2:].max()), areas.max()
    return bool(abs(ends[1] - ends[0]) < SAME_END * largest and min(ends) > WIDE_END * largest)


def _likely_cause(name: str, measures: Mapping[str, float], species: Species) -> str:
    """Advice on an impossible size."""
    length, width = measures["lv_length_mm"], measures["lv_diameter_mm"]
    lengths, widths = (RANGES[species][name].usual for name in ("lv_length_mm", "lv_diameter_mm"))
    for unit, factor in UNITS.items():
        if lengths[0] <= factor * length <= lengths[1] and widths[0] <= factor * width <= widths[1]:
            return f"in {unit} it would be one of usual size; check its units"
    is_wide_enough = widths[0] <= width <= widths[1]
    if name == "lv_length_mm" and length > lengths[1] and is_wide_enough:
        return "frames of a cine may have been taken for slices, or the header's slice spacing is wrong"
    if name == "lv_length_mm" and length < lengths[0] and is_wide_enough:
        return "slices may be missing, or are farther apart than the header says"
    return "check units, voxel sizes and the label map"


CHANGES = {
    "closed": "of septum added between the cavities",
    "grown": "of RV wall grown",
    "capped": "of a cap added at the apex",
    "stray": "stray ones removed from the file",
    "removed": "removed after resampling",
    "cut_off": "cut off by scar",
}


def lines_of_check(check: Mapping[str, Any]) -> list[str]:
    """Describe a check in lines of text.

    Parameters
    ----------
    check : mapping
        Of `io.hearts.import_heart`.

    Returns
    -------
    list of str
        Sizes, openings, frame, changes and warnings.
    """
    sizes, frame, changes = check["measures"], check["frame"], check["changes"]
    wall = f"{sizes['rv_wall_mm']:.1f} mm" if sizes["rv_wall_mm"] else "none"
    axis, septum = (", ".join(f"{number:.2f}" for number in frame[name]) for name in ("long_axis", "septum"))
    changed = [f"{changes[name]} {what}" for name, what in CHANGES.items() if changes[name]]
    return [
        f"LV: length {sizes['lv_length_mm']:.0f} mm, diameter {sizes['lv_diameter_mm']:.0f} mm, cavity "
        f"{sizes['lv_cavity_ml']:.0f} ml, wall {sizes['lv_wall_mm']:.1f} mm, mass {sizes['lv_mass_g']:.0f} g",
        f"RV: cavity {sizes['rv_cavity_ml']:.0f} ml, wall {wall}",
        f"surface of the cavities without wall in the apical half: LV {sizes['lv_open_apical']:.1%}, RV "
        f"{sizes['rv_open_apical']:.1%}"
        + (f"; grown RV wall below the base: {sizes['rv_open']:.1%}" if changes["grown"] else ""),
        f"long axis from base to apex: {axis} (confidence {frame['confidence']})",
        f"septum towards {septum} (from {frame['septum_from']}, confidence {frame['septum_confidence']})",
        f"voxels changed: {', '.join(changed) or 'none'}",
        *check["notes"],
        *(f"warning: {warning}" for warning in check["warnings"]),
    ]
