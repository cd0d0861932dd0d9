import numpy as np
import pytest
from scipy.spatial import KDTree

from ecgi.anatomy.coordinates import transmural
from ecgi.anatomy.heart import Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.site_names import name_sites


@pytest.fixture(scope="module")
def heart():
    return short_axis(make_phantom(2, 2.0), 2.0, True)[0]


def names_of(heart, tissue):
    voxels = heart.positions(heart.labels == tissue)
    return voxels, name_sites(heart, voxels)


def test_each_ventricle_is_named_with_segments_of_the_left_alone(heart):
    for tissue, ventricle in ((Tissue.LV_WALL, "LV"), (Tissue.RV_WALL, "RV")):
        _, names = names_of(heart, tissue)
        assert {name.ventricle for name in names} == {ventricle}
        assert all((name.segment > 0) == (ventricle == "LV") for name in names)


def test_anterior_lies_anterior_of_inferior_and_basal_nearer_to_the_base(heart):
    for tissue in (Tissue.LV_WALL, Tissue.RV_WALL):
        voxels, names = names_of(heart, tissue)
        anterior, inferior = (
            voxels[[word in name.region for name in names]] @ heart.affine[:3, 1]
            for word in ("anterior", "inferior")
        )
        assert anterior.mean() > inferior.mean() + 10
        levels = [
            np.mean([n.to_base_mm for n in names if n.region.startswith(word)]) for word in ("basal", "mid")
        ]
        assert levels[0] + 10 < levels[1]


def test_layers_go_from_blood_to_the_outside_and_through_the_septum(heart):
    voxels, names = names_of(heart, Tissue.LV_WALL)
    depth = transmural(heart)[heart.labels[heart.wall] == Tissue.LV_WALL]
    layer = np.array([name.layer for name in names])
    assert depth[layer == "endocardial"].max() < 0.4
    assert np.percentile(depth[layer == "epicardial"], 5) > 0.6
    to_left, to_right = (
        KDTree(heart.positions(heart.labels == cavity)).query(voxels)[0]
        for cavity in (Tissue.LV_CAVITY, Tissue.RV_CAVITY)
    )
    assert (to_left < to_right)[layer == "left side"].all()
    assert (to_right < to_left)[layer == "right side"].all()
    septal = ["septal" in name.region for name in names]
    assert np.mean(np.isin(layer[septal], ["left side", "mid-wall", "right side"])) > 0.9


def test_a_site_off_the_wall_has_the_name_of_the_nearest_part(heart):
    apex = heart.positions(heart.labels == Tissue.LV_WALL)
    tip = apex[np.argmax(apex @ heart.third_axis)]
    (name,) = name_sites(heart, tip + 5 * heart.third_axis)
    assert name.segment == 17
    assert name.to_apex_mm < 3
    assert name.part == "LV, apex (AHA segment 17)"
