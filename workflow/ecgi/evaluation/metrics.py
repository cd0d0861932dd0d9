"""Metrics of activation maps and body surface potentials.

Each beat is reduced to sums (`map_sums`, `bsp_sums`); a metric is a function of those sums totalled
over beats (`METRICS`), so that a bootstrap over beats only has to total them with other weights.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks
from scipy.stats import rankdata, spearmanr

from .field_errors import field_errors
from .uncertainty import FEWEST_FOR_INTERVALS, LEVELS, crps, interval

NEAR_MM = (10, 20)  # from the true earliest site, within which shares of the beats are counted
PEAK_SHARE = 0.1  # height of a peak relative to the largest absolute value of the true signal

Sums = Mapping[str, Any]  # name to total over beats, a number or an array of one value per resample


def map_sums(
    truth: NDArray,
    samples: NDArray,
    mean_map: NDArray,
    mask: NDArray[np.bool_],
    positions: NDArray,
    latest_ms: float,
    background: float,
    segments: NDArray | None = None,
    others: NDArray | None = None,
) -> dict[str, float]:
    """Reduce one beat to the sums that the metrics of activation maps are functions of.

    Parameters
    ----------
    truth : numpy.ndarray, shape (slice, y, x)
        True activation times in ms, NaN outside the wall.
    samples : numpy.ndarray, shape (sample, slice, y, x)
        Predicted activation times in ms; outside the wall the method's own values, or NaN.
    mean_map : numpy.ndarray, shape (slice, y, x)
        Mean of the training maps in ms, against which R2 is taken.
    mask : numpy.ndarray of bool, shape (slice, y, x)
        Pixels of the wall.
    positions : numpy.ndarray, shape (slice, y, x, 3)
        mm.
    latest_ms : float
        Activation time that is scaled to 1.
    background : float
        True value of scaled maps outside the wall.
    segments : numpy.ndarray of int, shape (slice, y, x), optional
        AHA segment of each pixel, 0 for none.
    others : numpy.ndarray, shape (sample, slice, y, x), optional
        Activation times in ms predicted from the recording of another beat, as a control.

    Returns
    -------
    dict of str to float
        Sum of each name in `Metric.needs` that these arguments allow.
    """
    wall = truth[mask]
    inside = samples[:, mask]
    prediction = inside.mean(0)
    error = prediction - wall
    outside = np.where(np.isnan(samples[:, ~mask]), 0.0, samples[:, ~mask] / latest_ms - background)
    deviation = inside - wall
    found, true = prediction.argmin(), wall.argmin()
    distance = np.linalg.norm(positions[mask][found] - positions[mask][true])
    mean_error = np.abs(error).mean()
    sums = {
        "pixels": wall.size,
        "frame": mask.size,
        "beats": 1,
        "scale2": latest_ms**2,
        "se": np.sum(error**2),
        "ae": np.sum(np.abs(error)),
        "se_samples": np.mean(np.sum(deviation**2, 1)),
        "se_outside": np.sum(outside.mean(0) ** 2),
        "se_outside_samples": np.mean(np.sum(outside**2, 1)),
        "se_mean_map": np.sum((mean_map[mask] - wall) ** 2),
        "cc": np.mean(
            [correlation(samples.mean(0)[i][m], truth[i][m]) for i, m in enumerate(mask) if m.any()]
        ),
        "spearman": correlation(rankdata(prediction), rankdata(wall)),
        "earliest_mm": distance,
        **{f"within_{near}": int(distance <= near) for near in NEAR_MM},
        "beat_mae": mean_error,
        "beat_mae2": mean_error**2,
        "beat_mae_share": mean_error / np.ptp(wall),
    }
    if others is not None:
        sums["ae_shuffled"] = np.sum(np.abs(others[:, mask].mean(0) - wall))
    if segments is not None and segments[mask][true]:
        sums |= {"lv_beats": 1, "segment_found": int(segments[mask][found] == segments[mask][true])}
    if len(samples) > 1:
        spread = inside.std(0, ddof=1)
        sums |= {
            "sd": np.sum(spread),
            "sd_error": float(np.nan_to_num(spearmanr(spread, np.abs(error)).statistic)),
            "crps": np.sum(crps(wall, inside)),
        }
    if len(samples) >= FEWEST_FOR_INTERVALS:
        ordered = np.sort(inside, 0)
        for level in LEVELS:
            low, high = interval(ordered, level / 100)
            sums[f"covered_{level}"] = np.sum((low <= wall) & (wall <= high))
            sums[f"width_{level}"] = np.sum(high - low)
    return sums


def bsp_sums(truth: NDArray, output: NDArray) -> dict[str, float]:
    """Reduce one beat to the sums that the metrics of the paper's BSP VAE are functions of.

    Parameters
    ----------
    truth, output : numpy.ndarray, shape (electrode, time)
        True and reconstructed BSP, mV.

    Returns
    -------
    dict of str to float
    """
    peak = np.abs(truth).max(1)
    mean = (output - truth).mean(1) / np.ptp(truth, axis=1)
    area = np.abs(output).sum(1) / np.abs(truth).sum(1) - 1
    amplitude = np.abs(output).max(1) / peak - 1
    agree = [
        first_peak_sign(i, PEAK_SHARE * p) == first_peak_sign(o, PEAK_SHARE * p)
        for i, o, p in zip(truth, output, peak, strict=True)
    ]
    correlations = [correlation(i, o) for i, o in zip(truth, output, strict=True)]
    return {
        **field_sums("bsp", truth, output),
        "signals": len(truth),
        "bsp_cc": np.sum(correlations),
        "mean_difference": np.sum(mean),
        "mean_difference_abs": np.sum(np.abs(mean)),
        "area": np.sum(area),
        "area_abs": np.sum(np.abs(area)),
        "amplitude": np.sum(amplitude),
        "amplitude_abs": np.sum(np.abs(amplitude)),
        "peak_agrees": np.sum(agree),
        "n": truth.size,
        "x": truth.sum(),
        "y": output.sum(),
        "xx": np.sum(truth.astype(float) ** 2),
        "yy": np.sum(output.astype(float) ** 2),
        "xy": np.sum(truth.astype(float) * output),
    }


def field_sums(of: str, truth: NDArray, field: NDArray) -> dict[str, float]:
    """Reduce one beat to the sums that the metrics of a field as a whole are functions of.

    Parameters
    ----------
    of : {"bsp", "told"}
        What the field is: BSP that a method estimates, or those that the true map would give with the heart,
        electrodes and conductor that methods are told.
    truth, field : numpy.ndarray, shape (electrode, time)
        mV.

    Returns
    -------
    dict of str to float
    """
    errors = field_errors(truth, field)._asdict()
    return {f"{of}_beats": 1, **{f"{of}_{name}": value for name, value in errors.items()}}


def first_peak_sign(signal: NDArray, threshold: float) -> float:
    """Sign of the first local extremum of a signal whose absolute value exceeds a threshold.

    Parameters
    ----------
    signal : numpy.ndarray, shape (time,)
        Any units.
    threshold : float
        In the same units.

    Returns
    -------
    float
        1 or -1; 0 if there is no such extremum.
    """
    peaks, _ = find_peaks(np.abs(signal), height=threshold)
    return float(np.sign(signal[peaks[0]])) if len(peaks) else 0.0


def correlation(a: NDArray, b: NDArray) -> float:
    """Pearson correlation coefficient over all elements.

    Parameters
    ----------
    a, b : numpy.ndarray
        Arrays of the same shape.

    Returns
    -------
    float
        0 if one of them is constant.
    """
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt(np.sum(a**2) * np.sum(b**2))
    return float(np.sum(a * b) / norm) if norm > 0 else 0.0


@dataclass(frozen=True)
class Metric:
    """A metric as a function of sums over beats.

    Attributes
    ----------
    of : callable
        Value of the metric from the totals of `map_sums`, `bsp_sums` or `field_sums`; elementwise for arrays
        of totals.
    unit : str
        Its unit, "1" for none.
    needs : str
        Name of the sum without which the metric is undefined.
    paper : dict of str to float
        Value published by the paper for each of its model families.
    """

    of: Callable[[Sums], Any]
    unit: str
    needs: str
    paper: dict[str, float]


def _pooled(s: Sums) -> Any:
    """Pearson correlation over all signals and times."""
    covariance = s["n"] * s["xy"] - s["x"] * s["y"]
    return covariance / np.sqrt((s["n"] * s["xx"] - s["x"] ** 2) * (s["n"] * s["yy"] - s["y"] ** 2))


def _beat_sd(s: Sums) -> Any:
    """SD over beats of the mean absolute error."""
    mean = s["beat_mae"] / s["beats"]
    return np.sqrt(np.maximum(s["beat_mae2"] / s["beats"] - mean**2, 0))


def _frame(wall: str, outside: str) -> Callable[[Sums], Any]:
    """Mean squared error of scaled maps over the frame, from its sums in the wall and outside."""
    return lambda s: (s[wall] / (s["scale2"] / s["beats"]) + s[outside]) / s["frame"]


def _wall(wall: str) -> Callable[[Sums], Any]:
    """Mean squared error of scaled maps over the wall."""
    return lambda s: s[wall] / (s["scale2"] / s["beats"]) / s["pixels"]


def _ratio(over: str, under: str, factor: float = 1.0) -> Callable[[Sums], Any]:
    """Ratio of two sums."""
    return lambda s: factor * s[over] / s[under]


_MAP_VAE, _CVAE = {"map_vae": 0.018}, {"map_cvae": 0.095}
_MSE = _MAP_VAE | _CVAE


def _bsp(value: float) -> dict[str, float]:
    """Value published for the BSP VAE."""
    return {"bsp_vae": value}


METRICS = {
    "mae": Metric(_ratio("ae", "pixels"), "ms", "ae", {}),
    "mae_shuffled": Metric(_ratio("ae_shuffled", "pixels"), "ms", "ae_shuffled", {}),
    "rmse": Metric(lambda s: np.sqrt(s["se"] / s["pixels"]), "ms", "se", {}),
    "r2": Metric(lambda s: 1 - s["se"] / s["se_mean_map"], "1", "se", {}),
    "mae_sd_over_beats": Metric(_beat_sd, "ms", "beat_mae2", {}),
    "mae_share": Metric(_ratio("beat_mae_share", "beats", 100), "%", "beat_mae_share", {}),
    "cc": Metric(_ratio("cc", "beats"), "1", "cc", {}),
    "spearman": Metric(_ratio("spearman", "beats"), "1", "spearman", {}),
    "earliest_site_distance": Metric(_ratio("earliest_mm", "beats"), "mm", "earliest_mm", {}),
    **{
        f"earliest_site_within_{near}_mm": Metric(
            _ratio(f"within_{near}", "beats", 100), "%", f"within_{near}", {}
        )
        for near in NEAR_MM
    },
    "segment_accuracy": Metric(_ratio("segment_found", "lv_beats", 100), "%", "segment_found", {}),
    "mse_wall_01": Metric(_wall("se"), "1", "se", _MSE),
    "mse_wall_01_samples": Metric(_wall("se_samples"), "1", "sd", _CVAE),
    "mse_wall_11": Metric(lambda s: 4 * _wall("se")(s), "1", "se", _MSE),
    "mse_wall_11_samples": Metric(lambda s: 4 * _wall("se_samples")(s), "1", "sd", _CVAE),
    "mse_frame_01": Metric(_frame("se", "se_outside"), "1", "se", _MSE),
    "mse_frame_01_samples": Metric(_frame("se_samples", "se_outside_samples"), "1", "sd", _CVAE),
    "mse_frame_11": Metric(lambda s: 4 * _frame("se", "se_outside")(s), "1", "se", _MSE),
    "mse_frame_11_samples": Metric(
        lambda s: 4 * _frame("se_samples", "se_outside_samples")(s), "1", "sd", _CVAE
    ),
    "sd": Metric(_ratio("sd", "pixels"), "ms", "sd", {}),
    "sd_error_correlation": Metric(_ratio("sd_error", "beats"), "1", "sd", {}),
    "crps": Metric(_ratio("crps", "pixels"), "ms", "crps", {}),
    **{
        f"coverage_{p}": Metric(_ratio(f"covered_{p}", "pixels", 100), "%", f"covered_{p}", {})
        for p in LEVELS
    },
    **{f"interval_width_{p}": Metric(_ratio(f"width_{p}", "pixels"), "ms", f"width_{p}", {}) for p in LEVELS},
    "bsp_correlation": Metric(_ratio("bsp_cc", "signals"), "1", "n", _bsp(0.95)),
    "bsp_correlation_pooled": Metric(_pooled, "1", "n", _bsp(0.95)),
    "bsp_mean_difference": Metric(_ratio("mean_difference", "signals", 100), "%", "n", _bsp(3.345)),
    "bsp_mean_difference_abs": Metric(_ratio("mean_difference_abs", "signals", 100), "%", "n", {}),
    "bsp_area_difference": Metric(_ratio("area", "signals", 100), "%", "n", _bsp(-2.152)),
    "bsp_area_difference_abs": Metric(_ratio("area_abs", "signals", 100), "%", "n", {}),
    "bsp_amplitude_difference": Metric(_ratio("amplitude", "signals", 100), "%", "n", _bsp(-3.468)),
    "bsp_amplitude_difference_abs": Metric(_ratio("amplitude_abs", "signals", 100), "%", "n", {}),
    "bsp_first_peak_agreement": Metric(_ratio("peak_agrees", "signals", 100), "%", "n", _bsp(90.854)),
    **{
        f"{of}_{name}": Metric(_ratio(f"{of}_{name}", f"{of}_beats"), "1", f"{of}_{name}", {})
        for of in ("bsp", "told")
        for name in ("rdm", "mag", "re")
    },
}

# Metrics that are quantiles over beats of a value of `map_sums`: its name, the share below and the unit.
QUANTILES = {
    "earliest_site_distance_lower_quartile": ("earliest_mm", 0.25, "mm"),
    "earliest_site_distance_median": ("earliest_mm", 0.5, "mm"),
    "earliest_site_distance_upper_quartile": ("earliest_mm", 0.75, "mm"),
}
