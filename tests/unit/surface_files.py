"""Writers of surfaces and meshes in the formats that are read."""

import numpy as np
import pyvista
from scipy.io import savemat


def write_pairs(path, points, triangles):
    """SCIRun: points and triangles in two files, counted from 1."""
    np.savetxt(path.with_suffix(".pts"), points, "%.5f")
    np.savetxt(path.with_suffix(".fac"), triangles + 1, "%d")


def write_counted_pairs(path, points, triangles):
    """SCIRun with the numbers of rows, counted from 0."""
    np.savetxt(path.with_suffix(".pts"), points, "%.5f", header=str(len(points)), comments="")
    np.savetxt(path.with_suffix(".fac"), triangles, "%d", header=str(len(triangles)), comments="")


def write_tri(path, points, triangles):
    """ECGSIM: numbered rows, corners clockwise from outside."""
    numbers = [np.arange(1, len(rows) + 1)[:, None] for rows in (points, triangles)]
    with path.open("w") as file:
        file.write(f"{len(points)}\n")
        np.savetxt(file, np.hstack([numbers[0], points]), ["%d", *["%.5f"] * 3])
        file.write(f"{len(triangles)}\n")
        np.savetxt(file, np.hstack([numbers[1], triangles[:, ::-1] + 1]), "%d")


def write_obj(path, points, triangles):
    """Wavefront, counted from 1."""
    lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in points]
    lines += [f"f {a} {b} {c}" for a, b, c in triangles + 1]
    path.write_text("\n".join(lines) + "\n")


def write_vtk(path, points, triangles):
    """PLY, STL, VTK and VTP, by the ending."""
    pyvista.PolyData.from_regular_faces(points, triangles).save(path)


def mat_writer(points_name, triangles_name, first=1, across=False, structure=""):
    """MATLAB with variables, or fields of a structure, of some names."""

    def write(path, points, triangles):
        content = {points_name: points, triangles_name: triangles + first}
        content = {name: value.T if across else value for name, value in content.items()}
        savemat(path, {structure: content} if structure else content)

    return write


SURFACE_WRITERS = {
    "surface.ply": write_vtk,
    "surface.stl": write_vtk,
    "surface.vtk": write_vtk,
    "surface.vtp": write_vtk,
    "surface.obj": write_obj,
    "surface.fac": write_pairs,
    "counted.pts": write_counted_pairs,
    "surface.tri": write_tri,
    "scirun.mat": mat_writer("pts", "fac", across=True),
    "iso2mesh.mat": mat_writer("node", "face"),
    "patch.mat": mat_writer("vertices", "faces", first=0, structure="heart"),
}


def write_opencarp(path, mesh, tags, fibres=None):
    """Hexahedra as openCARP, in um, with the upper face in its order."""
    path = path.with_suffix(".elem")
    cells = mesh.cells.reshape(-1, 9)[:, 1:][:, [0, 1, 2, 3, 4, 7, 6, 5]]
    np.savetxt(path.with_suffix(".pts"), mesh.points * 1000, "%.3f", header=str(mesh.n_points), comments="")
    rows = "\n".join(f"Hx {' '.join(map(str, cell))} {tag}" for cell, tag in zip(cells, tags, strict=True))
    path.write_text(f"{len(cells)}\n{rows}\n")
    if fibres is not None:
        np.savetxt(path.with_suffix(".lon"), fibres, "%.5f", header="1", comments="")
