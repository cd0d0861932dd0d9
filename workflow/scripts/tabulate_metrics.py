"""Gather the metrics of all methods, with intervals and the paper's figures beside them."""

import pandas as pd

from ecgi import evaluation, logs
from ecgi.seeds import generator


def tabulate(scores, families, resamples, seed):
    """Tidy table of all methods, conditions, seeds and parts of the data."""
    parts = []
    for method, training_seed, beats in scores:
        for (condition, split), rows in beats.groupby(["condition", "split"], sort=False):
            sums = rows.drop(columns=["case", "condition", "activation", "split"]).dropna(axis=1, how="all")
            draw = generator(seed, f"bootstrap {method} {split}")
            part = evaluation.summarise(sums, families.get(method), resamples, draw)
            parts.append(part.assign(method=method, condition=condition, split=split, seed=training_seed))
    return pd.concat(parts)[evaluation.COLUMNS].reset_index(drop=True)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    runs = zip(snakemake.params.runs, snakemake.input.scores, strict=True)
    table = tabulate(
        [(method, seed, pd.read_csv(path)) for (method, seed), path in runs],
        snakemake.params.families,
        snakemake.params.resamples,
        snakemake.params.seed,
    )
    table.to_csv(snakemake.output.csv, index=False, float_format="%.6g")
    shown = evaluation.readable(table)
    shown.to_markdown(snakemake.output.markdown, index=False, disable_numparse=True)
    shown.to_html(snakemake.output.html, index=False, border=0, justify="left")
