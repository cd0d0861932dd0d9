import numpy as np
import pytest
import pyvista
from hearts import CENTRE, oblique_affine
from scipy.interpolate import RegularGridInterpolator

from ecgi.anatomy.heart import Anatomy, Tissue, to_patient
from ecgi.anatomy.interpolation import at_points
from ecgi.anatomy.reslice import signed_distance
from ecgi.anatomy.wall_surface import wall_surface
from ecgi.physics import electrodes
from ecgi.reporting.shapes import LIFT_MM, electrode_sheet, isochrones, level_lines

INNER, OUTER = 20.0, 26.0


def mesh_of(shape):
    return pyvista.PolyData.from_regular_faces(shape.points, shape.triangles)


@pytest.fixture(scope="module")
def shell():
    """A spherical wall around a cavity on a grid that is turned and moved, and its centre."""
    steps = np.arange(-30, 30.5)
    radius = np.sqrt(steps[:, None, None] ** 2 + steps[:, None] ** 2 + steps**2)
    labels = np.select([radius < INNER, radius < OUTER], [Tissue.LV_CAVITY, Tissue.LV_WALL], 0)
    affine = oblique_affine(3, 1.0)
    return Anatomy(labels.astype(np.uint8), affine), to_patient(affine, np.full(3, 30.0))


@pytest.fixture(scope="module")
def sphere(shell):
    return wall_surface(shell[0], 6000)


def test_area_and_volume_of_a_spherical_shell(sphere):
    mesh = mesh_of(sphere)
    assert mesh.area == pytest.approx(4 * np.pi * (INNER**2 + OUTER**2), rel=0.02)
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * (OUTER**3 - INNER**3), rel=0.02)


def test_the_surface_of_a_shell_lies_on_both_its_spheres(sphere, shell):
    radius = np.linalg.norm(sphere.points - shell[1], axis=1)
    off = np.minimum(abs(radius - INNER), abs(radius - OUTER))
    assert off.max() < 0.75
    assert 0.3 < (radius < (INNER + OUTER) / 2).mean() < 0.5
    assert len(sphere.triangles) == pytest.approx(6000, rel=0.01)


def test_a_wall_about_as_thin_as_a_voxel_has_no_holes():
    steps = np.arange(-20, 20.5)
    radius = np.sqrt(steps[:, None, None] ** 2 + steps[:, None] ** 2 + steps**2)
    wall = (radius > 14.8) & (radius < 16)
    mesh = mesh_of(wall_surface(Anatomy(wall.astype(np.uint8), np.eye(4)), 10**6))
    two_spheres = 4
    assert mesh.n_points - mesh.extract_all_edges().n_cells + mesh.n_cells == two_spheres


@pytest.mark.parametrize("handedness", [1, -1])
def test_triangles_face_away_from_the_wall(shell, handedness):
    affine = shell[0].affine @ np.diag([1, 1, handedness, 1])
    surface = wall_surface(Anatomy(shell[0].labels, affine), 6000)
    from_centre = surface.points - to_patient(affine, np.full(3, 30.0))
    a, b, c = np.moveaxis(from_centre[surface.triangles], 1, 0)
    outwards = (np.cross(b - a, c - a) * a).sum(1) > 0
    on_outer = np.linalg.norm(a, axis=1) > (INNER + OUTER) / 2
    assert (outwards == on_outer).mean() > 0.99


def test_the_surface_of_a_heart_lies_on_the_edge_of_its_wall(heart):
    surface = wall_surface(heart, 16000)
    index = to_patient(np.linalg.inv(heart.affine), surface.points)
    distance = RegularGridInterpolator(
        [np.arange(n) for n in heart.labels.shape], signed_distance(heart.wall, heart.spacing)
    )(index)
    assert np.abs(distance).max() < heart.spacing[0]
    assert mesh_of(surface).volume == pytest.approx(heart.wall.sum() * heart.spacing.prod(), rel=0.03)


def test_points_take_the_values_of_the_voxels_they_lie_in():
    voxels = np.random.default_rng(0).uniform(0, 50, (400, 3))
    values = np.stack([voxels[:, 0], np.full(400, 7.0)])
    np.testing.assert_allclose(at_points(voxels, voxels, values), values, atol=1e-3)
    between = at_points(np.random.default_rng(1).uniform(0, 50, (100, 3)), voxels, values)
    np.testing.assert_allclose(between[1], 7)
    assert values[0].min() <= between[0].min() <= between[0].max() <= values[0].max()


@pytest.fixture(scope="module")
def plane_wave(sphere, shell):
    """Times of a wave that runs across the shell at 1 mm/ms, as a function of the place."""
    direction = np.array([1.0, 2.0, -2.0]) / 3

    def time(points):
        return OUTER + (points - shell[1]) @ direction

    return time


def test_points_of_an_isochrone_have_its_time(sphere, plane_wave):
    points, times = isochrones(sphere, plane_wave(sphere.points), 10)
    on_line = ~np.isnan(times)
    np.testing.assert_array_equal(np.isnan(points).all(1), ~on_line)
    assert np.unique(times[on_line].round(6)).tolist() == [10, 20, 30, 40, 50]
    assert np.abs(plane_wave(points[on_line]) - times[on_line]).max() < LIFT_MM + 0.01


def test_isochrones_are_unbroken_circles_just_off_the_surface(sphere, shell, plane_wave):
    points, times = isochrones(sphere, plane_wave(sphere.points), 10)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    corners = sphere.points[sphere.triangles]
    assert np.nanmax(steps) < np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1).max()
    at_middle = np.nansum(steps[np.isclose(times[1:], 30)])
    from_centre = 30 - OUTER
    circles = [2 * np.pi * np.sqrt(radius**2 - from_centre**2) for radius in (INNER, OUTER)]
    assert at_middle == pytest.approx(sum(circles), rel=0.03)
    radius = np.linalg.norm(points[~np.isnan(times)] - shell[1], axis=1)
    assert (radius > OUTER).mean() > 0.4
    assert (radius[radius < (INNER + OUTER) / 2] < INNER).mean() > 0.8


def test_a_beat_that_is_over_before_the_first_isochrone_has_none(sphere):
    points, times = isochrones(sphere, np.full(len(sphere.points), 4.0), 10)
    assert points.shape == (0, 3)
    assert times.shape == (0,)


def test_there_are_no_lines_where_a_value_is_missing(sphere):
    along = sphere.points - sphere.points.mean(0)
    height = np.where(along[:, 0] > 0, along[:, 2], np.nan)
    points, levels = level_lines(sphere, height, np.array([1.0]))
    points, levels = points[np.isfinite(levels)], levels[np.isfinite(levels)]
    assert len(points)
    assert (points[:, 0] > sphere.points[:, 0].mean() - LIFT_MM).all()
    assert levels == pytest.approx(1.0)
    assert len(isochrones(sphere, np.full(len(sphere.points), np.nan), 10)[0]) == 0


@pytest.fixture(scope="module")
def wall():
    return CENTRE + np.random.default_rng(0).uniform(-40, 40, (1000, 3))


TORSO = {"width_mm": 320.0, "depth_mm": 240.0, "heart_left_mm": 25.0, "heart_front_mm": 30.0}


def test_the_sheet_of_a_grid_is_the_rectangle_between_its_corners(wall):
    grid = electrodes.front_grid(wall, 6, 9, 25.0, 40.0)
    sheet = electrode_sheet(grid, wall.mean(0))
    assert len(sheet.triangles) == 2 * 5 * 8
    assert mesh_of(sheet).area == pytest.approx(5 * 8 * 25.0**2)


def test_the_sheet_of_a_vest_goes_all_around(wall):
    vest = electrodes.vest(wall, 5, 12, 40.0, TORSO)
    sheet = electrode_sheet(vest, wall.mean(0))
    assert len(sheet.triangles) == 2 * 4 * 12
    chords = np.linalg.norm(np.roll(vest[:12], 1, axis=0) - vest[:12], axis=1)
    assert mesh_of(sheet).area == pytest.approx(chords.sum() * 4 * 40.0, rel=1e-6)


def test_twelve_leads_have_a_sheet_in_front_and_on_the_left(wall):
    leads = electrodes.twelve_lead(wall, TORSO)
    sheet = electrode_sheet(leads, wall.mean(0))
    assert set(sheet.triangles.ravel()) == set(range(9))
    assert len(sheet.triangles) >= 7


@pytest.mark.parametrize("count", [1, 2, 6])
def test_electrodes_in_one_line_have_no_sheet(count):
    line = CENTRE + np.array([0, 80.0, 0]) + np.arange(count)[:, None] * np.array([0, 0, 20.0])
    sheet = electrode_sheet(line, CENTRE)
    assert sheet.triangles.shape == (0, 3)
    np.testing.assert_array_equal(sheet.points, line)
