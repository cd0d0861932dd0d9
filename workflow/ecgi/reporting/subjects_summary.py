"""Summary of the predictions of several subjects: a row for each method of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ..evaluation.goodness_of_fit import fit_of_prediction, remarks_on
from ..io import stores
from ..io.checked_files import read_json
from .failures import last_lines

OF_METHOD = ("earliest_site.csv", "summary.pdf", "activation_time.nii.gz")  # among what is exported
COLUMNS = ("subject", "method", "state", "x_mm", "y_mm", "z_mm", "fit", "remark")
LONGEST = 160  # characters of a remark in the terminal


class Inputs(NamedTuple):
    """Files of a subject.

    Attributes
    ----------
    folder : pathlib.Path
        Of its recording and predictions.
    heart : sequence of pathlib.Path
        Files of its heart that predictions need.
    jobs : set of str
        Names of the logs of its jobs, without ending.
    methods : sequence of str
    """

    folder: Path
    heart: Sequence[Path]
    jobs: set[str]
    methods: Sequence[str]


def summary(subjects: Mapping[str, Inputs], printed: str) -> pd.DataFrame:
    """Tabulate what became of each subject.

    Parameters
    ----------
    subjects : mapping of str to Inputs
        By name.
    printed : str
        Output of Snakemake, which names the logs of jobs that failed.

    Returns
    -------
    pandas.DataFrame
        Columns ``COLUMNS``: the state is "predicted" or "failed"; earliest site in patient RAS; the remark
        is the first warning, or the reason of the failure.
    """
    failed = last_lines(printed)
    rows = []
    for name, given in subjects.items():
        reasons = [line for path, line in failed.items() if path.stem in given.jobs]
        for method in given.methods:
            row: dict[str, object] = {"subject": name, "method": method, "state": "failed"}
            if _is_whole(given, method):
                row |= {"state": "predicted", **_predicted(given.folder, method)}
            else:
                row["remark"] = reasons[0] if reasons else "not run, as another job failed"
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def lines_of(table: pd.DataFrame, path: Path) -> list[str]:
    """Lines on the summary of several subjects, for the terminal.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `summary`.
    path : pathlib.Path
        Where the table was written.

    Returns
    -------
    list of str
        Failures with their reasons, then how many there are.
    """
    failed = table[table["state"] == "failed"].drop_duplicates(["subject", "remark"])
    lines = [f"{row.subject} failed: {row.remark[:LONGEST]}" for row in failed.itertuples()]
    whole = table.groupby("subject")["state"].apply(lambda states: (states == "predicted").all())
    return [*lines, f"{whole.sum()} of {len(whole)} subjects predicted; sites, fits and remarks in {path}"]


def _is_whole(given: Inputs, method: str) -> bool:
    """Whether a prediction and all it was made from are there."""
    needed = [
        *given.heart,
        given.folder / "recording.zarr",
        given.folder / "cross_examination.json",
        given.folder / f"{method}.zarr",
        *(given.folder / method / name for name in OF_METHOD),
    ]
    return all(path.exists() for path in needed)


def _predicted(folder: Path, method: str) -> dict[str, object]:
    """Earliest site, fit and first warning of a prediction."""
    site = pd.read_csv(folder / method / "earliest_site.csv").loc[0, ["x_mm", "y_mm", "z_mm"]]
    notes = stores.read(folder / "recording.zarr").attrs["notes"]
    examined = read_json(folder / "cross_examination.json")
    prediction = stores.read(folder / f"{method}.zarr")
    goodness = fit_of_prediction(prediction)
    lines = [*examined["warnings"], *notes, *remarks_on(prediction, goodness, examined)]
    first = next((line for line in lines if line.startswith("warning")), "")
    return {**site.round(1), "fit": goodness.verdict, "remark": first}
