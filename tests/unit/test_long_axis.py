"""The long axis of hearts whose true axis is known, and what is made of it on import."""

from pathlib import Path

import numpy as np
import pytest
from hearts import ellipsoidal_heart, faces, rotation
from ventricles import errors

from ecgi.anatomy.checks import refuse_open_apex
from ecgi.anatomy.frame import find_long_axis, lv_axis
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import Walls, short_axis
from ecgi.config.cases import Case
from ecgi.core.errors import InputError
from ecgi.io.hearts import import_heart
from ecgi.io.volumes import read_segmentation, read_volume, write_segmentation, write_volume

FIELD = Path(__file__).resolve().parents[3] / "shared/data/field-cases/hearts"
LABELS = {"lv_wall": [1], "rv_wall": [2], "lv_cavity": [3], "rv_cavity": [4]}


def degrees_between(a, b):
    return np.degrees(np.arccos(np.clip(a @ b, -1, 1)))


def stack(seed, thickness_mm, aspect=1.0, cut_share=0.0):
    """Thick slices of a phantom, stretched along its axis, without the apical share; and the axis."""
    heart, _ = short_axis(make_phantom(seed, 2.0, spread="adults"), 2.0, True)
    levels = np.flatnonzero((heart.labels == Tissue.LV_CAVITY).any((0, 1)))
    labels = heart.labels.copy()
    labels[..., : levels[0]] = Tissue.BACKGROUND
    if cut_share:
        labels[..., round(levels[-1] - cut_share * len(levels)) :] = Tissue.BACKGROUND
    every = max(1, round(thickness_mm / (2.0 * aspect)))
    affine = heart.affine.copy()
    affine[:3, 2] *= every * aspect
    return Anatomy(labels[..., levels[0] % every :: every].copy(), affine), heart.third_axis


def flat_heart():
    """An LV that is as wide at one end as at the other, 4 slices of 10 mm, without RV."""
    x, y = np.meshgrid(*(2.0 * np.arange(-20, 21),) * 2, indexing="ij")
    radius = np.hypot(x, y)[..., None] * np.ones(4)
    labels = np.select([radius < 20, radius < 30], [Tissue.LV_CAVITY, Tissue.LV_WALL], 0).astype(np.uint8)
    return Anatomy(labels, np.diag([2.0, 2.0, 10.0, 1.0]))


def test_axes_of_ventricles_of_any_shape_cut_and_grid_are_found_or_refused():
    found = errors(range(40))
    read = found[np.isfinite(found)]
    assert len(read) >= 37
    assert (read < 90).all()
    assert np.mean(read <= 10) >= 0.98


@pytest.mark.slow
def test_axes_of_three_hundred_ventricles_are_found_or_refused():
    found = errors(range(300))
    read = found[np.isfinite(found)]
    assert len(read) >= 0.95 * 300
    assert (read < 90).all()
    assert np.mean(read <= 10) >= 0.98


@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("cut_share", [0.0, 0.2])
@pytest.mark.parametrize("aspect", [0.6, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_axis_of_a_stack_is_the_normal_of_its_slices(seed, aspect, cut_share, flip):
    heart, truth = stack(seed, 10.0, aspect, cut_share)
    heart = Anatomy(heart.labels[..., ::flip], heart.affine @ np.diag([1, 1, flip, 1.0]))
    axis, _ = lv_axis(heart)
    assert degrees_between(axis, truth) < 0.1


@pytest.mark.parametrize("seed", [1, 2, 100, 101])
def test_the_axis_of_an_isotropic_heart_is_its_principal_axis(seed):
    heart = make_phantom(seed, 3.0)
    ventricle = heart.positions(np.isin(heart.labels, (Tissue.LV_WALL, Tissue.LV_CAVITY)))
    principal = np.linalg.svd(np.cov((ventricle - ventricle.mean(0)).T))[0][:, 0]
    assert abs(lv_axis(heart)[0] @ principal) == pytest.approx(1, abs=1e-12)


def test_a_heart_without_an_apex_is_refused_until_it_is_named():
    heart = flat_heart()
    with pytest.raises(AnatomyError, match="neither end of the LV is clearly its apex; set apex_mm"):
        find_long_axis(heart)
    for end in (-1, 1):
        apex = [42.0, 38.0, 15 + end * 20.0]
        np.testing.assert_allclose(find_long_axis(heart, apex).direction, [0, 0, end], atol=1e-12)
    with pytest.raises(AnatomyError, match=r"apex_mm lies 1\d\d mm from the LV"):
        find_long_axis(heart, [40.0, 40.0, 150.0])


def test_confidence_falls_with_the_apex_that_is_cut_off():
    cut = [
        find_long_axis(ellipsoidal_heart(rotation(7), 2.0, apex_cut_mm=at)).confidence for at in (80, 55, 45)
    ]
    assert cut[0] > cut[1] > cut[2]


def written(tmp_path, heart, **columns):
    path = tmp_path / "heart.nii.gz"
    write_volume(path, heart.labels, heart.affine)
    labels = {name: numbers for name, numbers in LABELS.items() if numbers[0] in heart.labels}
    return (
        Case(case="mine", kind="volume", label_map="own", **columns).model_dump(),
        path,
        labels,
        2.0,
        "remove",
    )


def test_an_axis_that_the_case_gives_is_the_axis(tmp_path):
    heart = make_phantom(1, 3.0)
    found = lv_axis(heart)[0]
    given = found + np.array([0.1, 0.0, 0.05])
    axis = import_heart(*written(tmp_path, heart, long_axis=" ".join(map(str, 2 * given)))).long_axis
    np.testing.assert_allclose(axis.direction, given / np.linalg.norm(given))


@pytest.mark.parametrize("written", ["-62 40.5 -55", "-62, 40.5, -55", [-62, 40.5, -55]])
def test_points_are_three_numbers_in_a_cell_or_a_list(written):
    assert Case(case="mine", kind="phantom", apex_mm=written).apex_mm == (-62.0, 40.5, -55.0)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"long_axis": "0 0 0"}, "long_axis is 0, 0, 0 and has no direction"),
        ({"long_axis": "0 0 1", "apex_mm": "0 0 1"}, "both given; give one"),
        ({"apex_mm": "1 2"}, "apex_mm"),
        ({"apex_mm": "1 2 left"}, "apex_mm"),
    ],
)
def test_axes_that_say_nothing_or_twice_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        Case(case="mine", kind="phantom", **columns)


def test_a_segmentation_keeps_its_axis(tmp_path):
    heart, axis = make_phantom(1, 4.0), rotation(2)[:, 1]
    write_segmentation(tmp_path / "heart.nii.gz", heart, axis)
    again, kept = read_segmentation(tmp_path / "heart.nii.gz")
    np.testing.assert_array_equal(again.labels, heart.labels)
    np.testing.assert_allclose(kept, axis, atol=1e-11)
    write_volume(tmp_path / "other.nii.gz", heart.labels, heart.affine)
    with pytest.raises(InputError, match=r"other\.nii\.gz: no long axis in its header"):
        read_segmentation(tmp_path / "other.nii.gz")


@pytest.mark.parametrize("thickness", [8.0, 12.0])
@pytest.mark.parametrize("seed", range(2))
def test_the_cap_that_the_message_names_closes_the_apex(seed, thickness, tmp_path):
    heart, truth = stack(seed, thickness, cut_share=0.2)
    with pytest.raises(InputError, match=r"set cap_apex_mm to 5 in subject or in the cases table"):
        import_heart(*written(tmp_path, heart, rv_wall_mm=3.0))
    closed = import_heart(*written(tmp_path, heart, rv_wall_mm=3.0, cap_apex_mm=5.0))
    assert degrees_between(closed.long_axis.direction, truth) < 0.1
    assert closed.check["changes"]["capped"] > 0
    assert closed.check["measures"]["lv_open_apical"] == 0


@pytest.mark.parametrize("cap_mm", [2.0, 5.0, 10.0])
def test_a_cap_of_any_thickness_joins_the_wall_all_round(cap_mm):
    heart = ellipsoidal_heart(np.eye(3), (1.5, 1.5, 10.0), np.eye(3), apex_cut_mm=45)
    open_one, _ = short_axis(heart, 1.5, True)
    capped, changes = short_axis(heart, 1.5, True, walls=Walls(cap_apex_mm=cap_mm))
    assert changes.removed == 0
    refuse_open_apex(capped)
    ends = [hearts.positions(hearts.labels == Tissue.LV_WALL)[:, 2].max() for hearts in (open_one, capped)]
    assert cap_mm - 1.5 <= ends[1] - ends[0] <= cap_mm + 1.5


ACDC = {"lv_wall": [2], "lv_cavity": [3], "rv_cavity": [1]}


@pytest.mark.parametrize("name", ["apex_swapped_acdc102.nii.gz", "axis_oblique_acdc035.nii.gz"])
def test_the_axis_of_real_stacks_is_their_normal_towards_the_smaller_end(name):
    if not (FIELD / name).is_file():
        pytest.skip(f"{name} is not in {FIELD}")
    heart = read_volume(FIELD / name, ACDC)
    areas = (heart.labels == Tissue.LV_CAVITY).sum((0, 1))
    towards = np.sign(np.arange(len(areas)) @ (areas.mean() - areas))
    assert degrees_between(lv_axis(heart)[0], towards * heart.third_axis) < 10


def test_the_axis_of_a_real_dilated_ventricle_leads_away_from_its_mouth():
    if not (FIELD / "axis_wrong_dilated_geo2.nrrd").is_file():
        pytest.skip(f"axis_wrong_dilated_geo2.nrrd is not in {FIELD}")
    labels = {"lv_wall": [1], "lv_cavity": [2], "rv_cavity": [3]}
    case = Case(case="mine", kind="volume", label_map="own").model_dump()
    imported = import_heart(case, FIELD / "axis_wrong_dilated_geo2.nrrd", labels, 2.0, "remove")
    heart, axis = imported.segmentation, imported.long_axis
    mouth = heart.positions(faces(heart.labels, Tissue.LV_CAVITY, Tissue.BACKGROUND)).mean(0)
    away = axis.centre - mouth
    assert degrees_between(axis.direction, away / np.linalg.norm(away)) < 20  # valve planes are tilted
