"""Make a labelled volume in patient space from a segmentation, a mesh or a phantom's seed."""

from ecgi import anatomy, logs, mesh, phantom, volume


def import_anatomy(case, source, label_map, spacing_mm, stray_pieces):
    """Anatomy of a row of the cases table, walls grown and pieces checked as it asks."""
    if case["kind"] == "phantom":
        heart = phantom.make_phantom(case["seed"], spacing_mm, case["scar_radius_mm"])
    elif case["kind"] == "mesh":
        heart = mesh.read_mesh(source, case["label_array"], label_map, case["coordinates"], spacing_mm)
    else:
        heart = volume.read_volume(source, label_map, case["coordinates"])
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
    print(f"{removed} wall voxels that touch no other wall were removed")
    return anatomy.Anatomy(labels, heart.affine)


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
        anatomy.short_axis_frame(heart)
    except anatomy.AnatomyError as error:
        where = f"case {case['case']}, label map {case['label_map']!r}"
        raise anatomy.AnatomyError(f"{where}: {error}") from None
    volume.write_volume(snakemake.output[0], heart.labels, heart.affine, "tissue labels, patient space")
