"""Make a labelled heart in patient space and in its short-axis frame, with a check of its sizes."""

from ecgi.anatomy.plausibility import lines_of_check
from ecgi.core.jobs import start
from ecgi.io.checked_files import write_json
from ecgi.io.downloads import refuse_other_bytes
from ecgi.io.hearts import import_heart
from ecgi.io.volumes import write_segmentation, write_volume

if __name__ == "__main__":
    start(snakemake)
    if snakemake.params.sha256 and snakemake.input.get("source"):
        refuse_other_bytes(snakemake.input.source, snakemake.params.sha256)
    heart = import_heart(
        snakemake.params.case,
        snakemake.input.get("source"),
        snakemake.params.label_map,
        snakemake.params.spacing_mm,
        snakemake.params.stray_pieces,
        snakemake.params.scar_conducts,
    )
    print(*lines_of_check(heart.check), sep="\n")
    write_segmentation(snakemake.output.segmentation, heart.segmentation, heart.long_axis.direction)
    write_volume(
        snakemake.output.labels, heart.labels.labels, heart.labels.affine, "tissue labels, short axis"
    )
    write_json(snakemake.output.check, heart.check)
