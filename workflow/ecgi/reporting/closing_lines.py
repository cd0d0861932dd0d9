"""Lines printed at the end of a successful run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ..evaluation.goodness_of_fit import fit_of_prediction, remarks_on
from ..io import stores
from ..io.checked_files import read_json, read_table
from .headlines import headlines


def of_experiment(
    title: str, results: Path, methods: Sequence[str], inverse: Sequence[str], cases: Sequence[str]
) -> list[str]:
    """Summary of an experiment: its files, and its main metrics with those of the paper.

    Parameters
    ----------
    title : str
        Name of the experiment.
    results : pathlib.Path
        Folder of the experiment, with `tables/metrics.csv`.
    methods, inverse : sequence of str
        All methods, and those that make maps from BSP.
    cases : sequence of str
        Hearts with test beats.

    Returns
    -------
    list of str
        Lines to print.
    """
    table = read_table(results / "tables/metrics.csv")
    return [
        "",
        f"{title}: {len(methods)} methods on {', '.join(cases)}, test beats",
        *(f"  {line}" for line in headlines(table, inverse)),
        f"All metrics are in {results}/tables/metrics.md, figures in {results}/figures, the hearts in 3-D",
        f"in {results}/views. `make report`, or the same command with --report report.zip, gathers all",
        f"of it in {Path('report.zip').absolute()}.",
        "",
    ]


def of_prediction(case: str, folder: Path, exports: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Summary of a prediction: what would fit better, warnings, earliest site and fit of each method.

    Parameters
    ----------
    case : str
        Name of the subject.
    folder : pathlib.Path
        Of the subject: `recording.zarr`, `cross_examination.json`, and `<method>.zarr` for each method.
    exports : mapping of str to mapping of str to str
        Paths of the exported files "site" and "summary" of each method.

    Returns
    -------
    list of str
        Lines to print.
    """
    notes = stores.read(folder / "recording.zarr").attrs["notes"]
    examined = read_json(folder / "cross_examination.json")
    first = [*examined["warnings"], *(note for note in notes if note.startswith("warning"))]
    lines = ["", *(f"{case}: {line}" for line in [*first, *examined["notes"]])]
    for method, files in exports.items():
        signals = stores.read(folder / f"{method}.zarr")
        goodness = fit_of_prediction(signals)
        remarks = remarks_on(signals, goodness, examined)
        site = pd.read_csv(files["site"]).loc[0, ["x_mm", "y_mm", "z_mm"]]
        lines += [
            f"{case} by {method}: earliest site ({', '.join(f'{x:.0f}' for x in site)}) mm, patient RAS",
            f"  fit to the recording: {goodness.verdict}",
            *(f"  {remark}" for remark in remarks),
            f"  read {files['summary']} first, or summary.html beside it",
        ]
    return [*lines, f"the maps in 3-D are in {folder / 'view.html'}"]
