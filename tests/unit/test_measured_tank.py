"""The whole path of a measured beat, on a lookalike of a tank."""

from pathlib import Path

import numpy as np
import pytest
from tanks import MOVED_MM, consistent, write_tank

from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.data.measured import read_measured
from ecgi.evaluation.measured import lids_of, measured_of, problems_of, transfers
from ecgi.evaluation.measured_estimates import as_store, best_of, estimates, reference_of
from ecgi.evaluation.measured_scores import forward_floor, score
from ecgi.evaluation.reconstruction import carried, relative_error
from ecgi.inverse.classical import Greensite, Tikhonov
from ecgi.io import stores
from ecgi.physics.heart_transfer import MATRICES
from ecgi.reporting.figures.measured import figures
from ecgi.reporting.measured_tables import page

METHODS = {"tikhonov": Tikhonov(choice="l_curve"), "greensite": Greensite(choice="l_curve")}


@pytest.fixture(scope="module")
def tank(tmp_path_factory):
    """Store of the beats, the beats in use, transfer matrices, problems and estimates."""
    folder = tmp_path_factory.mktemp("tank")
    settings = {"cases": [], "compared": list(METHODS), "measured": {"tank": write_tank(folder, consistent)}}
    case = read_experiment(settings).measured["tank"]
    hashes = case.files.hashes()
    files = {name: folder / name for name in hashes}
    read = read_measured(files, case.model_dump() | {"sha256": hashes})
    made_by = {"experiment": "tank", "seed": 0, "settings": {}}
    stores.write(folder / "beats.zarr", *read.as_store(), stores.provenance(made_by))
    store = stores.read(folder / "beats.zarr").load()
    measured = measured_of(store, case.qrs)
    found = transfers(store, measured, {"bem": MATRICES["bem"]}, 8)
    problems = problems_of(measured, found["transfer"])
    lids = lids_of(measured, found)
    rows = estimates(measured, problems, lids, METHODS, 30.0, np.random.default_rng(0))
    return folder, store, measured, found, problems, rows


def test_a_heart_that_was_elsewhere_is_found_and_its_estimate_better(tank):
    _, store, measured, found, problems, rows = tank
    assert found.attrs["shift_mm"] == pytest.approx(MOVED_MM, abs=1)
    assert found.attrs["scale"] == pytest.approx(1, abs=0.02)
    filed, fitted = found.attrs["held_out_error"]
    assert fitted < 0.3 * filed
    points, electrodes = store["heart_point"].values, store["electrode_position"].values
    reference = reference_of(rows, "tikhonov", "filed")
    table = score(measured, rows, points, reference, 8, 100, np.random.default_rng(0))
    value = table.set_index(["kind", "pose", "metric"])["value"].to_dict()
    difference = table.set_index(["kind", "pose", "metric"])["difference_high"].to_dict()
    assert value["best", "fitted", "re"] < value["best", "filed", "re"]
    assert difference["best", "fitted", "re"] < 0
    assert value["best", "fitted", "mae_steepest"] < value["constant map", "", "mae_steepest"]
    assert value["shuffled leads", "fitted", "re"] > value["best", "fitted", "re"]
    assert value["oracle", "filed", "re"] <= value["best", "filed", "re"] + 1e-9
    assert value["other beat", "", "re"] < 0.01
    assert (
        value["best", "fitted", "re"] < value["inverse crime", "fitted", "re"] < value["best", "filed", "re"]
    )
    floor = forward_floor(measured, problems, electrodes, 8, 100, np.random.default_rng(0))
    of_floor = floor.set_index(["beat", "pose", "metric"])["value"]
    assert of_floor["scored", "fitted", "re"] < 0.05 < of_floor["scored", "filed", "re"]
    text = page(table, floor, found.attrs)
    assert "inverse crime" in text
    assert text.count("\n## ") == 4


def test_how_the_base_is_closed_is_a_control(tank):
    _, _, measured, found, problems, rows = tank
    lids = lids_of(measured, found)
    assert list(lids) == [("filed", "bem_lids"), ("fitted", "bem_lids")]
    np.testing.assert_allclose(found["transfer_lids"].sum("node"), 1, atol=1e-6)
    rng = np.random.default_rng(0)
    for pose in ("filed", "fitted"):
        one, other = (
            carried(of[pose, matrix], measured.whole_mv[1], None, rng)
            for of, matrix in ((problems, "bem"), (lids, "bem_lids"))
        )
        assert 1e-4 < relative_error(other, one) < 0.05  # a lid of four edges, on a sphere of 120
    with_lids = [row for row in rows if row.kind == "another base"]
    assert [(row.pose, row.matrix) for row in with_lids] == list(lids)
    assert lids_of(measured, found.drop_vars("transfer_lids")) == {}


def test_the_best_is_chosen_on_the_other_beat(tank):
    rows = tank[-1]
    best = best_of(rows, "fitted")
    errors = [row.found.error_before for row in rows if (row.kind, row.pose) == ("method", "fitted")]
    assert best.found.error_before == min(errors)


def test_figures_are_drawn(tank):
    folder, store, measured, found, _, rows = tank
    paths = {name: [Path(folder / f"{name}.png")] for name in ("electrograms", "activation", "potentials")}
    figures(paths, store, found, as_store(measured, rows), [10.0, 20.0])
    for (path,) in paths.values():
        assert path.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"compared": ["tikhonov", "training_mean"]}, "compared: 'training_mean' estimates no potentials"),
        ({"compared": ["tsvd"]}, "measured.tank.reference: add tikhonov to compared"),
    ],
)
def test_what_estimates_no_potentials_is_refused(tmp_path, change, message):
    settings = {"cases": [], "compared": ["tikhonov"], "measured": {"tank": write_tank(tmp_path)}}
    with pytest.raises(ConfigError, match=message):
        read_experiment(settings | change)
