"""Hearts as their cases ask for them."""

import numpy as np
import pytest

from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.repair import grow_rv_wall, keep_largest_piece
from ecgi.config.cases import Case
from ecgi.core.errors import InputError
from ecgi.io.hearts import import_anatomy
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
    heart, removed, _ = import_anatomy(case, None, {}, 3.0, "refuse")
    np.testing.assert_array_equal(heart.labels, make_phantom(1, 3.0).labels)
    assert removed == 0


def test_walls_are_grown_where_the_case_asks_for_them(volume):
    case, path, written = volume(rv_wall_mm=5.0)
    heart, removed, _ = import_anatomy(case, path, LABELS, 3.0, "remove")
    labels, stray = keep_largest_piece(grow_rv_wall(written, 5.0).labels)
    assert removed == stray
    np.testing.assert_array_equal(np.bincount(heart.labels.ravel())[1:], np.bincount(labels.ravel())[1:])
    assert (heart.labels == Tissue.RV_WALL).sum() > 1000


def test_stray_pieces_of_wall_are_removed_or_refused(volume):
    case, path, _ = volume(stray=2)
    assert import_anatomy(case, path, LABELS, 3.0, "remove")[1] == 2
    with pytest.raises(InputError, match=r"case mine, label map 'own': .*heart\.nii\.gz: 2 wall voxels"):
        import_anatomy(case, path, LABELS, 3.0, "refuse")


def test_an_error_names_the_case_and_its_label_map(volume):
    case, path, _ = volume()
    with pytest.raises(InputError, match=r"case mine, label map 'own': .*label 9 is not in the volume"):
        import_anatomy(case, path, LABELS | {"rv_wall": [9]}, 3.0, "remove")
