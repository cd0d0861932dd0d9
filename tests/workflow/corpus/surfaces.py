"""Surfaces that are damaged, or no hearts."""

from pathlib import Path

import numpy as np
import pyvista
from scipy.io import savemat

from ecgi.anatomy.wall_surface import wall_surface

from .entries import Entry, case, phantom


def heart():
    """Points and triangles of the wall of a heart."""
    return wall_surface(phantom(), 4000)


def surface(path="heart.ply", **columns):
    """Settings for a heart from a surface."""
    return case({"kind": "surface", "source": str(path), **columns})


def changed(change, **columns):
    """A surface that is changed in memory."""

    def write():
        points, triangles = change(*heart())
        pyvista.PolyData.from_regular_faces(points, triangles).save("heart.ply", binary=False)
        return surface(**columns)

    return write


def edited(name, edit):
    """A surface whose text is edited."""

    def write():
        pyvista.PolyData.from_regular_faces(*heart()).save(name, binary=False)
        Path(name).write_text(edit(Path(name).read_text()))
        return surface(name)

    return write


def text(name, content, **columns):
    """A file of this text."""

    def write():
        Path(name).write_text(content)
        return surface(name, **columns)

    return write


def variables(**content):
    """A MATLAB file of these variables."""

    def write():
        savemat("heart.mat", content)
        return surface("heart.mat")

    return write


def half(points, triangles):
    return points, triangles[points[triangles[:, 0], 2] < np.median(points[:, 2])]


def moved(points, triangles):
    points = points.copy()
    points[7] = np.nan
    return points, triangles


def outer_and(path):
    """An epicardium and, as endocardium of the LV, another file."""

    def write():
        pyvista.Sphere(radius=40).save("epi.ply")
        pyvista.Sphere(radius=20, center=(90, 0, 0)).save("far.ply")
        return surface("epi.ply", lv_endocardium=path)

    return write


SAME = changed(lambda points, triangles: (points, triangles))
NUMBERS = np.arange(30.0).reshape(10, 3)

SURFACES = [
    Entry(
        "a surface of an unknown ending", text("heart.off", "OFF"), "is no surface; it must end in .ply, .stl"
    ),
    Entry("text named ply", text("heart.ply", "no surface"), "heart.ply: "),
    Entry("text named stl", text("heart.stl", "no surface"), "heart.stl: "),
    Entry("ply of 2e10 points", edited("heart.ply", lambda t: t.replace("vertex ", "vertex 2000000")), "e+"),
    Entry(
        "ply without triangles", edited("heart.ply", lambda t: t[: t.index("element face")]), "heart.ply: "
    ),
    Entry("surface with a NaN point", changed(moved), "not finite numbers"),
    Entry("surface in centimetres", changed(lambda p, t: (p / 10, t)), "set length_units to cm, or to mm"),
    Entry("surface in metres", changed(lambda p, t: (p / 1000, t)), "set length_units to m, or to mm"),
    Entry("half a surface", changed(half), "heart.ply: "),
    Entry("surface with a label map", lambda: SAME() | surface(label_map="mine"), "leave it empty"),
    Entry(
        "surface with a label_array",
        lambda: SAME() | surface(label_array="part"),
        "label_array 'part' is for meshes",
    ),
    Entry(
        "half a scirun surface", text("heart.pts", "0 0 0\n"), "is one of a pair, and 'heart.fac' is no file"
    ),
    Entry("tri without counts", text("heart.tri", "1 2 3\n4 5 6\n"), "no row with the number of rows"),
    Entry(
        "tri cut short",
        text("heart.tri", "9\n1 2 3\n4 5 6\n"),
        "heart.tri: 9 rows with x, y and z are stated",
    ),
    Entry("mat without a surface", variables(potvals=NUMBERS), "no points and triangles; they are variables"),
    Entry(
        "mat of two surfaces",
        variables(heart={"pts": NUMBERS, "fac": NUMBERS}, torso={"pts": NUMBERS, "fac": NUMBERS}),
        "2 surfaces, in heart, torso; save one per file",
    ),
    Entry("mat with other points", variables(pts=NUMBERS, fac=NUMBERS), "and there are 10 points"),
    Entry("text named mat", text("heart.mat", "no surface"), "heart.mat: not a MATLAB file"),
    Entry("no endocardium", outer_and("nowhere.ply"), "lv_endocardium 'nowhere.ply' is no file"),
    Entry("endocardium elsewhere", outer_and("far.ply"), "of this endocardium lies outside the epicardium"),
]
