"""What a user gets wrong is said in one line, before anything is computed."""

import numpy as np
import pytest
import SimpleITK as sitk

TABLE = "case\tkind\tsource\tlabel_map\nmine\tvolume\theart.mha\tmine\n"


def image(path, labels):
    """Write an array of labels as an image of 4 mm voxels."""
    picture = sitk.GetImageFromArray(labels)
    picture.SetSpacing([4.0] * labels.ndim)
    sitk.WriteImage(picture, str(path))


def hollow(shape=(20, 20, 20)):
    """A box of LV wall (1) around blood (2)."""
    labels = np.zeros(shape, np.uint8)
    labels[4:16, 4:16, 4:16] = 1
    labels[7:16, 7:13, 7:13] = 2
    return labels


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("protocl={}", "protocl: unknown key; did you mean protocol?"),
        ("protocol={velocities: {lv: {mean_m_per_s: -1}}}", "mean_m_per_s: Input should be greater than 0"),
        ("cases=[nobody]", "cases: 'nobody' is not in config/cases.tsv"),
        ("cases_table=hearts.tsv", "cases_table: hearts.tsv does not exist"),
    ],
)
def test_a_wrong_setting_stops_the_run_before_it_starts(checkout, setting, message):
    printed = checkout.snakemake("--config", setting, check=False)
    assert message in printed
    assert "Traceback" not in printed
    assert not (checkout.folder / "results").exists()


@pytest.mark.parametrize(
    ("labels", "label_map", "message"),
    [
        (
            hollow(),
            "{lv_wall: [1], lv_cavity: [9]}",
            "lv_cavity: label 9 is not in the volume",
        ),
        (hollow()[8], "{lv_wall: [1], lv_cavity: [2]}", "2-D image"),
        (hollow(), "{lv_wall: [1], lv_cavity: [2]}", "there is no RV"),
        (hollow(), "{lv_wall: [1]}", "lv_cavity is empty, and the LV axis needs it"),
    ],
)
def test_a_wrong_segmentation_is_refused_by_name(checkout, labels, label_map, message):
    image(checkout.folder / "heart.mha", labels)
    (checkout.folder / "hearts.tsv").write_text(
        "case\tkind\tsource\tlabel_map\nmine\tvolume\theart.mha\tmine\n"
    )
    printed = checkout.snakemake(
        "--config", "cases_table=hearts.tsv", "cases=[mine]", f"label_maps={{mine: {label_map}}}", check=False
    )
    assert message in printed
    assert "Traceback" not in printed
    assert not (checkout.results / "simulation").exists()


def test_a_wall_in_pieces_is_refused_where_asked(checkout):
    labels = hollow()
    labels[0, 0, 0] = 1
    image(checkout.folder / "heart.mha", labels)
    (checkout.folder / "hearts.tsv").write_text(
        "case\tkind\tsource\tlabel_map\nmine\tvolume\theart.mha\tmine\n"
    )
    printed = checkout.snakemake(
        "--config",
        "cases_table=hearts.tsv",
        "cases=[mine]",
        "label_maps={mine: {lv_wall: [1], lv_cavity: [2]}}",
        "anatomy={stray_pieces: refuse}",
        check=False,
    )
    assert "1 wall voxels touch no other wall; mend the segmentation or set" in printed


def test_a_mesh_that_cannot_be_fetched_names_the_phantom(checkout):
    printed = checkout.snakemake(
        "--config",
        "cases=[rodero01]",
        "downloads={rodero_01_fullheart: {version: 0.0.0}}",
        check=False,
    )
    assert "can't be downloaded from PyPI" in printed
    assert "config/phantom.yaml" in printed
