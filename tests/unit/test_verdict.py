"""Whether a map can be believed, in words."""

import numpy as np
import pytest

from ecgi.evaluation.goodness_of_fit import Fit
from ecgi.reporting.verdict import verdict, what_would_change_it

READ = {"name": "as read", "error": 0.1}
LARGER = {"name": "a torso 1.25 times as large", "error": 0.17}
SOUND = {"warnings": [], "readings": [READ, LARGER]}


def fit(error):
    return Fit(1.0, error, 0.9, np.ones(3), np.zeros(3), 0.0, 0.0, error, error, error)


@pytest.mark.parametrize(
    ("error", "warnings", "beginning"),
    [
        (0.1, [], "The map can be believed as far as its model holds"),
        (0.1, ["warning: flat: L7; not used"], "The map can be believed as far as its model holds"),
        (0.1, ["warning: onset found at 80 ms, which is uncertain"], "Read this map with care"),
        (0.4, [], "Read this map with care"),
        (0.7, [], "Do not rely on this map"),
    ],
)
def test_it_follows_the_fit_and_the_warnings(error, warnings, beginning):
    assert verdict(fit(error), SOUND, warnings).startswith(beginning)


def test_another_reading_that_fits_clearly_better_comes_before_a_close_fit():
    warning = "warning: would fit clearly better: electrodes in LPS (relative error 0.10, as read 0.20); "
    examined = SOUND | {"warnings": [warning + "do not rely on the map before this is settled"]}
    words = verdict(fit(0.2), examined, examined["warnings"])
    assert words == (
        "Do not rely on this map: another reading of the recording fits clearly better, electrodes in LPS "
        "(relative error 0.10, as read 0.20)."
    )


def test_an_examination_of_few_leads_or_of_many_sites_is_not_counted_on():
    for readings in ([], [READ | {"error": 0.8}, LARGER]):
        examined = {"warnings": [], "readings": readings}
        assert "other readings" not in verdict(fit(0.1), examined, [])
        network = {"settings": '{"methods": {"lifted": {"family": "map_backprojection"}}}'}
        lines = what_would_change_it(
            examined, [], [80, 80.2], network | {"conductor": "skin 0.2 S/m (400 points)"}
        )
        assert lines == ["Another torso than that which was used: skin 0.2 S/m (400 points)."]


def test_what_would_change_a_map_begins_with_its_warnings():
    search = {"settings": '{"methods": {"mine": {"kind": "physics_search"}}}'}
    lines = what_would_change_it(
        SOUND, ["warning: check the units"], [75, 82], search | {"conductor": "infinite, 0.2 S/m"}
    )
    assert lines[0] == "Check the units."
    assert "between 75 and 82 ms" in lines[1]
    assert lines[2].startswith("A torso")
    assert "a torso 1.25 times as large (relative error 0.17, as read 0.10" in lines[3]
    assert "several sites" in lines[4]


def test_potentials_of_the_epicardium_say_what_they_do_not_see():
    settings = {"settings": '{"methods": {"mine": {"kind": "epicardial"}}}', "conductor": "hull"}
    assert (
        "begins in the septum or at the endocardium"
        in what_would_change_it(SOUND, [], [80, 80], settings)[-1]
    )
