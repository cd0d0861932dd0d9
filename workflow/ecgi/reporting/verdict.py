"""Whether a map can be believed, in a sentence, and what would change it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..evaluation.goodness_of_fit import Fit
from ..evaluation.ratings import FAIR

SCALE = "where 0 is perfect and 1 no better than none"
UNSETTLED = "do not rely on the map"  # in warnings of the examination that spoil a map
HANDLED = "not used"  # how warnings of leads that were left out end
SINGLE_SITE = "physics_search"  # the kind of method that supposes one site
EPICARDIAL = "epicardial"  # the kind of method that sees the outer surface alone
WARNING = "warning: "


def verdict(fit: Fit, examination: Mapping[str, Any], warnings: Sequence[str]) -> str:
    """Whether a map can be believed.

    Parameters
    ----------
    fit : Fit
    examination : mapping
        ``warnings`` and ``readings`` of `evaluation.cross_examination`.
    warnings : sequence of str
        All warnings, those of the examination among them.

    Returns
    -------
    str
        A sentence.
    """
    error = f"relative error {fit.relative_error:.2f}, {SCALE}"
    unsettled = [warning for warning in examination["warnings"] if UNSETTLED in warning]
    if unsettled:
        better = unsettled[0].removeprefix(WARNING).partition(": ")[2].partition(";")[0]
        return f"Do not rely on this map: another reading of the recording fits clearly better, {better}."
    if fit.rating == "poor":
        return f"Do not rely on this map: it explains little of the recording ({error})."
    if fit.rating == "fair":
        return f"Read this map with care: it explains the recording only in part ({error})."
    if not all(warning.endswith(HANDLED) for warning in warnings):
        return (
            f"Read this map with care: it explains the recording closely ({error}), but there are warnings."
        )
    given, others = _readings(examination)
    tried = (
        f", and none of {len(others)} other readings of the recording fits clearly better" if given else ""
    )
    closely = f"it explains the recording closely ({error}){tried}"
    return f"The map can be believed as far as its model holds: {closely}."


def what_would_change_it(
    examination: Mapping[str, Any],
    warnings: Sequence[str],
    onset_bounds_ms: Sequence[float],
    prediction: Mapping[Any, Any],
) -> list[str]:
    """What a map hangs on, most pressing first.

    Parameters
    ----------
    examination : mapping
        ``readings`` of `evaluation.cross_examination`.
    warnings : sequence of str
    onset_bounds_ms : sequence of 2 float
        Between which the onset plausibly lies, ms of the recording.
    prediction : mapping
        Attributes of a prediction: ``conductor`` and ``settings``.

    Returns
    -------
    list of str
        Sentences.
    """
    found = [_sentence(warning.removeprefix(WARNING)) for warning in warnings]
    low, high = (f"{bound:.0f}" for bound in onset_bounds_ms)
    if low != high:
        found.append(
            f"Another onset: it lies between {low} and {high} ms of the recording; all times move with it."
        )
    if prediction["conductor"].startswith("infinite"):
        found.append("A torso: none was used; the potentials were simulated in an infinite conductor.")
    else:
        found.append(f"Another torso than that which was used: {prediction['conductor']}.")
    given, others = _readings(examination)
    if given and others and not examination["warnings"]:
        best = min(others, key=lambda reading: reading["error"])
        found.append(
            f"A mistake in the input: none of {len(others)} that were tried fits clearly better; the best is "
            f"{best['name']} (relative error {best['error']:.2f}, as read {given['error']:.2f}, by beats of "
            "one site)."
        )
    methods = json.loads(prediction.get("settings", "{}")).get("methods", {})
    kinds = {settings.get("kind") for settings in methods.values()}
    if EPICARDIAL in kinds:
        found.append(
            "A beat that begins in the septum or at the endocardium: the potentials are those of the "
            "epicardium, whose times the wall beneath takes on, and the site is the earliest epicardium."
        )
    if SINGLE_SITE in kinds:
        found.append(
            "A beat that begins at several sites, or with conduction block: the search supposes neither."
        )
    return found


def _readings(examination: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    """The recording as it was read, and under other readings; None if beats of one site say little of it."""
    given, *others = examination["readings"] or [None]
    return (given, others) if given and given["error"] <= FAIR else (None, [])


def _sentence(words: str) -> str:
    """Words with a capital at the beginning and a full stop."""
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."
