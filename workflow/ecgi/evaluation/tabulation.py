"""The table of all metrics: methods, conditions, groups of beats, seeds and parts of the data."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import pandas as pd

from ..core.seeds import generator
from . import bootstrap

NAMES = ["case", "condition", "beat", "kind", "split"]


def tabulate(
    scores: Iterable[tuple[str, int, pd.DataFrame]],
    families: Mapping[str, str],
    phantoms: Collection[str],
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Tidy table of the metrics of all methods, with their intervals.

    Parameters
    ----------
    scores : iterable of (str, int, pandas.DataFrame)
        Method, training seed, and scores of its beats, see `scoring.score_beats`.
    families : mapping of str to str
        Family of each trained method.
    phantoms : collection of str
        Cases of a cohort's phantoms, see `groups`.
    resamples : int
        Bootstrap resamples.
    seed : int
        Seed of the experiment.

    Returns
    -------
    pandas.DataFrame
        Columns `bootstrap.COLUMNS`. The rows of a method do not depend on the other methods.
    """
    parts = []
    for method, training_seed, beats in scores:
        for (condition, split), rows in beats.groupby(["condition", "split"], sort=False):
            for group, some in groups(rows, phantoms):
                sums = some.drop(columns=NAMES).dropna(axis=1, how="all")
                rng = generator(seed, f"bootstrap {method} {split}")
                hearts = some["case"].to_numpy()
                part = bootstrap.summarise(sums, hearts, families.get(method), resamples, rng)
                keys = {"method": method, "condition": condition, "beats": group, "split": split}
                parts.append(part.assign(**keys, seed=training_seed))
    return pd.concat(parts)[bootstrap.COLUMNS].reset_index(drop=True)


def groups(rows: pd.DataFrame, phantoms: Collection[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Beats that are judged together: all; in a cohort its phantoms', by kind, and each other heart's.

    Parameters
    ----------
    rows : pandas.DataFrame
        A row per beat, with its case and kind.
    phantoms : collection of str

    Yields
    ------
    (str, pandas.DataFrame)
        Name of the group, and its rows.
    """
    if not phantoms:
        yield "all", rows
        return
    ours = rows[rows["case"].isin(phantoms)]
    yield "phantoms", ours
    kinds = {kind: some for kind, some in ours.groupby("kind")}
    for kind, some in kinds.items():
        yield f"phantoms, {kind}", some
    if {"single_site"} < set(kinds):
        yield "phantoms, all but single_site", ours[ours["kind"] != "single_site"]
    for case, some in rows[~rows["case"].isin(phantoms)].groupby("case", sort=False):
        yield case, some
