import numpy as np
import pytest
from scipy.stats import norm

from ecgi.evaluation.field_errors import field_errors
from ecgi.evaluation.metrics import METRICS, PEAK_SHARE, bsp_sums, first_peak_sign, map_sums
from ecgi.evaluation.uncertainty import crps, interval

LATEST, BACKGROUND = 120.0, 0.0
SHAPE = (3, 6, 6)


@pytest.fixture
def mask():
    return np.random.default_rng(0).random(SHAPE) < 0.6


@pytest.fixture
def positions():
    return np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1) * 10.0


@pytest.fixture
def beats(mask):
    """Some true maps, ms on the wall."""
    maps = np.random.default_rng(1).uniform(0, LATEST, (8, *SHAPE))
    return np.where(mask, maps, np.nan)


def totals(rows):
    return {name: sum(row[name] for row in rows) for name in rows[0]}


def map_metrics(truths, samples, mean_map, mask, positions, background=BACKGROUND):
    """Metrics of maps (beat, slice, y, x) and their predictions (rng, beat, slice, y, x)."""
    sums = totals(
        [
            map_sums(truth, samples[:, beat], mean_map, mask, positions, LATEST, background)
            for beat, truth in enumerate(truths)
        ]
    )
    return {name: metric.of(sums) for name, metric in METRICS.items() if metric.needs in sums}


def bsp_metrics(truth, output):
    sums = totals([bsp_sums(i, o) for i, o in zip(truth, output, strict=True)])
    return {name: metric.of(sums) for name, metric in METRICS.items() if metric.needs in sums}


def test_a_perfect_prediction_has_no_error(beats, mask, positions):
    scores = map_metrics(beats, beats[None], beats.mean(0), mask, positions)
    for name in ("mae", "rmse", "mse_wall_01", "mse_frame_01", "earliest_site_distance"):
        assert scores[name] == 0
    assert scores["r2"] == 1
    assert scores["cc"] == pytest.approx(1)


def test_the_training_mean_explains_nothing(beats, mask, positions):
    mean_map = beats.mean(0)
    scores = map_metrics(beats, np.repeat(mean_map[None], 8, 0)[None], mean_map, mask, positions)
    assert scores["r2"] == pytest.approx(0)


def test_a_constant_delay_has_its_closed_form(beats, mask, positions):
    scores = map_metrics(beats, beats[None] + 6.0, beats.mean(0), mask, positions)
    assert scores["mae"] == pytest.approx(6)
    assert scores["rmse"] == pytest.approx(6)
    assert scores["cc"] == pytest.approx(1)
    assert scores["mse_wall_01"] == pytest.approx((6 / LATEST) ** 2)
    assert scores["mse_frame_01"] == pytest.approx((6 / LATEST) ** 2 * mask.mean())
    assert scores["earliest_site_distance"] == 0


def test_errors_are_those_of_all_wall_pixels_of_all_beats_together(beats, mask, positions):
    prediction = beats + np.random.default_rng(2).normal(0, 5, beats.shape)
    scores = map_metrics(beats, prediction[None], beats.mean(0), mask, positions)
    error = (prediction - beats)[:, mask]
    spread = (beats - beats.mean(0))[:, mask]
    assert scores["mae"] == pytest.approx(np.abs(error).mean())
    assert scores["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert scores["r2"] == pytest.approx(1 - (error**2).sum() / (spread**2).sum())


def test_mse_on_minus_1_to_1_is_four_times_that_on_0_to_1(beats, mask, positions):
    samples = np.random.default_rng(3).uniform(0, LATEST, (4, *beats.shape))
    scores = map_metrics(beats, samples, beats.mean(0), mask, positions)
    for name in ("mse_wall", "mse_frame"):
        for of in ("", "_samples"):
            assert scores[f"{name}_11{of}"] == pytest.approx(4 * scores[f"{name}_01{of}"])


@pytest.mark.parametrize("background", [0.0, -0.5])
def test_the_full_frame_counts_what_is_said_outside_the_wall(beats, mask, positions, background):
    prediction = np.where(mask, beats, (background + 0.1) * LATEST)
    scores = map_metrics(beats, prediction[None], beats.mean(0), mask, positions, background)
    assert scores["mse_wall_01"] == 0
    assert scores["mse_frame_01"] == pytest.approx(0.01 * (1 - mask.mean()))


def test_draws_outside_the_wall_count_by_their_mean_and_one_by_one(beats, mask, positions):
    noise = np.random.default_rng(6).normal(0, 5, (2, *beats.shape))
    outside = np.array([0.1, 0.3])[:, None, None, None, None] * LATEST
    scores = map_metrics(beats, np.where(mask, beats + noise, outside), beats.mean(0), mask, positions)
    wall = mask.mean()
    assert scores["mse_frame_01"] == pytest.approx(wall * scores["mse_wall_01"] + (1 - wall) * 0.2**2)
    one_by_one = (0.1**2 + 0.3**2) / 2
    expected = wall * scores["mse_wall_01_samples"] + (1 - wall) * one_by_one
    assert scores["mse_frame_01_samples"] == pytest.approx(expected)


def test_a_method_that_says_nothing_outside_the_wall_makes_no_error_there(beats, mask, positions):
    prediction = beats + 6.0
    with_background = map_metrics(
        beats, np.where(mask, prediction, 0.0)[None], beats.mean(0), mask, positions, background=0.0
    )
    without = map_metrics(beats, prediction[None], beats.mean(0), mask, positions, background=-0.5)
    assert without["mse_frame_01"] == pytest.approx(with_background["mse_frame_01"])


def test_the_mean_of_the_draws_is_judged_and_the_draws_beside_it(beats, mask, positions):
    samples = np.stack([beats + 12, beats - 12])
    scores = map_metrics(beats, samples, beats.mean(0), mask, positions)
    assert scores["mae"] == pytest.approx(0, abs=1e-9)
    assert scores["mse_wall_01"] == pytest.approx(0, abs=1e-12)
    assert scores["mse_wall_01_samples"] == pytest.approx((12 / LATEST) ** 2)
    assert scores["sd"] == pytest.approx(12 * np.sqrt(2))


def test_error_of_draws_is_that_of_their_mean_and_their_variance(beats, mask, positions):
    samples = beats + np.random.default_rng(4).normal(2, 7, (50, *beats.shape))
    scores = map_metrics(beats, samples, beats.mean(0), mask, positions)
    variance = samples[:, :, mask].var(0).mean() / LATEST**2
    assert scores["mse_wall_01_samples"] == pytest.approx(scores["mse_wall_01"] + variance)


def test_spread_that_follows_the_error_correlates_with_it(beats, mask, positions):
    error = np.random.default_rng(5).uniform(1, 20, beats.shape)
    samples = np.stack([beats + error * (1 + share) for share in (-0.5, 0, 0.5)])
    scores = map_metrics(beats, samples, beats.mean(0), mask, positions)
    assert scores["sd_error_correlation"] == pytest.approx(1)
    inverse = np.stack([beats + error + share / error for share in (-0.5, 0, 0.5)])
    scores = map_metrics(beats, inverse, beats.mean(0), mask, positions)
    assert scores["sd_error_correlation"] == pytest.approx(-1)


def test_the_control_is_the_error_of_what_is_said_of_another_beat(beats, mask, positions):
    samples = np.stack([beats + 12, beats - 12])
    given = (beats[0], samples[:, 0], beats.mean(0), mask, positions, LATEST, BACKGROUND)
    assert "ae_shuffled" not in map_sums(*given)
    other = map_sums(*given, others=samples[:, 5])
    expected = np.abs(beats[5] - beats[0])[mask].mean()
    assert METRICS["mae_shuffled"].of(other) == pytest.approx(expected)
    assert METRICS["mae"].of(other) == pytest.approx(0, abs=1e-9)


def test_a_single_map_has_no_spread(beats, mask, positions):
    scores = map_metrics(beats, beats[None], beats.mean(0), mask, positions)
    assert not {"sd", "sd_error_correlation", "mse_wall_01_samples"} & set(scores)


def test_distance_of_earliest_sites_is_measured_in_the_patient(positions):
    mask = np.ones(SHAPE, bool)
    truth, prediction = np.full(SHAPE, 50.0), np.full(SHAPE, 50.0)
    truth[0, 1, 2] = prediction[1, 4, 2] = 0.0
    scores = map_metrics(truth[None], prediction[None, None], np.zeros(SHAPE), mask, positions)
    assert scores["earliest_site_distance"] == pytest.approx(np.hypot(10, 30))


def test_correlation_is_taken_slice_by_slice(beats, mask, positions):
    moved = beats + np.array([0.0, 100.0, -300.0])[:, None, None]
    scores = map_metrics(beats, moved[None], beats.mean(0), mask, positions)
    assert scores["cc"] == pytest.approx(1)
    flat = np.where(mask, 50.0, np.nan)[None].repeat(8, 0)
    assert map_metrics(beats, flat[None], beats.mean(0), mask, positions)["cc"] == 0


@pytest.fixture
def signals():
    """BSP of some beats: a sharp first peak, downward on half of the electrodes, and a slow wave."""
    time = np.arange(100.0)
    shape = np.exp(-(((time - 20) / 5) ** 2)) - 0.4 * np.exp(-(((time - 60) / 12) ** 2))
    amplitude = np.array([1.0, -2.0, 0.5, -1.5])
    return np.array([1.0, 1.3, 0.7])[:, None, None] * amplitude[:, None] * shape


def test_perfect_signals_have_no_difference(signals):
    scores = bsp_metrics(signals, signals)
    for name in ("mean", "area", "amplitude"):
        assert scores[f"bsp_{name}_difference"] == scores[f"bsp_{name}_difference_abs"] == 0
    assert scores["bsp_correlation"] == pytest.approx(1)
    assert scores["bsp_correlation_pooled"] == pytest.approx(1)
    assert scores["bsp_first_peak_agreement"] == 100


@pytest.mark.parametrize("gain", [0.8, 1.25])
def test_scaled_signals_differ_in_area_and_amplitude_by_their_gain(signals, gain):
    scores = bsp_metrics(signals, gain * signals)
    for name in ("area", "amplitude"):
        assert scores[f"bsp_{name}_difference"] == pytest.approx(100 * (gain - 1))
        assert scores[f"bsp_{name}_difference_abs"] == pytest.approx(100 * abs(gain - 1))
    mean = 100 * (gain - 1) * signals.mean(2) / np.ptp(signals, axis=2)
    assert scores["bsp_mean_difference"] == pytest.approx(mean.mean())
    assert scores["bsp_mean_difference_abs"] == pytest.approx(np.abs(mean).mean())
    assert scores["bsp_correlation"] == pytest.approx(1)
    assert scores["bsp_first_peak_agreement"] == 100


def test_shifted_signals_differ_in_their_mean_by_the_shift(signals):
    scores = bsp_metrics(signals, signals + 0.03 * np.ptp(signals, axis=2, keepdims=True))
    assert scores["bsp_mean_difference"] == pytest.approx(3)
    assert scores["bsp_mean_difference_abs"] == pytest.approx(3)
    assert scores["bsp_correlation"] == pytest.approx(1)


def test_flipped_signals_keep_area_and_amplitude_and_lose_the_rest(signals):
    scores = bsp_metrics(signals, -signals)
    assert scores["bsp_area_difference"] == scores["bsp_amplitude_difference"] == 0
    assert scores["bsp_correlation"] == pytest.approx(-1)
    assert scores["bsp_correlation_pooled"] == pytest.approx(-1)
    assert scores["bsp_first_peak_agreement"] == 0


def test_signed_differences_cancel_and_absolute_ones_do_not(signals):
    gain = np.array([0.9, 1.1, 0.9, 1.1])[:, None]
    scores = bsp_metrics(signals, gain * signals)
    assert scores["bsp_amplitude_difference"] == pytest.approx(0, abs=1e-9)
    assert scores["bsp_amplitude_difference_abs"] == pytest.approx(10)


def test_pooled_correlation_is_that_of_all_samples_together(signals):
    output = signals + np.random.default_rng(0).normal(0, 0.3, signals.shape)
    scores = bsp_metrics(signals, output)
    assert scores["bsp_correlation_pooled"] == pytest.approx(
        np.corrcoef(signals.ravel(), output.ravel())[0, 1]
    )
    pairs = zip(signals.reshape(-1, 100), output.reshape(-1, 100), strict=True)
    each = [np.corrcoef(*pair)[0, 1] for pair in pairs]
    assert scores["bsp_correlation"] == pytest.approx(np.mean(each))


def test_first_peak_is_the_first_above_a_tenth_of_the_largest_value():
    signal = np.array([0, -0.05, 0, -0.2, 0, 1, 0, -0.9, 0])
    assert first_peak_sign(signal, PEAK_SHARE * 1) == -1
    assert first_peak_sign(signal, 0.3) == 1
    assert first_peak_sign(signal, 2.0) == 0


def test_single_precision_is_enough(signals):
    output = signals + np.random.default_rng(0).normal(0, 0.3, signals.shape)
    double = bsp_metrics(signals, output)
    for name, value in bsp_metrics(signals.astype(np.float32), output.astype(np.float32)).items():
        assert value == pytest.approx(double[name], rel=1e-4, abs=1e-4)


def test_the_figures_of_the_paper_stand_beside_the_metrics_they_belong_to():
    beside = {}
    for name, metric in METRICS.items():
        for family, value in metric.paper.items():
            beside.setdefault(family, {})[name] = value
    assert set(beside) == {"bsp_vae", "map_vae", "map_cvae"}
    assert set(beside["map_vae"].values()) == {0.018}
    assert set(beside["map_cvae"].values()) == {0.095}
    assert beside["bsp_vae"]["bsp_first_peak_agreement"] == 90.854
    assert beside["bsp_vae"]["bsp_mean_difference"] == 3.345
    assert beside["bsp_vae"]["bsp_area_difference"] == -2.152
    assert beside["bsp_vae"]["bsp_amplitude_difference"] == -3.468
    assert beside["bsp_vae"]["bsp_correlation"] == 0.95


def test_intervals_of_draws_from_the_truths_own_distribution_cover_it_as_often_as_they_say():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40_000)
    for count in (49, 99):
        ordered = np.sort(rng.normal(size=(count, len(truth))), 0)
        for level in (0.5, 0.8, 0.9, 0.95):
            low, high = interval(ordered, level)
            assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(level, abs=0.008)


def test_the_score_of_draws_is_that_of_their_distribution():
    rng = np.random.default_rng(0)
    at, sd = np.array([0.0, 1.5, -4.0]), 2.0
    z = at / sd
    exact = sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    found = np.mean([crps(at, sd * rng.normal(size=(5, 3))) for _ in range(20_000)], 0)
    np.testing.assert_allclose(found, exact, atol=0.03)
    np.testing.assert_allclose(crps(at, np.ones((1, 3))), np.abs(at - 1))


def test_a_segment_is_found_where_the_earliest_pixels_share_it():
    mask, positions = np.ones((1, 1, 4), bool), np.zeros((1, 1, 4, 3))
    truth = np.array([[[3.0, 5.0, 9.0, 7.0]]])
    segments = np.array([[[2, 2, 1, 0]]])
    for early, found in ((1, True), (2, False), (3, False)):
        samples = np.full((1, *truth.shape), 8.0)
        samples[..., early] = 0
        sums = map_sums(truth, samples, truth, mask, positions, 10.0, 0.0, segments)
        assert (sums["lv_beats"], sums["segment_found"]) == (1, found)
    outside = map_sums(truth, samples, truth, mask, positions, 10.0, 0.0, np.zeros_like(segments))
    assert "segment_found" not in outside


@pytest.mark.parametrize("degrees", [0, 30, 90, 180])
def test_fields_at_an_angle_have_errors_in_closed_form(degrees):
    """Two fields of one norm, and their mixture, twice as large."""
    one, other = np.zeros((2, 4, 5))
    one[:2, 0], other[2:, 3] = (1, -1), (1, -1)
    angle = np.radians(degrees)
    mixed = 2 * (np.cos(angle) * one + np.sin(angle) * other)
    found = field_errors(one + 3.0, mixed - 7.0 * np.arange(5))
    assert found.rdm == pytest.approx(2 * np.sin(angle / 2), abs=1e-7)
    assert found.mag == pytest.approx(2)
    assert found.re == pytest.approx(np.sqrt(5 - 4 * np.cos(angle)))


def test_a_field_that_vanishes_has_nothing_in_common_with_the_true_one():
    truth = np.random.default_rng(0).normal(size=(4, 9))
    assert field_errors(truth, np.zeros((4, 9))) == pytest.approx((np.sqrt(2), 0, 1))


def test_errors_of_a_field_are_means_over_beats():
    truth = np.random.default_rng(0).normal(size=(2, 4, 9))
    scores = bsp_metrics(truth, truth * np.array([1.0, 3.0])[:, None, None])
    assert [scores[f"bsp_{name}"] for name in ("rdm", "mag", "re")] == pytest.approx([0, 2, 1], abs=1e-7)


def test_ranks_of_a_map_are_kept_by_any_stretching_of_time(beats, mask, positions):
    scores = map_metrics(beats, (beats**2)[None], beats.mean(0), mask, positions)
    assert scores["spearman"] == pytest.approx(1)
    assert map_metrics(beats, -beats[None], beats.mean(0), mask, positions)["spearman"] == pytest.approx(-1)
    flat = np.where(mask, 5.0, np.nan) + np.zeros_like(beats)
    assert map_metrics(beats, flat[None], beats.mean(0), mask, positions)["spearman"] == 0


def test_shares_within_distances_count_beats():
    """Earliest sites 0, 10, 20 and 30 mm off, on a line of pixels 10 mm apart."""
    mask = np.ones((1, 1, 5), bool)
    at = np.stack([np.arange(5) * 10.0, np.zeros(5), np.zeros(5)], -1)[None, None]
    line = np.arange(5.0)[None, None]
    predictions = np.stack([np.roll(line, shift) for shift in range(4)])
    scores = map_metrics(np.stack([line] * 4), predictions[None], np.zeros_like(line), mask, at)
    assert scores["earliest_site_within_10_mm"] == 50
    assert scores["earliest_site_within_20_mm"] == 75
