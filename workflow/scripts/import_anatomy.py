"""Make a labelled volume in patient space from a segmentation, a mesh or a phantom's seed."""

from ecgi.anatomy import phantom
from ecgi.anatomy.checks import refuse_open_apex, refuse_wall
from ecgi.anatomy.frame import short_axis_frame
from ecgi.anatomy.heart import Anatomy, AnatomyError
from ecgi.anatomy.repair import cap_apex, grow_rv_wall, keep_largest_piece
from ecgi.core import logs
from ecgi.core.errors import InputError
from ecgi.io import meshes, volumes


def import_anatomy(case, source, label_map, spacing_mm, stray_pieces):
    """Anatomy of a row of the cases table, walls grown and checked as it asks."""
    heart = read_heart(case, source, label_map, spacing_mm)
    if case["rv_wall_mm"]:
        heart = grow_rv_wall(heart, case["rv_wall_mm"])
    if case["cap_apex_mm"]:
        heart = cap_apex(heart, case["cap_apex_mm"])
    labels, removed = keep_largest_piece(heart.labels)
    if removed and stray_pieces == "refuse":
        raise AnatomyError(
            f"{source}: {removed} wall voxels touch no other wall; mend the segmentation or set "
            "anatomy.stray_pieces to remove"
        )
    refuse_wall(labels, removed)
    print(f"{removed} wall voxels that touch no other wall were removed")
    heart = Anatomy(labels, heart.affine)
    short_axis_frame(heart)
    refuse_open_apex(heart)
    return heart


def read_heart(case, source, label_map, spacing_mm):
    """Anatomy as its source has it."""
    if case["kind"] == "phantom":
        return phantom.make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"], case["spread"])
    if case["kind"] == "mesh":
        return meshes.read_mesh(source, case["label_array"], label_map, case["coordinates"], spacing_mm)
    return volumes.read_volume(source, label_map, case["coordinates"])


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.params.case
    try:
        heart = import_anatomy(
            case,
            snakemake.input.get("source"),
            snakemake.params.label_map,
            snakemake.params.spacing_mm,
            snakemake.params.stray_pieces,
        )
    except InputError as error:
        raise InputError(f"case {case['case']}, label map {case['label_map']!r}: {error}") from None
    volumes.write_volume(snakemake.output[0], heart.labels, heart.affine, "tissue labels, patient space")
