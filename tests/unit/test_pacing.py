import numpy as np
import pandas as pd
import pytest
from hearts import labels_at

from ecgi.anatomy import coordinates
from ecgi.anatomy.heart import Anatomy, Tissue
from ecgi.anatomy.surfaces import endocardium, epicardium
from ecgi.core.errors import InputError
from ecgi.physics.pacing import BREAKTHROUGHS, plan_beats, velocity_of

VELOCITIES = {"lv": (0.6, 0.05), "rv": (0.5, 0.1), "scar": (0.2, 0.2)}
SITE = ["x_mm", "y_mm", "z_mm"]
SINGLE = {"kinds": {"single_site": 1.0}, "surface": "anywhere", "sites": 3, "delay_ms": 40.0}


def drawn(heart, count=300, case="patient7", velocities=VELOCITIES, seed=5, **protocol):
    """Beats and sites."""
    return plan_beats(heart, case, count, SINGLE | protocol, velocities, seed)


@pytest.fixture(scope="module")
def both(heart):
    return drawn(heart, 1000)


@pytest.fixture(scope="module")
def beats(both):
    return both[0]


@pytest.fixture(scope="module")
def sites(both):
    return both[1]


@pytest.mark.parametrize("kinds", [{"single_site": 1.0}, {"multi_site": 1.0, "sinus": 2.0}])
def test_a_beat_does_not_depend_on_how_many_are_drawn(heart, kinds):
    for few, many in zip(drawn(heart, 4, kinds=kinds), drawn(heart, 20, kinds=kinds), strict=True):
        pd.testing.assert_frame_equal(few, many.head(len(few)))


def test_beats_are_numbered_and_carry_their_case(beats):
    assert beats["beat"].tolist() == list(range(1000))
    assert set(beats["case"]) == {"patient7"}


def test_another_case_or_seed_draws_other_beats(heart, sites):
    for case, seed in (("patient8", 5), ("patient7", 6)):
        _, other = drawn(heart, 5, case, seed=seed)
        assert (other[SITE].to_numpy() != sites[SITE].head(5).to_numpy()).any(1).all()


def test_sites_are_voxels_of_healthy_wall(heart, sites):
    assert (heart.labels == Tissue.SCAR).any()
    tissues = labels_at(heart, sites[SITE].to_numpy())
    assert [Tissue(tissue).name.lower() for tissue in tissues] == sites["tissue"].tolist()
    assert set(sites["tissue"]) == {"lv_wall", "rv_wall"}
    index = (sites[SITE].to_numpy() - heart.affine[:3, 3]) @ np.linalg.inv(heart.affine[:3, :3]).T
    np.testing.assert_allclose(index, np.rint(index), atol=1e-6)


def test_every_voxel_of_healthy_wall_is_as_likely_as_another(heart, sites):
    healthy = np.isin(heart.labels, (Tissue.LV_WALL, Tissue.RV_WALL))
    share = (heart.labels == Tissue.RV_WALL).sum() / healthy.sum()
    four_sigma = 4 * np.sqrt(share * (1 - share) / len(sites))
    assert (sites["tissue"] == "rv_wall").mean() == pytest.approx(share, abs=four_sigma)
    four_sigma = 4 * heart.positions(healthy).std(0) / np.sqrt(len(sites))
    assert (np.abs(sites[SITE].mean() - heart.positions(healthy).mean(0)) < four_sigma).all()


@pytest.mark.parametrize("tissue", VELOCITIES)
def test_velocities_have_the_median_and_spread_asked_for(beats, tissue):
    median, spread = VELOCITIES[tissue]
    logarithm = np.log(beats[f"velocity_{tissue}_m_per_s"])
    assert logarithm.mean() == pytest.approx(np.log(median), abs=4 * spread / np.sqrt(len(beats)))
    assert logarithm.std() == pytest.approx(spread, rel=0.1)


def test_velocities_of_tissues_are_drawn_apart(beats):
    velocities = np.log(beats[[f"velocity_{tissue}_m_per_s" for tissue in VELOCITIES]])
    assert np.abs(np.corrcoef(velocities.T) - np.eye(3)).max() < 0.15


def test_without_spread_velocities_are_the_median(heart):
    beats, _ = drawn(heart, 3, velocities={"lv": (0.7, 0.0)})
    np.testing.assert_allclose(beats["velocity_lv_m_per_s"], 0.7)


def test_each_tissue_has_its_own_velocity_and_others_have_none():
    speed = velocity_of(np.array(list(Tissue)), {"lv": 0.6, "rv": 0.5, "scar": 0.2})
    expected = {Tissue.LV_WALL: 0.6, Tissue.RV_WALL: 0.5, Tissue.SCAR: 0.2}
    np.testing.assert_array_equal(speed, [expected.get(tissue, np.nan) for tissue in Tissue])


def test_kinds_come_as_often_as_their_weights_say(heart):
    beats, _ = drawn(heart, 400, kinds={"sinus": 3.0, "single_site": 1.0})
    assert (beats["kind"] == "sinus").mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 400))


def test_several_sites_start_within_the_delay_the_first_at_0(heart):
    beats, sites = drawn(heart, 50, kinds={"multi_site": 1.0}, sites=4, delay_ms=30.0)
    assert set(beats["kind"]) == {"multi_site"}
    onsets = sites.pivot(index="beat", columns="site", values="onset_ms").to_numpy()
    assert onsets.shape == (50, 4)
    np.testing.assert_array_equal(onsets.min(1), 0)
    assert 20 < onsets.max() < 30


@pytest.mark.parametrize(("surface", "cavity"), [("endocardium", True), ("epicardium", False)])
def test_sites_lie_on_the_surface_asked_for(heart, surface, cavity):
    _, sites = drawn(heart, 100, surface=surface)
    at = np.rint((sites[SITE].to_numpy() - heart.affine[:3, 3]) @ np.linalg.inv(heart.affine[:3, :3]).T)
    steps = np.concatenate([np.eye(3), -np.eye(3)]).astype(int)
    beside = heart.labels[tuple(np.moveaxis(at.astype(int)[:, None] + steps, -1, 0))]
    blood = np.isin(beside, (Tissue.LV_CAVITY, Tissue.RV_CAVITY))
    assert (blood if cavity else beside == Tissue.BACKGROUND).any(1).all()


def spheroid_area(width, length):
    """Surface of a prolate spheroid of these semi-axes."""
    eccentricity = np.sqrt(1 - width**2 / length**2)
    return 2 * np.pi * width**2 * (1 + length / (width * eccentricity) * np.arcsin(eccentricity))


def test_area_of_a_surface_does_not_depend_on_its_orientation():
    """A closed ventricle of spheroids: voxel faces alone would give half as much again."""
    x, y, z = np.meshgrid(*((np.arange(-half, half) + 0.5) * 2.0 for half in (15, 15, 22)), indexing="ij")
    labels = np.where((x**2 + y**2) / 26**2 + z**2 / 39**2 < 1, np.uint8(Tissue.LV_WALL), np.uint8(0))
    labels[(x**2 + y**2) / 18**2 + (z + 5) ** 2 / 27**2 < 1] = Tissue.LV_CAVITY
    ventricle = Anatomy(labels, np.diag([2.0, 2.0, 2.0, 1.0]))
    assert endocardium(ventricle).area_mm2.sum() == pytest.approx(spheroid_area(18, 27), rel=0.08)
    surface = epicardium(ventricle)
    at = surface.voxels[:, 2] * 2.0 - 43.0
    assert (at > 0) @ surface.area_mm2 == pytest.approx(spheroid_area(26, 39) / 2, rel=0.08)
    assert at.min() > -39


def test_a_normal_beat_starts_in_both_ventricles_and_a_blocked_bundle_in_one(heart):
    for kind, chambers in (
        ("sinus", {Tissue.LV_CAVITY, Tissue.RV_CAVITY}),
        ("left_bundle_branch_block", {Tissue.RV_CAVITY}),
        ("right_bundle_branch_block", {Tissue.LV_CAVITY}),
    ):
        _, sites = drawn(heart, 5, kinds={kind: 1.0})
        at = np.rint((sites[SITE].to_numpy() - heart.affine[:3, 3]) @ np.linalg.inv(heart.affine[:3, :3]).T)
        touched = set()
        for chamber in (Tissue.LV_CAVITY, Tissue.RV_CAVITY):
            voxels = set(map(tuple, endocardium(heart, [chamber]).voxels))
            touched |= {chamber for site in at.astype(int) if tuple(site) in voxels}
        assert chambers <= touched
        if kind != "sinus":
            assert touched == chambers


def test_apicobasal_coordinate_and_angle_follow_the_short_axis_frame(heart):
    voxels = endocardium(heart, [Tissue.LV_CAVITY]).voxels
    height = coordinates.apicobasal(heart, voxels, Tissue.LV_CAVITY)
    angle = coordinates.angle(heart, voxels, Tissue.LV_CAVITY)
    assert height.min() == pytest.approx(0, abs=0.05)
    assert height.max() == pytest.approx(1, abs=0.05)
    middle = (height > 0.3) & (height < 0.6)
    septal = middle & (np.abs(angle - 180) < 20)
    lateral = middle & ((angle < 20) | (angle > 340))
    anterior = middle & (np.abs(angle - 90) < 20)
    assert voxels[septal, 0].max() < voxels[lateral, 0].min()
    assert voxels[anterior, 1].min() > voxels[septal, 1].mean()


def test_a_beat_whose_chamber_is_not_labelled_is_refused(heart):
    without_cavity = Anatomy(np.where(heart.labels == Tissue.RV_CAVITY, 0, heart.labels), heart.affine)
    with pytest.raises(InputError, match=r"patient7: a sinus beat .* name the labels of rv_cavity"):
        drawn(without_cavity, 1, kinds={"sinus": 1.0})
    walls = Anatomy(np.where(np.isin(heart.labels, (3, 4)), 0, heart.labels), heart.affine)
    with pytest.raises(InputError, match="no endocardium to pace"):
        drawn(walls, 1, surface="endocardium")


def test_breakthroughs_lie_where_durrer_saw_them(heart):
    """Within three SD of the scatter, and of a voxel."""
    _, sites = drawn(heart, 40, kinds={"sinus": 1.0})
    at = np.rint((sites[SITE].to_numpy() - heart.affine[:3, 3]) @ np.linalg.inv(heart.affine[:3, :3]).T)
    for number, (chamber, height, angle, onset) in enumerate(BREAKTHROUGHS["sinus"]):
        own = sites["site"].to_numpy() == number
        voxels = at[own].astype(int)
        heights = coordinates.apicobasal(heart, voxels, chamber)
        turn = (coordinates.angle(heart, voxels, chamber) - angle + 180) % 360 - 180
        assert abs(np.median(heights) - height) < 0.05
        assert abs(np.median(turn)) < 10
        assert np.abs(turn).max() < 3 * 12 + 10
        assert sites.loc[own, "onset_ms"].median() == pytest.approx(onset, abs=4)
