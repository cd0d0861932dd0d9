import numpy as np
import pandas as pd
import pytest

from ecgi.core.seeds import generator
from ecgi.evaluation.bootstrap import COLUMNS, readable, summarise
from ecgi.evaluation.metrics import METRICS, map_sums
from ecgi.evaluation.tabulation import NAMES, tabulate

SHAPE, LATEST = (2, 5, 5), 100.0


def scored(beats=40, noise=5.0, samples=1, seed=0):
    """Scores of a method whose errors are Gaussian with the given SD in ms."""
    rng = np.random.default_rng(seed)
    mask = np.ones(SHAPE, bool)
    positions = rng.random((*SHAPE, 3))
    rows = []
    for beat in range(beats):
        truth = rng.uniform(0, LATEST, SHAPE)
        maps = truth + rng.normal(0, noise, (samples, *SHAPE))
        sums = map_sums(truth, maps, np.full(SHAPE, 50.0), mask, positions, LATEST, 0.0)
        rows.append(
            {
                "case": "patient7",
                "condition": "nominal",
                "beat": beat,
                "kind": "single_site",
                "split": ["validation", "test"][beat % 4 > 0],
                **sums,
            }
        )
    return pd.DataFrame(rows)


def sums_of(rows):
    return rows.drop(columns=NAMES)


def summary(rows, resamples=500, family=None, seed=0):
    hearts = rows["case"].to_numpy()
    table = summarise(sums_of(rows), hearts, family, resamples, generator(seed, "bootstrap"))
    return table.set_index("metric")


def test_values_are_the_metrics_of_all_beats_together():
    rows = scored()
    table = summary(rows)
    totals = sums_of(rows).sum()
    for name, metric in METRICS.items():
        if metric.needs in totals:
            assert table.loc[name, "value"] == pytest.approx(metric.of(totals))
            assert table.loc[name, "unit"] == metric.unit
    distances = sums_of(rows)["earliest_mm"].sort_values().to_numpy()
    for name, share in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
        below = int(np.ceil(share * len(distances))) - 1
        assert table.loc[f"earliest_site_distance_{name}", "value"] == distances[below]
    assert table.loc["rmse", "value"] == pytest.approx(5, rel=0.1)
    assert (table["n"] == 40).all()


def test_intervals_bracket_their_values():
    table = summary(scored(samples=4))
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert (table["low"] < table["high"])[["mae", "rmse", "r2", "sd"]].all()


def test_intervals_hold_the_true_value_about_as_often_as_they_say():
    held = 0
    for seed in range(60):
        low, high = summary(scored(30, noise=4.0, seed=seed), 200).loc["rmse", ["low", "high"]]
        held += low <= 4.0 <= high
    assert held >= 60 * 0.95 - 3 * np.sqrt(60 * 0.95 * 0.05)


def test_more_beats_narrow_the_interval():
    few, many = (summary(scored(beats)).loc["mae", ["low", "high"]] for beats in (20, 320))
    assert np.diff(many)[0] == pytest.approx(np.diff(few)[0] / 4, rel=0.5)


def test_beats_that_score_alike_have_an_interval_of_no_width():
    rows = pd.concat([scored(1)] * 10)
    table = summary(rows)
    np.testing.assert_allclose(table["low"].astype(float), table["high"].astype(float))


def test_beats_of_one_heart_count_as_one_where_there_are_several_hearts():
    rows = pd.concat([scored(1, seed=heart).assign(case=f"patient{heart}") for heart in range(8)])
    copied = pd.concat([rows] * 10)
    once, often = (summary(some).loc["mae", ["low", "high"]] for some in (rows, copied))
    np.testing.assert_allclose(once.astype(float), often.astype(float))


def test_beats_without_a_value_are_left_out_of_it_alone():
    rows = scored().assign(lv_beats=np.nan, segment_found=np.nan)
    rows.loc[:9, "lv_beats"], rows.loc[:9, "segment_found"] = 1.0, [1.0] * 7 + [0.0] * 3
    table = summary(rows)
    assert table.loc["segment_accuracy", "value"] == pytest.approx(70)
    assert table.loc["mae", "value"] == pytest.approx(summary(scored()).loc["mae", "value"])


def test_a_cohorts_phantoms_are_judged_apart_from_other_hearts_and_by_kind():
    kinds = np.where(np.arange(40) % 2, "single_site", "sinus")
    ours, other = scored(noise=5.0).assign(case="test0001", kind=kinds), scored(noise=20.0)
    table = tabulate([("lifted", 0, pd.concat([ours, other]))], {}, ["test0001"], 200, 1)
    mae = table[(table["metric"] == "mae") & (table["split"] == "test")].set_index("beats")
    groups = ["phantoms", "phantoms, single_site", "phantoms, sinus", "phantoms, all but single_site"]
    assert list(mae.index) == [*groups, "patient7"]
    assert mae.loc["patient7", "value"] == pytest.approx(4 * mae.loc["phantoms", "value"], rel=0.1)
    assert mae.loc["phantoms", "n"] == mae.loc["phantoms, single_site", "n"] + mae.loc["phantoms, sinus", "n"]


def test_the_bootstrap_is_deterministic_in_its_seed():
    rows = scored()
    pd.testing.assert_frame_equal(summary(rows, seed=3), summary(rows, seed=3))
    assert (summary(rows, seed=3)["low"] != summary(rows, seed=4)["low"]).any()


def test_metrics_that_a_method_has_no_sums_for_are_left_out():
    one, several = summary(scored(samples=1)), summary(scored(samples=3))
    assert {"mae", "mse_frame_11"} <= set(one.index)
    assert "sd" not in one.index
    assert {"sd", "mse_wall_01_samples"} <= set(several.index)
    assert not [name for name in several.index if name.startswith("bsp")]


def test_the_figures_of_the_paper_stand_beside_the_family_they_are_of():
    rows = scored()
    assert summary(rows, family="map_vae").loc["mse_wall_01", "paper"] == 0.018
    assert pd.isna(summary(rows, family="map_vae").loc["mae", "paper"])
    assert summary(rows, family="map_prior_cvae")["paper"].isna().all()


@pytest.fixture(scope="module")
def table():
    scores = [
        ("training_mean", 0, scored(noise=20.0)),
        ("cvae", 0, scored(noise=5.0, samples=3)),
        ("cvae", 1, scored(noise=6.0, samples=3)),
    ]
    return tabulate(scores, {"cvae": "map_cvae"}, [], 200, 1)


def test_the_table_is_tidy(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated(["method", "condition", "split", "seed", "metric"]).any()
    runs = set(table[["method", "seed", "split"]].itertuples(index=False, name=None))
    splits = ("test", "validation")
    assert runs == {
        (method, seed, split)
        for method, seed in [("training_mean", 0), ("cvae", 0), ("cvae", 1)]
        for split in splits
    }
    assert set(table.loc[table["split"] == "test", "n"]) == {30}
    assert set(table.loc[table["split"] == "validation", "n"]) == {10}


def test_the_row_of_a_method_does_not_depend_on_the_other_methods(table):
    alone = tabulate([("cvae", 0, scored(noise=5.0, samples=3))], {"cvae": "map_cvae"}, [], 200, 1)
    among = table[(table["method"] == "cvae") & (table["seed"] == 0)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, check_dtype=False)


def test_each_condition_has_rows_of_its_own(table):
    quiet, loud = scored(noise=5.0), scored(noise=20.0).assign(condition="realistic")
    both = tabulate([("nearest", 0, pd.concat([quiet, loud]))], {}, [], 200, 1)
    mae = both[(both["metric"] == "mae") & (both["split"] == "test")].set_index("condition")["value"]
    assert mae["realistic"] == pytest.approx(4 * mae["nominal"], rel=0.1)
    assert len(readable(both)) == 2 * len(readable(both[both["condition"] == "nominal"]))


def test_the_readable_table_has_a_row_per_method_and_metric_of_the_test_part(table):
    shown = readable(table)
    test = table[table["split"] == "test"]
    assert len(shown) == len(test[["method", "metric"]].drop_duplicates())
    row = shown[(shown["method"] == "cvae") & (shown["metric"] == "mse_wall_01")].iloc[0]
    parts = test[(test["method"] == "cvae") & (test["metric"] == "mse_wall_01")]
    assert float(row["value"]) == pytest.approx(parts["value"].mean(), rel=1e-3)
    low, high = map(float, row["95 % interval"].split(" to "))
    assert low == pytest.approx(parts["low"].min(), rel=1e-3)
    assert high == pytest.approx(parts["high"].max(), rel=1e-3)
    assert (row["paper"], row["n"], row["seeds"]) == ("0.095", "30", "2")
    assert shown.loc[shown["metric"] == "mae", "paper"].tolist() == ["", ""]
