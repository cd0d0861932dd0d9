import numpy as np
import pytest
from hearts import dice, faces, on_grid_of, volume_mm3
from scipy import ndimage

from ecgi.anatomy.frame import lv_axis, short_axis_frame
from ecgi.anatomy.heart import CAVITIES, Tissue
from ecgi.anatomy.phantom import SPREADS, make_phantom
from ecgi.anatomy.repair import keep_largest_piece
from ecgi.config.cases import Case
from ecgi.io.hearts import import_heart

SEEDS = range(4)


@pytest.fixture(params=SEEDS, scope="module")
def coarse(request):
    return make_phantom(request.param, 3.0)


def test_a_seed_gives_the_same_heart_at_any_spacing(coarse, request):
    seed = request.node.callspec.params["coarse"]
    fine = make_phantom(seed, 1.5)
    for tissue in (Tissue.LV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY):
        assert volume_mm3(coarse, tissue) == pytest.approx(volume_mm3(fine, tissue), rel=0.05)
        assert dice(on_grid_of(coarse, fine) == tissue, fine.labels == tissue) > 0.85
    np.testing.assert_array_equal(make_phantom(seed, 3.0).labels, coarse.labels)


def test_seeds_give_different_hearts():
    volumes = [volume_mm3(make_phantom(seed, 3.0), Tissue.LV_CAVITY) for seed in range(6)]
    assert np.std(volumes) / np.mean(volumes) > 0.05


def test_sizes_are_those_of_an_adult_heart(coarse):
    millilitres = {tissue: volume_mm3(coarse, tissue) / 1000 for tissue in Tissue}
    assert 50 < millilitres[Tissue.LV_CAVITY] < 220
    assert 50 < millilitres[Tissue.RV_CAVITY] < 280
    assert 80 < 1.05 * millilitres[Tissue.LV_WALL] < 280  # g
    assert 10 < 1.05 * millilitres[Tissue.RV_WALL] < 80


@pytest.mark.parametrize("seed", SEEDS)
def test_wall_is_in_one_piece_on_voxels_smaller_than_the_rv_wall(seed):
    assert keep_largest_piece(make_phantom(seed, 2.0).labels)[1] == 0


def test_cavities_hold_together_and_apart(coarse):
    for cavity in CAVITIES:
        pieces, _ = ndimage.label(coarse.labels == cavity)
        assert np.bincount(pieces[pieces > 0]).max() > 0.99 * (pieces > 0).sum()
    assert not faces(coarse.labels, Tissue.LV_CAVITY, Tissue.RV_CAVITY).any()


def test_cavities_open_at_the_base_alone():
    fine = make_phantom(1, 1.5)
    axis, centre = lv_axis(fine)
    for cavity in CAVITIES:
        mouth = (fine.positions(faces(fine.labels, cavity, Tissue.BACKGROUND)) - centre) @ axis
        assert len(mouth) > 50
        assert mouth.max() < -20


def test_apex_points_left_forward_and_down_and_the_rv_lies_right_of_the_lv(coarse):
    frame = short_axis_frame(coarse)
    assert (np.sign(frame[:, 2]) == [-1, 1, -1]).all()
    rv, lv = (
        coarse.positions(np.isin(coarse.labels, tissues)).mean(0)
        for tissues in ((Tissue.RV_WALL, Tissue.RV_CAVITY), (Tissue.LV_WALL, Tissue.LV_CAVITY))
    )
    assert rv[0] - lv[0] > 10
    assert rv[1] - lv[1] > 5


def test_background_surrounds_the_heart(coarse):
    inner = coarse.labels[2:-2, 2:-2, 2:-2]
    assert (inner > 0).sum() == (coarse.labels > 0).sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_scar_replaces_lv_wall_within_its_radius_and_nothing_else(seed):
    healthy, scarred = make_phantom(seed, 2.0), make_phantom(seed, 2.0, scar_radius_mm=12.0)
    changed = healthy.labels != scarred.labels
    assert (healthy.labels[changed] == Tissue.LV_WALL).all()
    assert (scarred.labels[changed] == Tissue.SCAR).all()
    scar = scarred.positions(scarred.labels == Tissue.SCAR)
    assert 2000 < volume_mm3(scarred, Tissue.SCAR) < 4 / 3 * np.pi * 12**3
    assert np.ptp(scar, axis=0).max() < 2 * 12 * 1.2


@pytest.mark.parametrize(
    ("seed", "counts"), [(2, [3727, 1268, 3377, 3569, 148]), (3, [3850, 1498, 4051, 4277, 142])]
)
def test_hearts_of_sizes_within_two_sd_are_those_of_earlier_versions(seed, counts):
    labels = make_phantom(seed, 3.0, scar_radius_mm=12.0).labels
    np.testing.assert_allclose(np.bincount(labels.ravel())[1:], counts, atol=3)


def lv_of(heart):
    """Logarithms of the cavity's length and radius in mm, and degrees by which its axis points down."""
    axis, _ = lv_axis(heart)
    cavity = heart.positions(heart.labels == Tissue.LV_CAVITY)
    length = np.ptp(cavity @ axis) / 1.3  # of which 0.3 is above the widest place
    area = volume_mm3(heart, Tissue.LV_CAVITY) / ((1.3 - (1 + 0.3**3) / 3) * length)
    return np.log(length), np.log(area / np.pi) / 2, np.degrees(np.arcsin(-axis[2]))


@pytest.mark.parametrize("spread", SPREADS)
def test_hearts_differ_as_much_as_is_written_down(spread):
    found = np.array([lv_of(make_phantom(seed, 4.0, spread=spread)) for seed in range(100, 160)])
    radius, length = SPREADS[spread].sizes[:2]
    np.testing.assert_allclose(found[:, :2].std(0), [length, radius], rtol=0.3)
    np.testing.assert_allclose(np.exp(found[:, :2].mean(0)), [62, 23], rtol=0.06)
    bend = 3.0  # degrees, by which the warp alone turns the axis
    assert found[:, 2].std() == pytest.approx(np.hypot(SPREADS[spread].turn_degrees[0], bend), rel=0.3)


@pytest.mark.parametrize("seed", range(10_001, 10_013))
def test_hearts_of_a_cohort_are_sound(seed):
    case = Case(case="mine", kind="phantom", seed=seed, spread="adults").model_dump()
    heart = import_heart(case, None, {}, 2.0, "refuse").segmentation
    np.testing.assert_array_equal(heart.labels, make_phantom(seed, 2.0, spread="adults").labels)
    assert (heart.labels[2:-2, 2:-2, 2:-2] > 0).sum() == (heart.labels > 0).sum()
