"""Potentials of the electrodes of a 12-lead ECG from its leads, which are differences of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import InputError, one_line
from ..lead_names import without_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Each limb lead as a sum of the leads I and II (Kligfield et al. 2007, Circulation 115:1306).
OF_I_AND_II = {
    "i": (1.0, 0.0),
    "ii": (0.0, 1.0),
    "iii": (-1.0, 1.0),
    "avr": (-0.5, -0.5),
    "avl": (1.0, -0.5),
    "avf": (-0.5, 1.0),
}
# Potentials against Wilson's terminal, the mean of the three, as sums of I and II; also by their IEC names.
LIMBS = {
    "ra": (-1 / 3, -1 / 3),
    "la": (2 / 3, -1 / 3),
    "ll": (-1 / 3, 2 / 3),
}
IEC = {"r": "ra", "l": "la", "f": "ll"}
CONTRADICTION = 0.1  # RMS of what I and II do not explain of a limb lead, relative to that of all limb leads


def electrodes_of_twelve_leads(
    given: Sequence[str], signals: NDArray[np.floating], names: Sequence[str], source: Path
) -> tuple[list[str], NDArray[np.floating], list[str]] | None:
    """Potentials of limb electrodes, from limb leads where the recording has these instead.

    They are against Wilson's terminal, as V1 to V6 are, so that all nine have one reference.

    Parameters
    ----------
    given : sequence of str
        Names of the leads; "-aVR" is aVR of the other sign.
    signals : numpy.ndarray, shape (lead, time)
        NaN where a lead is not used.
    names : sequence of str
        Names of the electrodes.
    source : Path
        Name of the file in messages.

    Returns
    -------
    labels : list of str
        Names of the limb electrodes, and of the leads that are none of the limbs.
    signals : numpy.ndarray, shape (label, time)
    notes : list of str
    None
        If the electrodes have no limbs, or the recording has these themselves or less than two limb leads.

    Raises
    ------
    InputError
        If the limb leads contradict each other.
    """
    limbs = {IEC.get(plain, plain): name for name, plain in zip(names, without_words(names), strict=True)}
    limbs = {limb: name for limb, name in limbs.items() if limb in LIMBS}
    plain = without_words([name.strip().lstrip("-−–") for name in given])
    if not limbs or {IEC.get(name, name) for name in plain} & set(LIMBS):
        return None
    leads = [lead for lead, name in enumerate(plain) if name in OF_I_AND_II]
    used = [lead for lead in leads if not np.isnan(signals[lead]).all()]
    signs = np.array([-1.0 if given[lead].strip()[0] in "-−–" else 1.0 for lead in used])
    matrix = np.array([OF_I_AND_II[plain[lead]] for lead in used]).reshape(-1, 2)
    if np.linalg.matrix_rank(matrix) < 2:
        return None
    limb_leads = signs[:, None] * signals[used]
    i_and_ii = np.linalg.pinv(matrix) @ limb_leads
    _refuse_contradiction(matrix @ i_and_ii, limb_leads, [given[lead] for lead in used], source)
    potentials = np.array([LIMBS[limb] for limb in limbs]) @ i_and_ii
    others = [lead for lead in range(len(given)) if lead not in leads]
    note = (
        f"potentials of {', '.join(limbs.values())} against Wilson's terminal computed from "
        f"{', '.join(given[lead] for lead in used)}"
    )
    labels = [*limbs.values(), *(given[lead] for lead in others)]
    return labels, np.concatenate([potentials, signals[others]]), [one_line(note)]


def _refuse_contradiction(
    explained: NDArray[np.floating], measured: NDArray[np.floating], leads: Sequence[str], source: Path
) -> None:
    """Refuse limb leads that are not differences of three potentials; their offsets are free."""
    misfit, size = (
        np.sqrt(np.nanmean((signals - np.nanmedian(signals, axis=1, keepdims=True)) ** 2, axis=1))
        for signals in (measured - explained, measured)
    )
    if not misfit.max() <= CONTRADICTION * np.sqrt(np.mean(size**2)):
        worst = leads[int(misfit.argmax())]
        raise InputError(
            f"{source}: limb leads contradict each other, {one_line(worst)} most: III must be II - I, aVR "
            "-(I + II)/2, aVL I - II/2 and aVF II - I/2; correct or remove those that are not"
        )
