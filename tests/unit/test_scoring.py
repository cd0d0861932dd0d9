import numpy as np
import pytest
import xarray as xr

from ecgi.data.description import describe
from ecgi.data.normalisation import Normalisation
from ecgi.data.summary import summarise
from ecgi.evaluation.metrics import bsp_sums, map_sums
from ecgi.evaluation.scoring import score, score_beats
from ecgi.physics.electrodes import COORDINATES

SHAPE, LATEST = (2, 6, 6), 120.0
NORMALISATION = Normalisation(LATEST, -1.0, 1.0, -0.2)
MAP = ("slice", "y", "x")
SIGNALS = ("beat", "electrode", "time")


def heart_of(case, splits, seed=0):
    rng = np.random.default_rng(seed)
    count = len(splits)
    tissue = np.zeros(SHAPE, np.uint8)
    tissue[:, 1:-1, 1:-1] = 1
    maps = np.where(tissue > 0, rng.uniform(0, LATEST, (count, *SHAPE)), np.nan)
    return xr.Dataset(
        {
            "activation_time": (("beat", *MAP), maps),
            "bsp": (SIGNALS, rng.standard_normal((count, 3, 20))),
            "tissue": (MAP, tissue),
            "segment": (MAP, rng.integers(1, 18, SHAPE) * tissue),
            "position": ((*MAP, "axis"), rng.random((*SHAPE, 3))),
            "electrode_position": (("electrode", "axis"), rng.random((3, 3))),
        },
        {
            "electrode": np.arange(3),
            "beat": 10 + np.arange(count),
            "split": ("beat", np.array(splits)),
            "kind": ("beat", np.resize(["sinus", "single_site"], count)),
        },
        {"case": case},
    )


@pytest.fixture(scope="module")
def heart():
    return heart_of("a", ["train", "test", "train", "test", "test"])


def summary(heart):
    return summarise(
        heart.attrs["case"],
        *(heart[name].values for name in ("beat", "split", "activation_time", "bsp", "electrode_position")),
    )


def predicted(beats, seed=1, samples=3, bsp=False):
    rng = np.random.default_rng(seed)
    made = {
        "activation_time": (
            ("sample", "beat", *MAP),
            rng.uniform(0, LATEST, (samples, beats.sizes["beat"], *SHAPE)),
        )
    }
    if bsp:
        made["bsp"] = (SIGNALS, rng.standard_normal(beats["bsp"].shape))
    return xr.Dataset(made, {"beat": beats["beat"].values, "split": ("beat", beats["split"].values)})


@pytest.fixture(scope="module")
def tests(heart):
    return heart.isel(beat=heart["split"].values == "test")


def test_a_row_holds_the_sums_of_its_beat(heart, tests):
    prediction = predicted(tests, bsp=True)
    rows = score_beats(heart, tests, prediction, "nominal", NORMALISATION)
    assert rows["beat"].tolist() == [11, 13, 14]
    assert rows["kind"].tolist() == ["single_site", "single_site", "sinus"]
    assert set(rows["case"]) == {"a"}
    maps = prediction["activation_time"].values
    mean_map = heart["activation_time"].values[[0, 2]].mean(0)
    expected = map_sums(
        heart["activation_time"].values[3],
        maps[:, 1],
        mean_map,
        heart["tissue"].values > 0,
        heart["position"].values,
        LATEST,
        -0.2,
        heart["segment"].values,
        maps[:, 0],
    ) | bsp_sums(heart["bsp"].values[3], prediction["bsp"].values[1])
    for name, value in expected.items():
        assert rows.loc[1, name] == pytest.approx(value), name


def test_a_heart_without_training_beats_has_the_mean_of_its_own():
    heart = heart_of("b", ["test"] * 3)
    rows = score_beats(heart, heart, predicted(heart), "nominal", NORMALISATION)
    mask = heart["tissue"].values > 0
    maps = heart["activation_time"].values[:, mask]
    np.testing.assert_allclose(rows["se_mean_map"], ((maps - maps.mean(0)) ** 2).sum(1))


def test_noise_of_recorded_signals_does_not_count_as_truth(heart, tests):
    prediction = predicted(tests, bsp=True)
    noisy = tests.assign(bsp_noise_free=tests["bsp"], bsp=tests["bsp"] + 5.0)
    quiet, loud = (score_beats(heart, some, prediction, "x", NORMALISATION) for some in (tests, noisy))
    np.testing.assert_array_equal(quiet["bsp_cc"], loud["bsp_cc"])


def test_what_methods_are_told_is_scored_against_what_is_recorded_whatever_they_predict(heart, tests):
    told = tests.assign(bsp_noise_free=tests["bsp"], bsp=tests["bsp"] + 5.0, bsp_told=2 * tests["bsp"])
    for seed in (1, 2):
        rows = score_beats(heart, told, predicted(tests, seed), "x", NORMALISATION)
        np.testing.assert_allclose(rows[["told_rdm", "told_mag", "told_re"]], [[0, 2, 1]] * 3, atol=1e-6)
    assert "told_re" not in score_beats(heart, tests, predicted(tests), "nominal", NORMALISATION)


def test_a_single_beat_has_no_other_to_be_shuffled_with(heart, tests):
    one = tests.isel(beat=[0])
    assert "ae_shuffled" not in score_beats(heart, one, predicted(one), "nominal", NORMALISATION)
    assert "ae_shuffled" in score_beats(heart, tests, predicted(tests), "nominal", NORMALISATION)


def test_a_prediction_of_no_beats_has_no_rows(heart, tests):
    none = xr.Dataset(coords={"beat": np.array([], int), "split": ("beat", np.array([], str))})
    assert len(score_beats(heart, tests, none, "nominal", NORMALISATION)) == 0


def test_each_condition_of_each_heart_is_scored_against_its_own_truth(heart, tests):
    other = heart_of("b", ["test"] * 2, seed=5)
    judged = [
        ("nominal", heart, tests, predicted(tests)),
        ("noisy", heart, tests, predicted(tests, seed=2)),
        ("nominal", other, other, predicted(other)),
    ]
    rows = score(judged, NORMALISATION)
    assert rows.groupby(["case", "condition"]).size().to_dict() == {
        ("a", "nominal"): 3,
        ("a", "noisy"): 3,
        ("b", "nominal"): 2,
    }


def test_the_training_part_alone_gives_the_normalisation_and_every_beat_its_split(heart):
    other = heart_of("b", ["test", "test"], seed=5)
    other["bsp"] = other["bsp"] * 100
    split, normalisation, electrodes = describe([summary(heart), summary(other)], -0.2)
    assert split.columns.tolist() == ["case", "beat", "split"]
    places = electrodes.groupby("case", sort=False)[COORDINATES]
    assert [case for case, _ in places] == ["a", "b"]
    np.testing.assert_array_equal(places.get_group("b"), other["electrode_position"].astype(np.float32))
    assert split["split"].tolist() == [*heart["split"].values, "test", "test"]
    train = heart.isel(beat=heart["split"].values == "train")
    stored = train.astype(np.float32)
    assert normalisation == Normalisation(
        float(np.nanmax(stored["activation_time"])),
        float(stored["bsp"].min()),
        float(stored["bsp"].max()),
        -0.2,
    )
