"""Tables of the scores of a measured beat, for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..evaluation.activation_operators import OPERATORS
from ..evaluation.measured_estimates import KEYS
from .labels import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POTENTIALS = ("tc", "sc", "re", "amplitude")
TIMES = tuple(f"{score}_{operator}" for operator in OPERATORS for score in ("mae", "cc"))
HEADINGS = {
    "tc": "TC",
    "sc": "SC",
    "re": "RE",
    "amplitude": "amplitude",
    **{f"mae_{operator}": f"{operator}: MAE (ms)" for operator in OPERATORS},
    **{f"cc_{operator}": f"{operator}: CC" for operator in OPERATORS},
}
DIGITS = {"mae": 1}  # of metrics by the start of their names; 2 for others


def page(scores: pd.DataFrame, floor: pd.DataFrame, pose: Mapping[str, Any]) -> str:
    """All tables of a measured beat as Markdown.

    Parameters
    ----------
    scores, floor : pandas.DataFrame
        See `ecgi.evaluation.measured_scores.score` and `forward_floor`.
    pose : mapping
        Fitted movement of the heart, see `ecgi.evaluation.measured.transfers`.

    Returns
    -------
    str
    """
    shift, rotation = (
        ", ".join(f"{part:.1f}" for part in pose[of]) for of in ("shift_mm", "rotation_degrees")
    )
    before, after = pose["held_out_error"]
    return _page(
        [
            f"Fitted pose of the heart: shift {shift} mm, rotation vector {rotation} degrees, size times "
            f"{pose['scale']:.2f}. Relative error at every other block of electrodes: {before:.2f} as filed, "
            f"{after:.2f} as fitted to the blocks between them."
        ],
        _sections(scores) | {"Torso's potentials from those of the heart": floor_table(floor)},
    )


def placed_page(scores: pd.DataFrame) -> str:
    """All tables of a placed beat as Markdown.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `ecgi.evaluation.measured_scores.score`.

    Returns
    -------
    str
    """
    return _page(
        [
            "Semi-synthetic: potentials measured on another heart, which is placed in the torso; those "
            "around it are computed. Pose `exact`: the coarser surface that methods are given lies where the "
            "heart is; `moved`: elsewhere. The constant map is the median of the truth."
        ],
        _sections(scores),
    )


def score_table(scores: pd.DataFrame, metrics: Sequence[str], differences: bool = False) -> pd.DataFrame:
    """A row per estimate and a column per metric, with intervals.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `ecgi.evaluation.measured_scores.score`.
    metrics : sequence of str
    differences : bool
        Whether to show the differences to the reference in place of the values.

    Returns
    -------
    pandas.DataFrame of str
    """
    shown = scores[scores["metric"].isin(metrics)]
    rows = []
    for key, of_row in shown.groupby([*KEYS, "weight"], sort=False, dropna=False):
        *names, weight = key
        row = {name: spelled(str(value)) for name, value in zip(KEYS, names, strict=True)}
        row["weight"] = "" if pd.isna(weight) else f"{weight:.1e}"
        by_metric = of_row.set_index("metric")
        for metric in metrics:
            row[HEADINGS[metric]] = (
                _figure(by_metric, metric, differences) if metric in by_metric.index else ""
            )
        rows.append(row)
    return pd.DataFrame(rows)


def floor_table(floor: pd.DataFrame) -> pd.DataFrame:
    """How well the heart's potentials explain those of the torso, a row per pose and matrix.

    Parameters
    ----------
    floor : pandas.DataFrame
        See `ecgi.evaluation.measured_scores.forward_floor`.

    Returns
    -------
    pandas.DataFrame of str
    """
    rows = []
    for (beat, pose, matrix), of_row in floor.groupby(["beat", "pose", "matrix"], sort=False):
        by_metric = of_row.set_index("metric")
        figures = {HEADINGS[metric]: _figure(by_metric, metric, False) for metric in POTENTIALS}
        rows.append({"beat": beat, "pose": pose, "matrix": spelled(matrix)} | figures)
    return pd.DataFrame(rows)


def _sections(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Tables of scores by their headings."""
    return {
        "Potentials on the heart": score_table(scores, POTENTIALS),
        "Difference to the reference": score_table(scores, POTENTIALS, differences=True),
        "Activation times": score_table(scores, TIMES),
    }


def _page(notes: Sequence[str], sections: Mapping[str, pd.DataFrame]) -> str:
    """Notes and tables as Markdown."""
    lines = ["Value and 95 % interval by spatial blocks of electrodes; see docs/measured.md.", *notes]
    for heading, table in sections.items():
        lines += ["", f"## {heading}", "", table.to_markdown(index=False, disable_numparse=True)]
    return "\n".join(lines) + "\n"


def _figure(by_metric: pd.DataFrame, metric: str, differences: bool) -> str:
    """Value and interval."""
    digits = DIGITS.get(metric.partition("_")[0], 2)
    columns = ["difference", "difference_low", "difference_high"] if differences else ["value", "low", "high"]
    value, low, high = by_metric.loc[metric, columns].astype(float)
    if pd.isna(value):
        return ""
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
