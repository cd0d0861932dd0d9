"""Broken and hostile inputs, each with the line that it must get.

An entry of `CORPUS` is a name, a function that writes files into the folder it is called in and returns
settings to lay over `tiny.yaml`, and a part of the line. Those with a subject are for `snakemake predict`.
To add one, write it into the group it belongs to.
"""

import gzip
import json
import pickle
import re
import struct
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyvista
import SimpleITK as sitk
import xarray as xr
from scipy.io import savemat

from ecgi.anatomy.heart import Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.io.volumes import write_volume

LABEL_MAP = {"lv_wall": [1], "rv_wall": [2], "lv_cavity": [3], "rv_cavity": [4]}


class Entry(NamedTuple):
    """A broken input; `line` is a part of the message that refuses it."""

    name: str
    write: callable
    line: str


def phantom():
    """A sound heart on voxels of 4 mm."""
    return make_phantom(2, 4.0)


def case(row, label_map=None):
    """Settings and table of one heart; `row` holds its columns."""
    columns = {"case": "mine", **row}
    Path("hearts.tsv").write_text("\t".join(columns) + "\n" + "\t".join(columns.values()) + "\n")
    return {
        "cases_table": "hearts.tsv",
        "cases": [columns["case"]],
        "label_maps": {"mine": label_map or LABEL_MAP},
    }


def volume(path, **columns):
    """Settings for a heart from an image."""
    return case({"kind": "volume", "source": str(path), "label_map": "mine", **columns})


def mesh(path="heart.vtu", label_map=None, **columns):
    """Settings for a heart from a mesh."""
    row = {"kind": "mesh", "source": str(path), "label_map": "mine", "label_array": "part", **columns}
    return case(row, label_map or {"lv_wall": [1], "rv_wall": [2]})


# Images.


def image(name, change=lambda labels: labels, **columns):
    """A heart as an image, its labels changed."""
    heart = phantom()
    write_volume(name, change(heart.labels.copy()), heart.affine)
    return volume(name, **columns)


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


def cut(content):
    return content[: len(content) * 3 // 4]


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


def beside_another():
    settings = image("heart.nii.gz")
    write_volume("heart.nii", phantom().labels, phantom().affine)
    return settings


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


class Code:
    """What runs if it is unpickled."""

    def __reduce__(self):
        return Path("unpickled").touch, ()


def pickled(path):
    np.save(path, np.array([Code()], object), allow_pickle=True)


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
        header((252, "<2h", 0, 1), (280, "<12f", 4, 2, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0)),
        "orthonormal",
    ),
    Entry("nifti with NaN in its affine", header((252, "<2h", 0, 1), (280, "<f", np.nan)), "orthonormal"),
    Entry("nifti far away", header((252, "<2h", 1, 0), (268, "<f", 1e9)), "a position in the patient in mm"),
    Entry("nifti in metres", header((123, "<B", 1)), "check its units and its labels"),
    Entry("nifti in micrometres", header((123, "<B", 3)), "check its units and its labels"),
    Entry("nifti of 3e13 voxels", header((40, "<4h", 3, *[32767] * 3)), "too large; crop the image"),
    Entry("nifti of negative size", header((40, "<4h", 3, -20, 20, 20)), UNREADABLE),
    Entry("nifti of complex numbers", header((70, "<2h", 32, 64)), "complex image"),
    Entry("nifti of two frames", two_frames, "4-D image of size (4, 4, 4, 2); 3-D is needed"),
    Entry("nifti of one slice", pixels("heart.nii", np.ones((1, 9, 9), np.uint8)), "a volume is needed"),
    Entry("nifti of colours", pixels("heart.nii", np.ones((4, 4, 4, 3), np.uint8), True), "one label per"),
    Entry("nifti of intensities", pixels("heart.nii", np.full((9, 9, 9), 0.5)), "not intensities"),
    Entry("nifti of NaN", pixels("heart.nii", np.full((9, 9, 9), np.nan)), "label 1 is not in the volume"),
    Entry("nrrd of NaN", pixels("heart.nrrd", np.full((9, 9, 9), np.nan)), "not intensities"),
    Entry("mha of infinite values", pixels("heart.mha", np.full((9, 9, 9), np.inf)), "not intensities"),
    Entry(
        "nifti of a thousand values",
        pixels("heart.nii", np.arange(1000, dtype=np.int16).reshape(10, 10, 10) + 5),
        "label 1 is not in the volume, which has 5, 6, 7",
    ),
    Entry("nifti.gz beside a nifti", beside_another, "heart.nii beside it would be read instead"),
    Entry("text named nifti", content("heart.nii", b"no image"), UNREADABLE),
    Entry("compressed text named nifti", content("heart.nii.gz", gzip.compress(b"no" * 999)), UNREADABLE),
    Entry("a folder named nifti", directory, "is neither a file nor a download"),
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
        "mm long, and hearts have 5 to 500 mm",
    ),
    Entry(
        "mha of voxels of 4 um",
        line_of("heart.mha", "ElementSpacing", "ElementSpacing = 0.004 0.004 0.004"),
        "mm long, and hearts have 5 to 500 mm",
    ),
    Entry(
        "mha that points elsewhere",
        line_of("heart.mha", "ElementDataFile", "ElementDataFile = /etc/passwd"),
        UNREADABLE,
    ),
]

# Hearts.


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
    wall = np.argwhere(labels == Tissue.LV_WALL)
    cavity = np.argwhere(labels == Tissue.LV_CAVITY)
    axis = 2 if wall[:, 2].mean() < cavity[:, 2].mean() else -2
    ends = (cavity[:, 2].min() + 5, None) if axis > 0 else (None, cavity[:, 2].max() - 4)
    kept = np.zeros_like(labels)
    kept[:, :, slice(*ends)] = labels[:, :, slice(*ends)]
    return kept


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
    Entry("no RV", hearts_of(without(2, 4)), "there is no RV"),
    Entry("no LV cavity", hearts_of(without(3)), "lv_cavity is empty"),
    Entry("no LV wall", hearts_of(without(1)), "lv_wall: label 1 is not in the volume"),
    Entry("wrong labels", other_map(lv_wall=[1], lv_cavity=[9]), "lv_cavity: label 9 is not in the volume"),
    Entry("a label too many", other_map(lv_wall=[1], scar=[10**30]), "scar: label 10000"),
    Entry("a label for two tissues", other_map(lv_wall=[1], rv_wall=[1]), "label 1 stands for two tissues"),
    Entry("the wall taken for background", other_map(lv_wall=[0], lv_cavity=[1], rv_cavity=[2]), "the LV"),
]

# Meshes.


def grid(labels=None):
    """The walls of a heart as hexahedra."""
    heart = phantom()
    walls = np.where(heart.wall, heart.labels, 0) if labels is None else labels
    cells = pyvista.ImageData(
        dimensions=np.array(walls.shape) + 1, spacing=heart.spacing, origin=heart.affine[:3, 3]
    )
    cells.cell_data["part"] = walls.ravel("F")
    return cells.threshold(1, scalars="part")


def meshed(change, **columns):
    """A mesh that is changed in memory."""

    def write():
        changed = grid()
        changed = change(changed) or changed
        changed.save("heart.vtu", binary=False)
        return mesh(**columns)

    return write


def mesh_text(edit):
    """A mesh whose text is edited."""

    def write():
        settings = meshed(lambda heart: None)()
        Path("heart.vtu").write_text(edit(Path("heart.vtu").read_text()))
        return settings

    return write


def scaled(factor):
    def change(heart):
        heart.points = heart.points * factor

    return change


def surface(heart):
    faces = heart.extract_surface(algorithm="dataset_surface").cast_to_unstructured_grid()
    faces.cell_data["part"] = np.ones(faces.n_cells, int)
    return faces


def vertices(heart):
    points = pyvista.PolyData(heart.points).cast_to_unstructured_grid()
    points.cell_data["part"] = np.ones(points.n_cells, int)
    return points


def point_at(value):
    def change(heart):
        heart.points = heart.points.astype(float)
        heart.points[7, 1] = value

    return change


def parts(values):
    def change(heart):
        heart.cell_data["part"] = values(heart.n_cells)

    return change


def number_of(array, value):
    """The first number of an array of a VTU file is another."""

    def edit(text):
        start = text.index(">", text.index(f'Name="{array}"')) + 1
        first = text[start:].split(None, 1)[0]
        return text[:start] + text[start:].replace(first, value, 1)

    return mesh_text(edit)


def flat():
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[2:18, 2:18, 9], labels[2:18, 2:18, 10] = 1, 2
    grid(labels).save("heart.vtu")
    return mesh()


def legacy():
    grid().save("heart.vtk")
    return mesh("heart.vtk")


def entities(text):
    names = "abcdefghij"
    bomb = "".join(f'<!ENTITY {one} "{f"&{other};" * 10}">' for other, one in pairwise(names))
    head = f'<!DOCTYPE VTKFile [<!ENTITY a "aaaaaaaaaa">{bomb}]>'
    return text.replace("<VTKFile", head + "<VTKFile", 1).replace('Name="part"', 'Name="&j;"')


def spelt(text):
    return re.sub(r'type="\w+" Name="part"', 'type="String" Name="part"', text)


DAMAGED = "cells with points that are not there"
MESHES = [
    Entry("vtu cut short", mesh_text(cut), "heart.vtu: not a readable VTU mesh"),
    Entry("vtu of zero size", mesh_text(lambda text: ""), "'heart.vtu' is empty"),
    Entry("text named vtu", mesh_text(lambda text: "no mesh"), "not a readable VTU mesh"),
    Entry("vtu of entities", mesh_text(entities), "from DTD and entities"),
    Entry("legacy vtk", legacy, "is no mesh; it must end in .vtu"),
    Entry("vtu without cells", meshed(lambda heart: heart.extract_cells([])), "no volume cells"),
    Entry("vtu of a surface", meshed(surface), "no volume cells"),
    Entry("vtu of vertices", meshed(vertices), "no volume cells"),
    Entry("vtu in metres", meshed(scaled(1e-3)), "mm long, and hearts have 5 to 500 mm"),
    Entry("vtu in micrometres", meshed(scaled(1e3)), "mm long, and hearts have 5 to 500 mm"),
    Entry("vtu with a NaN point", meshed(point_at(np.nan)), "not finite numbers"),
    Entry("vtu with an infinite point", meshed(point_at(np.inf)), "not finite numbers"),
    Entry("vtu with points that are not there", number_of("connectivity", "99999999"), DAMAGED),
    Entry("vtu with a negative point", number_of("connectivity", "-5"), DAMAGED),
    Entry("vtu with wrong offsets", number_of("offsets", "3"), "heart.vtu: "),
    Entry("vtu with foreign cell types", number_of("types", "10"), DAMAGED),
    Entry(
        "vtu without labels", meshed(lambda heart: heart.clear_data()), "no cell array 'part'; it has none"
    ),
    Entry("vtu with labels of NaN", meshed(parts(lambda count: np.full(count, np.nan))), "not whole numbers"),
    Entry("vtu with vectors for labels", meshed(parts(lambda count: np.ones((count, 3)))), "one label per"),
    Entry("vtu with text for labels", mesh_text(spelt), "heart.vtu: "),
    Entry("vtu with wrong labels", meshed(parts(lambda count: np.full(count, 7))), "lv_wall: label 1 is not"),
    Entry("vtu of a flat wall", flat, "too small or too flat to hold a cavity"),
    Entry("vtu without label_array", meshed(lambda heart: None, label_array=""), "a mesh needs label_array"),
]

# Velocity maps, electrodes and lead fields, of a phantom.

PHANTOM = {"kind": "phantom", "seed": "2"}


def velocity(values, name="velocity.nii.gz", edit=None):
    """An image of velocities on the phantom's grid, its bytes edited."""

    def write():
        heart = phantom()
        write_volume(name, np.where(heart.wall, values, 0.0) * np.ones(heart.labels.shape), heart.affine)
        if edit:
            Path(name).write_bytes(edit(Path(name).read_bytes()))
        return case({**PHANTOM, "velocity_map": name})

    return write


def elsewhere():
    heart = phantom()
    affine = heart.affine.copy()
    affine[:3, 3] += 500
    write_volume("velocity.nii.gz", np.where(heart.wall, 0.6, 0.0), affine)
    return case({**PHANTOM, "velocity_map": "velocity.nii.gz"})


VELOCITIES = [
    Entry("velocities cut short", velocity(0.6, "velocity.nii", cut), "velocity.nii: cut short"),
    Entry("velocities of zero size", velocity(0.6, edit=lambda data: b""), "is empty"),
    Entry("velocities in cm/s", velocity(60.0), "velocities up to 60; it must be in m/s"),
    Entry("velocities of NaN", velocity(np.nan), "wall voxels no positive velocity"),
    Entry("infinite velocities", velocity(np.inf), "wall voxels no positive velocity"),
    Entry("negative velocities", velocity(-0.6), "wall voxels no positive velocity"),
    Entry("velocities of another place", elsewhere, "wall voxels no positive velocity"),
    Entry(
        "velocities that are not there",
        lambda: case({**PHANTOM, "velocity_map": "nowhere.nii"}),
        "velocity_map 'nowhere.nii' is no file",
    ),
]


def electrodes(text, name="electrodes.csv", encoding="utf-8"):
    """A table of electrodes; bytes as they are, text in an encoding."""

    def write():
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return with_electrodes(name)

    return write


def with_electrodes(name):
    return case(PHANTOM) | {
        "electrodes": {"layout": "csv", "file": name},
        "compared": ["training_mean"],
        "evaluation": {"shown_electrodes": [0, 0], "shown_slice": 0},
    }


def in_the_wall():
    heart = phantom()
    x, y, z = heart.positions(heart.wall)[100]
    return electrodes(f"x_mm,y_mm,z_mm\n300,0,0\n{x},{y},{z}\n")()


def electrode_folder():
    Path("electrodes.csv").mkdir()
    return with_electrodes("electrodes.csv")


HEAD = "name,x_mm,y_mm,z_mm\n"
ELECTRODES = [
    Entry(
        "electrodes without z", electrodes("x_mm,y_mm\n1,300\n"), "there is no column z_mm, only x_mm, y_mm"
    ),
    Entry("electrodes with semicolons", electrodes("x_mm;y_mm;z_mm\n1;2;3\n"), "there is no column x_mm"),
    Entry("electrodes of NaN", electrodes(HEAD + "A,1,300,nan\n"), "line 2: z_mm is 'nan'"),
    Entry("infinite electrodes", electrodes(HEAD + "A,1,300,-inf\n"), "line 2: z_mm is '-inf'"),
    Entry("electrodes with an empty cell", electrodes(HEAD + "A,1,,3\n"), "line 2: y_mm is empty"),
    Entry("electrodes with units", electrodes(HEAD + "A,1 mm,300,3\n"), "line 2: x_mm is '1 mm'"),
    Entry("electrodes at 1e300 mm", electrodes(HEAD + "A,1e300,300,3\n"), "line 2: x_mm is '1e300'"),
    Entry(
        "electrodes at one place",
        electrodes(HEAD + "A,1,300,3\nB,1,300,3\n"),
        "the same position as line 2",
    ),
    Entry(
        "electrodes of one name", electrodes(HEAD + "A,1,300,3\nA,1,350,3\n"), "the same name as line 2, A"
    ),
    Entry(
        "electrodes of one name in capitals",
        electrodes(HEAD.replace("name", "Name") + "A,1,300,3\nA,1,350,3\n"),
        "the same name as line 2, A",
    ),
    Entry(
        "electrodes with names elsewhere",
        electrodes(HEAD.replace("name", "place") + "A,1,300,3\nB,1,350,3\n"),
        "column 'place' may hold names of electrodes; call it name",
    ),
    Entry("electrodes in the wall", in_the_wall, "line 3 (E2): in the wall or nearer"),
    Entry("no electrodes", electrodes(HEAD), "there is no electrode below the header"),
    Entry("electrodes of zero size", electrodes(b""), "'electrodes.csv' is empty"),
    Entry("binary electrodes", electrodes(bytes(range(256)) * 9), "not a table of text in UTF-8"),
    Entry("electrodes in UTF-16", electrodes(HEAD + "A,1,2,3\n", encoding="utf-16"), "text in UTF-8"),
    Entry(
        "electrodes with too many cells", electrodes(HEAD + "A,1,300,3,4\n"), "5 cells, and the header has 4"
    ),
    Entry("electrodes with a column twice", electrodes("x_mm,x_mm,y_mm,z_mm\n1,2,3,4\n"), "two columns are"),
    Entry("electrodes in a huge cell", electrodes(HEAD + "A" * 200_000), "not a table that can be read"),
    Entry("a folder of electrodes", electrode_folder, "electrodes.csv does not exist"),
]


def lead_field(change, name="field.nc"):
    """A lead field for a place far away, changed."""

    def write():
        axes = np.arange(6.0).reshape(2, 3)
        source = xr.Dataset(
            {
                "lead_field": (("voxel", "electrode"), np.ones((2, 2))),
                "voxel_position": (("voxel", "axis"), axes + 1000),
                "electrode_position": (("electrode", "axis"), axes + 2000),
            }
        )
        source = change(source)
        if name.endswith(".nc"):
            source.to_netcdf(name, format="NETCDF3_64BIT")
        else:
            source.to_zarr(name, consolidated=False)
        return with_field(name)

    return write


def with_field(name):
    return case(PHANTOM) | {"electrodes": {"lead_field": name}, "conditions": {}}


def field_file(name, data):
    def write():
        Path(name).write_bytes(data)
        return with_field(name)

    return write


def broken_zarr():
    settings = lead_field(lambda source: source, "field.zarr")()
    for chunk in Path("field.zarr").rglob("c/*/*"):
        chunk.write_bytes(b"broken")
    return settings


def pickled_field():
    pickled("field.npy")
    return with_field("field.npy")


def pickling_array(path, dims, filters):
    """An array of a store, one of whose filters would unpickle."""
    path.mkdir(parents=True)
    path.with_name(".zgroup").write_text('{"zarr_format": 2}')
    path.joinpath(".zattrs").write_text(json.dumps({"_ARRAY_DIMENSIONS": dims}))
    layout = {"shape": [1] * len(dims), "chunks": [1] * len(dims), "order": "C", "zarr_format": 2}
    values = {"dtype": "|O", "fill_value": 0, "compressor": None, "filters": [{"id": one} for one in filters]}
    path.joinpath(".zarray").write_text(json.dumps(layout | values))
    path.joinpath(".".join("0" * len(dims))).write_bytes(pickle.dumps(np.array([Code()], object)))


def pickling_field():
    pickling_array(Path("field.zarr/lead_field"), ["voxel"], ["pickle"])
    return with_field("field.zarr")


LEAD_FIELDS = [
    Entry(
        "no lead field", lambda: with_field("nowhere.nc"), "electrodes.lead_field: nowhere.nc does not exist"
    ),
    Entry(
        "text named lead field", field_file("field.nc", b"nothing"), "not a store that xarray can open here"
    ),
    Entry("lead field of zero size", field_file("field.nc", b""), "'field.nc' is empty"),
    Entry("pickled lead field", pickled_field, "field.npy: not a store that xarray can open"),
    Entry("lead field with a pickling codec", pickling_field, "field.zarr: not a store that xarray can open"),
    Entry("broken lead field", broken_zarr, "field.zarr: not a store that xarray can open"),
    Entry(
        "lead field without places", lead_field(lambda s: s.drop_vars("voxel_position")), "no voxel_position"
    ),
    Entry("lead field elsewhere", lead_field(lambda s: s), "make it for this case's labels.nii.gz"),
    Entry("lead field at NaN", lead_field(lambda s: s * np.nan), "voxel_position must be finite numbers"),
    Entry(
        "lead field of other shape",
        lead_field(lambda s: s.assign(lead_field=("column", np.ones(2)))),
        "lead_field has the shape",
    ),
    Entry(
        "lead field of text",
        lead_field(lambda s: s.assign(lead_field=s["lead_field"].astype(str)), "field.zarr"),
        "lead_field must hold numbers",
    ),
]

# Tables of cases.


def table(text, name="mine", encoding="utf-8"):
    """A cases table; bytes as they are, text in an encoding."""

    def write():
        Path("hearts.tsv").write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return {"cases_table": "hearts.tsv", "cases": [name]}

    return write


def named(name):
    """A case of some name."""
    return lambda: case({"case": name, **PHANTOM})


def at(path):
    """A heart at some path."""
    return lambda: volume(path)


def here(path):
    """A heart that is there, at a path that is hard to handle."""

    def write():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        sound = phantom()
        write_volume("sound.mha", sound.labels, sound.affine)
        Path("sound.mha").rename(path)
        Path("hearts.tsv").write_text(
            f'case\tkind\tsource\tlabel_map\nmine\tvolume\t"{path.replace(chr(34), chr(34) * 2)}"\tmine\n'
        )
        return {"cases_table": "hearts.tsv", "cases": ["mine"], "label_maps": {"mine": {"lv_wall": [99]}}}

    return write


ROW = "case\tkind\tseed\nmine\tphantom\t2\n"
TABLES = [
    Entry("no table", lambda: {"cases_table": "nowhere.tsv"}, "cases_table: nowhere.tsv does not exist"),
    Entry("a folder for a table", lambda: {"cases_table": "."}, "cases_table: . does not exist"),
    Entry("a table of zero size", table(b""), "hearts.tsv: the table is empty"),
    Entry("a table of remarks", table("# nothing\n"), "hearts.tsv: the table is empty"),
    Entry("a binary table", table(bytes(range(256)) * 9), "hearts.tsv: not a table of text in UTF-8"),
    Entry("a table in UTF-16", table(ROW, encoding="utf-16"), "hearts.tsv: not a table of text in UTF-8"),
    Entry("a table in Latin-1", table("# cœur à\n".replace("œ", "oe") + ROW, encoding="latin-1"), "UTF-8"),
    Entry("a table with NUL", table(b"case\tkind\nmine\0\tphantom\n"), "hearts.tsv"),
    Entry(
        "a table with commas", table(ROW.replace("\t", ",")), "there is no column case, only case,kind,seed"
    ),
    Entry(
        "a table without cases", table(ROW.replace("case", "heart")), "there is no column case, only heart"
    ),
    Entry("a table without kinds", table("case\tseed\nmine\t2\n"), "case mine: kind: Field required"),
    Entry(
        "a table with a foreign column", table(ROW.replace("seed", "sed")), "sed: unknown key; did you mean"
    ),
    Entry(
        "a table with a column twice", table("case\tkind\tkind\nmine\tmesh\tmesh\n"), "two columns are named"
    ),
    Entry(
        "a case that is not there", table(ROW, "yours"), "cases: 'yours' is not in hearts.tsv, which has mine"
    ),
    Entry("a case twice", table(ROW + "mine\tphantom\t3\n"), "case mine: 2 rows have this name"),
    Entry("a case of too many cells", table(ROW + "more\tphantom\t3\t4\n"), "4 cells, and the header has 3"),
    Entry("a case of a wrong number", table(ROW.replace("2", "two")), "case mine: seed: Input should be"),
    Entry(
        "a case of a wrong kind", table(ROW.replace("phantom", "picture")), "case mine: kind: Input should be"
    ),
    Entry(
        "a table in a huge cell", table("case\tkind\nmine\t" + "x" * 200_000), "not a table that can be read"
    ),
    Entry(
        "a table with an open quote",
        table(ROW + '"open\tphantom\t2\n' * 9, "open"),
        "cases: 'open' is not in",
    ),
    Entry("a case above", named("../../mine"), "cases.0: String should match pattern"),
    Entry("a case with a space", named("my heart"), "cases.0: String should match pattern"),
    Entry("a case with a quote", named("mine'\""), "cases.0: String should match pattern"),
    Entry("a case with a command", named("mine;touch x"), "cases.0: String should match pattern"),
    Entry("a case with braces", named("{mine}"), "cases.0: String should match pattern"),
    Entry("a case in Greek", named("καρδιά"), "cases.0: String should match pattern"),
    Entry("a case of two lines", lambda: {"cases": ["mine\n"]}, "cases.0: String should match pattern"),
    Entry("a case without a name", lambda: {"cases": [""]}, "cases.0: String should match pattern"),
    Entry(
        "a heart that is not there",
        at("nowhere.nii"),
        "source 'nowhere.nii' is neither a file nor a download",
    ),
    Entry("a heart at home", at("~/heart.nii"), "source '~/heart.nii' is neither a file nor a download"),
    Entry("a heart on the web", at("https://example.org/heart.nii"), "is neither a file nor a download"),
    Entry("a heart at a long path", at("x" * 5000 + ".nii"), "is neither a file nor a download"),
    Entry("a heart with braces", here("{x}.mha"), "source: a path can't hold braces, line breaks or control"),
    Entry(
        "a heart of two lines", here("a\nb.mha"), "source: a path can't hold braces, line breaks or control"
    ),
    Entry("a heart with a command", here("a b;$(touch x)'\".mha"), "label 99 is not in the volume"),
    Entry("a heart in Greek", here("οι καρδιές/η.mha"), "label 99 is not in the volume"),
]

# Recordings, for `snakemake predict`.

SAMPLES, RATE_HZ = 200, 500
SIXTEEN = [f"E{number}" for number in range(1, 17)]  # the electrodes of tiny.yaml


def beat():
    """A beat in mV on 16 leads, shape (lead, time)."""
    moments = np.arange(SAMPLES) - 80
    leads = np.linspace(-1, 1, 16)[:, None] + 0.1
    return leads * moments * np.exp(-((moments / 25) ** 2)) / 10


def recorded(name, **subject):
    """Settings for a recording of the phantom's heart."""
    return case(PHANTOM) | {
        "subject": {"case": "mine", "bsp": name, "units": "mV", "sampling_hz": RATE_HZ, **subject}
    }


def recording(change=lambda signals: signals, name="bsp.npy", **subject):
    """A recording whose numbers are changed, as an array."""

    def write():
        np.save(name, change(beat()))
        return recorded(name, **subject)

    return write


def recording_file(name, data, **subject):
    """A recording that is some other bytes or text."""

    def write():
        Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return recorded(name, **subject)

    return write


def recording_store(name, store, **subject):
    """A recording in a store made of the beat; `store` gets its path and the signals."""

    def write():
        store(name, beat())
        return recorded(name, **subject)

    return write


def sheet(signals, times=None, header=SIXTEEN, edit=lambda text: text):
    """A recording as CSV text, a column of times before it if there are any."""
    columns = signals if times is None else np.vstack([times, signals])
    header = list(header) if times is None else ["time_ms", *header]
    lines = [",".join(f"{value:.6g}" for value in row) for row in columns.T]
    return edit("\n".join([",".join(header), *lines]) + "\n")


def timed(times, **subject):
    """A recording whose samples are at other times."""
    return recording_file("bsp.csv", sheet(beat(), times), **{"sampling_hz": None, **subject})


def unreadable_lead(signals):
    signals[:9] = np.nan
    return signals


def linked(target, name="bsp.csv"):
    """A recording that is a link."""

    def write():
        Path(name).symlink_to(target)
        return recorded(name)

    return write


def recording_folder():
    Path("bsp.csv").mkdir()
    return recorded("bsp.csv")


def pickled_recording():
    pickled("bsp.npy")
    return recorded("bsp.npy")


def pickling_recording():
    pickling_array(Path("bsp.zarr/bsp"), ["electrode", "time"], ["vlen-utf8", "pickle"])
    return recorded("bsp.zarr")


def broken_recording():
    xr.Dataset({"bsp": (("electrode", "time"), beat())}).to_zarr("bsp.zarr", consolidated=False)
    for chunk in Path("bsp.zarr/bsp/c").rglob("*/*"):
        chunk.write_bytes(b"broken")
    return recorded("bsp.zarr")


def newer_matlab():
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    Path("bsp.mat").write_bytes(head.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(64))
    return recorded("bsp.mat")


def matlab(**variables):
    def write():
        savemat("bsp.mat", variables)
        return recorded("bsp.mat")

    return write


def named_channels():
    np.savez("bsp.npz", bsp=np.vstack([beat(), beat()]), channels=np.arange(1, 33))
    return recorded("bsp.npz")


def as_dataset(*dims, change=lambda signals: signals):
    def write(path, signals):
        xr.Dataset({"bsp": (dims, change(signals))}).to_zarr(path, consolidated=False)

    return write


def own_heart(**changes):
    """A subject that brings a heart of its own, its files changed or missing."""

    def write():
        heart = phantom()
        write_volume("heart.nii.gz", heart.labels, heart.affine)
        places = heart.positions(heart.wall).mean(0) + 120 * np.eye(3)[[0, 1, 2, 0, 1, 2]] * np.array(
            [[1], [1], [1], [-1], [-1], [-1]]
        )
        rows = "\n".join(",".join(f"{value:.6g}" for value in place) for place in places)
        Path("electrodes.csv").write_text(f"x_mm,y_mm,z_mm\n{rows}\n")
        np.save("bsp.npy", beat()[:6])
        subject = {
            "case": "own",
            "segmentation": "heart.nii.gz",
            "labels": LABEL_MAP,
            "electrodes": "electrodes.csv",
            "bsp": "bsp.npy",
            "units": "mV",
            "sampling_hz": RATE_HZ,
        }
        return case(PHANTOM) | {"subject": {**subject, **changes}}

    return write


RISING = np.arange(SAMPLES) * 1000 / RATE_HZ
NO_LEADS = "only 0 of 16 leads can be used"
UNITS = "mV are plausible on the skin; set units to what the file has"
RECORDINGS = [
    Entry("a recording of NaN", recording(lambda x: x * np.nan), f"{NO_LEADS}; values that are not numbers"),
    Entry("a recording of infinity", recording(lambda x: x / 0.0), NO_LEADS),
    Entry("a recording of NaN on most leads", recording(unreadable_lead), "only 7 of 16 leads can be used"),
    Entry("a recording of dead leads", recording(lambda x: 0 * x + 3), f"{NO_LEADS}; flat: 16"),
    Entry("a recording of clipped leads", recording(lambda x: np.clip(x, -1e-2, 1e-2)), "clipped: 1"),
    Entry("a recording in uV for mV", recording(lambda x: 1e3 * x), UNITS),
    Entry("a recording in mV for V", recording(units="V"), UNITS),
    Entry("a recording in V for uV", recording(lambda x: 1e-3 * x, units="uV"), UNITS),
    Entry("a recording of huge numbers", recording(lambda x: 1e100 * x), UNITS),
    Entry("a recording of 15 leads", recording(lambda x: x[:15]), "15 leads, but there are 16 electrodes"),
    Entry("a recording of 5 samples", recording(lambda x: x[:, 60:65]), "5 samples are too few for a beat"),
    Entry("a recording of nothing", recording(lambda x: x[:, :0]), "no matrix of numbers with two dim"),
    Entry("a recording of one lead", recording(lambda x: x[3]), "no matrix of numbers with two dim"),
    Entry("a recording of 16 samples", recording(lambda x: x[:, 60:76]), "can't be distinguished"),
    Entry("a recording of complex numbers", recording(lambda x: x + 1j), "no matrix of numbers with two dim"),
    Entry("a recording of truths", recording(lambda x: x > 0), "no matrix of numbers with two dim"),
    Entry("a recording of words", recording(lambda x: x.astype(str)), "no matrix of numbers with two dim"),
    Entry("a recording as pickles", pickled_recording, "bsp.npy: holds Python objects"),
    Entry("a pickle named npy", recording_file("bsp.npy", pickle.dumps(Code())), "bsp.npy: holds Python obj"),
    Entry("an npy cut short", recording_file("bsp.npy", b"\x93NUMPY\x01\0"), "bsp.npy: not a NumPy file"),
    Entry("a recording of zero size", recording_file("bsp.npy", b""), "subject.bsp 'bsp.npy' is empty"),
    Entry("an npz that is none", recording_file("bsp.npz", b"PK\3\4 and no more"), "bsp.npz: not a NumPy"),
    Entry("a mat of v7.3", newer_matlab, "a MATLAB v7.3 file; open it in MATLAB and save it by save("),
    Entry("a mat without a matrix", matlab(note="paced", rate=500.0), "no matrix of numbers with two dim"),
    Entry("a mat with two matrices", matlab(a=beat(), b=beat()), "bsp.mat: holds a, b; save the one of the"),
    Entry("a mat that is none", recording_file("bsp.mat", "no matrix\nhere"), "bsp.mat: not a MATLAB file"),
    Entry("a mat cut short", recording_file("bsp.mat", bytes(124) + b"\x00\x01IM\x0f"), "not a MATLAB file"),
    Entry(
        "a csv with words",
        recording_file("bsp.csv", sheet(beat(), edit=lambda text: text + ",".join(["loose"] * 16))),
        "line 202, column 1: 'loose' is not a number",
    ),
    Entry(
        "a csv with commas for points",
        recording_file("bsp.csv", sheet(beat()).replace(",", ";").replace(".", ",")),
        "write decimals with a point",
    ),
    Entry(
        "a csv with a line too short",
        recording_file("bsp.csv", sheet(beat()) + "1,2\n"),
        "line 202: 2 cells, where line 1 has 16",
    ),
    Entry("a csv of a header", recording_file("bsp.csv", ",".join(SIXTEEN)), "a header and no samples below"),
    Entry("a csv of blanks", recording_file("bsp.csv", " \n\n"), "bsp.csv: the file is empty"),
    Entry("a csv in UTF-16", recording_file("bsp.csv", "1,2\n".encode("utf-16")), "bsp.csv: not a text file"),
    Entry(
        "a csv in a huge cell",
        recording_file("bsp.csv", "9" * 200_000),
        "bsp.csv, line 1: not a table that can be read",
    ),
    Entry(
        "a csv with other names",
        recording_file("bsp.csv", sheet(beat(), header=[*SIXTEEN[:14], "a", "b"])),
        "there is no lead E15, E16, though others have names of electrodes",
    ),
    Entry(
        "a csv with a name twice",
        recording_file("bsp.csv", sheet(np.vstack([beat(), beat()[:1]]), header=[*SIXTEEN, "E1"])),
        "two leads are called E1",
    ),
    Entry(
        "a csv with letters for names",
        recording_file("bsp.csv", sheet(beat(), header="abcdefghijklmnop")),
        "no lead has the name of an electrode: its leads are a, b, c, d, e and 11 more, the electrodes E1",
    ),
    Entry(
        "a csv with numbers from zero",
        recording_file("bsp.csv", sheet(beat(), header=map(str, range(16)))),
        "there is no lead E16, though others",
    ),
    Entry(
        "a csv with half of the numbers",
        recording_file("bsp.csv", sheet(beat(), header=map(str, [*range(1, 11), *range(21, 27)]))),
        "its first line, 1, 2, 3, 4, 5 and 11 more, may name the leads or be a sample",
    ),
    Entry(
        "a csv with a column without name",
        recording_file("bsp.csv", sheet(np.vstack([RISING, beat()]), header=["", *SIXTEEN])),
        "column 1 has no name and does not count the samples; call it time_ms",
    ),
    Entry(
        "an npz of channels",
        named_channels,
        "32 numbered leads, 1, 2, 3, 4, 5 and 27 more, for 16 electrodes",
    ),
    Entry(
        "a mat with too few names",
        matlab(bsp=beat(), labels=np.array(SIXTEEN[:9], object)),
        "9 names in labels, for 16 or 200 leads",
    ),
    Entry(
        "a csv in minutes",
        recording_file("bsp.csv", sheet(beat(), RISING).replace("time_ms", "Time [min]")),
        "the unit of column Time [min], 'min', is not understood",
    ),
    Entry(
        "a csv with times in capitals at another rate",
        recording_file("bsp.csv", sheet(beat(), RISING).replace("time_ms", "TIME (ms)"), sampling_hz=1000),
        "in column TIME (ms), its times are 2 ms apart, and sampling_hz gives 1",
    ),
    Entry(
        "a mat at another rate",
        matlab(ts={"potvals": beat(), "samplefrequency": 2000.0}),
        "by ts.samplefrequency, its samples are 0.5 ms apart, and sampling_hz gives 2",
    ),
    Entry(
        "a mat of two rates",
        matlab(bsp=beat(), fs=500.0, dt_ms=1.0),
        "by fs, its samples are 2 ms apart, and dt_ms gives 1; correct one in the file",
    ),
    Entry("times that run backwards", timed(RISING[::-1]), "times must be numbers that rise from sample"),
    Entry("times that stand still", timed(RISING // 50), "times must be numbers that rise from sample"),
    Entry("times of NaN", timed(RISING * np.nan), "times must be numbers that rise from sample"),
    Entry("times in seconds", timed(RISING / 1000), "5e+05 samples per second, where 50 to 100000 are pl"),
    Entry("times in microseconds", timed(RISING * 1000), "0.5 samples per second, where 50 to 100000 are pl"),
    Entry(
        "times that jump", timed(np.where(RISING > 200, RISING + 1e5, RISING)), "from the sample at 200 ms"
    ),
    Entry("times at another rate", timed(RISING, sampling_hz=1000), "2 ms apart, and sampling_hz gives 1"),
    Entry("no times and no rate", recording(sampling_hz=None), "holds no times; set sampling_hz"),
    Entry("a rate in kHz", recording(sampling_hz=0.5), "0.5 samples per second, where 50 to 100000 are plau"),
    Entry("an onset after the end", recording(onset_ms=1e5), "onset_ms 100000 lies outside the recording"),
    Entry("an onset at the end", recording(onset_ms=397), "1 samples from onset_ms 397 on are too few"),
    Entry("text named zarr", recording_file("bsp.zarr", "no store"), "bsp.zarr: not a Zarr store"),
    Entry(
        "a folder named zarr", recording_store("bsp.zarr", lambda path, _: Path(path).mkdir()), "not a Zarr"
    ),
    Entry("a broken zarr", broken_recording, "bsp.zarr: not a Zarr store that can be read"),
    Entry("a zarr with a pickling codec", pickling_recording, "bsp.zarr: not a Zarr store that can be read"),
    Entry("a zarr without bsp", recording_store("bsp.zarr", as_dataset("lead", "sample")), "no variable bsp"),
    Entry(
        "a zarr of words",
        recording_store("bsp.zarr", as_dataset("electrode", "time", change=lambda x: x.astype(str))),
        "bsp must hold numbers",
    ),
    Entry(
        "a zarr of two beats",
        recording_store("bsp.zarr", as_dataset("beat", "electrode", "time", change=lambda x: [x, x])),
        "bsp holds 2 of beat, 16 of electrode, 200 of time; save one beat alone",
    ),
    Entry(
        "a zarr of one sample",
        recording_store("bsp.zarr", as_dataset("electrode", "time", change=lambda x: x[:, :1])),
        "1 samples are too few for a beat",
    ),
    Entry("a link to itself", linked("bsp.csv"), "subject.bsp 'bsp.csv' is no file"),
    Entry("a link to a device", linked("/dev/zero"), "subject.bsp 'bsp.csv' is no file"),
    Entry("a folder named csv", recording_folder, "subject.bsp 'bsp.csv' is no file"),
    Entry("a recording that is not there", lambda: recorded("nowhere.csv"), "'nowhere.csv' is no file"),
    Entry(
        "a recording in EDF", recording_file("bsp.edf", b"0"), "is no recording; it must end in .csv, .tsv"
    ),
    Entry("a recording with braces", lambda: recorded("{x}.csv"), "subject.bsp: a path can't hold braces"),
    Entry("units of no one", recording(units="kV"), "subject.units: Input should be 'mV', 'uV' or 'V'"),
    Entry("a method that is none", recording(methods=["oracle"]), "subject.methods: 'oracle' is no method"),
    Entry(
        "a method without maps",
        recording(methods=["bsp_vae"]),
        "subject.methods: 'bsp_vae' has no maps from BSP",
    ),
    Entry(
        "a method of another heart",
        own_heart(methods=["nearest_neighbour"]),
        "nearest_neighbour was trained on mine and can't take 'own'",
    ),
    Entry("a subject above", own_heart(case="../own"), "subject.case: String should match pattern"),
    Entry("a subject without labels", own_heart(labels=None), "subject.labels is needed"),
    Entry("a subject without a heart", own_heart(segmentation="nowhere.nii"), "'nowhere.nii' is no file"),
    Entry("a subject of wrong labels", own_heart(labels={"lv_wall": [9]}), "lv_wall: label 9 is not in the"),
    Entry("a subject's other leads", own_heart(bsp="other.npy"), "subject.bsp 'other.npy' is no file"),
]

# Settings.


def settings(**values):
    return lambda: values


def bomb():
    """A list of a billion words that takes no room."""
    words = ["lol"] * 10
    for _ in range(9):
        words = [words] * 10
    return {"cases": [words]}


def nested():
    deep = []
    for _ in range(300):
        deep = [deep]
    return {"seed": deep}


DOWNLOAD = {
    "package": "mine",
    "version": "1.0",
    "member": "mine/heart.vtu",
    "sha256": "0" * 64,
    "licence": "none",
    "credit": "none",
}


def download(**values):
    return lambda: {"downloads": {"mine": {**DOWNLOAD, **values}}}


SETTINGS = [
    Entry("an unknown key", settings(protocl={}), "protocl: unknown key; did you mean protocol?"),
    Entry(
        "an unknown key below",
        settings(bsp={"sampels": 1}),
        "bsp.sampels: unknown key; did you mean samples?",
    ),
    Entry("a key of two lines", settings(**{"a\nb": 1}), "a b: unknown key"),
    Entry("a number for a section", settings(protocol=3), "protocol: Input should be a valid dictionary"),
    Entry("a list for a section", settings(anatomy=[1]), "anatomy: Input should be a valid dictionary"),
    Entry("nothing for a section", settings(bsp=None), "bsp: Input should be a valid dictionary"),
    Entry("text for a number", settings(seed="many"), "seed: Input should be a valid integer"),
    Entry(
        "NaN for a number", settings(anatomy={"spacing_mm": float("nan")}), "anatomy.spacing_mm: Input should"
    ),
    Entry(
        "infinity for a number",
        settings(bsp={"time_step_ms": float("inf")}),
        "bsp.time_step_ms: Input should",
    ),
    Entry("a negative number", settings(seed=-1), "seed: Input should be greater than or equal to 0"),
    Entry(
        "a beat for each atom",
        settings(protocol={"beats": 10**50}),
        "protocol.beats: Input should",
    ),
    Entry("a number of 4000 digits", settings(anatomy={"spacing_mm": 10**4000}), "anatomy.spacing_mm: Input"),
    Entry(
        "voxels of a micrometre", settings(anatomy={"spacing_mm": 1e-3}), "anatomy.spacing_mm: Input should"
    ),
    Entry("a million electrodes a row", settings(electrodes={"columns": 10**6}), "electrodes.columns: Input"),
    Entry(
        "a velocity of light",
        settings(protocol={"velocities": {"lv": {"median_m_per_s": 3e8}}}),
        "median_m_per_s",
    ),
    Entry("a billion words", bomb, "cases.0: Input should be a valid string"),
    Entry("three hundred brackets", nested, "seed: Input should be a valid integer"),
    Entry("an experiment above", settings(experiment="../../mine"), "experiment: String should match"),
    Entry("an experiment at the root", settings(experiment="/tmp/mine"), "experiment: String should match"),
    Entry(
        "an experiment with a command", settings(experiment="a; touch x"), "experiment: String should match"
    ),
    Entry("an experiment of two lines", settings(experiment="a\n"), "experiment: String should match"),
    Entry("a variant above", settings(variants={"../x": {"family": "map_vae"}}), "String should match"),
    Entry("a condition above", settings(conditions={"../x": {}}), "String should match"),
    Entry("a label map of two lines", settings(label_maps={"a\nb": {"lv_wall": [1]}}), "String should match"),
    Entry("a method of no one", settings(compared=["oracle"]), "compared: 'oracle' is neither a variant nor"),
    Entry("no cases", settings(cases=[]), "cases: name at least one heart"),
    Entry(
        "a baseline for hearts never seen",
        settings(cohort={}),
        "compared: training_mean takes only the heart that it was fitted on",
    ),
    Entry(
        "a case named as a phantom",
        settings(cohort={}, cases=["test0001"], compared=["tsvd"]),
        "cases: 'test0001' is the name of a phantom of the cohort",
    ),
    Entry(
        "a cohort of no hearts", settings(cohort={"test": {"hearts": 0, "beats": 1}}), "cohort.test.hearts: "
    ),
    Entry(
        "a method's name for a variant", settings(variants={"tsvd": {"family": "map_vae"}}), "choose another"
    ),
    Entry(
        "hearts that lie differently before a grid",
        settings(electrodes={"place": {"left_mm": 5}}),
        "place is for electrodes on the torso, and layout is grid",
    ),
    Entry(
        "pixels that can't be seen eight at once",
        settings(
            slices={"pixels": 36},
            variants={"lifted": {"family": "map_backprojection"}},
            compared=["lifted"],
        ),
        "map_backprojection needs slices.pixels to be a multiple of 8, not 36",
    ),
    Entry(
        "a scar without a velocity",
        settings(conditions={"scar": {"scar_radius_mm": 9}}, protocol={"velocities": {"scar": None}}),
        "conditions.scar: a scar needs a velocity",
    ),
    Entry(
        "electrodes of no one",
        settings(conditions={"few": {"electrodes": "some"}}),
        "conditions.few.electrodes",
    ),
    Entry("a table with braces", settings(cases_table="{x}.tsv"), "cases_table: a path can't hold braces"),
    Entry(
        "electrodes with braces",
        settings(electrodes={"layout": "csv", "file": "{x}.csv"}),
        "can't hold braces",
    ),
    Entry("a download above", download(member="../../heart.vtu"), "give the path of a file inside the wheel"),
    Entry(
        "a download at the root", download(member="/etc/passwd"), "give the path of a file inside the wheel"
    ),
    Entry("a download of a folder", download(member="mine/.."), "give the path of a file inside the wheel"),
    Entry(
        "a download with braces",
        download(member="{x}.vtu"),
        "downloads.mine.member: a path can't hold braces",
    ),
    Entry(
        "a download that is an option",
        download(package="--pre"),
        "downloads.mine.package: String should match",
    ),
    Entry(
        "a download from elsewhere",
        download(version="1 @ file:///x"),
        "downloads.mine.version: String should",
    ),
    Entry("a download of no hash", download(sha256="abc"), "downloads.mine.sha256: String should match"),
    Entry("a download of a bad name", lambda: {"downloads": {"../x": DOWNLOAD}}, "String should match"),
]

CORPUS = IMAGES + HEARTS + MESHES + VELOCITIES + ELECTRODES + LEAD_FIELDS + TABLES + RECORDINGS + SETTINGS
