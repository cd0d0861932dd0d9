"""Pacing protocol: kinds, sites and onsets of beats, and the conduction velocity of each tissue."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..anatomy import coordinates
from ..anatomy.heart import Anatomy, Tissue, to_patient
from ..anatomy.surfaces import endocardium, epicardium
from ..core.errors import InputError
from ..core.seeds import generator

CONDUCTING = {
    "lv": Tissue.LV_WALL,
    "rv": Tissue.RV_WALL,
    "scar": Tissue.SCAR,
    "border_zone": Tissue.BORDER_ZONE,
}
HEALTHY = (Tissue.LV_WALL, Tissue.RV_WALL)

# First breakthroughs of a normal beat (Durrer et al. 1970, Circulation 41:899-912): chamber, its
# `coordinates.apicobasal`, `coordinates.angle` around it, onset in ms.
_LEFT = [
    (Tissue.LV_CAVITY, 0.30, 130.0, 0.0),  # high on the anterior paraseptal wall
    (Tissue.LV_CAVITY, 0.50, 180.0, 0.0),  # middle of the septum
    (Tissue.LV_CAVITY, 0.65, 235.0, 0.0),  # posterior paraseptal, towards the apex
]
_RIGHT = [
    (Tissue.RV_CAVITY, 0.60, 150.0, 7.0),  # free wall at the anterior papillary muscle
    (Tissue.RV_CAVITY, 0.70, 0.0, 10.0),  # septum, where the moderator band leaves it
]
BREAKTHROUGHS = {"sinus": _LEFT + _RIGHT, "left_bundle_branch_block": _RIGHT}
BREAKTHROUGHS["right_bundle_branch_block"] = _LEFT
HEIGHT_SD, ANGLE_SD, ONSET_SD = 0.05, 12.0, 2.0


def plan_beats(
    anatomy: Anatomy,
    case: str,
    count: int,
    protocol: Mapping[str, Any],
    velocities: Mapping[str, tuple[float, float]],
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw beats of a protocol: their kinds, pacing sites, onsets and conduction velocities.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    case : str
        Name of the case.
    count : int
        Number of beats.
    protocol : dict
        ``kinds``: weight of each kind of beat; ``surface``: where "single_site" and "multi_site"
        beats are paced; ``sites`` and ``delay_ms``: number of sites and latest onset of the latter.
    velocities : dict of str to (median, spread)
        Median in m/s and relative spread (standard deviation of the logarithm) for "lv", "rv",
        "scar" and "border_zone".
    seed : int
        Seed of the experiment; beat n is the same whatever `count` is.

    Returns
    -------
    beats : pandas.DataFrame
        One row per beat: case, beat, kind, and velocity_lv_m_per_s and so on.
    sites : pandas.DataFrame
        One row per pacing site: case, beat, site, x_mm, y_mm, z_mm (patient RAS), onset_ms
        (0 at the first of a beat), tissue.

    Raises
    ------
    InputError
        If the heart lacks the tissue that a beat starts from.
    """
    kinds, weights = zip(*protocol["kinds"].items(), strict=True)
    healthy = _paceable(anatomy, protocol["surface"], case)
    chambers = {kind: _targets(anatomy, kind, case) for kind in kinds if kind in BREAKTHROUGHS}
    beats, sites = [], []
    for beat in range(count):
        rng = generator(seed, f"activation {case}", beat)
        kind = kinds[0]
        if len(kinds) > 1:
            kind = generator(seed, f"kind {case}", beat).choice(kinds, p=np.array(weights) / sum(weights))
        if kind in BREAKTHROUGHS:
            voxels, onsets = _breakthroughs(chambers[kind], rng)
        else:
            voxels, onsets = _random_sites(healthy, 1 if kind == "single_site" else protocol["sites"], rng)
            onsets = onsets * protocol["delay_ms"]
        velocity = {
            f"velocity_{tissue}_m_per_s": median * np.exp(spread * rng.standard_normal())
            for tissue, (median, spread) in velocities.items()
        }
        beats.append({"case": case, "beat": beat, "kind": str(kind), **velocity})
        positions = to_patient(anatomy.affine, voxels)
        sites += [
            {
                "case": case,
                "beat": beat,
                "site": number,
                "x_mm": position[0],
                "y_mm": position[1],
                "z_mm": position[2],
                "onset_ms": onset,
                "tissue": Tissue(anatomy.labels[tuple(voxel)]).name.lower(),
            }
            for number, (voxel, position, onset) in enumerate(
                zip(voxels, positions, onsets - onsets.min(), strict=True)
            )
        ]
    return pd.DataFrame(beats), pd.DataFrame(sites)


def velocity_of(tissues: NDArray[np.uint8], velocities: Mapping[str, float]) -> NDArray:
    """Conduction velocity of wall voxels.

    Parameters
    ----------
    tissues : numpy.ndarray of uint8, shape (voxel,)
        `Tissue` of each.
    velocities : dict of str to float
        m/s (which is mm/ms) for the tissues of `CONDUCTING`.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        mm/ms; NaN for tissues that `velocities` lacks.
    """
    table = np.full(max(Tissue) + 1, np.nan)
    for name, velocity in velocities.items():
        table[CONDUCTING[name]] = velocity
    return table[tissues]


def _paceable(anatomy: Anatomy, surface: str, case: str) -> tuple[NDArray[np.int_], NDArray]:
    """Voxels that may be paced, and their cumulative share in area or volume."""
    if surface == "anywhere":
        voxels = np.argwhere(np.isin(anatomy.labels, HEALTHY))
        share = np.ones(len(voxels))
    else:
        voxels, share = {"endocardium": endocardium, "epicardium": epicardium}[surface](anatomy)
        on_healthy = np.isin(anatomy.labels[tuple(voxels.T)], HEALTHY)
        voxels, share = voxels[on_healthy], share[on_healthy]
    if len(voxels) == 0:
        raise InputError(
            f"case {case}: no {surface} to pace; name the labels of the cavities in the label map"
        )
    cumulative = np.cumsum(share)
    return voxels, cumulative / cumulative[-1]


def _random_sites(
    paceable: tuple[NDArray[np.int_], NDArray], count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int_], NDArray]:
    """Draw sites, and onsets as a share of the latest allowed; a single site starts at 0."""
    voxels, cumulative = paceable
    chosen = voxels[np.searchsorted(cumulative, [rng.random() for _ in range(count)], side="right")]
    return chosen, np.array([rng.random() if count > 1 else 0.0 for _ in range(count)])


class _Target(NamedTuple):
    """Healthy endocardium of a breakthrough's chamber.

    Attributes
    ----------
    voxels : numpy.ndarray of int, shape (voxel, 3)
    heights, angles : numpy.ndarray, shape (voxel,)
        See `coordinates.apicobasal` and `coordinates.angle`.
    mean : list of 3 float
        Height, angle and onset around which breakthroughs scatter.
    """

    voxels: NDArray[np.int_]
    heights: NDArray
    angles: NDArray
    mean: list[float]


def _targets(anatomy: Anatomy, kind: str, case: str) -> list[_Target]:
    """Endocardium of each breakthrough of a kind of beat."""
    targets = []
    for chamber, *mean in BREAKTHROUGHS[kind]:
        voxels = endocardium(anatomy, [chamber]).voxels
        healthy = voxels[np.isin(anatomy.labels[tuple(voxels.T)], HEALTHY)]
        if len(healthy) == 0:
            name = chamber.name.lower()
            raise InputError(
                f"case {case}: a {kind} beat starts from the endocardium of {name}, and there is none; "
                f"name the labels of {name} in the label map"
            )
        heights = coordinates.apicobasal(anatomy, healthy, chamber)
        angles = coordinates.angle(anatomy, healthy, chamber)
        targets.append(_Target(healthy, heights, angles, mean))
    return targets


def _breakthroughs(targets: Sequence[_Target], rng: np.random.Generator) -> tuple[NDArray[np.int_], NDArray]:
    """Draw breakthroughs around their means: nearest endocardial voxels, and onsets in ms."""
    voxels, onsets = [], []
    for healthy, heights, angles, mean in targets:
        height, angle, onset = rng.normal(mean, [HEIGHT_SD, ANGLE_SD, ONSET_SD])
        turn = (angles - angle + 180) % 360 - 180
        voxels.append(healthy[((heights - height) ** 2 + (turn / 90) ** 2).argmin()])
        onsets.append(onset)
    return np.array(voxels), np.array(onsets)
