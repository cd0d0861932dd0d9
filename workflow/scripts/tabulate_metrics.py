"""Gather the metrics of all methods, with intervals and the paper's figures beside them."""

import pandas as pd

from ecgi.core import logs
from ecgi.core.seeds import generator
from ecgi.evaluation import bootstrap
from ecgi.reporting import publication_tables

NAMES = ["case", "condition", "beat", "kind", "split"]


def tabulate(scores, families, phantoms, resamples, seed):
    """Tidy table of all methods, conditions, groups of beats, seeds and parts of the data."""
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


def groups(rows, phantoms):
    """Beats that are judged together: all; in a cohort its phantoms', by kind, and each other heart's."""
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


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    runs = zip(snakemake.params.runs, snakemake.input.scores, strict=True)
    table = tabulate(
        [(method, seed, pd.read_csv(path)) for (method, seed), path in runs],
        snakemake.params.families,
        snakemake.params.phantoms,
        snakemake.params.resamples,
        snakemake.params.seed,
    )
    table.to_csv(snakemake.output.csv, index=False, float_format="%.6g")
    overview, by_condition = publication_tables.overview(table), publication_tables.by_condition(table)
    publication_tables.write(overview, snakemake.output.overview, snakemake.output.overview_latex)
    publication_tables.write(by_condition, snakemake.output.by_condition, snakemake.output.by_condition_latex)
    shown = bootstrap.readable(table)
    shown.to_markdown(snakemake.output.markdown, index=False, disable_numparse=True)
    publication_tables.write_page(
        {
            "Main metrics under the nominal condition": overview,
            "Mean absolute error in ms under each condition": by_condition,
            "All metrics": shown,
        },
        snakemake.output.html,
    )
