"""Make a labelled volume in patient space from a segmentation, a mesh or a phantom's seed."""

from ecgi import anatomy, logs, mesh, phantom, volume
from ecgi.errors import InputError


def import_anatomy(case, source, label_map, spacing_mm, stray_pieces):
    """Anatomy of a row of the cases table, walls grown and checked as it asks."""
    heart = read_heart(case, source, label_map, spacing_mm)
    if case["rv_wall_mm"]:
        heart = anatomy.grow_rv_wall(heart, case["rv_wall_mm"])
    if case["cap_apex_mm"]:
        heart = anatomy.cap_apex(heart, case["cap_apex_mm"])
    labels, removed = anatomy.keep_largest_piece(heart.labels)
    if removed and stray_pieces == "refuse":
        raise anatomy.AnatomyError(
            f"{source}: {removed} wall voxels touch no other wall; mend the segmentation or set "
            "anatomy.stray_pieces to remove"
        )
    anatomy.refuse_wall(labels, removed)
    print(f"{removed} wall voxels that touch no other wall were removed")
    heart = anatomy.Anatomy(labels, heart.affine)
    anatomy.short_axis_frame(heart)
    anatomy.refuse_open_apex(heart)
    return heart


def read_heart(case, source, label_map, spacing_mm):
    """Anatomy as its source has it."""
    if case["kind"] == "phantom":
        return phantom.make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"], case["spread"])
    if case["kind"] == "mesh":
        return mesh.read_mesh(source, case["label_array"], label_map, case["coordinates"], spacing_mm)
    return volume.read_volume(source, label_map, case["coordinates"])


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
    volume.write_volume(snakemake.output[0], heart.labels, heart.affine, "tissue labels, patient space")
