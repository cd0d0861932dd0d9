"""Surfaces of each format are read, oriented and made a heart of, or refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import pyvista
from hearts import dice, on_grid_of
from scipy import ndimage
from surface_files import SURFACE_WRITERS, write_pairs, write_vtk

from ecgi.anatomy.checks import refuse_open_apex
from ecgi.anatomy.frame import find_long_axis
from ecgi.anatomy.heart import CAVITIES, Anatomy, AnatomyError, Tissue
from ecgi.anatomy.openings import cavity_openings
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.triangles import Shape
from ecgi.anatomy.triangulation import edge_counts, enclosed_volume
from ecgi.anatomy.wall_surface import wall_surface
from ecgi.io.surface_hearts import Surfaces, read_heart_surfaces
from ecgi.io.surfaces import read_surface
from ecgi.io.units import HEART_MM

DATA = Path(__file__).resolve().parents[3] / "shared/data"
SPACING = 2.0


@pytest.fixture(scope="module")
def truth():
    return make_phantom(3, SPACING)


@pytest.fixture(scope="module")
def wall(truth):
    """The surface of a phantom's wall, outside and in, each point once."""
    surface = pyvista.PolyData.from_regular_faces(*wall_surface(truth, 8000)).clean().triangulate()
    return Shape(np.asarray(surface.points, float), surface.regular_faces)


def filled(truth, *tissues):
    """Surface of tissues with no hole in them, as `wall_surface` makes it."""
    mask = np.isin(truth.labels, tissues)
    return wall_surface(Anatomy(mask.astype(np.uint8), truth.affine), 6000)


@pytest.fixture(scope="module")
def layers(truth):
    """Epicardium, LV and RV endocardium of a phantom, closed."""
    return (
        filled(truth, *list(Tissue)[1:5]),
        filled(truth, Tissue.LV_CAVITY),
        filled(truth, Tissue.RV_CAVITY),
    )


def without_base(surface, truth, share):
    """A surface that is cut across the long axis, at a share of its length from the base."""
    axis = find_long_axis(truth).direction
    height = surface.points @ axis
    cut = height.min() + share * np.ptp(height)
    return surface.points, surface.triangles[(height[surface.triangles] > cut).all(1)]


def made(files):
    return read_heart_surfaces(files, "RAS", None, SPACING, find_long_axis)


def overlaps(found, truth):
    labels = on_grid_of(truth, found)
    return {tissue: dice(found.labels == tissue, labels == tissue) for tissue in list(Tissue)[1:5]}


@pytest.mark.parametrize("name", SURFACE_WRITERS)
def test_each_format_is_read(name, wall, tmp_path):
    SURFACE_WRITERS[name](tmp_path / name, *wall)
    points, triangles = read_surface(tmp_path / name, "RAS")
    corners, expected = (np.sort(p[t].reshape(-1, 3), axis=0) for p, t in ((points, triangles), wall))
    np.testing.assert_allclose(corners, expected, atol=1e-4)
    assert set(edge_counts(triangles)[1]) == {2}
    assert enclosed_volume(points, triangles) == pytest.approx(enclosed_volume(*wall), rel=1e-4)
    assert enclosed_volume(points, triangles) > 0


def test_a_surface_lies_within_half_a_voxel_of_the_image(wall, truth, tmp_path):
    write_vtk(tmp_path / "wall.ply", *wall)
    found = made(Surfaces(tmp_path / "wall.ply"))
    labels = on_grid_of(truth, found)
    for mask, true in ((found.wall, labels <= 2), (found.labels == 3, labels == 3)):
        true = true & (labels > 0)
        far = ndimage.distance_transform_edt(~true, sampling=SPACING) + ndimage.distance_transform_edt(
            true, sampling=SPACING
        )
        wrong = far[mask != true]
        assert np.percentile(wrong, 95) <= SPACING
        offset = found.positions(mask).mean(0) - found.positions(true).mean(0)
        assert np.linalg.norm(offset) < SPACING / 2


def test_a_myocardium_is_divided_into_ventricles(wall, truth, tmp_path):
    write_vtk(tmp_path / "wall.stl", *wall)
    found = overlaps(made(Surfaces(tmp_path / "wall.stl")), truth)
    assert found[Tissue.LV_WALL] > 0.93
    assert found[Tissue.RV_WALL] > 0.8
    assert min(found[cavity] for cavity in CAVITIES) > 0.9


@pytest.mark.parametrize("base", ["closed", "open"])
def test_epicardium_and_endocardia_enclose_the_wall(layers, truth, base, tmp_path):
    paths = [tmp_path / f"{name}.vtp" for name in ("epi", "lv", "rv")]
    for path, surface in zip(paths, layers, strict=True):
        write_vtk(path, *(surface if base == "closed" else without_base(surface, truth, 0.05)))
    found = overlaps(made(Surfaces(*paths)), truth)
    assert found[Tissue.LV_WALL] > 0.9
    assert found[Tissue.RV_WALL] > 0.75
    assert min(found[cavity] for cavity in CAVITIES) > 0.9


@pytest.mark.parametrize("base", ["closed", "open"])
def test_an_epicardium_alone_gets_a_wall_that_is_open_at_the_base(layers, truth, base, tmp_path):
    epicardium = layers[0] if base == "closed" else without_base(layers[0], truth, 0.05)
    write_pairs(tmp_path / "epi.pts", *epicardium)
    axis, centre, _ = find_long_axis(truth)
    apex = centre + 70 * axis if base == "closed" else None
    found = read_heart_surfaces(
        Surfaces(tmp_path / "epi.pts", wall_mm=8.0),
        "RAS",
        None,
        SPACING,
        lambda heart: find_long_axis(heart, apex),
    )
    assert find_long_axis(found, apex).direction @ axis > np.cos(np.radians(20))
    refuse_open_apex(found, axis)
    opening, mouth = cavity_openings(found)[0]
    assert opening @ axis < -1000
    assert (mouth - centre) @ axis < -20
    depth = ndimage.distance_transform_edt(found.labels > 0, sampling=SPACING)
    assert depth[found.wall].max() < 8 + 2 * SPACING
    assert not np.isin(found.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)).any()


def test_surfaces_inside_one_another_in_one_file_are_cavities(layers, truth, tmp_path):
    points = np.concatenate([layer.points for layer in layers])
    before = np.cumsum([0, *(len(layer.points) for layer in layers[:-1])])
    triangles = np.concatenate([layer.triangles + n for layer, n in zip(layers, before, strict=True)])
    write_vtk(tmp_path / "all.ply", points, triangles)
    found = overlaps(made(Surfaces(tmp_path / "all.ply")), truth)
    assert min(found[cavity] for cavity in CAVITIES) > 0.9


@pytest.mark.parametrize(("factor", "units"), [(0.1, "cm"), (0.001, "m"), (1000, "um")])
def test_other_units_are_named_and_read_when_given(wall, factor, units, tmp_path):
    write_vtk(tmp_path / "wall.ply", wall.points * factor, wall.triangles)
    with pytest.raises(
        AnatomyError, match=rf"wall\.ply: the heart is .* set length_units to {units}, or to mm"
    ):
        read_surface(tmp_path / "wall.ply", "RAS", None, HEART_MM, "heart")
    points, _ = read_surface(tmp_path / "wall.ply", "RAS", units)
    np.testing.assert_allclose(points, wall.points, atol=1e-3)


def test_a_frame_that_the_file_states_is_believed(wall, tmp_path, capsys):
    mesh = pyvista.PolyData.from_regular_faces(wall.points * [-1, -1, 1], wall.triangles)
    mesh.field_data["SPACE"] = ["LPS"]
    mesh.save(tmp_path / "stated.vtp")
    np.testing.assert_allclose(read_surface(tmp_path / "stated.vtp").points, wall.points, atol=1e-4)
    with pytest.raises(AnatomyError, match="states SPACE = LPS, and coordinates is RAS"):
        read_surface(tmp_path / "stated.vtp", "RAS")
    SURFACE_WRITERS["surface.obj"](tmp_path / "comment.obj", *wall)
    (tmp_path / "comment.obj").write_text("# SPACE=LPS\n" + (tmp_path / "comment.obj").read_text())
    np.testing.assert_allclose(
        read_surface(tmp_path / "comment.obj").points, wall.points * [-1, -1, 1], atol=1e-4
    )
    capsys.readouterr()
    write_vtk(tmp_path / "silent.ply", *wall)
    read_surface(tmp_path / "silent.ply")
    assert "coordinates is not set; it is read as RAS" in capsys.readouterr().out


def test_an_open_myocardium_is_refused_with_what_else_it_may_be(layers, truth, tmp_path):
    write_vtk(tmp_path / "epi.ply", *without_base(layers[0], truth, 0.05))
    with pytest.raises(AnatomyError, match=r"epi\.ply: open; a myocardium is closed; .* wall_mm"):
        made(Surfaces(tmp_path / "epi.ply"))


def test_a_closed_epicardium_is_no_myocardium(layers, tmp_path):
    write_vtk(tmp_path / "epi.ply", *layers[0])
    with pytest.raises(AnatomyError, match=r"epi\.ply: the muscle has no cavity.* give lv_endocardium"):
        made(Surfaces(tmp_path / "epi.ply"))


def test_an_endocardium_of_another_frame_is_refused(layers, tmp_path):
    write_vtk(tmp_path / "epi.ply", *layers[0])
    write_vtk(tmp_path / "lv.ply", layers[1].points + np.array([40.0, 0, 0]), layers[1].triangles)
    with pytest.raises(AnatomyError, match="of this endocardium lies outside the epicardium"):
        made(Surfaces(tmp_path / "epi.ply", tmp_path / "lv.ply"))


def test_an_epicardium_in_two_pieces_is_refused(layers, tmp_path):
    epi, far = layers[0], layers[1]
    points = np.concatenate([epi.points, far.points + 90])
    write_vtk(tmp_path / "two.ply", points, np.concatenate([epi.triangles, far.triangles + len(epi.points)]))
    with pytest.raises(AnatomyError, match=r"two\.ply: 2 separate pieces"):
        made(Surfaces(tmp_path / "two.ply", wall_mm=8.0))


def test_a_sheet_within_a_surface_is_refused(wall, tmp_path):
    extra = np.concatenate([wall.triangles, [[*wall.triangles[0, :2], wall.triangles[500, 0]]]])
    write_vtk(tmp_path / "sheet.ply", wall.points, extra)
    with pytest.raises(AnatomyError, match="edges at which three triangles meet"):
        read_surface(tmp_path / "sheet.ply", "RAS")


@pytest.mark.parametrize(
    ("name", "points", "closed"),
    [
        ("tank/tank_full_771.pts", 771, True),
        ("tank/25feb97_sock_closed.fac", 128, True),
        ("tank/25feb97_sock.fac", 128, False),
        ("tank/490sock.mat", 490, False),
        ("tank/490sock.fac", 490, False),
        ("tank/daltorso.pts", 352, True),
        ("scirun/capped_sock.mat", 328, True),
    ],
)
def test_public_surfaces_are_read(name, points, closed):
    if not (DATA / name).is_file():
        pytest.skip(f"{name} is not in {DATA.parent.name}/{DATA.name} beside the project")
    surface = read_surface(DATA / name, "RAS")
    assert len(surface.points) == points
    assert (set(edge_counts(surface.triangles)[1]) == {2}) == closed
