"""A beat of another heart placed in a lookalike of a tank, and scored by what was chosen elsewhere."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from tanks import BAD_LEAD, consistent, write_lone, write_tank

from ecgi.anatomy.triangles import Shape, signed_distance
from ecgi.anatomy.triangulation import graph_laplacian, with_lids
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.core.errors import InputError
from ecgi.data.measured import read_lone_beat, read_measured, referenced_to_mean
from ecgi.evaluation.measured_estimates import as_store, reference_of
from ecgi.evaluation.measured_scores import score
from ecgi.evaluation.placed import PLACES, own_beat, placed, placed_beat
from ecgi.evaluation.placed_estimates import (
    Chosen,
    best_measured,
    chosen_on,
    placed_estimates,
    placed_problems,
)
from ecgi.evaluation.reconstruction import filled, relative_error
from ecgi.inverse.classical import Tikhonov
from ecgi.inverse.heart_pose import Pose, posed
from ecgi.io import stores
from ecgi.io.surfaces import read_surface
from ecgi.physics.heart_transfer import MATRICES
from ecgi.reporting.figures.measured import of_heart
from ecgi.reporting.measured_tables import placed_page

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared/data/tank"
METHODS = {"tikhonov": Tikhonov(order=2, choice="l_curve")}
ONE = Chosen("mfs", "tikhonov", "other beat", 1e-4, 0.5)
SHIFT_MM, MOVED_MM = np.array([0, 0, 20.0]), [3.0, 0, 4]


@pytest.fixture(scope="module")
def beats(tmp_path_factory):
    """The beat of the other heart, stores of the tank's own and of it, placed, and the tank's beats."""
    folder = tmp_path_factory.mktemp("placed")
    case = write_lone(folder, write_tank(folder, consistent))
    settings = {"cases": [], "compared": ["tikhonov"], "measured": {"tank": case}}
    case = read_experiment(settings).measured["tank"]
    hashes = case.files.hashes()
    files = {name: folder / name for name in hashes}
    measured = read_measured(files, case.model_dump() | {"sha256": hashes})
    made_by = {"experiment": "tank", "seed": 0, "settings": {}}
    stores.write(folder / "beats.zarr", *measured.as_store(), stores.provenance(made_by))
    tank = stores.read(folder / "beats.zarr").load()
    lone = read_lone_beat(files, case.placed.model_dump() | {"sha256": hashes})
    pose = Pose(SHIFT_MM, np.radians([0, 0, 45]), 1.0, np.nan)
    filed = Pose(np.zeros(3), np.zeros(3), 1.0, np.nan)
    own, other = (
        placed(tank, beat, at, 60, MOVED_MM, MATRICES) for beat, at in ((own_beat(tank), filed), (lone, pose))
    )
    return lone, own, other, tank


@pytest.fixture(scope="module")
def estimated(beats):
    """The placed beat and its estimates."""
    _, own, other, _ = beats
    rng = np.random.default_rng(0)
    on_own, measured = (placed_beat(store, (0, 34), 30.0, rng) for store in (own, other))
    chosen = chosen_on(placed_problems(own, on_own), on_own, METHODS)
    return measured, chosen, placed_estimates(other, measured, METHODS, chosen, ONE, 30.0, rng)


def test_the_lid_and_bad_leads_have_no_potential(beats):
    lone, *_ = beats
    assert np.flatnonzero(np.isnan(lone.heart_mv).any(1)).tolist() == [BAD_LEAD - 1, len(lone.heart_mv) - 1]
    np.testing.assert_allclose(np.nanmean(lone.heart_mv, axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(lone.heart_mv[0, :15] + lone.heart_mean_mv[:15], 0, atol=1e-9)
    assert list(lone.frames[[0, -1]]) == [-20, 47]


def test_the_heart_lies_where_it_is_put_and_the_coarser_surface_is_another(beats):
    lone, _, store, _ = beats
    heart = Shape(store["heart_point"].values, store["heart_triangle"].values)
    np.testing.assert_allclose(heart.points.mean(0), lone.heart.points.mean(0) + SHIFT_MM, atol=1e-9)
    np.testing.assert_allclose(heart.volume, lone.heart.volume)
    coarse = store["coarse_point"].values
    assert 40 < len(coarse) < 90
    assert np.abs(signed_distance(heart, coarse)).max() < 3
    assert np.linalg.norm(coarse[:, None] - heart.points, axis=2).min(1).mean() > 1
    for name in ("to_nodes", "to_coarse"):
        np.testing.assert_allclose(store[name].values.sum(1), 1)
    # along the axis of the heart a potential survives the way to the coarser surface and back
    back = store["to_nodes"].values @ (store["to_coarse"].values @ heart.points)
    assert np.linalg.norm(back - heart.points, axis=1).mean() < 2


def test_potentials_around_are_those_of_the_finer_surface(beats):
    _, _, store, tank = beats
    laplacian = graph_laplacian(store["heart_triangle"].values, store.sizes["node"])
    on_coarse = store["to_coarse"].values @ filled(store["heart_potential"].values, laplacian)
    around = [store["transfer"].sel(place=place, matrix="bem").values @ on_coarse for place in PLACES]
    exact, moved, truth = (
        referenced_to_mean(potentials) for potentials in (*around, store["torso_potential"].values)
    )
    assert 0.01 < relative_error(exact, truth) < 0.12
    assert relative_error(moved, exact) > 0.05
    torso = Shape(tank["torso_point"].values.astype(float), tank["torso_triangle"].values)
    surface = Shape(store["coarse_point"].values + MOVED_MM, store["coarse_triangle"].values)
    electrodes = tank["electrode_position"].values.astype(float)
    for name, matrix in MATRICES.items():
        found = store["transfer"].sel(place="moved", matrix=name).values
        np.testing.assert_allclose(found, matrix(torso, surface, electrodes), atol=1e-6)


def test_nothing_is_chosen_on_the_placed_beat(beats, estimated):
    _, _, other, _ = beats
    measured, chosen, rows = estimated
    beat = measured.beats[0]
    blind = measured._replace(beats=(beat._replace(heart_mv=-beat.heart_mv),) * 2)
    again = placed_estimates(other, blind, METHODS, chosen, ONE, 30.0, np.random.default_rng(1))
    honest = ("method", "best", "best measured")
    for row, same in zip(rows, again, strict=True):
        assert row.keys == same.keys or row.kind == "oracle"
        if row.kind in honest:
            np.testing.assert_array_equal(row.found.heart_mv, same.found.heart_mv)
    for place in PLACES:
        best = next(row for row in rows if (row.kind, row.pose) == ("best", place))
        assert best.found.error_before == min(choice.error for choice in chosen[place])
    given = next(row for row in rows if row.kind == "best measured")
    assert (given.matrix, given.found.weight) == ("mfs", 1e-4)


def test_scores_page_and_figures(beats, estimated, tmp_path):
    _, _, store, _ = beats
    measured, _, rows = estimated
    reference = reference_of(rows, "tikhonov", "moved")
    points = store["heart_point"].values
    table = score(measured, rows, points, reference, 8, 100, np.random.default_rng(0))
    value = table[table["kind"] != "method"].set_index(["kind", "pose", "metric"])["value"].to_dict()
    assert value["best", "moved", "cc_delays"] > 0.9
    assert (
        value["best", "exact", "re"] < value["best", "moved", "re"] < value["shuffled leads", "moved", "re"]
    )
    assert value["oracle", "moved", "re"] <= value["best", "moved", "re"] + 1e-9
    assert value["best", "moved", "mae_delays"] < value["constant map", "", "mae_delays"]
    assert best_measured(table.assign(pose="fitted")).method == "tikhonov"
    text = placed_page(table)
    assert text.startswith("Value and 95 % interval")
    assert text.count("\n## ") == 3
    paths = {name: [Path(tmp_path / f"{name}.png")] for name in ("electrograms", "activation")}
    of_heart(
        paths, Shape(points, store["heart_triangle"].values), as_store(measured, rows), "estimate, surface"
    )
    for (path,) in paths.values():
        assert path.stat().st_size > 10_000


def test_a_heart_outside_the_torso_is_refused(beats):
    lone, _, _, tank = beats
    outside = Pose(np.array([0, 0, 100.0]), np.zeros(3), 1.0, np.nan)
    with pytest.raises(InputError, match="points of the heart lie outside the torso"):
        placed(tank, lone, outside, 60, MOVED_MM, MATRICES)
    inside = Pose(SHIFT_MM, np.zeros(3), 1.0, np.nan)
    with pytest.raises(InputError, match="points of the heart lie outside the torso"):
        placed(tank, lone, inside, 60, [0, 0, 80], MATRICES)


def test_windows_of_a_placed_beat_are_checked(tmp_path):
    case = write_lone(tmp_path, write_tank(tmp_path))
    case["placed"] |= {"qrs": [0, 60]}
    settings = {"cases": [], "compared": ["tikhonov"], "measured": {"tank": case}}
    with pytest.raises(ConfigError, match=r"qrs: must lie within the window, \[-20, 47\]"):
        read_experiment(settings)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recording is not here")
def test_the_other_sock_lies_in_the_tank_as_its_settings_say():
    settings = yaml.safe_load((ROOT / "config/tank.yaml").read_text())
    settings["measured"]["utah"]["files"]["folder"] = str(SHARED)
    case = read_experiment(settings).measured["utah"]
    hashes = case.files.hashes()
    lone = read_lone_beat(
        {name: SHARED / name for name in hashes}, case.placed.model_dump() | {"sha256": hashes}
    )
    assert lone.heart_mv.shape == (491, 77)
    size = np.sqrt(np.nanmean(lone.heart_mv**2, axis=0))
    assert size[:21].max() < 0.02 * size.max()
    turn = np.radians(case.placed.rotation_degrees)
    there = posed(lone.heart, Pose(np.array(case.placed.shift_mm), turn, 1.0, np.nan))
    tank = read_surface(SHARED / case.open_heart, "RAS")
    places = there.points, with_lids(*tank).points
    middles = [points[:-1].mean(0) for points in places]
    np.testing.assert_allclose(*middles, atol=1)
    axes = [points[-1] - middle for points, middle in zip(places, middles, strict=True)]
    one, other = (axis / np.linalg.norm(axis) for axis in axes)
    assert np.degrees(np.arccos(one @ other)) < 1
