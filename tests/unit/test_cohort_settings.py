from pathlib import Path

from ecgi.config.cases import read_cases
from ecgi.config.cohort import Cohort, CohortPart, phantoms
from ecgi.config.experiment import read_experiment

ROOT = Path(__file__).parents[2]


def test_a_cohort_has_hearts_of_its_own_for_each_part_and_the_cases_to_judge_on():
    cohort = {
        "training": {"hearts": 3, "beats": 40},
        "validation": {"hearts": 1, "beats": 7},
        "test": {"hearts": 2, "beats": 5, "first": 11},
    }
    experiment = read_experiment(
        {"cohort": cohort, "cases": ["phantom01"], "compared": ["greensite"], "protocol": {"beats": 13}}
    )
    assert experiment.parts == {
        **dict.fromkeys(("train0001", "train0002", "train0003"), "train"),
        "validation0001": "validation",
        **dict.fromkeys(("test0011", "test0012", "phantom01"), "test"),
    }
    beats = {case: experiment.beats_of(case) for case in experiment.parts}
    assert beats == {
        **dict.fromkeys(("train0001", "train0002", "train0003"), 40),
        "validation0001": 7,
        **dict.fromkeys(("test0011", "test0012"), 5),
        "phantom01": 13,
    }


def test_phantoms_of_a_cohort_differ_as_adults_do_and_none_is_made_twice(monkeypatch):
    monkeypatch.chdir(ROOT)
    experiment = read_experiment({"cohort": {}, "cases": ["phantom01"], "compared": ["greensite"]})
    hearts = read_cases(experiment)
    assert hearts.pop("phantom01").spread == "mild"
    assert {(heart.kind, heart.spread) for heart in hearts.values()} == {("phantom", "adults")}
    most = CohortPart(hearts=9999, beats=1)
    seeds = {seed for _, seed in phantoms(Cohort(training=most, validation=most, test=most)).values()}
    assert len(seeds) == 3 * 9999


def test_a_cohort_needs_no_cases_and_without_one_all_beats_are_split():
    experiment = read_experiment({"cohort": {}, "cases": [], "compared": ["greensite"]})
    assert set(experiment.parts.values()) == {"train", "validation", "test"}
    assert read_cases(experiment).keys() == experiment.parts.keys()
    alone = read_experiment({"cases": ["phantom01"], "protocol": {"beats": 31}})
    assert alone.parts == {"phantom01": None}
    assert alone.beats_of("phantom01") == 31
