"""A page that shows some test beats of a heart in 3-D, with the predictions of each method."""

from pathlib import Path

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy
from ecgi.reporting.viewer.case_page import case_page

if __name__ == "__main__":
    start(snakemake)
    predictions = map(stores.read, snakemake.input.predictions)
    page = case_page(
        read_anatomy(snakemake.input.labels),
        stores.read(snakemake.input.dataset),
        map(stores.read, snakemake.input.beats),
        read_table(snakemake.input.planned).set_index("beat")["kind"],
        read_table(snakemake.input.electrodes),
        dict(zip(snakemake.params.methods, predictions, strict=True)),
    )
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
