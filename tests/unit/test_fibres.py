import numpy as np
import pytest
import pyvista
from hearts import (
    BASE,
    CENTRE,
    LV_LENGTH,
    LV_RADIUS,
    LV_WALL,
    RV_WALL,
    ellipsoidal_heart,
    oblique_affine,
    rotation,
)
from scipy.spatial import cKDTree

from ecgi.anatomy.fibres import nearest, rule_based
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue, to_patient
from ecgi.anatomy.reslice import short_axis
from ecgi.io.fibres import find_fibres
from ecgi.io.meshes import read_fibres

ENDO, EPI = 60.0, -60.0
INNER, OUTER, LENGTH, SPACING = 20.0, 30.0, 60.0, 1.5


def degrees_between(a, b):
    """Angle between axial directions."""
    return np.degrees(np.arccos(np.clip(np.abs((a * b).sum(-1)), 0, 1)))


def helix_angle(fibres, outward, axis):
    """Angle out of the circumferential direction, right-handed positive, in degrees."""
    along = axis - (outward @ axis)[:, None] * outward
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    around = np.cross(along, outward)
    along, around = (fibres * along).sum(1), (fibres * around).sum(1)
    return np.degrees(np.arctan(along / around))


@pytest.fixture(scope="module", params=[0, 1], ids=["along the patient", "oblique"])
def cylinder(request):
    """An LV that is a tube, open at its base and closed at its apex, and its own coordinates."""
    shape = np.array([44, 44, 56])
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    if request.param:
        affine = oblique_affine(4, SPACING)
    index = np.moveaxis(np.indices(shape), 0, -1)
    x, y, z = np.moveaxis((index - (shape - 1) / 2) * SPACING, -1, 0)
    radius = np.hypot(x, y)
    labels = np.zeros(shape, np.uint8)
    labels[(radius < OUTER) & (np.abs(z) < LENGTH / 2)] = Tissue.LV_WALL
    labels[(radius < INNER) & (z > -LENGTH / 2) & (z < LENGTH / 2 - 10)] = Tissue.LV_CAVITY
    heart = Anatomy(labels, affine)
    tube = heart.wall & (z < LENGTH / 2 - 20)
    inside = tube[heart.wall]
    outward = np.stack([x, y, np.zeros_like(x)], -1)[tube] / radius[tube][:, None]
    turn = affine[:3, :3] / SPACING
    depth = (radius[tube] - INNER) / (OUTER - INNER)
    return heart, inside, outward @ turn.T, turn[:, 2], depth


def test_helix_angle_is_the_rule_at_every_depth_from_base_to_apex(cylinder):
    heart, tube, outward, axis, depth = cylinder
    angle = helix_angle(rule_based(heart, ENDO, EPI)[tube], outward, axis)
    difference = angle - (ENDO + (EPI - ENDO) * depth)
    half_a_voxel = 0.5 * SPACING / (OUTER - INNER) * (ENDO - EPI)
    assert np.abs(difference).max() < 2 * half_a_voxel
    for low, high in ((0, 0.15), (0.4, 0.6), (0.85, 1)):
        layer = (depth >= low) & (depth <= high)
        assert np.abs(difference[layer]).mean() < half_a_voxel
        assert abs(difference[layer].mean()) < half_a_voxel / 2


def test_fibres_are_tangent_to_the_wall(cylinder):
    heart, tube, outward, axis, _ = cylinder
    out_of_wall = np.degrees(np.arcsin(np.abs((rule_based(heart, ENDO, EPI)[tube] * outward).sum(1))))
    from_base = heart.positions(heart.wall)[tube] @ axis
    from_base -= from_base.min()
    assert out_of_wall.mean() < 2
    assert out_of_wall[from_base > 5].max() < 6
    assert out_of_wall.max() < 20


def test_fibres_of_angle_0_run_round_the_axis_and_of_90_along_it(cylinder):
    heart, tube, outward, axis, _ = cylinder
    around = np.cross(axis, outward)
    assert degrees_between(rule_based(heart, 0.0, 0.0)[tube], around).mean() < 2
    assert degrees_between(rule_based(heart, 90.0, 90.0)[tube], axis).mean() < 2


def test_fibres_are_unit_vectors_in_every_wall_voxel(heart):
    fibres = rule_based(heart, ENDO, EPI)
    assert fibres.shape == (heart.wall.sum(), 3)
    assert fibres.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(fibres, axis=1), 1, rtol=1e-5)


def test_scar_keeps_the_fibres_of_the_wall_around_it(heart):
    healed = Anatomy(np.where(heart.labels == Tissue.SCAR, Tissue.LV_WALL, heart.labels), heart.affine)
    assert (heart.labels == Tissue.SCAR).any()
    np.testing.assert_array_equal(rule_based(heart, ENDO, EPI), rule_based(healed, ENDO, EPI))


def test_fibres_turn_with_the_patient(heart):
    turn = np.eye(4)
    turn[:3, :3] = rotation(5)
    turned = rule_based(Anatomy(heart.labels, turn @ heart.affine), ENDO, EPI)
    there = rule_based(heart, ENDO, EPI) @ turn[:3, :3].T
    assert np.quantile(degrees_between(turned, there), 0.99) < 0.1


def test_fibres_do_not_depend_on_the_axes_of_the_grid():
    one, other = (
        short_axis(ellipsoidal_heart(rotation(5), 1.5, rotation(seed)), 1.5, True)[0] for seed in (5, 8)
    )
    distance, nearest = cKDTree(other.positions(other.wall)).query(one.positions(one.wall))
    same_place = distance < 0.5
    difference = degrees_between(rule_based(one, ENDO, EPI), rule_based(other, ENDO, EPI)[nearest])
    assert np.median(difference[same_place]) < 6


@pytest.fixture(scope="module")
def ventricles():
    """Fibres of a heart of ellipsoids, and positions in its short-axis frame."""
    axes = rotation(6)
    heart = ellipsoidal_heart(axes, 1.5, axes)
    return heart, rule_based(heart, ENDO, EPI), (heart.positions(heart.wall) - CENTRE) @ axes, axes


def normal(position, length, radius):
    """Outward normal of an ellipsoid about the z axis."""
    vector = position / np.array([radius, radius, length]) ** 2
    return vector / np.linalg.norm(vector, axis=1, keepdims=True)


def depth_between_ellipsoids(position, length, radius, wall):
    """Share of the way from the inner of two ellipsoids about the z axis to the outer one."""
    x, y, z = position.T
    inner, outer = (
        (np.sqrt((x**2 + y**2) / (radius + t) ** 2 + z**2 / (length + t) ** 2) - 1) * (radius + t)
        for t in (0, wall)
    )
    return inner / (inner - outer)


@pytest.mark.parametrize("side", ["septum", "free wall"])
def test_lv_wall_runs_from_one_surface_to_the_other_in_septum_and_free_wall(ventricles, side):
    heart, fibres, position, axes = ventricles
    x, y, z = position.T
    part = (heart.labels[heart.wall] == Tissue.LV_WALL) & (np.abs(y) < 8) & (z > BASE + 6) & (z < 25)
    part &= (x < 0) if side == "septum" else (x > 0)
    outward = normal(position[part], LV_LENGTH + LV_WALL / 2, LV_RADIUS + LV_WALL / 2)
    angle = helix_angle(fibres[part] @ axes, outward, np.array([0, 0, 1.0]))
    rule = ENDO + (EPI - ENDO) * depth_between_ellipsoids(position[part], LV_LENGTH, LV_RADIUS, LV_WALL)
    assert np.abs(angle - rule).mean() < 6
    assert np.abs(angle - rule).max() < 25


def test_rv_wall_has_a_right_handed_helix_about_its_own_cavity(ventricles):
    heart, fibres, position, axes = ventricles
    part = (heart.labels[heart.wall] == Tissue.RV_WALL) & (position[:, 0] < -35)
    part &= (position[:, 2] > BASE + 6) & (position[:, 2] < 20)
    from_centre = position[part] + [24, 0, 0]
    outward = normal(from_centre, 52, 30)
    angle = helix_angle(fibres[part] @ axes, outward, np.array([0, 0, 1.0]))
    depth = depth_between_ellipsoids(from_centre, 50, 28, RV_WALL)
    assert angle[depth < 0.3].mean() > 15
    assert angle[depth > 0.7].mean() < -15


def test_an_rv_wall_without_cavity_is_refused(phantom):
    emptied = np.where(phantom.labels == Tissue.RV_CAVITY, np.uint8(0), phantom.labels)
    with pytest.raises(AnatomyError, match="rv_cavity is empty, and the fibres of the RV wall need it"):
        rule_based(Anatomy(emptied, phantom.affine), ENDO, EPI)


def test_a_heart_that_is_an_lv_alone_has_fibres(phantom):
    left = np.where(np.isin(phantom.labels, (Tissue.RV_WALL, Tissue.RV_CAVITY)), np.uint8(0), phantom.labels)
    heart = Anatomy(left, phantom.affine)
    np.testing.assert_allclose(np.linalg.norm(rule_based(heart, ENDO, EPI), axis=1), 1, rtol=1e-5)


@pytest.fixture(scope="module")
def small():
    """A wall in a turned grid, and fibres that differ from voxel to voxel."""
    labels = np.zeros((8, 7, 6), np.uint8)
    labels[1:-1, 1:-1, 1:-1] = Tissue.LV_WALL
    heart = Anatomy(labels, oblique_affine(2, 2.0))
    fibres = np.random.default_rng(0).standard_normal((heart.wall.sum(), 3))
    return heart, fibres / np.linalg.norm(fibres, axis=1, keepdims=True)


def mesh_of(heart, vectors):
    """A mesh with a cell for every wall voxel, in the patient."""
    grid = pyvista.ImageData(dimensions=np.array(heart.labels.shape) + 1, origin=(-0.5, -0.5, -0.5))
    field = np.zeros((*heart.labels.shape, 3))
    field[heart.wall] = vectors
    grid.cell_data["fibre"] = np.moveaxis(field, -1, 0).reshape(3, -1, order="F").T
    grid.cell_data["wall"] = heart.wall.ravel("F").astype(np.uint8)
    mesh = grid.cast_to_unstructured_grid().threshold(0.5, scalars="wall")
    mesh.points = to_patient(heart.affine, np.asarray(mesh.points, float))
    return mesh


def from_mesh(path, array, coordinates, heart):
    """Fibres of a mesh's nearest cells, as the workflow reads them."""
    return nearest(heart, *read_fibres(path, array, coordinates), f"{path}: {array}")


def saved(mesh, folder):
    mesh.save(folder / "fibres.vtu")
    return folder / "fibres.vtu"


def test_fibres_of_a_mesh_come_back_voxel_for_voxel_at_unit_length(small, tmp_path):
    heart, fibres = small
    path = saved(mesh_of(heart, 3 * fibres), tmp_path)
    read = from_mesh(path, "fibre", "RAS", heart)
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, fibres, atol=1e-5)


def test_fibres_of_a_mesh_in_lps_are_turned_with_it(small, tmp_path):
    heart, fibres = small
    mesh = mesh_of(heart, fibres * [-1, -1, 1])
    mesh.points = mesh.points * [-1, -1, 1]
    np.testing.assert_allclose(from_mesh(saved(mesh, tmp_path), "fibre", "LPS", heart), fibres, atol=1e-5)


def test_a_mesh_in_the_other_frame_is_refused(small, tmp_path):
    heart, fibres = small
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: fibre: the wall lies \d+ mm off them"):
        from_mesh(saved(mesh_of(heart, fibres), tmp_path), "fibre", "LPS", heart)


def test_a_missing_array_is_named_beside_those_that_are_there(small, tmp_path):
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: no cell array 'fiber'; it has fibre, wall"):
        from_mesh(saved(mesh_of(*small), tmp_path), "fiber", "RAS", small[0])


def test_an_array_of_labels_is_refused(small, tmp_path):
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: wall has shape \(120,\); one vector per cell"):
        from_mesh(saved(mesh_of(*small), tmp_path), "wall", "RAS", small[0])


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_fibres_that_have_no_direction_are_counted(small, tmp_path, value):
    heart, fibres = small
    some = fibres.copy()
    some[10:17] = value
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: fibre: zero or NaN at 7 of 120 wall voxels"):
        from_mesh(saved(mesh_of(heart, some), tmp_path), "fibre", "RAS", heart)


def test_fibres_of_one_direction_everywhere_are_refused(small, tmp_path):
    heart, fibres = small
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: fibre: all have the same direction in the wall"):
        from_mesh(
            saved(mesh_of(heart, np.tile([0, 0, 1.0], (len(fibres), 1))), tmp_path), "fibre", "RAS", heart
        )


def test_a_mesh_of_surfaces_is_refused(small, tmp_path):
    surface = mesh_of(*small).extract_surface(algorithm="dataset_surface").cast_to_unstructured_grid()
    with pytest.raises(AnatomyError, match=r"fibres\.vtu: no volume cells"):
        from_mesh(saved(surface, tmp_path), "fibre", "RAS", small[0])


def test_fibres_are_found_by_rule_or_in_the_mesh_as_is_set(ventricles, tmp_path):
    heart, fibres, *_ = ventricles
    rule = {"fibres": "rule", "endo_degrees": ENDO, "epi_degrees": EPI}
    case = {"fibre_array": "fibre", "coordinates": "RAS", "length_units": None}
    np.testing.assert_array_equal(find_fibres(heart, rule, case), fibres)
    path = saved(mesh_of(heart, fibres[::-1]), tmp_path)
    np.testing.assert_array_equal(
        find_fibres(heart, rule | {"fibres": "mesh"}, case, path), from_mesh(path, "fibre", "RAS", heart)
    )
