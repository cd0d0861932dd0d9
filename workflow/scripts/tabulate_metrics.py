"""Gather the metrics of all methods, with intervals and the paper's figures beside them."""

from ecgi.core.jobs import start
from ecgi.evaluation.bootstrap import readable
from ecgi.evaluation.tabulation import tabulate
from ecgi.io.checked_files import read_table, write_table
from ecgi.reporting import publication_tables

if __name__ == "__main__":
    start(snakemake)
    params, output = snakemake.params, snakemake.output
    runs = zip(params.runs, snakemake.input.scores, strict=True)
    table = tabulate(
        [(method, seed, read_table(path)) for (method, seed), path in runs],
        params.families,
        params.phantoms,
        params.resamples,
        params.seed,
    )
    write_table(output.csv, table, "%.6g")
    overview, by_condition = publication_tables.overview(table), publication_tables.by_condition(table)
    publication_tables.write(overview, output.overview, output.overview_latex)
    publication_tables.write(by_condition, output.by_condition, output.by_condition_latex)
    shown = readable(table)
    shown.to_markdown(output.markdown, index=False, disable_numparse=True)
    publication_tables.write_page(
        {
            "Main metrics under the nominal condition": overview,
            "Mean absolute error in ms under each condition": by_condition,
            "All metrics": shown,
        },
        output.html,
    )
