"""Repair of hearts: resampled, then walls grown and caps added, then checked."""

from pathlib import Path

import numpy as np
import pytest
from hearts import CENTRE, ellipsoidal_heart, faces, relabelled, rotation
from stacks import holes, rv_stack

from ecgi.anatomy.checks import refuse_open_rv
from ecgi.anatomy.frame import find_long_axis, short_axis_frame
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue
from ecgi.anatomy.openings import open_share
from ecgi.anatomy.repair import VALVE_MM, close_septum, remove_strays
from ecgi.anatomy.reslice import Walls, resample_and_repair, short_axis
from ecgi.anatomy.septum import find_septum
from ecgi.config.cases import Case
from ecgi.io.hearts import NO_SEPTUM, import_heart
from ecgi.io.volumes import write_volume

FIELD = Path(__file__).resolve().parents[3] / "shared/data/field-cases/hearts"


def degrees_between(a, b):
    return np.degrees(np.arccos(np.clip(a @ b, -1, 1)))


@pytest.mark.parametrize("seed", range(4))
def test_an_rv_wall_on_thick_slices_has_no_holes(seed):
    stack = rv_stack(seed, 8.0)
    axis = find_long_axis(stack.slices).direction
    heart, changes = short_axis(stack.slices, 2.0, True, axis, Walls(stack.rv_wall_mm, 5.0))
    truth, _ = short_axis(stack.whole, 2.0, True)
    assert holes(heart, truth) <= 0.005
    assert changes.grown > 1000
    assert changes.removed < 0.01 * changes.grown
    assert faces(heart.labels, Tissue.RV_CAVITY, Tissue.BACKGROUND).sum() > 50  # at the base


def test_a_wall_thinner_than_a_voxel_is_closed_and_in_one_piece():
    heart = relabelled(ellipsoidal_heart(rotation(1), 2.0, rotation(2)), Tissue.RV_WALL)
    grown, changes = short_axis(heart, 3.0, True, walls=Walls(rv_wall_mm=1.0))
    assert open_share(grown, Tissue.RV_CAVITY) == 0
    assert changes.removed == 0


def test_walls_reach_no_further_than_the_cavity_where_it_ends_before_the_base():
    heart = relabelled(ellipsoidal_heart(np.eye(3), 1.5), Tissue.RV_WALL)
    labels = heart.labels.copy()
    height = heart.positions(np.ones(labels.shape, bool)).reshape(*labels.shape, 3)[..., 2] - CENTRE[2]
    labels[(labels == Tissue.RV_CAVITY) & (height < -8)] = Tissue.BACKGROUND
    grown, _ = short_axis(Anatomy(labels, heart.affine), 1.5, True, walls=Walls(rv_wall_mm=3.0))
    wall = grown.positions(grown.labels == Tissue.RV_WALL)[:, 2] - CENTRE[2]
    assert wall.min() > -8 - 2


def test_valves_towards_labelled_vessels_stay_open():
    heart = relabelled(ellipsoidal_heart(np.eye(3), 1.5), Tissue.RV_WALL)
    where = heart.positions(np.ones(heart.labels.shape, bool)).reshape(*heart.labels.shape, 3) - CENTRE
    beside = np.hypot(where[..., 1], where[..., 2] - 5) < 12
    atrium = beside & (where[..., 0] < -45) & (heart.labels == Tissue.BACKGROUND)
    labels = np.where(atrium, np.uint8(Tissue.VESSELS), heart.labels)
    with_atrium = Anatomy(labels, heart.affine)
    closed, _ = short_axis(heart, 1.5, True, walls=Walls(rv_wall_mm=3.0))
    kept, _ = resample_and_repair(with_atrium, 1.5, True, walls=Walls(rv_wall_mm=3.0))
    assert open_share(kept, Tissue.RV_CAVITY) == 0  # all that is open is a valve
    opened, _ = short_axis(with_atrium, 1.5, True, walls=Walls(rv_wall_mm=3.0))
    assert not (opened.labels == Tissue.VESSELS).any()
    mouth = faces(opened.labels, Tissue.RV_CAVITY, Tissue.BACKGROUND)
    at = opened.positions(mouth) - CENTRE
    valve = at[at[:, 2] > -15]
    assert len(valve) > 50
    assert (np.hypot(valve[:, 1], valve[:, 2] - 5) < 12 + VALVE_MM).all()
    assert not (faces(closed.labels, Tissue.RV_CAVITY, Tissue.BACKGROUND)[..., 10:]).any()


def test_cavities_that_touch_get_a_septum_between_them():
    heart = ellipsoidal_heart(np.eye(3), 2.0)
    where = heart.positions(np.ones(heart.labels.shape, bool)).reshape(*heart.labels.shape, 3) - CENTRE
    hole = (heart.labels == Tissue.LV_WALL) & (where[..., 0] < 0)
    hole &= np.hypot(where[..., 1], where[..., 2] - 10) < 8
    for bored, closed in ((hole, True), (np.zeros_like(hole), False)):
        labels = np.where(bored, np.uint8(Tissue.RV_CAVITY), heart.labels)
        made, changes = short_axis(Anatomy(labels, heart.affine), 2.0, True)
        assert not faces(made.labels, Tissue.LV_CAVITY, Tissue.RV_CAVITY).any()
        assert (changes.closed > 0) == closed
        assert changes.closed < 200
    swapped = np.where(heart.labels == Tissue.LV_WALL, np.uint8(Tissue.RV_CAVITY), heart.labels)
    swapped[where[..., 0] > 24] = Tissue.LV_WALL
    with pytest.raises(AnatomyError, match="touches the RV's without a septum"):
        close_septum(Anatomy(swapped, heart.affine))


def test_an_rv_wall_with_a_hole_is_refused():
    heart, _ = short_axis(ellipsoidal_heart(rotation(5), 2.0), 2.0, True)
    refuse_open_rv(heart, heart.third_axis)
    depth = np.arange(heart.labels.shape[2]) > heart.labels.shape[2] // 2
    holed = np.where((heart.labels == Tissue.RV_WALL) & depth, 0, heart.labels).astype(np.uint8)
    with pytest.raises(AnatomyError, match=r"RV cavity is open: \d+% .* set rv_wall_mm to 3"):
        refuse_open_rv(Anatomy(holed, heart.affine), heart.third_axis)
    refuse_open_rv(relabelled(heart, Tissue.RV_WALL), heart.third_axis)  # no wall at all


def without_rv(seed):
    axes = rotation(seed)
    return relabelled(
        ellipsoidal_heart(axes, 2.0, rotation(seed + 50)), (Tissue.RV_WALL, Tissue.RV_CAVITY)
    ), axes


@pytest.mark.parametrize("seed", range(3))
def test_the_frame_of_an_lv_follows_the_point_in_its_septum(seed):
    heart, axes = without_rv(seed)
    frame = short_axis_frame(heart, septum_mm=CENTRE - 25 * axes[:, 0] + 10 * axes[:, 2])
    for found, truth in zip(frame.T, axes.T, strict=True):
        assert degrees_between(found, truth) < 2


def test_an_lv_alone_lies_in_the_chest_as_hearts_do(tmp_path):
    heart, _ = without_rv(3)
    septum = find_septum(heart, np.array([-0.55, 0.55, -0.63]) / np.linalg.norm([0.55, 0.55, 0.63]))
    assert septum.confidence == 0
    assert septum.direction[0] > 0.5  # to the right
    write_volume(tmp_path / "heart.nii.gz", heart.labels, heart.affine)
    case = Case(case="mine", kind="volume", label_map="own").model_dump()
    found = import_heart(case, tmp_path / "heart.nii.gz", {"lv_wall": [1], "lv_cavity": [3]}, 2.0, "remove")
    assert NO_SEPTUM in found.check["warnings"]
    assert found.check["frame"]["septum_from"] == "usual position"
    assert found.check["measures"]["rv_cavity_ml"] == 0


def test_a_septum_that_the_rv_contradicts_or_far_away_is_refused():
    axes = rotation(4)
    heart, axis = ellipsoidal_heart(axes, 2.0), axes[:, 2]
    assert degrees_between(find_septum(heart, axis, CENTRE - 25 * axes[:, 0]).direction, -axes[:, 0]) < 1
    for point, message in (
        (CENTRE + 25 * axes[:, 0], "septum_mm lies 180 degrees around the LV from the side of the RV"),
        (CENTRE + 200 * axes[:, 0], r"septum_mm lies 1\d\d mm from the LV"),
        (CENTRE + 20 * axis, "septum_mm lies on the LV's axis"),
    ):
        with pytest.raises(AnatomyError, match=message):
            find_septum(heart, axis, point)


def test_a_real_stack_gets_a_closed_rv_wall():
    path = FIELD / "rv_wall_gaps_acdc125.nii.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in {FIELD}")
    case = Case(case="mine", kind="volume", label_map="own", rv_wall_mm=3.0, cap_apex_mm=5.0).model_dump()
    labels = {"lv_wall": [2], "lv_cavity": [3], "rv_cavity": [1]}
    heart = import_heart(case, path, labels, 1.5, "remove")
    assert heart.check["measures"]["rv_open"] <= 0.005
    assert heart.check["measures"]["lv_open_apical"] <= 0.005


def test_specks_at_a_corner_are_stray_and_larger_pieces_at_an_edge_are_not():
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[2:6, 2:6, 2:6] = Tissue.LV_WALL
    labels[6, 6, 6] = Tissue.LV_WALL
    labels[6:8, 6:9, 2:5] = Tissue.RV_WALL
    kept, removed = remove_strays(Anatomy(labels, np.eye(4)))
    assert removed == 1
    assert kept[6, 6, 6] == Tissue.BACKGROUND
    assert (kept == Tissue.RV_WALL).sum() == 18
    assert remove_strays(Anatomy(labels, np.diag([4.0, 4.0, 4.0, 1.0])))[1] == 0
