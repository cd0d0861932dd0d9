import numpy as np
import pytest
from hearts import (
    BASE,
    CENTRE,
    dice,
    ellipsoidal_heart,
    faces,
    labels_at,
    oblique_affine,
    on_grid_of,
    relabelled,
    rotation,
    volume_mm3,
)
from scipy import ndimage
from scipy.spatial import cKDTree

from ecgi.anatomy.frame import lv_axis, short_axis_frame
from ecgi.anatomy.heart import CAVITIES, WALL, Anatomy, AnatomyError, Tissue, map_labels
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.repair import add_scar, cap_apex, grow_rv_wall, keep_largest_piece, take_out_scar
from ecgi.anatomy.reslice import reslice, short_axis


def degrees_between(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(0), -1, 1)))


def reachable(start, free):
    pieces, _ = ndimage.label(free)
    return pieces == pieces[start]


def test_spacing_and_wall_follow_affine_and_labels():
    labels = np.arange(8, dtype=np.uint8).reshape(1, 2, 4)
    heart = Anatomy(labels, oblique_affine(0, [0.5, 2, 7]))
    np.testing.assert_allclose(heart.spacing, [0.5, 2, 7])
    assert labels[heart.wall].tolist() == [Tissue.LV_WALL, Tissue.RV_WALL, Tissue.SCAR, Tissue.BORDER_ZONE]


def test_positions_are_where_the_affine_puts_the_voxels():
    affine = oblique_affine(1, [1, 2, 3])
    mask = np.zeros((4, 5, 6), bool)
    mask[3, 0, 2] = mask[0, 4, 5] = True
    expected = [(affine @ [*voxel, 1])[:3] for voxel in [(0, 4, 5), (3, 0, 2)]]
    np.testing.assert_allclose(Anatomy(mask.astype(np.uint8), affine).positions(mask), expected)


def test_labels_are_translated_and_others_become_background():
    values = np.array([[[0, 10, 20], [30, 40, 500]]])
    labels = map_labels(values, {"lv_wall": [10, 500], "rv_cavity": [30], "scar": [40]})
    assert labels.tolist() == [[[0, Tissue.LV_WALL, 0], [Tissue.RV_CAVITY, Tissue.SCAR, Tissue.LV_WALL]]]
    assert labels.dtype == np.uint8


def test_a_missing_label_is_named_beside_those_that_are_there():
    with pytest.raises(AnatomyError, match=r"rv_wall: label 9 .* which has 0, 1, 2; correct the label map"):
        map_labels(np.array([[[0, 1, 2]]]), {"lv_wall": [1], "rv_wall": [2, 9]})


def test_strays_are_removed_and_counted():
    labels = np.zeros((9, 5, 5), np.uint8)
    labels[:4] = Tissue.LV_WALL
    labels[6, 0, 0] = Tissue.RV_WALL
    labels[4, 4, 4] = Tissue.LV_CAVITY
    labels[5, 3, 4] = Tissue.SCAR
    kept, removed = keep_largest_piece(labels)
    assert removed == 2
    assert kept[6, 0, 0] == kept[5, 3, 4] == Tissue.BACKGROUND
    assert kept[4, 4, 4] == Tissue.LV_CAVITY
    assert (kept[:4] == Tissue.LV_WALL).all()


def test_pieces_that_touch_at_an_edge_alone_are_two():
    labels = np.zeros((3, 3, 3), np.uint8)
    labels[0, 0] = Tissue.LV_WALL
    labels[1, 1, 1] = Tissue.LV_WALL
    assert keep_largest_piece(labels)[1] == 1


def test_scar_joins_the_walls_on_both_its_sides():
    labels = np.array([Tissue.LV_WALL, Tissue.SCAR, Tissue.RV_WALL], np.uint8).reshape(3, 1, 1)
    kept, removed = keep_largest_piece(labels)
    assert removed == 0
    np.testing.assert_array_equal(kept, labels)


def test_an_empty_wall_is_refused():
    with pytest.raises(AnatomyError, match="the wall is empty"):
        keep_largest_piece(np.full((3, 3, 3), Tissue.LV_CAVITY, np.uint8))


@pytest.mark.parametrize("spacing", [1.5, (1.4, 1.4, 8.0), (3.0, 1.0, 2.0)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_frame_is_recovered_for_any_orientation_of_heart_and_grid(seed, spacing):
    axes = rotation(seed)
    heart = ellipsoidal_heart(axes, spacing, rotation(seed + 100))
    frame = short_axis_frame(heart)
    assert degrees_between(frame, axes).max() < 1.5
    np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1)


def test_axis_points_to_the_apex_when_the_apex_is_cut_off():
    axes = rotation(7)
    axis, _ = lv_axis(ellipsoidal_heart(axes, 2.0, apex_cut_mm=45))
    assert degrees_between(axis, axes[:, 2]) < 1


def test_rv_cavity_alone_is_enough():
    axes = rotation(8)
    heart = relabelled(ellipsoidal_heart(axes, 2.0), Tissue.RV_WALL)
    assert degrees_between(short_axis_frame(heart), axes).max() < 1.5


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        (Tissue.LV_WALL, "lv_wall is empty"),
        (Tissue.LV_CAVITY, "lv_cavity is empty"),
    ],
)
def test_a_heart_without_landmarks_is_refused(removed, message):
    heart = relabelled(ellipsoidal_heart(np.eye(3), 4.0), removed)
    with pytest.raises(AnatomyError, match=message):
        short_axis_frame(heart)


def test_a_real_heart_points_left_forward_and_down_with_its_rv_on_the_right(rodero):
    frame = short_axis_frame(rodero)
    assert (np.sign(frame[:, 2]) == [-1, 1, -1]).all()
    assert frame[0, 0] < -0.5


@pytest.mark.parametrize("name", ["rodero", "ghd"])
def test_the_open_end_of_a_real_lv_is_its_base(name, request):
    heart = request.getfixturevalue(name)
    axis, centre = lv_axis(heart)
    mouth = faces(heart.labels, Tissue.LV_CAVITY, Tissue.BACKGROUND)
    assert ((heart.positions(mouth) - centre) @ axis < 0).all()


def test_tissues_stay_where_they_were_in_the_patient(phantom):
    new = reslice(phantom, rotation(3), 2.0)
    np.testing.assert_allclose(new.spacing, 2)
    for tissue in {*WALL, *CAVITIES} & set(phantom.labels.flat):
        here, there = (heart.positions(heart.labels == tissue) for heart in (new, phantom))
        assert np.linalg.norm(here.mean(0) - there.mean(0)) < 0.5
        half_diagonal_and_half_a_voxel = 0.87 + 0.5
        assert np.quantile(cKDTree(there).query(here)[0], 0.999) < 2.0 * half_diagonal_and_half_a_voxel
        assert np.quantile(cKDTree(here).query(there)[0], 0.999) < 2.0 * half_diagonal_and_half_a_voxel


def test_axes_of_the_new_grid_are_those_asked_for(phantom):
    axes = rotation(4)
    new = reslice(phantom, axes, 3.0)
    np.testing.assert_allclose(new.affine[:3, :3], 3 * axes, atol=1e-12)


@pytest.mark.parametrize("spacing", [(1.4, 1.4, 8.0), (1.0, 4.0, 2.0)], ids=str)
def test_volumes_survive_anisotropic_sources(spacing):
    axes = rotation(5)
    source = ellipsoidal_heart(axes, spacing, rotation(6))
    new = reslice(source, axes, 2.0)
    for tissue in (Tissue.LV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert volume_mm3(new, tissue) == pytest.approx(volume_mm3(source, tissue), rel=0.05)


def test_volumes_of_a_real_heart_from_mr_survive(ghd):
    new = reslice(ghd, short_axis_frame(ghd), 2.0)
    for tissue in (Tissue.LV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert volume_mm3(new, tissue) == pytest.approx(volume_mm3(ghd, tissue), rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_a_closed_shell_thinner_than_a_voxel_stays_closed(seed):
    steps = np.arange(-15, 15.1, 0.5)
    radius = np.sqrt(steps[:, None, None] ** 2 + steps[:, None] ** 2 + steps**2)
    labels = np.select([radius < 11.2, radius < 12], [Tissue.RV_CAVITY, Tissue.RV_WALL], 0)
    new = reslice(Anatomy(labels.astype(np.uint8), oblique_affine(seed, 0.5)), rotation(seed + 50), 2.0)
    centre = tuple(np.array(new.labels.shape) // 2)
    assert new.labels[centre] == Tissue.RV_CAVITY
    blood = reachable(centre, ~new.wall)
    assert not blood[0, 0, 0]
    assert (new.labels[blood] == Tissue.RV_CAVITY).all()


def test_a_septum_thinner_than_a_voxel_keeps_the_cavities_apart():
    labels = np.zeros((40, 24, 24), np.uint8)
    labels[2:-2, 2:-2, 2:-2] = Tissue.LV_CAVITY
    labels[20:, 2:-2, 2:-2] = Tissue.RV_CAVITY
    labels[19, 2:-2, 2:-2] = Tissue.LV_WALL
    labels[-2:] = Tissue.BACKGROUND
    new = reslice(Anatomy(labels, oblique_affine(9, 0.8)), rotation(10), 2.0)
    assert not faces(new.labels, Tissue.LV_CAVITY, Tissue.RV_CAVITY).any()


def test_real_thin_walls_stay_closed_away_from_the_base(rodero):
    frame = short_axis_frame(rodero)
    new = reslice(rodero, frame, 2.5)
    _, centre = lv_axis(rodero)
    for cavity in CAVITIES:
        mouths = [heart.positions(faces(heart.labels, cavity, 0)) @ frame[:, 2] for heart in (rodero, new)]
        assert mouths[1].max() < mouths[0].max() + 2.5
        assert mouths[1].max() < centre @ frame[:, 2]
    assert not faces(new.labels, Tissue.LV_CAVITY, Tissue.RV_CAVITY).any()


def test_two_voxels_of_background_surround_the_heart(heart):
    inner = (slice(2, -2),) * 3
    assert (heart.labels > 0).sum() == (heart.labels[inner] > 0).sum()


def test_a_heart_that_fills_its_volume_is_cut_where_the_volume_ends():
    solid = Anatomy(np.full((10, 12, 14), Tissue.LV_WALL, np.uint8), oblique_affine(11, 3.0))
    new = reslice(solid, rotation(12), 1.5)
    assert volume_mm3(new, Tissue.LV_WALL) == pytest.approx(volume_mm3(solid, Tissue.LV_WALL), rel=0.01)


@pytest.fixture(scope="module")
def without_rv_wall():
    return relabelled(ellipsoidal_heart(rotation(20), 1.5, rotation(21)), Tissue.RV_WALL)


def test_grown_wall_is_the_one_that_was_taken_away(without_rv_wall):
    original = ellipsoidal_heart(rotation(20), 1.5, rotation(21))
    grown, _ = grow_rv_wall(without_rv_wall, 4.0)
    truth = on_grid_of(original, grown) == Tissue.RV_WALL
    assert dice(grown.labels == Tissue.RV_WALL, truth) > 0.9


def test_grown_wall_encloses_the_cavity_apart_from_its_base(without_rv_wall):
    grown, _ = grow_rv_wall(without_rv_wall, 3.0)
    assert not faces(grown.labels, Tissue.RV_CAVITY, Tissue.BACKGROUND).any()
    open_faces = faces(grown.labels, Tissue.RV_CAVITY, Tissue.VESSELS)
    height = (grown.positions(open_faces) - CENTRE) @ rotation(20)[:, 2]
    assert len(height) > 100
    assert height.max() < BASE + 2 * 1.5
    wall = (grown.positions(grown.labels == Tissue.RV_WALL) - CENTRE) @ rotation(20)[:, 2]
    assert wall.min() > BASE - 1e-6


def test_only_background_becomes_wall(without_rv_wall):
    grown, count = grow_rv_wall(without_rv_wall, 4.0)
    assert count == (grown.labels == Tissue.RV_WALL).sum()
    before = on_grid_of(without_rv_wall, grown)
    assert set(before[grown.labels != before]) == {Tissue.BACKGROUND}
    assert (grown.labels > 0).sum() > (without_rv_wall.labels > 0).sum()
    for tissue in (Tissue.LV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert volume_mm3(grown, tissue) == volume_mm3(without_rv_wall, tissue)


def test_wall_grows_beyond_the_edge_of_the_volume(without_rv_wall):
    inside = np.argwhere(without_rv_wall.labels > 0)
    box = tuple(slice(low, high + 1) for low, high in zip(inside.min(0), inside.max(0), strict=True))
    affine = without_rv_wall.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ inside.min(0)
    tight, _ = grow_rv_wall(Anatomy(without_rv_wall.labels[box], affine), 4.0)
    roomy, _ = grow_rv_wall(without_rv_wall, 4.0)
    assert volume_mm3(tight, Tissue.RV_WALL) == volume_mm3(roomy, Tissue.RV_WALL)
    np.testing.assert_array_equal(on_grid_of(tight, roomy), roomy.labels)


def test_a_real_heart_gets_an_rv_wall_of_the_thickness_asked_for(ghd):
    grown, _ = grow_rv_wall(ghd, 3.0)
    wall = grown.positions(grown.labels == Tissue.RV_WALL)
    distance = cKDTree(ghd.positions(ghd.labels == Tissue.RV_CAVITY)).query(wall)[0]
    assert distance.max() <= 3.0 + 1e-6
    assert distance.max() > 2.5


def test_a_heart_without_rv_cavity_is_refused():
    heart = relabelled(ellipsoidal_heart(np.eye(3), 4.0), Tissue.RV_CAVITY)
    with pytest.raises(AnatomyError, match="no RV cavity"):
        grow_rv_wall(heart, 3.0)


@pytest.mark.parametrize("spacing", [2.0, (1.5, 1.5, 4.0)], ids=str)
def test_an_open_apex_is_closed_and_the_base_left_open(spacing):
    axes = rotation(30)
    cut = ellipsoidal_heart(axes, spacing, axes, apex_cut_mm=45)
    capped, count = cap_apex(cut, 8.0)
    assert count > 0

    def mouth(heart):
        cavity = heart.positions(faces(heart.labels, Tissue.LV_CAVITY, Tissue.BACKGROUND))
        return (cavity - CENTRE) @ axes[:, 2]

    assert mouth(cut).max() > 40
    assert mouth(capped).max() < BASE + 2 * np.max(spacing)
    assert len(mouth(capped)) > 0
    assert labels_at(capped, CENTRE + (45 + 4) * axes[:, 2]) == Tissue.LV_WALL


def test_a_closed_apex_stays_as_it_is():
    closed = ellipsoidal_heart(rotation(31), 2.0)
    capped, count = cap_apex(closed, 8.0)
    assert count == 0
    np.testing.assert_array_equal(on_grid_of(closed, capped), capped.labels)


def test_a_large_dense_scar_at_the_apex_leaves_the_axis_where_it_is():
    healthy, _ = short_axis(make_phantom(1, 2.0), 2.0, True)
    muscle = healthy.positions(healthy.labels == Tissue.LV_WALL)
    apex = muscle[np.argwhere(healthy.labels == Tissue.LV_WALL)[:, 2].argmax()]
    everywhere = healthy.positions(np.ones(healthy.labels.shape, bool))
    near = (np.linalg.norm(everywhere - apex, axis=1) < 30).reshape(healthy.labels.shape)
    scarred = np.where(near & (healthy.labels == Tissue.LV_WALL), np.uint8(Tissue.SCAR), healthy.labels)
    dense, _ = short_axis(Anatomy(scarred, healthy.affine), 2.0, False)
    assert (dense.labels == Tissue.DENSE_SCAR).sum() > 1000
    assert not (dense.labels == Tissue.SCAR).any()
    assert lv_axis(dense)[0] @ lv_axis(healthy)[0] > np.cos(np.radians(5))


def test_wall_that_a_dense_scar_cuts_off_becomes_scar():
    labels = np.full((9, 3, 3), Tissue.LV_WALL, np.uint8)
    labels[5:7] = Tissue.SCAR
    scarred, cut_off = take_out_scar(labels)
    assert cut_off == 18
    assert (scarred[:5] == Tissue.LV_WALL).all()
    assert (scarred[5:] == Tissue.DENSE_SCAR).all()


@pytest.mark.parametrize("seed", range(3))
def test_scar_is_added_as_a_ball_around_a_position_in_the_healthy_lv_wall(heart, seed):
    hurt = add_scar(heart, 9.7, np.random.default_rng(seed))
    changed = hurt.labels != heart.labels
    assert set(heart.labels[changed]) == {Tissue.LV_WALL}
    assert set(hurt.labels[changed]) == {Tissue.SCAR}
    np.testing.assert_array_equal(hurt.affine, heart.affine)
    lv, new = heart.positions(heart.labels == Tissue.LV_WALL), heart.positions(changed)
    tree = cKDTree(lv)
    balls = (tree.query_ball_point(centre, 9.7, return_length=True) for centre in new)
    reach = np.linalg.norm(new[:, None] - new, axis=-1).max(0)
    assert any(size == len(new) and far <= 9.7 for size, far in zip(balls, reach, strict=True))
    again = add_scar(heart, 9.7, np.random.default_rng(seed))
    np.testing.assert_array_equal(again.labels, hurt.labels)
