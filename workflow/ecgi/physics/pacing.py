"""The protocol: who is paced where and when, and how fast each tissue conducts."""

import numpy as np
import pandas as pd

from ..anatomy import coordinates
from ..anatomy.heart import Tissue
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


def plan_beats(anatomy, case, count, protocol, velocities, seed):
    """Draw beats.

    Parameters
    ----------
    anatomy : Anatomy
        In its short-axis frame.
    case : str
    count : int
    protocol : dict
        ``kinds``: weight of each kind of beat; ``surface``: where "single_site" and "multi_site"
        beats are paced; ``sites`` and ``delay_ms``: number of sites and latest onset of the latter.
    velocities : dict of str to (mean, spread)
        Mean in m/s and relative spread (standard deviation of the logarithm) for "lv", "rv",
        "scar" and "border_zone".
    seed : int
        Beat n is the same whatever `count` is.

    Returns
    -------
    beats : pandas.DataFrame
        One row per beat: case, activation, kind, and velocity_lv_m_per_s and so on.
    sites : pandas.DataFrame
        One row per pacing site: case, activation, site, x_mm, y_mm, z_mm (patient RAS), onset_ms
        (0 at the first of a beat), tissue.

    Raises
    ------
    InputError
        If the heart lacks what a beat starts from.
    """
    kinds, weights = zip(*protocol["kinds"].items(), strict=True)
    healthy = _paceable(anatomy, protocol["surface"], case)
    chambers = {kind: _targets(anatomy, kind, case) for kind in kinds if kind in BREAKTHROUGHS}
    beats, sites = [], []
    for activation in range(count):
        rng = generator(seed, f"activation {case}", activation)
        kind = kinds[0]
        if len(kinds) > 1:
            kind = generator(seed, f"kind {case}", activation).choice(
                kinds, p=np.array(weights) / sum(weights)
            )
        if kind in BREAKTHROUGHS:
            voxels, onsets = _breakthroughs(chambers[kind], rng)
        else:
            voxels, onsets = _random_sites(healthy, 1 if kind == "single_site" else protocol["sites"], rng)
            onsets = onsets * protocol["delay_ms"]
        velocity = {
            f"velocity_{tissue}_m_per_s": mean * np.exp(spread * rng.standard_normal())
            for tissue, (mean, spread) in velocities.items()
        }
        beats.append({"case": case, "beat": activation, "kind": str(kind), **velocity})
        places = voxels @ anatomy.affine[:3, :3].T + anatomy.affine[:3, 3]
        sites += [
            {
                "case": case,
                "beat": activation,
                "site": number,
                "x_mm": place[0],
                "y_mm": place[1],
                "z_mm": place[2],
                "onset_ms": onset,
                "tissue": Tissue(anatomy.labels[tuple(voxel)]).name.lower(),
            }
            for number, (voxel, place, onset) in enumerate(
                zip(voxels, places, onsets - onsets.min(), strict=True)
            )
        ]
    return pd.DataFrame(beats), pd.DataFrame(sites)


def velocity_of(tissues, velocities):
    """Conduction velocity of wall voxels.

    Parameters
    ----------
    tissues : numpy.ndarray of uint8, shape (voxel,)
    velocities : dict of str to float
        m/s (which is mm/ms) for the tissues of `CONDUCTING`.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        mm/ms; NaN for tissues without one.
    """
    table = np.full(max(Tissue) + 1, np.nan)
    for name, velocity in velocities.items():
        table[CONDUCTING[name]] = velocity
    return table[tissues]


def _paceable(anatomy, surface, case):
    """Voxels that may be paced, and the cumulative share of each in area or volume."""
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


def _random_sites(paceable, count, rng):
    """Sites, and onsets as a share of the latest allowed; a single site starts at 0."""
    voxels, cumulative = paceable
    chosen = voxels[np.searchsorted(cumulative, [rng.random() for _ in range(count)], side="right")]
    return chosen, np.array([rng.random() if count > 1 else 0.0 for _ in range(count)])


def _targets(anatomy, kind, case):
    """For each breakthrough of a kind: its chamber's endocardium, heights and angles, and its place."""
    targets = []
    for chamber, *place in BREAKTHROUGHS[kind]:
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
        targets.append((healthy, heights, angles, place))
    return targets


def _breakthroughs(targets, rng):
    """Endocardial voxels nearest to the (scattered) places, and their onsets."""
    voxels, onsets = [], []
    for healthy, heights, angles, (height, angle, onset) in targets:
        height, angle, onset = rng.normal([height, angle, onset], [HEIGHT_SD, ANGLE_SD, ONSET_SD])
        turn = (angles - angle + 180) % 360 - 180
        voxels.append(healthy[((heights - height) ** 2 + (turn / 90) ** 2).argmin()])
        onsets.append(onset)
    return np.array(voxels), np.array(onsets)
