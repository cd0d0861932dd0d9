"""Conductors that are drawn for the hearts of a cohort, and what methods are given of them."""

from collections import Counter

import pytest

from ecgi.config.cohort import Cohort, CohortPart, DrawnConductors, draw_conductors
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError

WEIGHTS = {"infinite": 2.0, "hull": 1.0, "hull_and_blood": 1.0, "lungs_and_blood": 4.0}
KNOWN = {"same": 2.0, "hull_and_blood": 1.0, "infinite": 1.0}
HEARTS = 2000
VEST = {
    "cases": [],
    "electrodes": {"layout": "vest"},
    "compared": ["tsvd"],
    "evaluation": {"shown_beat": 0},
    "cohort": {"conductors": {"lungs_and_blood": 1}},
}


def cohort(**settings):
    part = CohortPart(hearts=HEARTS, beats=2)
    return Cohort(training=part, validation=part, test=CohortPart(hearts=2, beats=2), **settings)


def drawn(some, part="train", seed=0):
    return [draw_conductors(some, f"{part}{number:04d}", seed) for number in range(1, HEARTS + 1)]


def near(count, share):
    return abs(count / HEARTS - share) < 4 * (share * (1 - share) / HEARTS) ** 0.5


def test_conductors_come_in_the_shares_asked_for_and_independently():
    for part in ("train", "validation"):
        both = drawn(cohort(conductors=WEIGHTS, known_conductors=KNOWN), part)
        true = Counter(heart.true for heart in both)
        assert all(near(true[kind], weight / 8) for kind, weight in WEIGHTS.items())
        told = Counter(heart.known for heart in both if heart.true == "lungs_and_blood")
        assert near(told["lungs_and_blood"], 0.25)
        assert near(told["hull_and_blood"], 0.125)
        assert near(told["infinite"], 0.125)


def test_a_draw_depends_on_seed_and_heart_alone():
    some = cohort(conductors=WEIGHTS, known_conductors=KNOWN)
    assert drawn(some) == drawn(some) != drawn(some, seed=1)
    other = cohort(conductors=dict(reversed(WEIGHTS.items())), known_conductors=KNOWN)
    assert drawn(some) == drawn(other)
    assert drawn(some) != drawn(some, "validation")
    fewer = some.model_copy(update={"training": CohortPart(hearts=3, beats=5)})
    assert [draw_conductors(fewer, f"train000{number}", 0) for number in (1, 2, 3)] == drawn(some)[:3]
    true = [heart.true for heart in drawn(some)]
    assert true == [heart.true for heart in drawn(cohort(conductors=WEIGHTS))]


def test_methods_are_given_the_own_conductor_unless_another_is_drawn():
    assert all(heart.known == heart.true for heart in drawn(cohort(conductors=WEIGHTS)))
    both = drawn(cohort(conductors={"hull": 1}, known_conductors={"infinite": 1}))
    assert set(both) == {DrawnConductors("hull", "infinite")}


def test_a_cohort_without_conductors_has_one_as_ever():
    experiment = read_experiment({**VEST, "cohort": {}})
    assert all(experiment.drawn_conductors(heart) is None for heart in experiment.parts)
    assert all(experiment.layout_of(heart) == experiment.electrodes for heart in experiment.parts)


def test_an_experiment_places_electrodes_in_what_is_drawn_and_tests_in_its_own():
    experiment = read_experiment({**VEST, "cases": ["phantom02"]})
    assert experiment.layout_of("train0001").conductor == "lungs_and_blood"
    assert experiment.drawn_conductors("validation0001") == DrawnConductors(*2 * ["lungs_and_blood"])
    for heart in ("test0001", "phantom02"):
        assert experiment.layout_of(heart) == experiment.electrodes
        assert experiment.drawn_conductors(heart) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"electrodes": {"layout": "grid"}}, "cohort.conductors: lungs_and_blood is the torso of a vest"),
        ({"electrodes": {"lead_field": "field.zarr"}}, "cohort.conductors has no effect on a lead field"),
        (
            {"electrodes": {"conductor": "auto", "torso_surfaces": "skin.stl"}},
            "cohort.conductors has no place for electrodes.torso_surfaces",
        ),
        ({"cohort": {"known_conductors": {"same": 1}}}, "set conductors, or remove it"),
        ({"cohort": {"conductors": {}}}, "cohort.conductors"),
        ({"cohort": {"conductors": {"same": 1}}}, "cohort.conductors"),
        ({"cohort": {"conductors": {"hull": 0}}}, "cohort.conductors.hull"),
        ({"cohort": {"conductors": {"hull": 1}, "known_conductors": {"auto": 1}}}, "cohort.known_conductors"),
    ],
)
def test_what_can_not_be_drawn_is_refused_with_its_key(changes, words):
    with pytest.raises(ConfigError, match=words):
        read_experiment(VEST | changes)
