"""Labelled meshes that are damaged, or no hearts."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyvista

from .entries import Entry, case, cut, phantom


def mesh(path="heart.vtu", label_map=None, **columns):
    """Settings for a heart from a mesh."""
    row = {"kind": "mesh", "source": str(path), "label_map": "mine", "label_array": "part", **columns}
    return case(row, label_map or {"lv_wall": [1], "rv_wall": [2]})


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


def other_ending():
    grid().save("heart.vtu")
    Path("heart.vtu").rename("heart.msh")
    return mesh("heart.msh")


def legacy_text(edit):
    """A legacy VTK mesh whose text is edited."""

    def write():
        grid().save("heart.vtk", binary=False)
        Path("heart.vtk").write_text(edit(Path("heart.vtk").read_text()))
        return mesh("heart.vtk")

    return write


def legacy_surface():
    grid().extract_surface(algorithm="dataset_surface").save("heart.vtk")
    return mesh("heart.vtk")


def stated_frame():
    heart = grid()
    heart.field_data["SPACE"] = ["LPS"]
    heart.save("heart.vtu")
    return mesh(coordinates="RAS")


def opencarp(elem, pts="3\n0 0 0\n1 0 0\n0 1 0\n"):
    """An openCARP mesh of these texts; no file of elements where its text is empty."""

    def write():
        Path("heart.pts").write_text(pts)
        if elem:
            Path("heart.elem").write_text(elem)
        return mesh("heart.pts", label_array="")

    return write


def states(counted):
    """A VTU file that states 2e10 points or cells."""
    return mesh_text(lambda text: re.sub(rf'{counted}="\d+"', f'{counted}="20000000000"', text))


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
    Entry("a mesh of an unknown ending", other_ending, "is no mesh; it must end in .vtu, .vtk, .elem, .pts"),
    Entry("how to convert the rest", other_ending, "other meshes to VTU with meshio"),
    Entry("vtu of 2e10 points", states("NumberOfPoints"), "states 2e+10 points or cells"),
    Entry("vtu of 2e10 cells", states("NumberOfCells"), "states 2e+10 points or cells"),
    Entry("vtu that states LPS", stated_frame, "states SPACE = LPS, and coordinates is RAS"),
    Entry("legacy vtk cut short", legacy_text(cut), "heart.vtk: not a readable VTK file"),
    Entry(
        "legacy vtk of 2e10 points",
        legacy_text(lambda text: re.sub(r"POINTS \d+", "POINTS 20000000000", text)),
        "states 2e+10 points or cells",
    ),
    Entry(
        "legacy vtk of a surface",
        legacy_surface,
        "a surface and no mesh of volume cells; its kind is surface",
    ),
    Entry("half an opencarp mesh", opencarp(""), "is one of a pair, and 'heart.elem' is no file"),
    Entry("opencarp of triangles", opencarp("1\nTr 0 1 2 1\n"), "heart.elem: no volume cells"),
    Entry(
        "opencarp cut short",
        opencarp("9\nTt 0 1 2 0 1\nTt 0 1 2 0 1\n"),
        "the first row states 9 rows, and 2",
    ),
    Entry("opencarp with other points", opencarp("1\nTt 0 1 2 7 1\n"), DAMAGED),
    Entry("opencarp of other elements", opencarp("1\nXy 0 1 2 1\n"), "elements of kind 'Xy'"),
    Entry("opencarp of text", opencarp("1\nTt 0 one 2 0 1\n"), "row 2 does not hold 5 numbers"),
    Entry("vtu without cells", meshed(lambda heart: heart.extract_cells([])), "no volume cells"),
    Entry("vtu of a surface", meshed(surface), "no volume cells"),
    Entry("vtu of vertices", meshed(vertices), "no volume cells"),
    Entry("vtu in metres", meshed(scaled(1e-3)), "set length_units to m, or to mm if that is right"),
    Entry("vtu in centimetres", meshed(scaled(0.1)), "set length_units to cm, or to mm if that is right"),
    Entry("vtu in micrometres", meshed(scaled(1e3)), "set length_units to um, or to mm if that is right"),
    Entry(
        "vtu said to be in cm",
        meshed(lambda heart: None, length_units="cm"),
        "mm long, and hearts have 30 to 500",
    ),
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
