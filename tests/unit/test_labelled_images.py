"""The same heart in every kind of labelled image."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hearts import ellipsoidal_heart, on_grid_of, rotation

from ecgi.anatomy.heart import Tissue
from ecgi.core.errors import InputError
from ecgi.io.volumes import FLIP, read_grid, read_heart

FIELD = Path(__file__).resolve().parents[3] / "shared/data/field-cases"
NAMES = {"lv_wall": "LV myocardium", "rv_wall": "RV wall", "lv_cavity": "LV", "rv_cavity": "RV"}
NUMBERS = {name: [int(Tissue[name.upper()])] for name in NAMES}
BY_NAME = {name: [segment] for name, segment in NAMES.items()}


@pytest.fixture(scope="module")
def true():
    return ellipsoidal_heart(rotation(3), (2.5, 2.5, 4.0), rotation(5))


def itk(values, affine, vector=False):
    """An image of SimpleITK from an array (x, y, z), or with channels behind."""
    lps = FLIP @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(np.moveaxis(values, (0, 1, 2), (2, 1, 0)), isVector=vector)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    return image


def labels_of(name):
    def write(folder, heart):
        sitk.WriteImage(itk(heart.labels, heart.affine), str(folder / name.lower()))
        (folder / name.lower()).rename(folder / name)
        return folder / name, NUMBERS

    return write


def nifti2(folder, heart):
    nibabel.Nifti2Image(heart.labels, heart.affine).to_filename(folder / "heart.nii.gz")
    return folder / "heart.nii.gz", NUMBERS


def slicer(path, layers, segments, affine):
    """A segmentation as 3D Slicer writes it: (name, label, layer) of each segment."""
    image = itk(layers, affine, vector=True) if layers.shape[3] > 1 else itk(layers[..., 0], affine)
    for number, (name, label, layer) in enumerate(segments):
        for key, value in (("Name", name), ("LabelValue", label), ("Layer", layer), ("ID", f"S_{number}")):
            image.SetMetaData(f"Segment{number}_{key}", str(value))
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


def one_layer(folder, heart, label_map=BY_NAME):
    segments = [(name, NUMBERS[tissue][0], 0) for tissue, name in NAMES.items()]
    return slicer(folder / "heart.seg.nrrd", heart.labels[..., None], segments, heart.affine), label_map


def one_layer_by_value(folder, heart):
    return one_layer(folder, heart, NUMBERS)


def two_layers(folder, heart):
    """Walls in one layer, cavities in another, numbered from 1 in both; the walls fill the cavities."""
    walls = np.isin(heart.labels, (1, 3)) + 2 * np.isin(heart.labels, (2, 4))
    layers = np.stack([walls, np.maximum(heart.labels, 2) - 2], -1).astype(np.uint8)
    segments = [("LV myocardium", 1, 0), ("RV wall", 2, 0), ("LV", 1, 1), ("RV", 2, 1)]
    return slicer(folder / "heart.seg.nrrd", layers, segments, heart.affine), BY_NAME


def channels(heart):
    return np.stack([heart.labels == label for label in range(5)], -1).astype(np.uint8)


def one_hot_nifti(folder, heart):
    path = folder / "heart.nii.gz"
    nibabel.Nifti1Image(channels(heart), heart.affine).to_filename(path)
    return path, NUMBERS


def one_hot_vectors(folder, heart):
    path = folder / "heart.nii.gz"
    nibabel.Nifti1Image(channels(heart)[..., None, :], heart.affine).to_filename(path)
    return path, NUMBERS


def one_hot_nrrd(folder, heart):
    sitk.WriteImage(itk(channels(heart), heart.affine, vector=True), str(folder / "heart.nrrd"))
    return folder / "heart.nrrd", NUMBERS


def masks(folder, heart, change=lambda masks: None, suffix="nii.gz"):
    """A file per structure, as segmenters of the whole body write them."""
    union = {name: np.isin(heart.labels, numbers) for name, numbers in NUMBERS.items()}
    change(union)
    for name, mask in union.items():
        sitk.WriteImage(itk(mask.astype(np.uint8), heart.affine), str(folder / f"heart_{name}.{suffix}"))
    return folder, {name: [f"heart_{name}.{suffix}"] for name in union}


def filled_masks(folder, heart):
    """Masks of the walls that hold the cavities."""

    def fill(union):
        union["lv_wall"] |= union["lv_cavity"]
        union["rv_wall"] |= union["rv_cavity"]

    return masks(folder, heart, fill, "nrrd")


def slices(heart):
    """The CT slices that a heart was segmented on."""
    import pydicom
    from highdicom import UID

    lps = FLIP @ heart.affine
    step = np.linalg.norm(lps[:3, :3], axis=0)
    axes = lps[:3, :3] / step
    study, series, frame = UID(), UID(), UID()
    images = []
    for number in range(heart.labels.shape[2]):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = pydicom.uid.CTImageStorage, UID()
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
        image.Modality, image.InstanceNumber, image.SeriesNumber = "CT", number + 1, 1
        image.PatientID, image.PatientName, image.PatientBirthDate, image.PatientSex = "1", "Phantom^", "", ""
        image.StudyDate = image.StudyTime = image.AccessionNumber = image.StudyID = ""
        image.ReferringPhysicianName = image.PositionReferenceIndicator = ""
        image.Columns, image.Rows = heart.labels.shape[:2]
        image.PixelSpacing, image.SliceThickness = [step[1], step[0]], step[2]
        image.ImageOrientationPatient = [*axes[:, 0], *axes[:, 1]]
        image.ImagePositionPatient = list(lps[:3, 3] + number * lps[:3, 2])
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
        image.PixelData = bytes(2 * image.Columns * image.Rows)
        images.append(image)
    return images


def dicom(folder, heart, label_map=BY_NAME, filled=False, kind="BINARY"):
    """A DICOM SEG; if filled, its walls hold its cavities."""
    import highdicom
    from pydicom.sr.codedict import codes

    stack = np.stack([np.isin(heart.labels, numbers) for numbers in NUMBERS.values()], -1)
    if filled:
        stack[..., :2] |= stack[..., 2:]
    manual = highdicom.seg.SegmentAlgorithmTypeValues.MANUAL
    described = [
        highdicom.seg.SegmentDescription(
            number + 1,
            name,
            codes.SCT.Organ,
            codes.SCT.Heart,
            manual,
        )
        for number, name in enumerate(NAMES.values())
    ]
    segmentation = highdicom.seg.Segmentation(
        source_images=slices(heart),
        pixel_array=stack.transpose(2, 1, 0, 3).astype(np.float32 if kind == "FRACTIONAL" else np.uint8),
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=highdicom.UID(),
        series_number=2,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="0",
        device_serial_number="0",
    )
    segmentation.save_as(folder / "heart.dcm")
    return folder / "heart.dcm", label_map


FORMATS = {
    **{name: labels_of(name) for name in ("heart.nii", "heart.nii.gz", "heart.nrrd", "heart.nhdr")},
    **{name: labels_of(name) for name in ("heart.mha", "heart.mhd", "HEART.NII.GZ")},
    "NIfTI-2": nifti2,
    "segments by name": one_layer,
    "segments by value": one_layer_by_value,
    "segments in two layers": two_layers,
    "channels of NIfTI": one_hot_nifti,
    "channels of NIfTI as vectors": one_hot_vectors,
    "channels of NRRD": one_hot_nrrd,
    "masks": masks,
    "filled masks": filled_masks,
    "DICOM SEG by name": dicom,
    "DICOM SEG by number": lambda folder, heart: dicom(folder, heart, NUMBERS),
    "DICOM SEG of overlapping segments": lambda folder, heart: dicom(folder, heart, filled=True),
    "DICOM SEG of fractions": lambda folder, heart: dicom(folder, heart, kind="FRACTIONAL"),
    "DICOM SEG as label map": lambda folder, heart: dicom(folder, heart, NUMBERS, kind="LABELMAP"),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_heart_is_read_from_every_format(kind, true, tmp_path):
    path, label_map = FORMATS[kind](tmp_path, true)
    heart, _ = read_heart(path, label_map)
    np.testing.assert_array_equal(on_grid_of(heart, true), true.labels)
    if path.is_file() and "DICOM" not in kind:  # which has the slices of the heart alone
        shape, affine = read_grid(path)
        assert shape == true.labels.shape
        np.testing.assert_allclose(affine, true.affine, atol=1e-3)


def cine(folder, heart, frames=(0, 2)):
    """Frames of which only some are labelled."""
    values = np.zeros((*heart.labels.shape, 4), np.uint8)
    for frame in frames:
        values[..., frame] = np.roll(heart.labels, frame, 0)
    nibabel.Nifti1Image(values, heart.affine).to_filename(folder / "cine.nii.gz")
    return folder / "cine.nii.gz"


def test_frames_are_refused_until_one_is_chosen(true, tmp_path):
    path = cine(tmp_path, true)
    with pytest.raises(InputError, match=r"4-D image of 4 frames.*set frame .*with labels: 1, 3\)"):
        read_heart(path, NUMBERS)
    heart, _ = read_heart(path, NUMBERS, frame=1)
    np.testing.assert_array_equal(on_grid_of(heart, true), true.labels)
    with pytest.raises(InputError, match="there is no frame 5; the image has 4, counted from 1"):
        read_heart(path, NUMBERS, frame=5)
    with pytest.raises(InputError, match="lv_wall: label 1 is not in the volume"):
        read_heart(path, NUMBERS, frame=2)


def test_a_cine_of_one_structure_is_not_taken_for_channels(true, tmp_path):
    nibabel.Nifti1Image((channels(true)[..., [1, 1]]), true.affine).to_filename(tmp_path / "cine.nii.gz")
    with pytest.raises(InputError, match="a 4-D image of 2 frames"):
        read_heart(tmp_path / "cine.nii.gz", {"lv_wall": [1]})


def test_how_channels_are_numbered_is_noted(true, tmp_path):
    path, label_map = one_hot_nifti(tmp_path, true)
    _, notes = read_heart(path, label_map)
    assert "taken for the labels 0 to 4" in notes[0]


def test_a_channel_of_background_is_not_needed(true, tmp_path):
    nibabel.Nifti1Image(channels(true)[..., 1:], true.affine).to_filename(tmp_path / "heart.nii.gz")
    heart, _ = read_heart(tmp_path / "heart.nii.gz", {name: [n[0] - 1] for name, n in NUMBERS.items()})
    np.testing.assert_array_equal(on_grid_of(heart, true), true.labels)


def test_a_value_of_two_segments_is_refused_and_their_names_are_not(true, tmp_path):
    path, _ = two_layers(tmp_path, true)
    with pytest.raises(InputError, match=r"2 segments are 1 among LV myocardium \(label 1, layer 0\), RV"):
        read_heart(path, {"lv_wall": [1]})


@pytest.mark.parametrize("make", [one_layer, dicom])
def test_an_unknown_segment_is_refused_with_those_that_there_are(make, true, tmp_path):
    path, _ = make(tmp_path, true)
    with pytest.raises(InputError, match=r"there is no segment 'Myo', only LV myocardium \(label 1, "):
        read_heart(path, {"lv_wall": ["Myo"]})
    heart, _ = read_heart(path, {"lv_wall": ["lv MYOCARDIUM "]})
    assert (heart.labels == Tissue.LV_WALL).sum() == (true.labels == Tissue.LV_WALL).sum()


def shared(share):
    """Cavities of which a part is given to both ventricles."""

    def change(union):
        voxels = np.argwhere(union["lv_cavity"])
        union["rv_cavity"][tuple(voxels[: int(share * len(voxels))].T)] = True

    return change


def test_masks_that_share_more_than_a_margin_are_refused(true, tmp_path):
    folder, label_map = masks(tmp_path, true, shared(0.2))
    with pytest.raises(InputError, match=r"lv_cavity \(heart_lv_cavity.nii.gz\) and rv_cavity .* share \d+ "):
        read_heart(folder, label_map)
    folder, label_map = masks(tmp_path, true, shared(0.005))
    _, notes = read_heart(folder, label_map)
    assert any("which were taken for rv_cavity" in note for note in notes)


def test_scar_is_laid_over_the_wall_and_its_border_zone(true, tmp_path):
    folder, label_map = masks(tmp_path, true)
    wall = true.labels == Tissue.LV_WALL
    zone, core = (wall & (np.arange(len(wall)) < len(wall) // part)[:, None, None] for part in (2, 3))
    for name, mask in (("border_zone", zone), ("scar", core)):
        sitk.WriteImage(itk(mask.astype(np.uint8), true.affine), str(folder / f"{name}.nii.gz"))
    heart, _ = read_heart(
        folder, label_map | {"scar": ["scar.nii.gz"], "border_zone": ["border_zone.nii.gz"]}
    )
    counted = [(heart.labels == tissue).sum() for tissue in (Tissue.SCAR, Tissue.BORDER_ZONE, Tissue.LV_WALL)]
    assert counted == [core.sum(), zone.sum() - core.sum(), wall.sum() - zone.sum()]


def moved(folder, true):
    affine = true.affine.copy()
    affine[:3, 3] += 1
    sitk.WriteImage(itk(np.ones_like(true.labels), affine), str(folder / "heart_rv_wall.nii.gz"))


def cropped(folder, true):
    sitk.WriteImage(itk(true.labels[1:], true.affine), str(folder / "heart_rv_wall.nii.gz"))


def empty(folder, true):
    sitk.WriteImage(itk(0 * true.labels, true.affine), str(folder / "heart_rv_wall.nii.gz"))


def all_labels(folder, true):
    sitk.WriteImage(itk(true.labels, true.affine), str(folder / "heart_rv_wall.nii.gz"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (moved, "the mask has another grid .1 mm off the first"),
        (cropped, "the mask has another grid .* voxels, and the first has"),
        (empty, "the mask is empty; leave it out"),
        (all_labels, "a mask has one value beside 0, and this has 1, 2, 3, 4"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_by_name(change, message, true, tmp_path):
    folder, label_map = masks(tmp_path, true)
    change(folder, true)
    with pytest.raises(InputError, match=f"heart_rv_wall.nii.gz: {message}"):
        read_heart(folder, label_map)


def test_masks_and_labels_in_one_map_are_refused(true, tmp_path):
    folder, label_map = masks(tmp_path, true)
    with pytest.raises(InputError, match="every entry a file in it, not 2"):
        read_heart(folder, label_map | {"rv_wall": [2]})


def test_other_dicom_files_are_refused(true, tmp_path):
    image = slices(true)[0]
    image.save_as(tmp_path / "slice.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match=r"slice\.dcm: a DICOM file of modality 'CT'; SEG is needed"):
        read_heart(tmp_path / "slice.dcm", NUMBERS)


@pytest.mark.parametrize("name", ["nifti2", "labels_scaled_by_scl_slope", "nifti_qform_against_sform"])
def test_field_cases_of_headers_are_read_as_the_reference(name):
    folder = FIELD / "recordings"
    if not folder.is_dir():
        pytest.skip("the field cases are not beside the project")
    heart, _ = read_heart(folder / name / "heart.nii.gz", NUMBERS)
    reference, _ = read_heart(folder / "00_reference/heart.nii.gz", NUMBERS)
    shared_grid = on_grid_of(heart, reference)
    assert heart.labels.shape == reference.labels.shape
    assert (shared_grid == reference.labels).mean() > 0.999


FILLED = {"lv_wall": ["LV myocardium"], "lv_cavity": ["LV"], "rv_cavity": ["RV"]}
CINE = {"lv_wall": [2], "lv_cavity": [3], "rv_cavity": [1]}


@pytest.mark.parametrize(
    ("name", "label_map", "frame", "millilitres"),
    [
        (
            "not_orthonormal_mnms.nii.gz",
            {"lv_wall": [2], "lv_cavity": [1], "rv_cavity": [3]},
            None,
            (100, 66, 43),
        ),
        ("one_hot_channels.nii.gz", {"lv_wall": [0], "lv_cavity": [1], "rv_cavity": [2]}, None, (89, 45, 67)),
        ("overlapping_layers.seg.nrrd", FILLED, None, (89, 45, 67)),
        ("cine_4d.nii.gz", CINE, 1, (66, 114, 124)),
    ],
)
def test_field_cases_of_images_are_read(name, label_map, frame, millilitres):
    path = FIELD / "hearts" / name
    if not path.is_file():
        pytest.skip("the field cases are not beside the project")
    heart, _ = read_heart(path, label_map, frame=frame)
    counted = [(heart.labels == tissue).sum() * heart.spacing.prod() / 1000 for tissue in (1, 3, 4)]
    np.testing.assert_allclose(counted, millilitres, atol=0.5)
