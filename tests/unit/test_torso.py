import numpy as np
import pytest
import spheres

from ecgi.anatomy import torso_shapes
from ecgi.anatomy.heart import AnatomyError, Tissue
from ecgi.anatomy.torso import Region, Torso, check_torso, electrodes_on_skin, outer_conductivities
from ecgi.anatomy.triangles import cross, oriented, project, signed_distance

WALL = 20 * spheres.sphere(1).points


def torso(*regions):
    skin = Region("skin", spheres.sphere(3, 100.0), 0.2)
    return Torso(
        (skin, *(Region(name, spheres.sphere(2, radius, centre), 0.04) for name, radius, centre in regions))
    )


def test_faces_in_any_order_are_turned_outwards_piece_by_piece():
    rng = np.random.default_rng(0)
    one, other = spheres.sphere(2, 10.0), spheres.sphere(1, 5.0, (30.0, 0, 0))
    points = np.concatenate([one.points, other.points])
    triangles = np.concatenate([one.triangles, other.triangles + len(one.points)])
    turned = rng.random(len(triangles)) < 0.5
    shuffled = np.where(turned[:, None], triangles[:, ::-1], triangles)
    found = oriented(points, shuffled, "lungs")
    assert found.volume == pytest.approx(4 / 3 * np.pi * (10**3 + 5**3))
    assert len(found.points) == len(points)


def test_triangles_that_share_no_points_are_joined():
    shape = spheres.sphere(2, 10.0)
    loose = oriented(shape.corners.reshape(-1, 3), np.arange(3 * len(shape.triangles)).reshape(-1, 3), "skin")
    assert len(loose.points) == len(shape.points)
    assert loose.volume == pytest.approx(shape.volume)


def test_open_branching_and_one_sided_surfaces_are_refused_by_name():
    shape = spheres.sphere(1)
    with pytest.raises(AnatomyError, match="skin: not closed: 3 edges"):
        oriented(shape.points, shape.triangles[1:], "skin")
    fin = np.array([*shape.triangles[0, :2], len(shape.points)])
    tip = [*shape.points, shape.points[0] * 2]
    lid = [
        [fin[0], fin[1], fin[2]],
        [fin[1], shape.triangles[0, 2], fin[2]],
        [shape.triangles[0, 2], fin[0], fin[2]],
    ]
    with pytest.raises(AnatomyError, match="lung: 3 edges belong to more than two"):
        oriented(np.array(tip), np.concatenate([shape.triangles, lid]), "lung")


def test_distances_are_negative_inside_and_projection_lands_on_the_surface():
    shape = spheres.sphere(4, 50.0)
    points = np.random.default_rng(0).uniform(-70, 70, (200, 3))
    distance = signed_distance(shape, points)
    np.testing.assert_allclose(distance, np.linalg.norm(points, axis=1) - 50, atol=0.3)
    found = project(shape, points)
    np.testing.assert_allclose(found.distance_mm, np.abs(distance), atol=1e-3)
    placed = np.einsum("pc,pca->pa", found.shares, shape.corners[found.triangle])
    np.testing.assert_allclose(placed, found.positions, atol=1e-3)


def test_surfaces_cross_or_do_not():
    assert cross(spheres.sphere(2, 10.0), spheres.sphere(2, 10.0, (15.0, 0, 0)))
    assert not cross(spheres.sphere(2, 10.0), spheres.sphere(2, 10.0, (25.0, 0, 0)))
    assert not cross(spheres.sphere(2, 10.0), spheres.sphere(2, 5.0))


def test_each_surface_lies_in_the_smallest_that_encloses_it():
    nested = torso(
        ("lung", 30.0, (50.0, 0, 0)), ("tumour", 5.0, (50.0, 0, 0)), ("other", 10.0, (-50.0, 0, 0))
    )
    regions = (*nested.regions[:2], nested.regions[2]._replace(sigma=0.5), nested.regions[3])
    np.testing.assert_allclose(outer_conductivities(Torso(regions)), [0, 0.2, 0.04, 0.2])


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        ([("lung", 30.0, (90.0, 0, 0))], "lung: .* lie outside skin"),
        ([("lung", 30.0, (50.0, 0, 0)), ("liver", 30.0, (50.0, 40, 0))], "liver and lung cross"),
        ([("lung", 30.0, (40.0, 0, 0))], "lung: .* voxels of the heart's wall lie in it"),
    ],
)
def test_what_cannot_be_a_torso_is_refused(regions, message):
    with pytest.raises(AnatomyError, match=message):
        check_torso(torso(*regions), WALL)


def test_a_heart_outside_the_skin_and_electrodes_far_from_it_are_refused():
    check_torso(torso(), WALL)
    with pytest.raises(AnatomyError, match=r"skin: .* lie outside it"):
        check_torso(torso(), WALL + np.array([90, 0, 0]))
    skin = torso().skin.surface
    places = np.array([[99.0, 0, 0], [0, 140, 0]])
    with pytest.raises(AnatomyError, match="electrode B: 40 mm from the skin"):
        electrodes_on_skin(skin, places, ["A", "B"])


def vest(rings=6, columns=16, front_only=False):
    angle, height = np.meshgrid(
        np.linspace(0, 2 * np.pi, columns, endpoint=False), np.linspace(-80, 80, rings)
    )
    places = np.stack([150 * np.cos(angle), 110 * np.sin(angle), height], -1).reshape(-1, 3)
    return places[places[:, 1] > -1] if front_only else places


def test_a_hull_passes_through_the_electrodes_and_is_carried_on():
    places = vest()
    shape = torso_shapes.hull(places, WALL + np.array([20, 30, 0]), 60.0, 700)
    assert 550 < len(shape.points) < 850
    assert np.abs(signed_distance(shape, places)).max() < 4
    assert shape.points[:, 2].min() == pytest.approx(-140)
    assert shape.points[:, 2].max() == pytest.approx(140)
    check_torso(Torso((Region("hull", shape, 0.2),)), WALL + np.array([20, 30, 0]))
    straight, ends = np.pi * 150 * 110 * 200, 2 * 2 / 3 * np.pi * 150 * 110 * 40
    assert shape.volume == pytest.approx(straight + ends, rel=0.03)


def test_electrodes_surround_a_heart_or_do_not():
    assert torso_shapes.surround(vest(), WALL)
    assert not torso_shapes.surround(vest(front_only=True), WALL)
    assert not torso_shapes.surround(vest(rings=1), WALL)
    with pytest.raises(AnatomyError, match=r"hull of the electrodes: .* outside it"):
        torso_shapes.hull(vest(), WALL + np.array([150, 0, 0]))


def test_blood_lies_in_the_cavities_and_fills_most_of_them(heart):
    pools = torso_shapes.blood_pools(heart, 0.6, 200)
    assert [pool.name for pool in pools] == ["blood of the LV", "blood of the RV"]
    for pool, cavity in zip(pools, (Tissue.LV_CAVITY, Tissue.RV_CAVITY), strict=True):
        assert 120 < len(pool.surface.points) < 300
        whole = (heart.labels == cavity).sum() * heart.spacing[0] ** 3
        assert 0.5 * whole < pool.surface.volume < whole
        assert signed_distance(pool.surface, heart.positions(heart.wall)[::5]).min() > 0.3
    with pytest.raises(AnatomyError, match="blood pools: the segmentation has no cavity"):
        torso_shapes.blood_pools(type(heart)(np.where(heart.wall, heart.labels, 0), heart.affine), 0.6)


def test_lungs_lie_between_chest_wall_and_heart(small_heart):
    wall = small_heart.positions(small_heart.wall)
    centre = wall[:, :2].mean(0) + np.array([25, -30])
    skin = torso_shapes.elliptic(centre, 320, 240, wall[:, 2].mean() - 300, wall[:, 2].mean() + 200, 700)
    for seed in range(2):
        lungs = torso_shapes.lungs(small_heart, centre, 320, 240, 0.04, np.random.default_rng(seed))
        whole = Torso((Region("skin", skin, 0.2), *lungs))
        check_torso(whole, wall[::7])
        litres = [lung.surface.volume / 1e6 for lung in lungs]
        assert min(litres) > 0.7
        assert max(litres) < 3.5
        assert lungs[0].surface.points[:, 0].mean() > centre[0] > lungs[1].surface.points[:, 0].mean()
