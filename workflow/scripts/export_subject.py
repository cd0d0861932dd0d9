"""Export a prediction for other tools, with a page on its fit and its uncertainty."""

from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.checked_files import read_json
from ecgi.io.volumes import read_anatomy
from ecgi.reporting.subject_export import Exports, export_subject

if __name__ == "__main__":
    start(snakemake)
    contact = snakemake.input.get("contact")
    export_subject(
        Exports(**dict(snakemake.output.items())),
        read_anatomy(snakemake.input.labels),
        read_anatomy(snakemake.input.segmentation),
        stores.read(snakemake.input.prediction),
        stores.read(snakemake.input.recording),
        read_json(snakemake.input.examination),
        read_json(snakemake.input.check),
        snakemake.input.grid,
        snakemake.params.coordinates,
        snakemake.params.colours,
        read_json(contact) if contact else None,
    )
