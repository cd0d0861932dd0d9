import numpy as np
import pytest
from hearts import BASE, CENTRE, LV_LENGTH, LV_RADIUS, ellipsoidal_heart, rotation

from ecgi.anatomy.coordinates import apicobasal, transmural
from ecgi.anatomy.heart import LV_MUSCLE, Anatomy, Tissue
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.surfaces import endocardium, epicardium
from ecgi.physics.bsp import bsp_simulator
from ecgi.physics.lead_field import lead_field
from ecgi.physics.repolarisation import apd_offsets

CELL = {
    "amplitude_mv": 100.0,
    "tau_in_ms": 0.3,
    "tau_out_ms": 6.0,
    "tau_open_ms": 120.0,
    "tau_close_ms": 150.0,
    "v_gate": 0.13,
}


@pytest.fixture(scope="module")
def axes():
    return rotation(3)


@pytest.fixture(scope="module")
def ellipsoids(axes):
    return short_axis(ellipsoidal_heart(axes, 2.0), 2.0, True)[0]


@pytest.fixture(scope="module")
def short_axis_ellipsoids(axes):
    return ellipsoidal_heart(axes, 2.0, axes)


@pytest.fixture(scope="module")
def slab():
    """A piece of wall, 12 mm thick, blood below it and the outside above."""
    labels = np.zeros((25, 25, 20), np.uint8)
    labels[..., :4] = Tissue.LV_CAVITY
    labels[..., 4:16] = Tissue.LV_WALL
    return Anatomy(labels, np.eye(4))


def in_heart_frame(heart, axes):
    """Positions of the wall's voxels along the axes of the ellipsoids, and which are LV wall."""
    return (heart.positions(heart.wall) - CENTRE) @ axes, heart.labels[heart.wall] == Tissue.LV_WALL


def test_transmural_coordinate_rises_evenly_from_endocardium_to_epicardium(slab):
    depth = transmural(slab).reshape(25, 25, 12)
    np.testing.assert_allclose(depth, np.broadcast_to((np.arange(12) + 0.5) / 12, depth.shape))


@pytest.mark.parametrize("furthest", [30.0, BASE + 4])  # the latter are the first voxels below the cut
def test_free_wall_of_a_heart_runs_from_endocardium_to_epicardium_up_to_the_base(ellipsoids, axes, furthest):
    positions, left = in_heart_frame(ellipsoids, axes)
    x, y, z = positions.T
    free = left & (x > 12) & (z < furthest)
    inner = free & (np.hypot(np.hypot(x, y) / LV_RADIUS, z / LV_LENGTH) < 1.08)
    outer = free & (np.hypot(np.hypot(x, y) / 30, z / 70) > 0.96)
    depth = transmural(ellipsoids)
    assert np.median(depth[inner]) < 0.25
    assert depth[inner].max() < 0.55
    assert depth[outer].min() > 0.8


def test_apicobasal_coordinate_rises_evenly_from_base_to_apex(short_axis_ellipsoids, axes):
    positions, left = in_heart_frame(short_axis_ellipsoids, axes)
    place = apicobasal(short_axis_ellipsoids, np.argwhere(short_axis_ellipsoids.wall), LV_MUSCLE)
    z, place = positions[left, 2], place[left]
    assert place.min() == 0
    assert place.max() == 1
    np.testing.assert_allclose(place, (z - z.min()) / np.ptp(z), atol=1e-9)


def test_gradients_span_their_range_and_none_is_none(short_axis_ellipsoids):
    ellipsoids = short_axis_ellipsoids
    assert apd_offsets(ellipsoids, "none", 40.0) is None
    for gradient in ("transmural", "apex_base"):
        offset = apd_offsets(ellipsoids, gradient, 40.0)
        assert offset.shape == (ellipsoids.wall.sum(),)
        assert np.abs(offset).max() <= 20
        assert np.ptp(offset) > 34
        np.testing.assert_allclose(apd_offsets(ellipsoids, gradient, -40.0), -offset)


def test_epicardium_and_apex_are_shorter(short_axis_ellipsoids, axes):
    ellipsoids = short_axis_ellipsoids
    positions, left = in_heart_frame(ellipsoids, axes)
    base_to_apex = apd_offsets(ellipsoids, "apex_base", 40.0)
    assert base_to_apex[positions[:, 2] < -10].mean() > base_to_apex[positions[:, 2] > 40].mean() + 20
    inward = apd_offsets(ellipsoids, "transmural", 40.0)
    depth = transmural(ellipsoids)
    assert inward[left & (depth < 0.3)].mean() > inward[left & (depth > 0.7)].mean() + 15


@pytest.mark.parametrize(("range_ms", "sign"), [(0.0, -1), (50.0, 1), (-50.0, -1)])
def test_t_wave_is_upright_over_a_wall_whose_epicardium_recovers_first(slab, range_ms, sign):
    above = np.array([[12.0, 12, 60], [20, 5, 80]])
    field = lead_field(slab.wall, slab.affine, above, sigma_i=0.2, sigma_t=0.2)
    outward = (np.argwhere(slab.wall)[:, 2] - 4) / 0.6  # from endocardium to epicardium in 18 ms
    _, simulate = bsp_simulator(field, CELL, 450, 1.0, apd_offsets(slab, "transmural", range_ms))
    bsp = simulate(outward)
    qrs, t_wave = bsp[:, :60], bsp[:, 200:]
    assert (qrs.max(1) > 5 * -qrs.min(1)).all()
    peak = t_wave[np.arange(2), np.abs(t_wave).argmax(1)]
    assert (np.sign(peak) == sign).all()
    assert (np.abs(peak) < qrs.max(1)).all()


def test_epicardium_of_a_real_heart_with_an_oblique_base_is_deep(rodero):
    heart, _ = short_axis(rodero, 1.5, True)
    depth = np.full(heart.labels.shape, np.nan)
    depth[heart.wall] = transmural(heart)
    outer, inner = (depth[tuple(surface(heart).voxels.T)] for surface in (epicardium, endocardium))
    assert (outer < 0.5).mean() < 0.03
    assert (inner > 0.5).mean() < 0.03
