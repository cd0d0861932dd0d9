"""Lines that a successful run ends with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ..evaluation.goodness_of_fit import fit
from ..io import stores
from .headlines import headlines
from .subject_page import NOT_A_DEVICE


def of_experiment(
    title: str, results: Path, methods: Sequence[str], inverse: Sequence[str], cases: Sequence[str]
) -> list[str]:
    """What an experiment made and where, and its main metrics beside those of the paper.

    Parameters
    ----------
    title : str
        Name of the experiment.
    results : pathlib.Path
        Its folder, with `tables/metrics.csv`.
    methods, inverse : sequence of str
        All methods, and those that make maps from BSP.
    cases : sequence of str
        Hearts that were tested on.

    Returns
    -------
    list of str
    """
    table = pd.read_csv(results / "tables/metrics.csv")
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
    """Where each method found the earliest site, how well it fits the recording, and warnings of the reader.

    Parameters
    ----------
    case : str
        Name of the subject.
    folder : pathlib.Path
        Of the subject: `recording.zarr`, and `<method>.zarr` for each method.
    exports : mapping of str to mapping of str to str
        For each method its exported files "site" and "summary".

    Returns
    -------
    list of str
    """
    notes = stores.read(folder / "recording.zarr").attrs["notes"]
    lines = ["", *(f"{case}: {note}" for note in notes if note.startswith("warning"))]
    for method, files in exports.items():
        signals = stores.read(folder / f"{method}.zarr")
        judged = fit(signals["bsp_recorded"].values, signals["bsp"].values)
        site = pd.read_csv(files["site"]).loc[0, ["x_mm", "y_mm", "z_mm"]]
        lines += [
            f"{case} by {method}: earliest site ({', '.join(f'{x:.0f}' for x in site)}) mm, patient RAS",
            f"  fit to the recording: {judged.verdict}",
            f"  read {files['summary']} first",
        ]
    return [*lines, NOT_A_DEVICE, ""]
