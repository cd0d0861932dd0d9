"""Labelled images that are damaged, or no hearts."""

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .entries import Entry, cut, image, volume
from .pickles import pickled


def edited(name, edit):
    """A heart as an image whose bytes are edited."""

    def write():
        settings = image(name)
        Path(name).write_bytes(edit(Path(name).read_bytes()))
        return settings

    return write


def header(*fields):
    """A NIfTI image whose header holds other values: (place, format, value...)."""

    def edit(content):
        content = bytearray(content)
        for place, kind, *values in fields:
            struct.pack_into(kind, content, place, *values)
        return bytes(content)

    return edited("heart.nii", edit)


def line_of(name, key, value):
    """An image with a text header in which one line is another, or is missing."""

    def edit(content):
        lines = content.split(b"\n")
        number = next(n for n, line in enumerate(lines) if line.startswith(key.encode()))
        lines[number : number + 1] = [value.encode()] if value else []
        return b"\n".join(lines)

    return edited(name, edit)


def pixels(name, array, vector=False):
    """An image of other numbers than labels."""

    def write():
        sitk.WriteImage(sitk.GetImageFromArray(array, isVector=vector), name)
        return volume(name)

    return write


def two_frames():
    frame = sitk.GetImageFromArray(np.ones((4, 4, 4), np.uint8))
    sitk.WriteImage(sitk.JoinSeries([frame, frame]), "heart.nii")
    return volume("heart.nii")


def content(name, data):
    """A file that is something else."""

    def write():
        Path(name).write_bytes(data)
        return volume(name)

    return write


def directory():
    Path("heart.nii").mkdir()
    return volume("heart.nii")


def dangling():
    Path("heart.nii").symlink_to("nowhere.nii")
    return volume("heart.nii")


def pickled_heart():
    pickled("heart.npy")
    return volume("heart.npy")


UNREADABLE = "not a readable image"
IMAGES = [
    Entry("nifti cut short", edited("heart.nii", cut), "heart.nii: cut short"),
    Entry("nifti.gz cut short", edited("heart.nii.gz", cut), "heart.nii.gz: not a readable image"),
    Entry(
        "nifti.gz cut before compression",
        edited("heart.nii.gz", lambda data: gzip.compress(cut(gzip.decompress(data)))),
        "heart.nii.gz: cut short",
    ),
    Entry("nifti header cut short", edited("heart.nii", lambda data: data[:300]), UNREADABLE),
    Entry("nifti of zero size", edited("heart.nii", lambda data: b""), "'heart.nii' is empty"),
    Entry("nifti with zero spacing", header((80, "<f", 0)), "positive numbers of mm are needed"),
    Entry("nifti with negative spacing", header((80, "<f", -4)), "positive numbers of mm are needed"),
    Entry("nifti with NaN spacing", header((84, "<f", np.nan)), "positive numbers of mm are needed"),
    Entry("nifti with infinite spacing", header((88, "<f", np.inf)), "positive numbers of mm are needed"),
    Entry("nifti without affine", header((252, "<2h", 0, 0)), "no affine"),
    Entry(
        "nifti with a sheared affine",
        header((252, "<2h", 0, 1), (280, "<12f", 4, 2.4, 0, 0, 0, 3.2, 0, 0, 0, 0, 4, 0)),
        "not at right angles (37° off)",
    ),
    Entry(
        "nifti with NaN in its affine",
        header((252, "<2h", 0, 1), (280, "<f", np.nan)),
        "its sform is not of numbers only",
    ),
    Entry(
        "nifti of two sizes",
        header((76, "<4f", 1, 1, 1, 1)),
        "voxels of (4, 4, 4) mm by its sform, of (1, 1, 1) mm by its pixdim; correct the wrong one",
    ),
    Entry("nifti far away", header((252, "<2h", 1, 0), (268, "<f", 1e9)), "a position in the patient in mm"),
    Entry("nifti in metres", header((123, "<B", 1)), "check its units and its labels"),
    Entry("nifti in micrometres", header((123, "<B", 3)), "check its units and its labels"),
    Entry("nifti of 3e13 voxels", header((40, "<4h", 3, *[32767] * 3)), "too large; crop the image"),
    Entry("nifti of negative size", header((40, "<4h", 3, -20, 20, 20)), UNREADABLE),
    Entry("nifti of complex numbers", header((70, "<2h", 32, 64)), "complex image"),
    Entry("nifti of two frames", two_frames, "4-D image of 2 frames, or of channels that overlap; set frame"),
    Entry("nifti of one slice", pixels("heart.nii", np.ones((1, 9, 9), np.uint8)), "a volume is needed"),
    Entry(
        "nifti of colours",
        pixels("heart.nii", np.ones((4, 4, 4, 3), np.uint8), True),
        "channels that overlap",
    ),
    Entry("nifti of intensities", pixels("heart.nii", np.full((9, 9, 9), 0.5)), "not intensities"),
    Entry("nifti of NaN", pixels("heart.nii", np.full((9, 9, 9), np.nan)), "not intensities"),
    Entry("nrrd of NaN", pixels("heart.nrrd", np.full((9, 9, 9), np.nan)), "not intensities"),
    Entry("mha of infinite values", pixels("heart.mha", np.full((9, 9, 9), np.inf)), "not intensities"),
    Entry(
        "nifti of a thousand values",
        pixels("heart.nii", np.arange(1000, dtype=np.int16).reshape(10, 10, 10) + 5),
        "label 1 is not in the volume, which has 5, 6, 7",
    ),
    Entry("text named nifti", content("heart.nii", b"no image"), UNREADABLE),
    Entry("compressed text named nifti", content("heart.nii.gz", gzip.compress(b"no" * 999)), UNREADABLE),
    Entry("a folder named nifti", directory, "'heart.nii' is a folder, and the label map has no files"),
    Entry("a link to nothing", dangling, "is neither a file nor a download"),
    Entry("pickles named npy", pickled_heart, "is no volume; it must end in .nii, .nii.gz"),
    Entry("nrrd cut short", edited("heart.nrrd", cut), "heart.nrrd: not a readable image"),
    Entry("nrrd of zero size", edited("heart.nrrd", lambda data: b""), "'heart.nrrd' is empty"),
    Entry(
        "nrrd with zero spacing",
        line_of("heart.nrrd", "space directions", "space directions: (0,0,0) (0,4,0) (0,0,4)"),
        "positive numbers of mm are needed",
    ),
    Entry(
        "nrrd with NaN spacing",
        line_of("heart.nrrd", "space directions", "space directions: (nan,0,0) (0,4,0) (0,0,4)"),
        UNREADABLE,
    ),
    Entry(
        "nrrd that is sheared",
        line_of("heart.nrrd", "space directions", "space directions: (4,2,0) (0,4,0) (0,0,4)"),
        "not at right angles",
    ),
    Entry("nrrd without a frame", line_of("heart.nrrd", "space:", "space: 3D-right-handed"), "patient frame"),
    Entry("nrrd of negative size", line_of("heart.nrrd", "sizes", "sizes: -20 20 20"), UNREADABLE),
    Entry(
        "nrrd of 8e18 voxels", line_of("heart.nrrd", "sizes", "sizes: 2000000 2000000 2000000"), "too large"
    ),
    Entry("nrrd with a pickle", content("heart.nrrd", b"NRRD0004\n" + pickle.dumps([1, 2])), UNREADABLE),
    Entry("mha cut short", edited("heart.mha", cut), "heart.mha: not a readable image"),
    Entry("mha of zero size", edited("heart.mha", lambda data: b""), "'heart.mha' is empty"),
    Entry(
        "mha with zero spacing",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = 0 4 4"),
        "positive numbers of mm are needed",
    ),
    Entry(
        "mha with negative spacing",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = -4 4 4"),
        "positive numbers of mm are needed",
    ),
    Entry(
        "mha with NaN spacing",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = nan 4 4"),
        "positive numbers of mm are needed",
    ),
    Entry(
        "mha that is sheared",
        line_of("heart.mha", "TransformMatrix", "TransformMatrix = 1 0.5 0 0 1 0 0 0 1"),
        "not at right angles",
    ),
    Entry(
        "mha of voxels of 4 m",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = 4000 4000 4000"),
        "mm long, and hearts have 30 to 500 mm",
    ),
    Entry(
        "mha of voxels of 4 um",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = 0.004 0.004 0.004"),
        "mm long, and hearts have 30 to 500 mm",
    ),
    Entry(
        "mha that points elsewhere",
        line_of("heart.mha", "ElementDataFile", "ElementDataFile = /etc/passwd"),
        UNREADABLE,
    ),
]
