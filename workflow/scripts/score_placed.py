"""Estimate a placed beat by methods and weights chosen on others, and score the estimates."""

from pathlib import Path

from ecgi.core.jobs import start
from ecgi.core.seeds import generator
from ecgi.evaluation.measured_estimates import as_store, reference_of
from ecgi.evaluation.measured_scores import score
from ecgi.evaluation.placed import PLACES, placed_beat
from ecgi.evaluation.placed_estimates import best_measured, chosen_on, placed_estimates, placed_problems
from ecgi.inverse import registry
from ecgi.io import stores
from ecgi.io.checked_files import read_table, write_table
from ecgi.reporting.measured_tables import placed_page

if __name__ == "__main__":
    start(snakemake)
    given, params, output = snakemake.input, snakemake.params, snakemake.output
    own, store = (stores.read(path).load() for path in (given.own, given.beats))
    methods = {name: registry.kind(method["kind"])(**method) for name, method in params.methods.items()}
    rng, snr_db = generator(params.seed, "placed noise"), params.settings["snr_db"]
    on_own = placed_beat(own, params.own_qrs, snr_db, rng)
    measured = placed_beat(store, params.settings["qrs"], snr_db, rng)
    rows = placed_estimates(
        store,
        measured,
        methods,
        chosen_on(placed_problems(own, on_own), on_own, methods),
        best_measured(read_table(given.scores)),
        snr_db,
        rng,
    )
    scores = score(
        measured,
        rows,
        store["heart_point"].values,
        reference_of(rows, params.reference, PLACES[1]),
        params.blocks,
        params.resamples,
        generator(params.seed, "placed blocks"),
    )
    found = as_store(measured, rows)
    stores.write(output.estimates, *stores.parts_of(found), stores.provenance(params.provenance))
    write_table(output.scores, scores, "%.6g")
    Path(output.page).write_text(placed_page(scores), encoding="utf-8")
