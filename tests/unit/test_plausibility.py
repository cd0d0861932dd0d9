"""Sizes of hearts: what is measured, warned of and refused."""

import numpy as np
import pytest
from hearts import CENTRE, LV_LENGTH, LV_RADIUS, LV_WALL, ellipsoidal_heart, rotation

from ecgi.anatomy.checks import refuse_size
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue
from ecgi.anatomy.measures import measure
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.plausibility import RANGES, judge, refuse_frames
from ecgi.anatomy.reslice import short_axis

BASE_MM = 20.0  # of the ellipsoidal heart from its centre


@pytest.fixture(scope="module")
def ellipsoids():
    return measure(short_axis(ellipsoidal_heart(rotation(3), 1.5, rotation(4)), 1.5, True)[0])


def cut_spheroid_ml(radius, length):
    """Volume of a spheroid below a plane at `BASE_MM` above its centre."""
    share = 2 / 3 + BASE_MM / length - (BASE_MM / length) ** 3 / 3
    return np.pi * radius**2 * length * share / 1000


def test_sizes_are_those_of_the_ellipsoids(ellipsoids):
    cavity = cut_spheroid_ml(LV_RADIUS, LV_LENGTH)
    muscle = cut_spheroid_ml(LV_RADIUS + LV_WALL, LV_LENGTH + LV_WALL) - cavity
    assert ellipsoids["lv_length_mm"] == pytest.approx(BASE_MM + LV_LENGTH + LV_WALL, abs=2.0)
    assert ellipsoids["lv_diameter_mm"] == pytest.approx(2 * LV_RADIUS, abs=0.5)
    assert ellipsoids["lv_cavity_ml"] == pytest.approx(cavity, rel=0.03)
    assert ellipsoids["lv_mass_g"] == pytest.approx(1.05 * muscle, rel=0.03)
    assert ellipsoids["lv_wall_mm"] == pytest.approx(LV_WALL, abs=0.5)
    assert ellipsoids["rv_wall_mm"] == pytest.approx(4.0, abs=0.8)


def test_a_closed_heart_has_no_openings_below_its_base(ellipsoids):
    for name in ("lv_open_apical", "rv_open", "rv_open_apical"):
        assert ellipsoids[name] == 0


def test_the_share_that_is_open_is_counted():
    heart, _ = short_axis(ellipsoidal_heart(np.eye(3), 2.0), 2.0, True)
    labels = heart.labels.copy()
    y = (heart.positions(np.ones(labels.shape, bool))[:, 1] - CENTRE[1]).reshape(labels.shape)
    labels[(labels == Tissue.RV_WALL) & (y > 0)] = Tissue.BACKGROUND
    half = measure(Anatomy(labels, heart.affine))
    assert 0.2 < half["rv_open"] < 0.45  # the septum is closed
    assert half["lv_open_apical"] == 0


@pytest.mark.parametrize("seed", [1, 2, 10_003, 30_001])
def test_phantoms_are_as_large_as_adult_hearts(seed):
    heart, _ = short_axis(make_phantom(seed, 2.0, spread="adults"), 2.0, True)
    notes = judge(measure(heart), "human")
    assert not [note for note in notes if "surface" in note]
    assert len(notes) <= 2


@pytest.mark.parametrize(
    ("size", "value", "note"),
    [
        ("lv_cavity_ml", 300.0, "LV cavity 300 ml; most adult human hearts have 20 to 220 ml"),
        ("lv_wall_mm", 25.0, "LV wall 25 mm; most adult human"),
        ("rv_on_lv_wall", 0.9, "90% of the RV cavity's surface borders on lv_wall"),
        ("rv_open_apical", 0.02, "2.0% of the RV cavity's surface in its apical half has no wall"),
    ],
)
def test_unusual_sizes_are_warned_of(ellipsoids, size, value, note):
    usual = judge(ellipsoids, "human")
    assert any(note in line for line in judge(ellipsoids | {size: value}, "human"))
    assert not any(note in line for line in usual)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"lv_length_mm": 270.0}, "LV length 270 mm, and human hearts have 30 to 180 mm; frames of a cine"),
        (
            {"lv_length_mm": 9.0, "lv_diameter_mm": 4.0},
            "LV length 9 mm.*in cm it would be one of usual size",
        ),
        ({"lv_length_mm": 12.0}, "12 mm long and 40 mm wide: only one or a few of its slices"),
        ({"lv_cavity_ml": 2000.0}, "LV cavity 2e.03 ml.*check units"),
        ({"lv_wall_mm": 0.5}, "LV wall 0.5 mm, and human hearts have 1.5 to 45 mm"),
    ],
)
def test_impossible_sizes_are_refused_with_their_likely_cause(ellipsoids, sizes, message):
    with pytest.raises(AnatomyError, match=message):
        judge(ellipsoids | sizes, "human")


def test_a_small_heart_may_be_that_of_a_dog(ellipsoids):
    small = ellipsoids | {
        "lv_length_mm": 28.0,
        "lv_diameter_mm": 18.0,
        "lv_cavity_ml": 6.0,
        "lv_mass_g": 30.0,
    }
    assert judge(small | {"lv_wall_mm": 6.0, "rv_cavity_ml": 8.0}, "dog")
    with pytest.raises(AnatomyError, match="human hearts have"):
        judge(small, "human")


def test_usual_sizes_are_possible_and_species_have_the_same():
    for ranges in RANGES.values():
        assert ranges.keys() == RANGES["human"].keys()
        for usual, possible in ranges.values():
            assert possible[0] < usual[0] < usual[1] < possible[1]


@pytest.mark.parametrize(
    ("longest", "message"),
    [
        (12.0, "in cm it would be one of 120 mm"),
        (0.12, "in m it would"),
        (120e3, "in µm"),
        (600.0, "check its units"),
    ],
)
def test_units_are_suspected_from_the_size_of_the_heart(longest, message):
    with pytest.raises(AnatomyError, match=message):
        refuse_size([longest, longest / 2, longest / 3], "heart.vtu")
    refuse_size([100, 90, 80], "heart.vtu")


def cine(seed, first, frames=25, spacing_mm=1.0):
    """Frames of one mid-ventricular slice over a heartbeat, from a phase on, taken for slices."""
    rng = np.random.default_rng(seed)
    radius, wall, strain = rng.uniform(20, 30), rng.uniform(7, 11), rng.uniform(0.15, 0.35)
    x, y = np.meshgrid(*(1.5 * np.arange(-60, 40),) * 2, indexing="ij")
    labels = np.zeros((*x.shape, frames), np.uint8)
    for number in range(frames):
        phase = (first + number / frames) % 1
        inner = radius * (1 - strain * np.sin(np.pi * min(phase / 0.7, 1)) ** 2)
        outer = np.sqrt(inner**2 + (radius + wall) ** 2 - radius**2)  # of the same area of muscle
        rv = np.hypot(x + 25, y / 1.2) < inner
        r = np.hypot(x, y)
        labels[..., number] = np.select([r < inner, r < outer, rv], [3, 1, 4], 0)
    return Anatomy(labels, np.diag([1.5, 1.5, spacing_mm, 1.0]))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("first", [0.0, 0.15, 0.35, 0.5, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_frames_of_one_slice_are_no_heart(seed, first, axis):
    frames = cine(seed, first)
    turned = Anatomy(np.moveaxis(frames.labels, 2, axis), frames.affine)
    with pytest.raises(AnatomyError, match=rf"cross-sections along axis {axis + 1} .* frames of one slice"):
        refuse_frames(turned)


@pytest.mark.parametrize("apex_cut_mm", [np.inf, 55, 40])
@pytest.mark.parametrize("spacing", [2.0, (1.5, 1.5, 5.0), (1.5, 1.5, 10.0)], ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_hearts_are_no_frames(seed, spacing, apex_cut_mm):
    axes = rotation(seed)
    for grid in (axes, rotation(seed + 100)):
        refuse_frames(ellipsoidal_heart(axes, spacing, grid, apex_cut_mm))
