"""Scores of a challenge's training beats, and what became of its recordings, for reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..evaluation.challenge_scores import published_sums
from ..io.challenge_answers import pack
from ..io.checked_files import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..config.challenge import Beat

HEADINGS = {
    "sc": "SC",
    "tc": "TC",
    "rmse": "RMSE",
    "localisation": "localisation error",
    "amplitude": "amplitude",
    "heart_centre": "error of the heart's centre",
    "other_recordings": "error of the answers to other recordings",
}
SCALE = (
    "The published scorer gives RMSE and localisation error no scale: RMSE counts as 1 - RMSE in the unit of "
    "the potentials, and the localisation error adds to the sum, so that a larger sum may be a worse answer. "
    "The parts are what can be compared. A perfect answer has SC and TC of 1, RMSE and localisation error of "
    "0, and sums of 0.5 and 0."
)


def page(scores: pd.DataFrame, doubts: Sequence[str]) -> str:
    """Scores as Markdown.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `ecgi.evaluation.challenge_scores.score`.
    doubts : sequence of str
        Warnings, which come first.

    Returns
    -------
    str
    """
    shown = scores.rename(columns=HEADINGS)
    summary = pd.DataFrame({how: scores[list(HEADINGS)].agg(how) for how in ("mean", "median")})
    sums = pd.Series(published_sums(scores), name="sum").rename_axis("weights of")
    parts = [
        "# Scores of recordings with known answers",
        *(f"**Warning:** {doubt}" for doubt in doubts),
        "Distances are in the unit of the heart's file, potentials in that of the recordings.",
        summary.rename(HEADINGS).to_markdown(floatfmt=".3g"),
        "## Sums as published",
        SCALE,
        sums.to_frame().to_markdown(floatfmt=".6g"),
        "## Recordings",
        shown.to_markdown(index=False, floatfmt=".3g"),
    ]
    return "\n\n".join(parts) + "\n"


def closing_lines(folder: Path, beats: Mapping[str, Beat], needed: Mapping[str, Sequence[Path]]) -> list[str]:
    """Lines on the answers, printed at the end of a run; some of the answers are packed if others failed.

    Parameters
    ----------
    folder : pathlib.Path
        Of the answers.
    beats : mapping of str to Beat
        All recordings, by name.
    needed : mapping of str to sequence of pathlib.Path
        Files that the answer to each was made from, and itself as the last.

    Returns
    -------
    list of str
    """
    answered = {name: files[-1] for name, files in needed.items() if all(path.exists() for path in files)}
    incomplete = folder / "incomplete.zip"
    incomplete.unlink(missing_ok=True)
    lines = []
    if len(answered) == len(beats):
        lines.append(f"{len(beats)} answers are in {folder / 'submission.zip'}")
    elif answered:
        pack({beats[name].answer: path for name, path in answered.items()}, incomplete)
        lines.append(
            f"{len(answered)} of {len(beats)} answers are in {incomplete}; the Challenge's scorer takes no "
            "zip that lacks a recording"
        )
    known = any(beat.truth for beat in beats.values())
    if known and len(answered) == len(beats) and (folder / "scores.csv").exists():
        scores = read_table(folder / "scores.csv")
        own, centre, others = scores[["localisation", "heart_centre", "other_recordings"]].median().round(1)
        lines.append(
            f"{len(scores)} known answers: median localisation error {own:g}, of the heart's centre "
            f"{centre:g}, of the answers to other recordings {others:g}; all scores: {folder / 'scores.md'}"
        )
    return lines
