"""Labels that are no heart."""

import numpy as np
import SimpleITK as sitk

from ecgi.anatomy.frame import lv_axis, short_axis_frame
from ecgi.anatomy.heart import Tissue
from ecgi.anatomy.reslice import reslice
from ecgi.io.volumes import write_volume

from .entries import LABEL_MAP, Entry, image, phantom, volume


def one_voxel(labels):
    labels[np.isin(labels, (1, 2))] = 0
    labels[tuple(np.argwhere(labels == Tissue.LV_CAVITY)[0])] = 1
    return labels


def in_pieces(labels):
    middle = labels.shape[2] // 2
    labels[:, :, middle - 1 : middle + 1] = 0
    return labels


def with_a_stray(labels):
    labels[0, 0, 0] = 1
    return labels


def open_apex(labels):
    axis, centre = lv_axis(phantom())
    heights = (phantom().positions(np.ones(labels.shape, bool)) - centre) @ axis
    labels[heights.reshape(labels.shape) > 22] = 0
    return labels


def without(*tissues):
    return lambda labels: np.where(np.isin(labels, tissues), 0, labels).astype(np.uint8)


def hearts_of(change, **more):
    """A heart whose labels are changed, its map reduced to those that are left."""

    def write():
        settings = image("heart.nii.gz", change)
        left = set(np.unique(sitk.GetArrayFromImage(sitk.ReadImage("heart.nii.gz"))).tolist())
        labels = {name: numbers for name, numbers in LABEL_MAP.items() if set(numbers) <= left}
        return settings | {"label_maps": {"mine": {"lv_wall": [1], **labels}}} | more

    return write


def without_rv_free_wall(labels):
    wall = np.argwhere(labels == Tissue.RV_WALL)
    half = wall[wall[:, 2] < np.median(wall[:, 2])]
    labels[tuple(half.T)] = 0
    return labels


def few_slices():
    heart = phantom()
    axis = short_axis_frame(heart)
    labels = reslice(heart, axis, 4.0).labels
    middle = labels.shape[2] // 2
    write_volume("heart.nii.gz", labels[:, :, middle - 2 : middle + 2], np.diag([4.0, 4.0, 4.0, 1.0]))
    return volume("heart.nii.gz", cap_apex_mm="5", long_axis="0 0 1")


def beating_slice():
    """Frames of one slice over a heartbeat, taken for slices 1 mm apart."""
    x, y = np.meshgrid(*(2.0 * np.arange(-50, 30),) * 2, indexing="ij")
    labels = np.zeros((*x.shape, 25), np.uint8)
    for frame in range(25):
        inner = 25 * (1 - 0.3 * np.sin(np.pi * frame / 24) ** 2)
        outer = np.sqrt(inner**2 + 34**2 - 25**2)
        beside = np.hypot(x + 25, y / 1.3)
        layers = [np.hypot(x, y) < inner, np.hypot(x, y) < outer, beside < inner, beside < inner + 4]
        labels[..., frame] = np.select(layers, [3, 1, 4, 2], 0)
    write_volume("heart.nii.gz", labels, np.diag([2.0, 2.0, 1.0, 1.0]))
    return volume("heart.nii.gz", cap_apex_mm="5")


def in_centimetres():
    heart = phantom()
    write_volume("heart.nii.gz", heart.labels, heart.affine * [[0.1], [0.1], [0.1], [1.0]])
    return volume("heart.nii.gz")


def far_from_the_septum():
    settings = hearts_of(without(2, 4))()
    label_maps = {"label_maps": settings["label_maps"]}
    return volume("heart.nii.gz", septum_mm="300 0 0") | label_maps


def other_map(**label_map):
    return lambda: image("heart.nii.gz") | {"label_maps": {"mine": label_map}}


HEARTS = [
    Entry("a wall of one voxel", hearts_of(one_voxel), "the wall has 1 voxels, too few"),
    Entry("a wall in pieces", hearts_of(in_pieces), "the wall is in pieces"),
    Entry(
        "a stray voxel where none is wanted",
        hearts_of(with_a_stray, anatomy={"spacing_mm": 4.0, "stray_pieces": "refuse"}),
        "wall voxels touch no other wall; mend the segmentation",
    ),
    Entry("a cavity that is open", hearts_of(open_apex), "the LV cavity is open"),
    Entry("an RV whose wall is open", hearts_of(without_rv_free_wall), "the RV cavity is open"),
    Entry("a few slices of a heart", few_slices, "slices may be missing, or are farther apart"),
    Entry("frames of one slice", beating_slice, "frames of one slice: give the slices of one"),
    Entry("a heart in cm", in_centimetres, "in cm it would be one of"),
    Entry("a septum far from the LV", far_from_the_septum, "mm from the LV; give a point in its septum"),
    Entry("no LV cavity", hearts_of(without(3)), "lv_cavity is empty"),
    Entry("no LV wall", hearts_of(without(1)), "lv_wall: label 1 is not in the volume"),
    Entry("wrong labels", other_map(lv_wall=[1], lv_cavity=[9]), "lv_cavity: label 9 is not in the volume"),
    Entry("a label too many", other_map(lv_wall=[1], scar=[10**30]), "scar: label 10000"),
    Entry("a label for two tissues", other_map(lv_wall=[1], rv_wall=[1]), "label 1 stands for two tissues"),
    Entry("the wall taken for background", other_map(lv_wall=[0], lv_cavity=[1], rv_cavity=[2]), "LV mass"),
]
