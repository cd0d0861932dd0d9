import gzip
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from ecgi.core.errors import InputError
from ecgi.io.image_headers import SKEWED
from ecgi.io.images import read_image
from ecgi.io.volumes import read_heart

LABELS = np.zeros((20, 18, 16), np.uint8)
LABELS[3:17, 3:15, 2:14] = 1
MAP = {"lv_wall": [1]}
TURN = np.eye(4)
TURN[:3, :3] = Rotation.from_euler("zyx", [25, -40, 10], degrees=True).as_matrix()
TURN[:3, 3] = (12.5, -80.0, 33.0)


def nifti(path, sform=None, qform=None, pixdim=None, codes=(1, 1), labels=LABELS, kind=nibabel.Nifti1Image):
    """A NIfTI file whose affines and sizes are set one by one."""
    image = kind(labels, None)
    if qform is not None:
        image.header.set_qform(qform, codes[1])
    if sform is not None:
        image.header.set_sform(sform, codes[0])
    sizes = np.linalg.norm((sform if qform is None else qform)[:3, :3], axis=0)
    image.header["pixdim"][1:4] = sizes if pixdim is None else pixdim
    image.to_filename(path)
    return path


def scaled(sizes, affine=TURN):
    return affine @ np.diag([*np.broadcast_to(sizes, 3), 1.0])


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("suffix", ["nii", "nii.gz"])
def test_both_versions_of_nifti_are_read(kind, suffix, tmp_path):
    affine = scaled((1.2, 1.3, 5))
    image = read_image(nifti(tmp_path / f"heart.{suffix}", affine, affine, kind=kind))
    np.testing.assert_array_equal(image.values[..., 0], LABELS)
    np.testing.assert_allclose(image.affine, affine, atol=1e-5)
    assert image.notes == ()


@pytest.mark.parametrize("order", "<>")
def test_either_byte_order_is_read(order, tmp_path):
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(np.int16)
    image = nibabel.Nifti1Image(LABELS.astype(f"{order}i2"), scaled(2), header)
    image.to_filename(tmp_path / "heart.nii")
    read = read_image(tmp_path / "heart.nii")
    np.testing.assert_array_equal(read.values[..., 0], LABELS)
    np.testing.assert_allclose(read.affine, scaled(2), atol=1e-5)


@pytest.mark.parametrize("pixdim", [1.0, 2.1, (2, 2, 1)])
def test_sizes_that_contradict_each_other_are_refused_with_both(pixdim, tmp_path):
    path = nifti(tmp_path / "heart.nii", scaled(2), scaled(2), pixdim)
    with pytest.raises(InputError, match=r"heart.nii: voxels of \(2, 2, 2\) mm by its sform, of .* by its"):
        read_image(path)


@pytest.mark.parametrize(
    ("codes", "best"),
    [
        ((1, 1), "sform"),
        ((2, 1), "sform"),
        ((1, 2), "sform"),
        ((2, 0), "sform"),
        ((0, 1), "qform"),
        ((4, 1), "qform"),
        ((4, 0), "sform"),
    ],
)
def test_the_affine_is_the_sform_unless_only_the_qform_is_the_patients(codes, best, tmp_path):
    affines = {"sform": scaled(2), "qform": scaled(2, np.eye(4) + np.eye(4, k=3) * 30)}
    image = read_image(nifti(tmp_path / "heart.nii", *affines.values(), codes=codes))
    np.testing.assert_allclose(image.affine, affines[best], atol=1e-5)
    told = " ".join(image.notes)
    assert (f"mm apart; the {best} is used" in told) == all(codes)
    assert ("a template, not in the patient" in told) == (codes == (4, 0))


def test_affines_that_agree_within_rounding_get_no_note(tmp_path):
    moved = scaled(2)
    moved[:3, 3] += 0.3
    assert read_image(nifti(tmp_path / "heart.nii", scaled(2), moved)).notes == ()


def test_an_sform_of_1_mm_without_position_leaves_the_sizes_to_pixdim(tmp_path):
    placeholder = np.diag([-1.0, -1.0, 1.0, 1.0])
    image = read_image(nifti(tmp_path / "heart.nii", placeholder, pixdim=(1.4, 1.4, 10), codes=(2, 0)))
    np.testing.assert_allclose(image.affine, np.diag([-1.4, -1.4, 10, 1]), atol=1e-6)
    assert "the sizes of pixdim are used" in image.notes[0]
    assert "electrodes of the patient can't be related to it" in image.notes[1]


def test_a_placeholder_does_not_hide_a_qform_of_the_patient(tmp_path):
    affine = scaled((1.4, 1.4, 10))
    image = read_image(nifti(tmp_path / "heart.nii", np.eye(4), affine))
    np.testing.assert_allclose(image.affine, affine, atol=1e-5)
    assert len(image.notes) == 1


@pytest.mark.parametrize("suffix", ["nii.gz", "nrrd", "mha"])
def test_a_header_without_position_is_noted_in_every_format(suffix, tmp_path):
    image = sitk.GetImageFromArray(LABELS.T)
    for origin, notes in (((0, 0, 0), 1), ((5, 0, 0), 0)):
        image.SetOrigin(origin)
        sitk.WriteImage(image, str(tmp_path / f"heart.{suffix}"))
        assert len(read_image(tmp_path / f"heart.{suffix}").notes) == notes


@pytest.mark.parametrize("unit", [("meter", 1000), ("mm", 1), ("micron", 1e-3), ("unknown", 1)])
def test_lengths_are_converted_from_the_headers_unit(unit, tmp_path):
    image = nibabel.Nifti1Image(LABELS, scaled(2))
    image.header.set_xyzt_units(unit[0])
    image.to_filename(tmp_path / "heart.nii")
    np.testing.assert_allclose(
        read_image(tmp_path / "heart.nii").affine[:3], unit[1] * scaled(2)[:3], rtol=1e-6
    )


@pytest.mark.parametrize("skew", [1e-4, 0.9 * SKEWED])
def test_axes_nearly_at_right_angles_are_made_orthogonal(skew, tmp_path):
    affine = scaled((1.5, 1.5, 10)) @ (np.eye(4) + skew * np.eye(4, k=1) * [0, 1, 0, 0])
    image = read_image(nifti(tmp_path / "heart.nii", affine, codes=(1, 0)))
    axes = image.affine[:3, :3] / np.linalg.norm(image.affine[:3, :3], axis=0)
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-9)
    corner = np.array([*LABELS.shape, 1])
    assert np.linalg.norm((image.affine - affine) @ corner) < 0.05
    assert "off right angles, were made orthogonal" in image.notes[0]


def test_axes_off_right_angles_are_refused(tmp_path):
    affine = scaled(2) @ (np.eye(4) + 1.1 * SKEWED * np.eye(4, k=1) * [0, 1, 0, 0])
    with pytest.raises(InputError, match=r"the axes are not at right angles \(0.13° off\)"):
        read_image(nifti(tmp_path / "heart.nii", affine, codes=(1, 0)))


@pytest.mark.parametrize("stored", [np.int16, np.uint8])
def test_labels_that_are_stored_as_fractions_are_rounded(stored, tmp_path):
    labels = (LABELS * np.linspace(1, 4.99, LABELS.shape[2])).astype(np.uint8).astype(np.float32)
    image = nibabel.Nifti1Image(labels, scaled(2))
    image.set_data_dtype(stored)
    image.to_filename(tmp_path / "heart.nii")  # which scales the labels to the range of the type
    heart, notes = read_heart(tmp_path / "heart.nii", {"lv_wall": [1, 2], "lv_cavity": [3], "rv_cavity": [4]})
    inside = labels[labels.any((1, 2))][:, labels.any((0, 2))][:, :, labels.any((0, 1))]
    counted = [(heart.labels == tissue).sum() for tissue in (1, 3, 4)]
    assert counted == [np.isin(inside, some).sum() for some in ((1, 2), (3,), (4,))]
    assert "stored as fractions and were rounded" in notes[0]


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd"])
def test_intensities_are_not_rounded_to_labels(suffix, tmp_path):
    image = sitk.GetImageFromArray((LABELS * 0.98).T)
    sitk.WriteImage(image, str(tmp_path / f"heart.{suffix}"))
    with pytest.raises(InputError, match="labels are needed, not intensities"):
        read_heart(tmp_path / f"heart.{suffix}", MAP)


def test_no_more_is_inflated_than_the_header_describes(tmp_path):
    """A damaged block after 16 MB of surplus is not reached."""
    path = nifti(tmp_path / "heart.nii.gz", scaled(2), scaled(2))
    surplus = gzip.compress(bytes(1 << 20), 1) * 16
    path.write_bytes(path.read_bytes() + surplus + b"damaged")
    heart, notes = read_heart(path, MAP)
    assert heart.labels.sum() == LABELS.sum()
    assert "1048576 bytes or more after the data" in notes[0]


def test_a_compressed_nrrd_is_inflated_no_further_than_its_header_describes(tmp_path):
    path = tmp_path / "heart.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(LABELS.T), str(path), useCompression=True)
    header, data = path.read_bytes().split(b"\n\n", 1)
    surplus = gzip.compress(zlib.decompress(data, 31) + bytes(1 << 20), 1)
    path.write_bytes(header + b"\n\n" + surplus[:-40])
    np.testing.assert_array_equal(read_image(path).values[..., 0], LABELS)


def test_a_file_that_promises_more_than_it_holds_is_refused(tmp_path):
    path = nifti(tmp_path / "heart.nii", scaled(2), scaled(2))
    packed = Path(f"{path}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()[:-100]))
    with pytest.raises(InputError, match=r"heart.nii.gz: cut short, 6012 of 6112 bytes"):
        read_image(packed)


def test_a_file_beside_its_compressed_copy_is_no_obstacle(tmp_path):
    nifti(tmp_path / "heart.nii", scaled(2), scaled(2), labels=np.zeros_like(LABELS))
    packed = nifti(tmp_path / "heart.nii.gz", scaled(2), scaled(2))
    np.testing.assert_array_equal(read_image(packed).values[..., 0], LABELS)
