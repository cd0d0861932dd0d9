import nibabel
import numpy as np
import pytest
import pyvista
import spheres
from surface_files import write_pairs

from ecgi.anatomy.heart import AnatomyError
from ecgi.anatomy.torso import Region, Torso
from ecgi.anatomy.triangles import cross, signed_distance
from ecgi.core.errors import InputError
from ecgi.io.electrodes import electrodes_with_lead_field
from ecgi.io.torso_files import read_torso
from ecgi.io.torso_tables import files_of, read_torso_table
from ecgi.physics.conductors_of_cases import torso_of
from ecgi.physics.lead_field import lead_field_in
from ecgi.physics.torso_conductor import bounded

CONDUCTIVITY = {"sigma_i": 0.1, "sigma_t": 0.2, "sigma_lungs": 0.04, "sigma_blood": 0.6}


def write(path, shape):
    pyvista.PolyData.from_regular_faces(shape.points, shape.triangles).save(path)
    return path


def table(folder, *lines, header="name\tfile\tconductivity_s_per_m"):
    path = folder / "torso.tsv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


@pytest.fixture
def skin():
    return spheres.sphere(2, 130.0, (10.0, -20.0, 5.0))


def test_a_table_names_regions_and_conductivities_and_the_skin_comes_first(tmp_path, skin):
    write(tmp_path / "skin.stl", skin)
    write(tmp_path / "left.ply", spheres.sphere(2, 40.0, (60.0, -20.0, 5.0)))
    write_pairs(tmp_path / "spine.pts", *spheres.sphere(1, 15.0, (10.0, -110.0, 5.0)))
    path = table(tmp_path, "left lung\tleft.ply\t", "spine\tspine.pts\t0.02", "Skin\tskin.stl\t")
    regions = read_torso(path, CONDUCTIVITY)
    assert [region.name for region in regions] == ["Skin", "left lung", "spine"]
    assert [region.sigma for region in regions] == [0.2, 0.04, 0.02]
    assert len(regions[0].surface.points) == len(skin.points)
    assert regions[0].surface.volume == pytest.approx(skin.volume, rel=1e-4)
    assert {name.rsplit("/", 1)[-1] for name in files_of(path)} == {
        "torso.tsv", "left.ply", "spine.pts", "spine.fac", "skin.stl",
    }  # fmt: skip


def test_a_single_surface_is_the_skin(tmp_path, skin):
    (region,) = read_torso(write(tmp_path / "torso.vtp", skin), CONDUCTIVITY)
    assert (region.name, region.sigma) == ("skin", 0.2)
    np.testing.assert_allclose(np.sort(region.surface.points, 0), np.sort(skin.points, 0), atol=1e-3)


def test_fine_surfaces_are_remeshed_within_a_fraction_of_a_voxel(tmp_path, capsys):
    fine = spheres.sphere(4, 130.0)
    (region,) = read_torso(write(tmp_path / "torso.ply", fine), CONDUCTIVITY)
    assert 500 < len(region.surface.points) < 1000
    assert "2562 points are replaced by" in capsys.readouterr().out
    assert np.linalg.norm(region.surface.points, axis=1) == pytest.approx(130.0, abs=1.5)
    assert region.surface.volume == pytest.approx(fine.volume, rel=0.01)


def test_a_torso_cut_open_at_neck_and_waist_is_closed(tmp_path, capsys):
    fine = spheres.sphere(4, 130.0)
    kept = np.abs(fine.corners[..., 2]).max(1) < 100
    path = write(tmp_path / "torso.stl", fine._replace(triangles=fine.triangles[kept]))
    (region,) = read_torso(path, CONDUCTIVITY)
    assert "2 openings" in capsys.readouterr().out
    assert np.abs(region.surface.points[:, 2]).max() < 100
    between = 2 * np.pi * (130**2 * 97 - 97**3 / 3)
    assert region.surface.volume == pytest.approx(between, rel=0.03)


@pytest.mark.parametrize("label", ["", "7"])
def test_a_mask_on_any_grid_becomes_a_surface_where_it_lies(tmp_path, label):
    turned = np.eye(4)
    angle = 0.4
    turned[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine = turned @ np.diag([3.0, 3.0, 6.0, 1.0])
    affine[:3, 3] = -170, -60, -160
    index = np.indices((90, 90, 60)).reshape(3, -1).T
    positions = index @ affine[:3, :3].T + affine[:3, 3]
    centre = positions.mean(0)
    inside = np.linalg.norm(positions - centre, axis=1).reshape(90, 90, 60) < 100
    image = np.where(inside, 7 if label else 1, 0).astype(np.uint8)
    if label:
        image[:5] = 3
    nibabel.save(nibabel.Nifti1Image(image, affine), tmp_path / "body.nii.gz")
    path = table(tmp_path, f"skin\tbody.nii.gz\t{label}", header="name\tfile\tlabel")
    (region,) = read_torso(path, CONDUCTIVITY)
    assert np.linalg.norm(region.surface.points - centre, axis=1) == pytest.approx(100, abs=4)
    assert region.surface.volume == pytest.approx(4 / 3 * np.pi * 100**3, rel=0.04)


@pytest.mark.parametrize(
    ("lines", "header", "message"),
    [
        (["lung\ta.stl"], "name\tfile", "0 rows are named skin"),
        (["skin\ta.stl", "skin 2\tb.stl"], "name\tfile", "2 rows are named skin"),
        (["skin\ta.stl"], "name\tpath", "needed are name, file"),
        (["skin\ta.stl\t1"], "name\tfile\tsigma", "the columns are"),
        (["skin\ta.stl\tx"], "name\tfile\tconductivity_s_per_m", "line 2: conductivity_s_per_m is 'x'"),
        (["skin\ta.stl\t30"], "name\tfile\tconductivity_s_per_m", "between 0 and 10"),
        (["skin\ta.stl\t", "spine\tb.stl\t"], "name\tfile\tlabel", "'spine' needs conductivity_s_per_m"),
        (["skin\ta.stl\tyards"], "name\tfile\tlength_units", "give one of mm, cm, m, um"),
        (["skin\ta.stl\t1.5"], "name\tfile\tlabel", "give a whole number"),
        (["skin\t\t"], "name\tfile\tlabel", "name and file must not be empty"),
    ],
)
def test_tables_that_leave_something_open_are_refused(tmp_path, lines, header, message):
    with pytest.raises(InputError, match=message):
        read_torso_table(table(tmp_path, *lines, header=header), CONDUCTIVITY)


def test_other_units_and_files_are_refused(tmp_path, skin):
    write(tmp_path / "cm.stl", skin._replace(points=skin.points / 10))
    with pytest.raises(AnatomyError, match=r"cm\.stl: the skin is .* set length_units to cm"):
        read_torso(tmp_path / "cm.stl", CONDUCTIVITY)
    path = table(tmp_path, "skin\tcm.stl\tcm", header="name\tfile\tlength_units")
    assert read_torso(path, CONDUCTIVITY)[0].surface.volume == pytest.approx(skin.volume, rel=1e-4)
    (tmp_path / "skin.docx").write_text("x")
    with pytest.raises(InputError, match="neither a surface"):
        read_torso(table(tmp_path, "skin\tskin.docx", header="name\tfile"), CONDUCTIVITY)


def test_the_lead_field_is_that_of_the_surfaces(tmp_path, small_heart):
    middle = small_heart.positions(small_heart.wall).mean(0)
    skin = spheres.sphere(2, 130.0, middle)
    write(tmp_path / "skin.ply", skin)
    places = skin.corners[::20].mean(1)
    np.savetxt(tmp_path / "electrodes.tsv", places, "%.6f", "\t", header="x_mm\ty_mm\tz_mm", comments="")
    layout = {"layout": "csv", "reference": "mean", "conductor": "surfaces", "torso": {}}
    _, field, conductor = electrodes_with_lead_field(
        small_heart, layout, CONDUCTIVITY, tmp_path / "electrodes.tsv", torso_path=tmp_path / "skin.ply"
    )
    assert conductor.description == "skin 0.2 S/m (162 points)"
    known = bounded(Torso((Region("skin", skin, 0.2),)), small_heart, 0.2)
    expected = lead_field_in(known, small_heart.wall, small_heart.affine, places, 0.1)
    expected -= expected.mean(1, keepdims=True)
    np.testing.assert_allclose(field, expected, atol=1e-3 * np.abs(expected).max())


def test_blood_of_the_cavities_joins_surfaces_without_blood(small_heart):
    middle = small_heart.positions(small_heart.wall).mean(0)
    skin = Region("skin", spheres.sphere(2, 130.0, middle), 0.2)
    case = ("a", 0, small_heart, skin.surface.points, {"torso": {}}, CONDUCTIVITY)
    torso = torso_of("surfaces_and_blood", *case, surfaces=[skin])
    assert [region.name for region in torso.regions] == ["skin", "blood of the LV", "blood of the RV"]
    assert torso_of("surfaces", *case, surfaces=[skin]).regions == (skin,)


def test_a_remeshed_skin_still_encloses_what_it_enclosed(tmp_path, small_heart):
    middle = small_heart.positions(small_heart.wall).mean(0)
    write(tmp_path / "skin.ply", spheres.sphere(4, 130.0, middle))
    write(tmp_path / "lung.ply", spheres.sphere(2, 50.0, middle + np.array([0, -70, 0])))
    skin, lung = read_torso(table(tmp_path, "skin\tskin.ply\t", "lung\tlung.ply\t"), CONDUCTIVITY)
    assert signed_distance(skin.surface, lung.surface.points).max() < 0
    assert not cross(skin.surface, lung.surface)
