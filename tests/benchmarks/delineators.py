"""Other ways to find the onset of a QRS complex, to compare with."""

import warnings

import numpy as np
from scipy.ndimage import uniform_filter1d

BEATS = 8  # copies of a recording, as libraries expect several
LEADS = 6  # given to libraries, those of largest amplitude
RATE_HZ = 500.0


def global_threshold(signals, times, peak_ms):
    """Where the RMS over leads leaves 2 % of its maximum, about a baseline of the first 5 ms.

    Parameters
    ----------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms.
    peak_ms : float
        A time within the QRS complex.

    Returns
    -------
    float
        ms.
    """
    step = float(np.median(np.diff(times)))
    width = quiet = max(1, round(5.0 / step))
    smooth = uniform_filter1d(signals, width, axis=1, mode="nearest")
    size = np.sqrt(np.mean((smooth - np.median(signals[:, :quiet], axis=1, keepdims=True)) ** 2, 0))
    noise = np.std(signals - smooth) * np.sqrt(1 / width + 1 / quiet)
    active = size > max(0.02 * size.max(), 2 * noise)
    first = int(np.searchsorted(times, peak_ms))
    while first > 0 and active[max(0, first - quiet) : first].any():
        first -= 1
    return float(times[min(first, len(times) - 1)])


def neurokit(signals, times, peak_ms):
    """Median over leads of the onsets of NeuroKit2's delineation by prominence; arguments as above.

    Its wavelets find no onset in most of these wide beats. The recording is repeated
    `BEATS` times, and R peaks are given.
    """
    import neurokit2

    def onsets(lead, peaks):
        cleaned = neurokit2.ecg_clean(lead, sampling_rate=RATE_HZ)
        _, waves = neurokit2.ecg_delineate(cleaned, peaks, sampling_rate=RATE_HZ, method="prominence")
        return waves["ECG_R_Onsets"]

    return _over_leads(signals, times, peak_ms, onsets)


def biosppy(signals, times, peak_ms):
    """Median over leads of the beginnings of BioSPPy's Q waves; arguments as above."""
    from biosppy.signals import ecg

    def onsets(lead, peaks):
        found = ecg.ecg(signal=lead, sampling_rate=RATE_HZ, show=False)
        return ecg.getQPositions(found)["Q_start_positions"]

    return _over_leads(signals, times, peak_ms, onsets)


def _over_leads(signals, times, peak_ms, onsets):
    even = np.arange(times[0], times[-1], 1000 / RATE_HZ)
    largest = np.argsort(-np.ptp(signals, axis=1))[:LEADS]
    found = []
    for lead in signals[largest]:
        once = np.interp(even, times, lead)
        once = once - np.linspace(once[0], once[-1], len(once))  # copies join
        repeated = np.tile(once, BEATS)
        near = np.flatnonzero(np.abs(even - peak_ms) < 60)
        peak = near[np.abs(once[near] - np.median(once)).argmax()]
        peaks = peak + len(once) * np.arange(BEATS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                places = np.array(onsets(repeated, peaks), float)
            except Exception:
                continue
        places = places[np.isfinite(places)]
        places = (places % len(once))[(places > len(once)) & (places < (BEATS - 1) * len(once))]
        if len(places):
            found.append(np.median(even[places.astype(int)]))
    return float(np.median(found)) if found else np.nan
