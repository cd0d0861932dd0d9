"""Score the answers to recordings of the challenge whose answers are known."""

from pathlib import Path

from ecgi.core.jobs import start
from ecgi.evaluation.challenge_scores import Beat, doubts, score
from ecgi.io import stores
from ecgi.io.challenge_answers import read_answer
from ecgi.io.checked_files import write_table
from ecgi.io.units import in_file
from ecgi.reporting.challenge_tables import page

if __name__ == "__main__":
    start(snakemake)
    given, params = snakemake.input, snakemake.params
    rows = zip(params.beats.items(), given.truths, given.answers, given.transfers, strict=True)
    frame = params.of_files["coordinates"], params.of_files["length_units"]
    beats = {
        name: Beat(
            heart,
            read_answer(truth),
            read_answer(answer),
            in_file(stores.read(transfer)["node_position"].values, *frame),
        )
        for (name, heart), truth, answer, transfer in rows
    }
    scores = score(beats)
    write_table(snakemake.output.scores, scores, "%.6g")
    Path(snakemake.output.page).write_text(page(scores, doubts(beats)), encoding="utf-8")
