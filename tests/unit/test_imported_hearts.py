"""Hearts as their cases ask for them."""

import json

import numpy as np
import pytest

from ecgi.anatomy.frame import find_long_axis, lv_centre
from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import Walls, short_axis
from ecgi.config.cases import Case
from ecgi.core.errors import InputError
from ecgi.io.hearts import import_heart
from ecgi.io.volumes import write_volume

LABELS = {"lv_wall": [1], "lv_cavity": [3], "rv_cavity": [4]}


@pytest.fixture
def volume(tmp_path):
    """A phantom without an RV wall as a file, and the case that it is."""

    def volume(stray=0, **columns):
        heart = make_phantom(1, 3.0)
        labels = heart.labels.copy()
        labels[labels == Tissue.RV_WALL] = Tissue.BACKGROUND
        labels[0, 0, :stray] = Tissue.LV_WALL
        path = tmp_path / "heart.nii.gz"
        write_volume(path, labels, heart.affine)
        case = Case(case="mine", kind="volume", source=str(path), label_map="own", **columns).model_dump()
        return case, str(path), Anatomy(labels, heart.affine)

    return volume


def test_a_phantom_needs_no_file():
    case = Case(case="mine", kind="phantom", seed=1).model_dump()
    heart = import_heart(case, None, {}, 3.0, "refuse")
    np.testing.assert_array_equal(heart.segmentation.labels, make_phantom(1, 3.0).labels)
    assert heart.check["changes"]["stray"] == 0


def test_walls_are_grown_where_the_case_asks_for_them_and_counted(volume):
    case, path, written = volume(rv_wall_mm=5.0)
    heart = import_heart(case, path, LABELS, 3.0, "remove")
    truth, changes = short_axis(written, 3.0, True, walls=Walls(5.0))
    np.testing.assert_array_equal(heart.labels.labels, truth.labels)
    assert not (heart.segmentation.labels == Tissue.RV_WALL).any()
    grown = (heart.labels.labels == Tissue.RV_WALL).sum()
    assert heart.check["changes"] == {"stray": 0, **changes._asdict()}
    assert heart.check["changes"]["grown"] - heart.check["changes"]["removed"] == grown > 1000


def test_a_check_holds_sizes_frame_and_warnings_for_json(volume):
    case, path, _ = volume(rv_wall_mm=5.0, species="pig")
    check = import_heart(case, path, LABELS, 3.0, "remove").check
    assert json.loads(json.dumps(check)) == check
    assert check["species"] == "pig"
    assert check["frame"]["septum_from"] == "RV"
    assert np.dot(check["frame"]["long_axis"], check["frame"]["septum"]) == pytest.approx(0, abs=1e-4)
    assert check["measures"]["rv_wall_mm"] == pytest.approx(5.0, abs=1.5)
    assert check["measures"]["rv_open"] == 0


@pytest.mark.parametrize("key", ["long_axis", "apex_mm"])
def test_a_given_axis_that_the_heart_contradicts_is_warned_of(key, volume):
    case, path, written = volume(rv_wall_mm=5.0, cap_apex_mm=5.0)
    axis, centre = find_long_axis(written).direction, lv_centre(written)
    across = np.cross(axis, [1, 0, 0])
    right, wrong = {
        "long_axis": (axis, axis + across / np.linalg.norm(across)),
        "apex_mm": (centre + 50 * axis, centre - 40 * axis),
    }[key]
    for given, expected in ((right, 0), (wrong, 1)):
        check = import_heart(case | {key: tuple(given)}, path, LABELS, 3.0, "remove").check
        assert sum("check apex_mm or long_axis" in line for line in check["warnings"]) == expected


def test_stray_pieces_of_wall_are_removed_or_refused(volume):
    case, path, _ = volume(stray=2)
    assert import_heart(case, path, LABELS, 3.0, "remove").check["changes"]["stray"] == 2
    with pytest.raises(InputError, match=r"case mine, label map 'own': .*heart\.nii\.gz: 2 wall voxels"):
        import_heart(case, path, LABELS, 3.0, "refuse")


def test_an_error_names_the_case_and_its_label_map(volume):
    case, path, _ = volume()
    with pytest.raises(InputError, match=r"case mine, label map 'own': .*label 9 is not in the volume"):
        import_heart(case, path, LABELS | {"rv_wall": [9]}, 3.0, "remove")
