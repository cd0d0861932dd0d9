import numpy as np
import pytest
import pyvista

from ecgi.anatomy.triangulation import (
    areas,
    edge_counts,
    enclosed_volume,
    normals,
    oriented,
    pieces,
    with_lids,
)

RADIUS = 30.0


@pytest.fixture(scope="module")
def sphere():
    surface = pyvista.Icosphere(radius=RADIUS, nsub=3, center=(5, -9, 70))
    return np.asarray(surface.points, float), surface.regular_faces


def test_a_closed_surface_has_two_triangles_at_each_edge(sphere):
    edges, counts = edge_counts(sphere[1])
    assert set(counts) == {2}
    assert len(sphere[0]) - len(edges) + len(sphere[1]) == 2  # Euler


def test_volume_and_area_of_a_sphere(sphere):
    assert enclosed_volume(*sphere) == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.02)
    assert areas(*sphere).sum() == pytest.approx(4 * np.pi * RADIUS**2, rel=0.01)


def test_triangles_in_any_order_of_their_corners_are_turned_outwards(sphere):
    points, triangles = sphere
    rng = np.random.default_rng(1)
    mixed = triangles.copy()
    some = rng.random(len(triangles)) < 0.5
    mixed[some] = mixed[some][:, ::-1]
    for given in (mixed, triangles[:, ::-1], triangles):
        turned = oriented(points, given)
        outwards = points[turned].mean(1) - points.mean(0)
        assert (np.einsum("tx,tx->t", normals(points, turned), outwards) > 0).all()


def test_a_cup_is_turned_outwards_and_closed_by_a_lid(sphere):
    points, triangles = sphere
    cup = triangles[(points[triangles][..., 2] < 70.001).all(1)]
    turned = oriented(points, cup[:, ::-1])
    lids = with_lids(points, turned)
    assert len(lids.lids_mm2) == 1
    assert lids.lids_mm2[0] == pytest.approx(np.pi * RADIUS**2, rel=0.12)
    assert set(edge_counts(lids.triangles)[1]) == {2}
    assert enclosed_volume(lids.points, lids.triangles) == pytest.approx(2 / 3 * np.pi * RADIUS**3, rel=0.05)


def test_pieces_are_told_apart(sphere):
    points, triangles = sphere
    two = np.concatenate([triangles, triangles + len(points)])
    np.testing.assert_array_equal(pieces(two), np.repeat([0, 1], len(triangles)))


def test_a_moebius_strip_has_no_outside():
    around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    edge = np.stack([np.cos(around / 2), np.sin(around / 2)], -1)
    ring = np.stack([np.cos(around), np.sin(around)], -1)
    low, high = (np.column_stack([ring * (3 + s * edge[:, :1]), s * edge[:, 1]]) for s in (-1, 1))
    n = len(around)
    i, j = np.arange(n), (np.arange(n) + 1) % n
    last = i == n - 1
    a, b, c, d = i, np.where(last, j + n, j), np.where(last, j, j + n), i + n
    strip = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])
    assert oriented(np.concatenate([low, high]), strip) is None
