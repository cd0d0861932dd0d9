"""Agreement between a recorded BSP and those simulated from predicted maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import listed
from ..physics.bsp import fitted_amplitude, scaled_residual
from ..physics.electrodes import referenced
from .metrics import correlation
from .ratings import CLEARLY, CLOSE, FAIR

if TYPE_CHECKING:
    import xarray as xr

SHIFT_MS = 30.0  # of simulated signals in time, at most
ADVICE = {
    "close": "other maps may fit as well",
    "fair": "read the map with care",
    "poor": "do not rely on this map",
}
PLAUSIBLE = (0.2, 5.0)  # amplitude factor that unknown conductivities explain
SHIFTED_MS = 10.0  # shift that is named
EARLIEST_MS = 12.0  # after the onset, above which the earliest activation of a map is named
OFFSET_SHARE = 0.1  # RMS of offsets relative to that of the recording, above which they are named
WORST, MOST = 0.6, 5  # relative error of leads that are named, and how many


class Fit(NamedTuple):
    """Goodness of fit where it was fitted, after what can be explained is taken off; medians over samples.

    That is the amplitude (unknown conductivities), a constant of each lead (baseline), a shift in time (the
    onset), and any time course that all leads have in common (the reference).

    Attributes
    ----------
    amplitude : float
        Factor that scales the simulated BSP.
    relative_error : float
        Norm of the residual relative to that of the recording: 0 for a perfect fit, 1 for a simulated BSP of
        zero.
    correlation : float
        Pearson correlation over all leads and times.
    lead_correlation, lead_error : numpy.ndarray, shape (electrode,)
        Pearson correlation over the times of each lead, and the relative error of each lead.
    shift_ms : float
        By which the recording is later than the simulated BSP.
    offset : float
        RMS over leads of the constants, relative to that of the recording.
    error_as_is : float
        Relative error over the whole recording after the amplitude alone is fitted.
    error_after : float
        The relative error after that part, NaN if the recording ends with it.
    least_error : float
        The relative error of the sample that fits best.
    """

    amplitude: float
    relative_error: float
    correlation: float
    lead_correlation: NDArray[np.floating]
    lead_error: NDArray[np.floating]
    shift_ms: float
    offset: float
    error_as_is: float
    error_after: float
    least_error: float

    @property
    def rating(self) -> str:
        """Rating of the fit in a word: close, fair or poor."""
        return "close" if self.relative_error < CLOSE else "fair" if self.relative_error < FAIR else "poor"

    @property
    def verdict(self) -> str:
        """Rating of the fit, with advice on the map."""
        return f"{self.rating}; {ADVICE[self.rating]}"

    def remarks(self, names: Sequence[str]) -> list[str]:
        """What was taken off before the fit was rated, and what remains, one line each.

        Parameters
        ----------
        names : sequence of str
            Of the leads.
        """
        low, high = PLAUSIBLE
        lines = []
        if not low <= self.amplitude <= high:
            lines.append(
                f"warning: the recording is {self.amplitude:.2g} times as large as simulated, where {low:g} "
                f"to {high:g} is plausible; check the units of the recording and of the electrodes"
            )
        if abs(self.shift_ms) > SHIFTED_MS:
            lines.append(
                f"warning: the recording fits better {abs(self.shift_ms):.0f} ms "
                f"{'later' if self.shift_ms > 0 else 'earlier'} than the map says; check the onset"
            )
        if self.offset > OFFSET_SHARE:
            lines.append(
                f"offsets of the leads, {100 * self.offset:.0f} % of the signals, were taken off before the "
                "fit was rated"
            )
        worst = np.argsort(-self.lead_error)
        worst = worst[self.lead_error[worst] > max(WORST, 2 * np.median(self.lead_error))]
        if len(worst):
            lines.append(f"leads that fit worst: {listed([names[lead] for lead in worst], MOST)}")
        if self.error_after > max(WORST, 1.5 * self.relative_error):
            lines.append(
                f"after the part that was fitted the relative error is {self.error_after:.2f}: "
                "repolarisation is not as simulated"
            )
        return lines


def late_map(mean: NDArray) -> list[str]:
    """A warning if the earliest activation of a map is later than the onset.

    Parameters
    ----------
    mean : numpy.ndarray, shape (voxel,)
        ms after the onset; NaN where there is no value.

    Returns
    -------
    list of str
        At most one line.
    """
    earliest = float(np.nanmin(mean)) if np.isfinite(mean).any() else 0.0
    if earliest <= EARLIEST_MS:
        return []
    return [
        f"warning: the earliest activation is {earliest:.0f} ms after the onset that was used, which is "
        "probably too early by as much, and all times too late; check the onset, and set onset_ms"
    ]


def missed_beat(goodness: Fit, examined: float, in_infinite: bool) -> list[str]:
    """A warning if a beat of one site fits clearly better than all samples, none of which fits closely.

    Parameters
    ----------
    goodness : Fit
        Of the map.
    examined : float
        Relative error of the best beat of one site, see `cross_examination.Reading`.
    in_infinite : bool
        Whether that beat was simulated in an infinite conductor.

    Returns
    -------
    list of str
        At most one line.
    """
    if goodness.least_error < CLOSE or examined > CLEARLY * goodness.least_error:
        return []
    where, conductor = (", in an infinite conductor,", "another conductor, or ") if in_infinite else ("", "")
    return [
        f"warning: a beat of one site{where} fits clearly better (relative error {examined:.2f}) than any "
        f"sample of this map ({goodness.least_error:.2f}); do not rely on the map, and try {conductor}"
        "physics_search with more sites"
    ]


def remarks_on(prediction: xr.Dataset, goodness: Fit, examination: Mapping[str, Any]) -> list[str]:
    """What a predicted map gives cause to remark, one line each.

    Parameters
    ----------
    prediction : xarray.Dataset
        As `fit_of_prediction` takes it, with ``activation_time`` (sample, voxel).
    goodness : Fit
        Its fit.
    examination : mapping
        Fields of a `cross_examination.Examination`.

    Returns
    -------
    list of str
    """
    lines = goodness.remarks(prediction["name"].values.tolist())
    lines += late_map(prediction["activation_time"].values.mean(0))
    if examination["readings"]:
        as_read = examination["readings"][0]
        lines += missed_beat(goodness, as_read["error"], as_read["in_infinite"])
    return lines


def fit(recorded: NDArray, simulated: NDArray, times: NDArray, until_ms: float) -> Fit:
    """Compare a recorded BSP with those simulated from each sample.

    Parameters
    ----------
    recorded : numpy.ndarray, shape (electrode, time)
        mV.
    simulated : numpy.ndarray, shape (sample, electrode, time)
        BSP of each sample, of any amplitude.
    times : numpy.ndarray, shape (time,)
        ms, evenly spaced.
    until_ms : float
        Latest time of the part that was fitted, which is rated.

    Returns
    -------
    Fit
    """
    recorded = referenced(np.asarray(recorded, float), axis=0)
    simulated = referenced(np.asarray(simulated, float), axis=1)
    step = float(times[1] - times[0])
    end = max(int((times <= until_ms + 1e-6).sum()), 3)
    parts = [_explained(recorded, sample, end, round(SHIFT_MS / step)) for sample in simulated]
    each = list(zip(*parts, strict=True))
    shift, amplitude, error, alike, after, offset = (float(np.median(one)) for one in each[:6])
    as_is = np.linalg.norm(scaled_residual(recorded, simulated), axis=(1, 2))
    return Fit(
        amplitude,
        error,
        alike,
        np.median(each[6], axis=0),
        np.median(each[7], axis=0),
        shift * step,
        offset,
        float(np.median(as_is) / max(float(np.linalg.norm(recorded)), 1e-300)),
        after,
        float(min(each[2])),
    )


def _explained(
    recorded: NDArray, simulated: NDArray, end: int, most: int
) -> tuple[int, float, float, float, float, float, NDArray, NDArray]:
    """Shift in samples, amplitude, errors, offset and figures of the leads for one sample."""
    real = _centred(recorded[:, :end])
    size = max(float(np.linalg.norm(real)), 1e-300)
    tries = []
    for by in range(-most, most + 1):
        made = _centred(_shifted(simulated, by)[:, :end])
        tries.append((float(np.linalg.norm(scaled_residual(real, made))), abs(by), by))
    error, _, by = min(tries)
    moved = _shifted(simulated, by)
    made = _centred(moved[:, :end])
    amplitude = float(fitted_amplitude(real, made))
    left = amplitude * made - real
    offsets = (recorded - amplitude * moved)[:, :end].mean(1)
    rest, rest_made = _centred(recorded[:, end:]), _centred(amplitude * moved[:, end:])
    after = np.nan
    if rest.shape[1] > 2:
        after = float(np.linalg.norm(rest_made - rest) / max(float(np.linalg.norm(rest)), 1e-300))
    leads = [correlation(*pair) for pair in zip(real, made, strict=True)]
    lead_error = np.linalg.norm(left, axis=1) / np.maximum(np.linalg.norm(real, axis=1), 0.1 * _typical(real))
    offset = float(np.sqrt(np.mean(offsets**2)) / max(float(np.sqrt(np.mean(real**2))), 1e-300))
    alike = correlation(real, made)
    return by, amplitude, float(error / size), alike, after, offset, np.array(leads), lead_error


def _typical(signals: NDArray) -> float:
    """Median norm of the leads."""
    return max(float(np.median(np.linalg.norm(signals, axis=1))), 1e-300)


def _shifted(signals: NDArray, by: int) -> NDArray:
    """Signals that are later by a number of samples, or earlier if negative; their ends are held."""
    samples = np.arange(signals.shape[1])
    return signals[:, np.clip(samples - by, 0, len(samples) - 1)]


def _centred(signals: NDArray) -> NDArray:
    return signals - signals.mean(1, keepdims=True) if signals.shape[1] else signals


def fit_of_prediction(prediction: xr.Dataset) -> Fit:
    """Goodness of fit of a prediction over the part of the recording that was fitted.

    Parameters
    ----------
    prediction : xarray.Dataset
        ``bsp_recorded`` (electrode, time) and ``bsp`` (sample, electrode, time); attribute
        ``fitted_until_ms``, its latest time.

    Returns
    -------
    Fit
    """
    recorded, simulated, times = (prediction[name].values for name in ("bsp_recorded", "bsp", "time"))
    return fit(recorded, simulated, times, prediction.attrs["fitted_until_ms"])
