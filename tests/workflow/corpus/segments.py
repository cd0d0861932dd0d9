"""Labelled images of named segments, frames and masks that do not fit their settings."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ecgi.io.volumes import write_volume

from .entries import LABEL_MAP, Entry, case, image, phantom, volume

MASKS = {name: [f"{name}.nii.gz"] for name in LABEL_MAP}


def masks(change=lambda mask, name: mask, source="masks", **label_map):
    """A folder of masks, one of which is changed."""

    def write():
        heart = phantom()
        for name, (number,) in LABEL_MAP.items():
            mask = change((heart.labels == number).astype(np.uint8), name)
            if mask is not None:
                write_volume(f"masks/{name}.nii.gz", mask, heart.affine)
        row = {"kind": "volume", "source": source, "label_map": "mine"}
        return case(row, MASKS | label_map)

    return write


def of(changed, change):
    """Change of one mask."""
    return lambda mask, name: change(mask) if name == changed else mask


def all_of(mask):
    return np.ones_like(mask)


def cine(**columns):
    """Two frames of a heart, and an empty one."""

    def write():
        heart = phantom()
        write_volume("frame.nrrd", heart.labels, heart.affine)
        frame = sitk.ReadImage("frame.nrrd")
        sitk.WriteImage(sitk.JoinSeries([frame, frame, 0 * frame]), "heart.nii")
        return volume("heart.nii", **columns)

    return write


def slicer(label_map, **fields):
    """A segmentation of 3D Slicer, whose first segment has other fields."""

    def write():
        write_volume("heart.nrrd", phantom().labels, phantom().affine)
        segmentation = sitk.ReadImage("heart.nrrd")
        for number, name in enumerate(LABEL_MAP):
            all_fields = {"Name": name, "LabelValue": number + 1, "Layer": 0} | (
                fields if number == 0 else {}
            )
            for key, value in all_fields.items():
                segmentation.SetMetaData(f"Segment{number}_{key}", str(value))
        sitk.WriteImage(segmentation, "heart.seg.nrrd")
        row = {"kind": "volume", "source": "heart.seg.nrrd", "label_map": "mine"}
        return case(row, label_map)

    return write


def renamed(name):
    """An image of another format."""

    def write():
        Path(name).write_bytes(b"no matter what")
        return volume(name)

    return write


def turned(name):
    return lambda: image(name, coordinates="LPS")


def no_segmentation():
    Path("heart.dcm").write_bytes(bytes(128) + b"DICM" + bytes(99))
    return volume("heart.dcm")


SEGMENTS = [
    Entry(
        "masks of which one is missing", masks(of("rv_wall", lambda mask: None)), "rv_wall.nii.gz' is no file"
    ),
    Entry("a mask that is empty", masks(of("rv_wall", np.zeros_like)), "rv_wall.nii.gz: the mask is empty"),
    Entry(
        "a mask of two values", masks(of("rv_wall", lambda mask: mask * (1 + mask.cumsum(0) % 2))), "has 1, 2"
    ),
    Entry("masks on two grids", masks(of("rv_wall", lambda mask: mask[1:])), "the mask has another grid"),
    Entry(
        "masks that overlap", masks(of("rv_cavity", all_of)), "100% of the smaller; give each voxel to one"
    ),
    Entry("masks without their folder", masks(source="lv.nii.gz"), "is not the folder of the masks"),
    Entry("masks and labels", masks(rv_wall=[2]), "every entry a file in it, not 2"),
    Entry(
        "frames without a choice", cine(), "of 3 frames, or of channels that overlap; set frame in subject or"
    ),
    Entry(
        "a frame that is not there", cine(frame="4"), "there is no frame 4; the image has 3, counted from 1"
    ),
    Entry("a frame without labels", cine(frame="3"), "lv_wall: label 1 is not in the volume, which has 0"),
    Entry(
        "a frame of a mesh", lambda: volume("heart.nii", kind="mesh", frame="1"), "frame 1 is for 4-D images"
    ),
    Entry("frame 0", cine(frame="0"), "frame: Input should be greater than or equal to 1"),
    Entry(
        "segments of another name",
        slicer({"lv_wall": ["Myo"]}),
        "there is no segment 'Myo', only lv_wall (lab",
    ),
    Entry(
        "segments of one name", slicer({"lv_wall": ["rv_wall"]}, Name="rv_wall"), "2 segments are 'rv_wall'"
    ),
    Entry("segments of one value", slicer({"lv_wall": [2]}, LabelValue=2), "2 segments are 2 among"),
    Entry("a segment without value", slicer(LABEL_MAP, LabelValue="one"), "segment lv_wall has label 'one'"),
    Entry(
        "a segment in no layer", slicer(LABEL_MAP, Layer=3), "segment lv_wall is in layer 3, and there are 1"
    ),
    Entry(
        "a name without segments",
        lambda: image("heart.mha") | {"label_maps": {"mine": {"lv_wall": ["Myo"]}}},
        "there is no segment 'Myo', as the file has labels alone",
    ),
    Entry(
        "a label of 1.5",
        lambda: image("heart.mha") | {"label_maps": {"mine": {"lv_wall": [1.5]}}},
        "a label is a whole number",
    ),
    Entry("nrrd turned to LPS", turned("heart.nrrd"), "is of a format whose own frame is LPS"),
    Entry("dicom without content", no_segmentation, "heart.dcm: "),
    Entry("an Analyze image", renamed("heart.img"), "Analyze images hold no orientation"),
    Entry("a mgz image", renamed("heart.mgz"), "convert it by mri_convert to .nii.gz"),
]
