"""Stores of hearts whose conductor is drawn, by the real rules."""

import json

import numpy as np
import pytest
import test_cohort

from ecgi.config.experiment import read_experiment
from ecgi.data.boundary_kernels import boundary_kernels
from ecgi.io import stores
from ecgi.io.conductors import conductor_in

DRAWN = {
    "experiment": "drawn",
    "seed": 1,
    "cohort": {
        "training": {"hearts": 2, "beats": 3},
        "validation": {"hearts": 1, "beats": 2},
        "test": {"hearts": 1, "beats": 2},
        "conductors": {"hull": 1},
        "known_conductors": {"same": 1, "infinite": 1},
    },
    "slices": test_cohort.COHORT["slices"],
    "electrodes": test_cohort.COHORT["electrodes"],
    "conditions": {},
    "evaluation": {"shown_slice": 8},
    "compared": ["mean_of_sites"],
    "cases": [],
}
HEARTS = ("train0001", "train0002")


@pytest.fixture(scope="module")
def drawn(copied):
    return test_cohort.run(
        copied(), DRAWN, "--", *(f"results/drawn/dataset/{heart}.zarr" for heart in HEARTS)
    )


@pytest.mark.slow
def test_what_methods_are_given_differs_from_the_beats_exactly_where_drawn(drawn):
    experiment = read_experiment(
        {key: DRAWN[key] for key in ("seed", "cases", "cohort", "compared", "electrodes")}
    )
    known = {heart: experiment.drawn_conductors(heart) for heart in HEARTS}
    assert {draw.known for draw in known.values()} == {"hull", "infinite"}
    for heart, draw in known.items():
        beats = stores.read(drawn / f"dataset/{heart}.zarr")
        leads = stores.read(drawn / f"simulation/{heart}/lead_field.zarr")
        settings = json.loads(beats.attrs["settings"])
        true = conductor_in(leads)
        assert "hull" in true.description
        assert settings["known_conductor"] == draw.known
        assert ("boundary_kernels" in beats) == (draw.known == "hull")
        if draw.known == "hull":
            grid, electrodes = stores.grid_of(beats), beats["electrode_position"].values
            finer = boundary_kernels(grid, electrodes, true)
            apart = np.linalg.norm(beats["boundary_kernels"].values - finer) / np.linalg.norm(finer)
            assert 0 < apart < 0.1
