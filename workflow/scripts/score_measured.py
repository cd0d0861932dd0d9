"""Estimate a measured beat by all methods and controls, and score them."""

from pathlib import Path

from ecgi.core.jobs import start
from ecgi.core.seeds import generator
from ecgi.evaluation import measured_estimates, measured_scores
from ecgi.evaluation.measured import POSES, lids_of, measured_of, problems_of
from ecgi.inverse import registry
from ecgi.io import stores
from ecgi.io.checked_files import write_table
from ecgi.reporting.measured_tables import page

if __name__ == "__main__":
    start(snakemake)
    given, params, output = snakemake.input, snakemake.params, snakemake.output
    store, transfers = stores.read(given.beats).load(), stores.read(given.transfers).load()
    methods = {name: registry.kind(method["kind"])(**method) for name, method in params.methods.items()}
    measured = measured_of(store, params.settings["qrs"])
    problems, lids = problems_of(measured, transfers["transfer"]), lids_of(measured, transfers)
    rows = measured_estimates.estimates(
        measured, problems, lids, methods, params.settings["snr_db"], generator(params.seed, "measured noise")
    )
    resampled = (
        params.settings["blocks"],
        params.resamples,
        generator(params.seed, "measured blocks"),
    )
    scores = measured_scores.score(
        measured,
        rows,
        store["heart_point"].values,
        measured_estimates.reference_of(rows, params.settings["reference"], POSES[0]),
        *resampled,
    )
    electrodes = store["electrode_position"].values
    floor = measured_scores.forward_floor(measured, problems | lids, electrodes, *resampled)
    found = measured_estimates.as_store(measured, rows)
    stores.write(output.estimates, *stores.parts_of(found), stores.provenance(params.provenance))
    write_table(output.scores, scores, "%.6g")
    write_table(output.floor, floor, "%.6g")
    Path(output.page).write_text(page(scores, floor, transfers.attrs), encoding="utf-8")
