import numpy as np
import pytest
from spheres import sphere

from ecgi.anatomy.triangulation import graph_laplacian
from ecgi.data.measured import referenced_to_mean
from ecgi.evaluation.activation_operators import OPERATORS, activation_times
from ecgi.evaluation.electrograms import (
    blocks_of,
    counts_of_blocks,
    potential_scores,
    time_scores,
    with_intervals,
)
from ecgi.evaluation.reconstruction import Problem, Recorded, carried, filled, reconstructions
from ecgi.inverse.classical import Greensite, Tikhonov, TruncatedSvd
from ecgi.inverse.heart_pose import Pose, fit_pose, posed

HEART = sphere(1, 30.0)
TORSO = sphere(2, 100.0)
LAPLACIAN = graph_laplacian(HEART.triangles, len(HEART.points))
TIMES = np.arange(0.0, 45.0)


def field(heart):
    """Potentials around a heart of charges at its nodes, relative to their mean."""
    distance = np.linalg.norm(TORSO.points[:, None] - heart.points, axis=2)
    return referenced_to_mean(10 / distance)


def wave(direction, speed=3.0):
    """Electrograms of a plane wave over the heart, and its activation times."""
    active = 8 + (HEART.points @ direction + 30) / speed
    return -5 * np.tanh((TIMES - active[:, None]) / 2), active


def test_scores_are_those_of_their_definitions():
    rng = np.random.default_rng(0)
    truth, noise = rng.standard_normal((2, 30, 20))
    counts = np.ones((1, 30))
    perfect = potential_scores(truth, truth, counts)
    assert {name: round(float(value[0]), 9) for name, value in perfect.items()} == {
        "sc": 1,
        "tc": 1,
        "re": 0,
        "amplitude": 1,
    }
    found = potential_scores(truth, 0.5 * truth + noise, counts)
    spatial = [np.corrcoef(truth[:, t], (0.5 * truth + noise)[:, t])[0, 1] for t in range(20)]
    temporal = np.sort([np.corrcoef(truth[n], (0.5 * truth + noise)[n])[0, 1] for n in range(30)])
    size = np.linalg.norm(truth, axis=0)
    assert found["sc"][0] == pytest.approx(np.average(spatial, weights=size))
    assert found["tc"][0] == pytest.approx(temporal[14])
    assert found["re"][0] == pytest.approx(np.linalg.norm(noise - 0.5 * truth) / np.linalg.norm(truth))
    of_times = time_scores(truth[:, 0], truth[:, 0] + 2, counts)
    assert of_times["mae"][0] == pytest.approx(2)
    assert of_times["cc"][0] == pytest.approx(1)


def test_a_node_that_counts_twice_counts_as_two():
    rng = np.random.default_rng(1)
    truth, estimate = rng.standard_normal((2, 12, 9))
    counts = rng.integers(0, 3, (1, 12))
    repeated = np.repeat(np.arange(12), counts[0])
    weighted = potential_scores(truth, estimate, counts) | time_scores(truth[:, 0], estimate[:, 0], counts)
    once = np.ones((1, len(repeated)))
    plain = potential_scores(truth[repeated], estimate[repeated], once) | time_scores(
        truth[repeated, 0], estimate[repeated, 0], once
    )
    for name, value in plain.items():
        np.testing.assert_allclose(weighted[name], value, err_msg=name)


def test_blocks_are_compact_and_resampled_whole():
    blocks = blocks_of(HEART.points, 6)
    assert set(blocks) == set(range(6))
    within = [np.ptp(HEART.points[blocks == block], axis=0).max() for block in range(6)]
    assert max(within) < 60
    counts = counts_of_blocks(blocks, 200, np.random.default_rng(0))
    assert (counts[0] == 1).all()
    for block in range(6):
        assert (np.ptp(counts[:, blocks == block], axis=1) == 0).all()
    # blocks of one value each: the interval of the mean is that of the mean of six values, not of 42
    values = np.random.default_rng(1).standard_normal(6)[blocks]
    found = time_scores(np.zeros(42), np.abs(values), counts)
    _, low, high = with_intervals(found)["mae"]
    assert high - low > 2 * np.abs(values).std() / np.sqrt(42) * 1.96


@pytest.mark.parametrize("operator", OPERATORS)
def test_activation_times_of_a_plane_wave(operator):
    electrograms, active = wave(np.array([0.6, 0, 0.8]))
    found = activation_times(electrograms, LAPLACIAN, TIMES, operator)
    np.testing.assert_allclose(found, active, atol=0.7)  # coarse nodes shift the spatial gradient


def test_delays_are_robust_to_noise_that_the_steepest_downstroke_is_not():
    electrograms, active = wave(np.array([1.0, 0, 0]))
    noisy = electrograms + 1.0 * np.random.default_rng(0).standard_normal(electrograms.shape)
    steepest, delays = (
        np.abs(activation_times(noisy, LAPLACIAN, TIMES, operator) - active).mean()
        for operator in ("steepest", "delays")
    )
    assert delays < 0.7 * steepest


def test_a_moved_heart_is_found_from_its_potentials():
    true = Pose(np.array([8.0, -5.0, 4.0]), np.array([0.1, 0.0, -0.15]), 1.1, 0.0)
    potentials, _ = wave(np.array([0.6, 0, 0.8]))
    found = fit_pose(HEART, potentials, field(posed(HEART, true)) @ potentials, field)
    assert found.error < 0.01
    np.testing.assert_allclose(posed(HEART, found).points, posed(HEART, true).points, atol=1.5)
    still = fit_pose(HEART, potentials, field(HEART) @ potentials, field)
    np.testing.assert_allclose(still.shift_mm, 0, atol=1e-3)
    assert still.scale == pytest.approx(1, abs=1e-4)


def test_lost_nodes_lie_between_their_neighbours():
    potentials, _ = wave(np.array([1.0, 0, 0]))
    lost = potentials.copy()
    lost[3] = np.nan
    found = filled(lost, LAPLACIAN)
    neighbours = np.flatnonzero(LAPLACIAN[3] == -1)
    np.testing.assert_allclose(found[3], potentials[neighbours].mean(0))
    np.testing.assert_array_equal(np.delete(found, 3, 0), np.delete(potentials, 3, 0))


def test_weights_of_the_other_beat_use_nothing_of_the_scored_one():
    scored = np.arange(len(HEART.points)) != 3
    problem = Problem(field(HEART), LAPLACIAN, np.eye(len(scored))[scored])
    rng = np.random.default_rng(0)
    beats = []
    for direction in ([0.6, 0, 0.8], [0.8, 0, 0.6]):
        heart_mv, _ = wave(np.array(direction))
        around = carried(problem, heart_mv, 20.0, rng)
        beats.append(Recorded(around, referenced_to_mean(heart_mv[scored])))
    before, beat = beats
    methods = {
        "tikhonov": Tikhonov(order=2, choice="l_curve"),
        "tsvd": TruncatedSvd(choice="gcv"),
        "greensite": Greensite(choice="l_curve"),
    }
    rows = reconstructions(problem, methods, before, beat)
    assert [(row.method, row.weight_by) for row in rows] == [
        ("tikhonov", "l_curve"),
        ("tikhonov", "other beat"),
        ("tsvd", "gcv"),
        ("tsvd", "other beat"),
        ("greensite", "l_curve"),
    ]
    blind = reconstructions(problem, methods, before, beat._replace(heart_mv=np.zeros_like(beat.heart_mv)))
    for row, other in zip(rows, blind, strict=True):
        np.testing.assert_array_equal(row.heart_mv, other.heart_mv)
    oracle = problem.reconstruct("tikhonov", methods["tikhonov"], before, beat, "oracle")
    error = [np.linalg.norm(row.heart_mv - beat.heart_mv) for row in (oracle, *rows[:2])]
    assert error[0] == min(error)
    assert error[1] < 0.8 * np.linalg.norm(beat.heart_mv)
