import numpy as np
import pytest
import spheres

from ecgi.anatomy.interpolation import spread_out
from ecgi.anatomy.torso import Region, Torso
from ecgi.anatomy.torso_shapes import blood_pools
from ecgi.anatomy.triangles import project
from ecgi.io import conductors, stores
from ecgi.physics import boundary_elements
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.lead_field import carrying, gradient_operators, lead_field_in
from ecgi.physics.torso_conductor import bounded

SIGMA = 0.2


@pytest.fixture(scope="module")
def torso(small_heart):
    """A ball around a heart, its centre beside the heart's, with a lung and the heart's blood."""
    middle = small_heart.positions(small_heart.wall).mean(0)
    skin = Region("skin", spheres.sphere(2, 130.0, middle + np.array([15, -20, 10])), SIGMA)
    lung = Region("lung", spheres.sphere(1, 28.0, middle + np.array([10, -105, 10])), 0.04)
    return Torso((skin, lung, *blood_pools(small_heart, 0.6, 100)))


@pytest.fixture(scope="module")
def conductor(torso, small_heart):
    return bounded(torso, small_heart, SIGMA)


@pytest.fixture(scope="module")
def electrodes(torso):
    points = np.vecdot(torso.skin.surface.corners.swapaxes(1, 2), [0.5, 0.2, 0.3])
    return points[spread_out(points, 30)]


def centred(values):
    return values - values.mean(-1, keepdims=True)


def off(found, truth):
    return np.linalg.norm(centred(found) - centred(truth)) / np.linalg.norm(centred(truth))


def exact(conductor, points, electrodes):
    """Kernels with every surface evaluated at every point."""
    positions, _ = conductor.point_electrodes(electrodes)
    positions = positions[: len(electrodes)]
    triangle = project(conductor.mesh.outermost, positions).triangle
    return boundary_elements.kernels(conductor.mesh, points, positions, triangle)


def test_near_the_skin_a_dipole_has_the_sign_and_twice_the_potential_of_an_infinite_medium():
    skin = spheres.sphere(2, 100.0)
    mesh = boundary_elements.mesh_of([skin], np.array([SIGMA]), np.zeros(1))
    electrode = skin.corners[:1].mean(1)
    point = 0.85 * electrode
    potential = boundary_elements.kernels(mesh, point, electrode, np.array([0]))[0, :, 0]
    infinite = InfiniteConductor(SIGMA).kernels(point, electrode)[0, :, 0]
    assert 1.8 < (potential @ infinite) / (infinite @ infinite) < 2.5


def test_bsp_of_the_fitted_conductor_are_those_of_the_boundary_elements(conductor, small_heart, electrodes):
    wall, spacing = small_heart.positions(small_heart.wall), float(small_heart.spacing[0])
    along = np.einsum("xae,ab->bxe", exact(conductor, wall, electrodes), small_heart.affine[:3, :3] / spacing)
    operators = gradient_operators(small_heart.wall, spacing)
    summed = sum(slope.T @ kernel for slope, kernel in zip(operators, along, strict=True))
    field = lead_field_in(conductor, small_heart.wall, small_heart.affine, electrodes, 0.2, float)
    fronts = np.stack(
        [
            1 / (1 + np.exp((wall @ axis - np.quantile(wall @ axis, share)) / 2))
            for axis in np.eye(3)
            for share in (0.1, 0.3, 0.5, 0.7, 0.9)
        ]
    )
    assert off(fronts @ field, -0.2 * spacing**3 * fronts @ summed) < 0.005
    infinite = lead_field_in(
        InfiniteConductor(SIGMA), small_heart.wall, small_heart.affine, electrodes, 0.2, float
    )
    assert off(fronts @ infinite, fronts @ field) > 0.3


def test_the_lead_field_of_a_torso_is_carried_by_the_surface_of_the_wall(conductor, small_heart, electrodes):
    fields = [
        lead_field_in(one, small_heart.wall, small_heart.affine, electrodes, 0.2, float)
        for one in (InfiniteConductor(SIGMA), conductor)
    ]
    kept = [len(carrying(field)) for field in fields]
    assert kept[1] <= 1.2 * kept[0]
    uniform = np.abs(fields[1].sum(0)).max()
    assert uniform < 1e-9 * np.abs(fields[1]).sum(0).max()


def test_an_electrode_may_lie_anywhere_in_a_triangle_or_on_its_corner(conductor, torso, small_heart):
    points = small_heart.positions(small_heart.wall)[::200]
    corners = torso.skin.surface.corners[17]
    at_corner, beside = corners[0], 0.97 * corners[0] + 0.03 * corners.mean(0)
    potentials = conductor.kernels(points, np.stack([at_corner, beside, corners.mean(0)]))
    change = np.linalg.norm(potentials[..., 0] - potentials[..., 1]) / np.linalg.norm(potentials[..., 1])
    assert change < 0.05
    assert change < np.linalg.norm(potentials[..., 0] - potentials[..., 2]) / np.linalg.norm(
        potentials[..., 1]
    )


def test_a_homogeneous_ball_has_the_closed_form(small_heart):
    middle = small_heart.positions(small_heart.wall).mean(0)
    skin = spheres.sphere(2, 120.0, middle)
    found = bounded(Torso((Region("skin", skin, SIGMA),)), small_heart, SIGMA)
    points = small_heart.positions(small_heart.wall)[::50]
    directions = np.random.default_rng(0).standard_normal((40, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    truth = spheres.homogeneous(points - middle, directions, 120.0, SIGMA)
    assert spheres.relative_error(found.kernels(points, middle + 120.0 * directions), truth) < 0.01


def test_a_conductor_comes_back_from_a_store(conductor, electrodes, small_heart, tmp_path):
    points = small_heart.positions(small_heart.wall)[::20]
    for number, one in enumerate((conductor, InfiniteConductor(0.3))):
        path = tmp_path / f"{number}.zarr"
        stores.write(path, conductors.variables_of(one), {}, conductors.attributes_of(one))
        back = conductors.conductor_in(stores.read(path))
        assert back.description == one.description
        assert off(back.kernels(points, electrodes), one.kernels(points, electrodes)) < 1e-4
