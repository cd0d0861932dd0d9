import numpy as np
import pandas as pd
import pytest
from hearts import labels_at

from ecgi.anatomy import Tissue
from ecgi.pacing import draw_activations, velocity_map

VELOCITIES = {"lv": (0.6, 0.05), "rv": (0.5, 0.1), "scar": (0.2, 0.2)}
SITE = ["site_x_mm", "site_y_mm", "site_z_mm"]


@pytest.fixture(scope="module")
def beats(heart):
    return draw_activations(heart, "patient7", 1000, VELOCITIES, 5)


def test_a_beat_does_not_depend_on_how_many_are_drawn(heart, beats):
    few = draw_activations(heart, "patient7", 4, VELOCITIES, 5)
    pd.testing.assert_frame_equal(few, beats.head(4))


def test_beats_are_numbered_and_carry_their_case(beats):
    assert beats["activation"].tolist() == list(range(1000))
    assert set(beats["case"]) == {"patient7"}


def test_another_case_or_seed_draws_other_beats(heart, beats):
    for case, seed in (("patient8", 5), ("patient7", 6)):
        other = draw_activations(heart, case, 5, VELOCITIES, seed)
        assert (other[SITE].to_numpy() != beats[SITE].head(5).to_numpy()).any(1).all()


def test_sites_are_voxels_of_healthy_wall(heart, beats):
    assert (heart.labels == Tissue.SCAR).any()
    tissues = labels_at(heart, beats[SITE].to_numpy())
    assert [Tissue(tissue).name.lower() for tissue in tissues] == beats["site_tissue"].tolist()
    assert set(beats["site_tissue"]) == {"lv_wall", "rv_wall"}
    index = (beats[SITE].to_numpy() - heart.affine[:3, 3]) @ np.linalg.inv(heart.affine[:3, :3]).T
    np.testing.assert_allclose(index, np.rint(index), atol=1e-6)


def test_every_voxel_of_healthy_wall_is_as_likely_as_another(heart, beats):
    healthy = np.isin(heart.labels, (Tissue.LV_WALL, Tissue.RV_WALL))
    share = (heart.labels == Tissue.RV_WALL).sum() / healthy.sum()
    four_sigma = 4 * np.sqrt(share * (1 - share) / len(beats))
    assert (beats["site_tissue"] == "rv_wall").mean() == pytest.approx(share, abs=four_sigma)
    four_sigma = 4 * heart.positions(healthy).std(0) / np.sqrt(len(beats))
    assert (np.abs(beats[SITE].mean() - heart.positions(healthy).mean(0)) < four_sigma).all()


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
    beats = draw_activations(heart, "patient7", 3, {"lv": (0.7, 0.0)}, 0)
    np.testing.assert_allclose(beats["velocity_lv_m_per_s"], 0.7)


def test_velocity_map_gives_each_tissue_its_own_and_none_outside_the_wall():
    labels = np.array([[list(Tissue)]], np.uint8)
    speed = velocity_map(labels, {"lv": 0.6, "rv": 0.5, "scar": 0.2})
    expected = {Tissue.LV_WALL: 0.6, Tissue.RV_WALL: 0.5, Tissue.SCAR: 0.2}
    assert speed.ravel().tolist() == [expected.get(tissue, 0.0) for tissue in Tissue]
