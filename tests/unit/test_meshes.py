import numpy as np
import pytest
import pyvista
from hearts import dice, labels_at, on_grid_of, rotation
from surface_files import write_opencarp

from ecgi.anatomy.cavities import label_cavities
from ecgi.anatomy.checks import refuse_open_apex
from ecgi.anatomy.heart import WALL, Anatomy, AnatomyError, Tissue, to_patient
from ecgi.anatomy.phantom import make_phantom
from ecgi.io.meshes import read_cells, read_fibres, read_mesh
from ecgi.reporting.export import wall_mesh

LABEL_MAP = {"lv_wall": [11], "rv_wall": [12]}
ATRIUM, SPACING = 13, 2.0


@pytest.fixture(scope="module")
def truth():
    return make_phantom(3, SPACING)


@pytest.fixture(scope="module")
def voxels(truth):
    """The phantom's walls and a lump of atrium beside them as cells, labels as in another dataset."""
    parts = np.select([truth.labels == Tissue.LV_WALL, truth.labels == Tissue.RV_WALL], [11, 12])
    parts[:4, :4, -4:] = ATRIUM
    grid = pyvista.ImageData(
        dimensions=np.array(parts.shape) + 1,
        spacing=truth.spacing,
        origin=truth.affine[:3, 3] - truth.spacing / 2,
    )
    grid.cell_data["part"] = parts.ravel("F")
    return grid.threshold(1, scalars="part")


@pytest.fixture(scope="module")
def turned(truth):
    """The phantom and the affine of its voxels when it is turned, off the axes of any grid."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(1)
    return Anatomy(truth.labels, affine @ truth.affine)


@pytest.fixture(scope="module")
def tetrahedra(voxels):
    mesh = voxels.triangulate().copy()
    mesh.points = mesh.points @ rotation(1).T
    return mesh


@pytest.fixture(scope="module")
def path(tetrahedra, tmp_path_factory):
    path = tmp_path_factory.mktemp("mesh") / "heart.vtu"
    tetrahedra.save(path)
    return path


@pytest.fixture(scope="module")
def heart(path):
    return read_mesh(path, "part", LABEL_MAP, "RAS", SPACING)


def test_walls_are_the_cells_of_the_mesh(heart, turned):
    truth = on_grid_of(turned, heart)
    for tissue in (Tissue.LV_WALL, Tissue.RV_WALL):
        assert dice(heart.labels == tissue, truth == tissue) > 0.95
    np.testing.assert_allclose(heart.affine[:3, :3], SPACING * np.eye(3))


def test_cavities_are_found_inside_the_walls(heart, turned):
    truth = on_grid_of(turned, heart)
    for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert dice(heart.labels == cavity, truth == cavity) > 0.85


def test_a_mesh_of_voxels_comes_back_voxel_for_voxel(voxels, truth, tmp_path):
    voxels.save(tmp_path / "voxels.vtu")
    read = on_grid_of(read_mesh(tmp_path / "voxels.vtu", "part", LABEL_MAP, "RAS", SPACING), truth)
    for tissue in (Tissue.LV_WALL, Tissue.RV_WALL):
        assert dice(read == tissue, truth.labels == tissue) > 0.95


def test_a_mesh_in_lps_lands_at_the_same_place(tetrahedra, heart, tmp_path):
    lps = tetrahedra.copy()
    lps.points = lps.points * [-1, -1, 1]
    lps.save(tmp_path / "lps.vtu")
    other = read_mesh(tmp_path / "lps.vtu", "part", LABEL_MAP, "LPS", SPACING)
    for tissue in (Tissue.LV_WALL, Tissue.RV_WALL):
        here, there = (one.positions(one.labels == tissue) for one in (other, heart))
        np.testing.assert_allclose(here.mean(0), there.mean(0), atol=SPACING / 4)
        assert len(here) == pytest.approx(len(there), rel=0.02)


def test_cells_that_the_label_map_leaves_out_are_no_wall(heart, tetrahedra):
    atrium = tetrahedra.extract_cells(tetrahedra.cell_data["part"] == ATRIUM).cell_centers().points
    assert len(atrium) > 0
    assert (labels_at(heart, atrium) == Tissue.BACKGROUND).all()


def test_cavities_of_a_real_heart_are_those_of_its_segmentation(rodero):
    coarse = Anatomy(rodero.labels[::2, ::2, ::2], rodero.affine @ np.diag([2, 2, 2, 1]))
    walls = Anatomy(np.where(coarse.wall, coarse.labels, np.uint8(0)), coarse.affine)
    found = label_cavities(walls)
    for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert dice(found.labels == cavity, coarse.labels == cavity) > 0.85
    np.testing.assert_array_equal(np.isin(found.labels, WALL), coarse.wall)


def test_a_mesh_of_surfaces_is_refused(voxels, tmp_path):
    surface = voxels.extract_surface(algorithm="dataset_surface").cast_to_unstructured_grid()
    surface.cell_data["part"] = np.full(surface.n_cells, 11)
    surface.save(tmp_path / "surface.vtu")
    with pytest.raises(AnatomyError, match=r"surface\.vtu: no volume cells; mesh the inside"):
        read_mesh(tmp_path / "surface.vtu", "part", LABEL_MAP, "RAS", SPACING)


def test_a_missing_array_is_named_beside_those_that_are_there(path):
    with pytest.raises(AnatomyError, match=r"heart\.vtu: no cell array 'label'; it has part"):
        read_mesh(path, "label", LABEL_MAP, "RAS", SPACING)


def test_a_missing_label_is_named_with_the_file(path):
    with pytest.raises(AnatomyError, match=r"heart\.vtu: rv_wall: label 99 .* 11, 12, 13"):
        read_mesh(path, "part", {"lv_wall": [11], "rv_wall": [99]}, "RAS", SPACING)


def write_cells(path, walls, image):
    walls.save(path)


def write_voxels(path, walls, image):
    """Structured points, whose labels belong to points."""
    image.save(path)


def write_elements(path, walls, image):
    hexahedra = walls.cast_to_unstructured_grid()
    write_opencarp(path, hexahedra, hexahedra.cell_data["part"], np.tile([0.6, 0.0, 0.8], (walls.n_cells, 1)))


@pytest.mark.parametrize(
    ("name", "write", "array"),
    [
        ("heart.vtu", write_cells, "part"),
        ("cells.vtk", write_cells, "part"),
        ("points.vtk", write_voxels, "part"),
        ("heart.elem", write_elements, "tag"),
        ("heart.pts", write_elements, "tag"),
    ],
)
def test_each_format_is_read(name, write, array, truth, tmp_path):
    walls = wall_mesh(truth, {"part": truth.labels[truth.wall].astype(int) + 10})
    walls.clear_field_data()
    image = pyvista.ImageData(
        dimensions=truth.labels.shape, spacing=truth.spacing, origin=truth.affine[:3, 3]
    )
    image["part"] = np.where(truth.wall, truth.labels.astype(int) + 10, 0).ravel("F")
    write(tmp_path / name, walls, image)
    cells = read_cells(tmp_path / name, array, "RAS")
    centres = cells.solid.cell_centers().points
    index = np.rint(to_patient(np.linalg.inv(truth.affine), centres)).astype(int)
    np.testing.assert_allclose(to_patient(truth.affine, index), centres, atol=1e-3)
    found = np.zeros(truth.labels.shape, int)
    found[tuple(index.T)] = cells.values
    np.testing.assert_array_equal(found, image["part"].reshape(found.shape, order="F"))
    assert cells.solid.compute_cell_sizes()["Volume"] == pytest.approx(truth.spacing.prod(), rel=1e-3)
    if name == "heart.elem":
        _, vectors = read_fibres(tmp_path / name, "fibre", "LPS")
        np.testing.assert_allclose(vectors, np.tile([-0.6, 0.0, 0.8], (walls.n_cells, 1)), atol=1e-5)


def test_the_mesh_that_is_exported_is_closed_when_it_is_read(tmp_path):
    coarse = make_phantom(3, 4.0)
    turned = Anatomy(coarse.labels, coarse.affine.copy())
    turned.affine[:3, :3] = rotation(4) * 4.0
    mesh = wall_mesh(turned, {"tissue": turned.labels[turned.wall]})
    mesh.save(tmp_path / "exported.vtu")
    read = read_mesh(tmp_path / "exported.vtu", "tissue", {"lv_wall": [1], "rv_wall": [2]}, None, SPACING)
    refuse_open_apex(read)
    labels = on_grid_of(turned, read)
    for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert dice(read.labels == cavity, labels == cavity) > 0.95
    with pytest.raises(AnatomyError, match="states SPACE = RAS, and coordinates is LPS"):
        read_mesh(tmp_path / "exported.vtu", "tissue", {"lv_wall": [1], "rv_wall": [2]}, "LPS", SPACING)


@pytest.mark.parametrize(("factor", "units"), [(0.1, "cm"), (0.001, "m"), (1000.0, "um")])
def test_other_units_are_named_and_read_when_given(tetrahedra, factor, units, tmp_path):
    scaled = tetrahedra.copy()
    scaled.points = scaled.points * factor
    scaled.save(tmp_path / "scaled.vtu")
    with pytest.raises(
        AnatomyError, match=f"mm long if the file is in mm.* set length_units to {units}, or to mm"
    ):
        read_mesh(tmp_path / "scaled.vtu", "part", LABEL_MAP, "RAS", SPACING)
    read = read_cells(tmp_path / "scaled.vtu", "part", "RAS", units)
    np.testing.assert_allclose(read.solid.points, tetrahedra.points, atol=1e-3)


def test_a_mesh_that_states_more_points_than_it_can_hold_is_refused(voxels, tmp_path):
    path = tmp_path / "heart.vtu"
    voxels.save(path)
    text = path.read_bytes()
    number = f'NumberOfPoints="{voxels.n_points}"'.encode()
    assert number in text
    path.write_bytes(text.replace(number, b'NumberOfPoints="20000000000"'))
    with pytest.raises(AnatomyError, match=r"heart\.vtu: states 2e\+10 points or cells"):
        read_mesh(path, "part", LABEL_MAP, "RAS", SPACING)


def test_a_mesh_of_one_label_is_divided_by_its_cavities(tetrahedra, turned, tmp_path):
    walls = tetrahedra.extract_cells(tetrahedra.cell_data["part"] != ATRIUM)
    walls.cell_data["part"] = np.ones(walls.n_cells, int)
    walls.save(tmp_path / "one.vtu")
    read = read_mesh(tmp_path / "one.vtu", "part", {"lv_wall": [1]}, "RAS", SPACING)
    truth = on_grid_of(turned, read)
    for tissue, least in ((Tissue.LV_WALL, 0.93), (Tissue.RV_WALL, 0.8), (Tissue.RV_CAVITY, 0.9)):
        assert dice(read.labels == tissue, truth == tissue) > least
