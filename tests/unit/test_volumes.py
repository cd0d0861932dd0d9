import gzip
import os
import struct

import numpy as np
import pytest
import SimpleITK as sitk
from hearts import oblique_affine
from scipy import ndimage

from ecgi.anatomy.heart import AnatomyError, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.core.errors import InputError
from ecgi.io.volumes import read_anatomy, read_velocity, read_volume, write_volume

LABEL_MAP = {tissue.name.lower(): [int(tissue)] for tissue in Tissue if tissue}
AFFINE = oblique_affine(1, [1.4, 3.0, 8.0])


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, len(Tissue), (4, 5, 6)).astype(np.uint8)


def write_image(path, values):
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    return path


@pytest.mark.parametrize("suffix", ["nii.gz", "nii", "nrrd", "mha"])
def test_labels_and_place_come_back_from_every_format(suffix, labels, tmp_path):
    path = tmp_path / f"heart.{suffix}"
    write_volume(path, labels, AFFINE)
    for heart in (read_volume(path, LABEL_MAP), read_anatomy(path)):
        np.testing.assert_array_equal(heart.labels, labels)
        np.testing.assert_allclose(heart.affine, AFFINE, atol=1e-4)


def test_a_written_nifti_header_holds_the_affine_in_ras(labels, tmp_path):
    path = tmp_path / "heart.nii.gz"
    write_volume(path, labels, AFFINE, "short axis, mm")
    with gzip.open(path) as file:
        header = file.read(348)
    np.testing.assert_allclose(
        np.reshape(struct.unpack("<12f", header[280:328]), (3, 4)), AFFINE[:3], atol=1e-4
    )
    assert struct.unpack("<4h", header[40:48]) == (3, 4, 5, 6)
    assert header[148:228].rstrip(b"\0") == b"short axis, mm"


@pytest.mark.parametrize("suffix", ["nrrd", "mha"])
def test_an_image_in_lps_is_turned_into_ras(suffix, tmp_path):
    image = sitk.GetImageFromArray(np.ones((3, 3, 3), np.uint8))
    image.SetOrigin((10, 20, 30))
    image.SetSpacing((10, 20, 30))
    image.SetDirection((0, 1, 0, -1, 0, 0, 0, 0, 1))
    sitk.WriteImage(image, str(tmp_path / f"heart.{suffix}"))
    heart = read_volume(tmp_path / f"heart.{suffix}", {"lv_wall": [1]})
    expected = [[0, -20, 0, -10], [10, 0, 0, -20], [0, 0, 30, 30], [0, 0, 0, 1]]
    np.testing.assert_allclose(heart.affine, expected, atol=1e-9)


def test_lps_written_as_ras_is_turned_back_by_half_a_turn(labels, tmp_path):
    path = tmp_path / "heart.nii.gz"
    write_volume(path, labels, AFFINE)
    turned = read_volume(path, LABEL_MAP, "LPS")
    np.testing.assert_allclose(turned.affine, np.diag([-1, -1, 1, 1]) @ AFFINE, atol=1e-4)
    np.testing.assert_array_equal(turned.labels, labels)


def test_maps_keep_their_values(tmp_path):
    times = np.random.default_rng(0).random((4, 5, 6)).astype(np.float32)
    write_volume(tmp_path / "times.nii.gz", times, AFFINE)
    np.testing.assert_array_equal(read_anatomy(tmp_path / "times.nii.gz").labels, times)


def test_folders_are_made_for_a_written_volume(labels, tmp_path):
    write_volume(tmp_path / "case/made/heart.nii.gz", labels, AFFINE)
    assert (tmp_path / "case/made/heart.nii.gz").is_file()


def test_whole_numbers_stored_as_floats_are_labels(labels, tmp_path):
    path = tmp_path / "heart.nii.gz"
    write_volume(path, labels.astype(np.float32), AFFINE)
    np.testing.assert_array_equal(read_volume(path, LABEL_MAP).labels, labels)


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
def test_a_single_frame_in_four_dimensions_is_a_volume(suffix, labels, tmp_path):
    path = tmp_path / f"heart.{suffix}"
    write_volume(path, labels, AFFINE)
    sitk.WriteImage(sitk.JoinSeries([sitk.ReadImage(str(path))]), str(path))
    heart = read_volume(path, LABEL_MAP)
    np.testing.assert_array_equal(heart.labels, labels)
    np.testing.assert_allclose(heart.affine, AFFINE, atol=1e-4)


@pytest.mark.parametrize("left", [0.5, 0.99])
def test_a_written_volume_that_was_cut_short_is_refused(left, labels, tmp_path):
    path = tmp_path / "labels.nii.gz"
    write_volume(path, labels, AFFINE)
    os.truncate(path, int(left * path.stat().st_size))
    with pytest.raises(InputError, match=r"labels.nii.gz: not a readable image"):
        read_anatomy(path)


def two_frames(path):
    frame = sitk.GetImageFromArray(np.ones((4, 4, 4), np.uint8))
    sitk.WriteImage(sitk.JoinSeries([frame, frame]), str(path))


def colours(path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((4, 4, 4, 3), np.uint8), isVector=True), str(path))


UNUSABLE = {
    "two frames": (two_frames, "4-D image of 2 frames"),
    "picture": (
        lambda path: write_image(path, np.ones((4, 5), np.uint8)),
        "a volume is needed|3-D is needed",
    ),
    "single slice": (lambda path: write_image(path, np.ones((1, 4, 5), np.uint8)), "a volume is needed"),
    "intensities": (lambda path: write_image(path, np.full((4, 4, 4), 0.5)), "labels are needed"),
    "colours": (colours, "channels that overlap"),
    "text": (lambda path: path.write_text("no image"), "not a readable image"),
    "nothing": (lambda path: None, "not a readable image"),
    "unknown labels": (lambda path: write_image(path, np.full((4, 4, 4), 7)), "lv_wall: label 1 .* has 7"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_labelled_volume_is_refused_by_name(kind, tmp_path):
    make, message = UNUSABLE[kind]
    path = tmp_path / "patient7.nii.gz"
    make(path)
    with pytest.raises(InputError, match=f"patient7.nii.gz: .*({message})"):
        read_volume(path, {"lv_wall": [1]})


@pytest.mark.parametrize("background", [0.0, np.nan])
def test_a_velocity_image_of_the_wall_alone_is_read_on_another_grid(heart, background, tmp_path):
    coarse = make_phantom(2, 1.5, scar_radius_mm=12.0)
    thick = ndimage.binary_dilation(coarse.wall, iterations=2)
    velocity = np.where(thick, 0.4 + coarse.labels / 20, background)
    write_volume(tmp_path / "velocity.nii.gz", np.where(thick, 0.6, background), coarse.affine)
    np.testing.assert_allclose(read_velocity(tmp_path / "velocity.nii.gz", heart, "patient7"), 0.6, rtol=1e-6)
    write_volume(tmp_path / "velocity.nrrd", velocity, coarse.affine)
    read = read_velocity(tmp_path / "velocity.nrrd", heart, "patient7")
    assert 0.4 - 1e-6 <= read.min() < read.max() <= 0.4 + Tissue.SCAR / 20 + 1e-6


def test_a_velocity_image_in_other_units_is_refused(heart, tmp_path):
    write_volume(tmp_path / "velocity.nii.gz", np.full(heart.labels.shape, 60.0), heart.affine)
    with pytest.raises(AnatomyError, match="velocities up to 60; it must be in m/s"):
        read_velocity(tmp_path / "velocity.nii.gz", heart, "patient7")


def test_a_velocity_image_that_does_not_cover_the_wall_is_refused(heart, tmp_path):
    velocity = np.where(heart.wall, 0.6, 0.0)
    velocity[: heart.labels.shape[0] // 2] = -1
    path = tmp_path / "velocity.nii.gz"
    write_volume(path, velocity, heart.affine)
    with pytest.raises(AnatomyError, match=r"patient7: .*velocity\.nii\.gz gives \d+ of \d+ wall voxels"):
        read_velocity(path, heart, "patient7")
    write_volume(path, np.full(heart.labels.shape, 0.6), heart.affine)
    np.testing.assert_allclose(read_velocity(path, heart, "patient7"), 0.6)
