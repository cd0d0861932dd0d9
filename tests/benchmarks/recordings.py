"""Measure how well the onset of a recorded beat is found, and write the page workflow/report/recordings.md.

python tests/benchmarks/recordings.py            the page
python tests/benchmarks/recordings.py --quick    few recordings, as a test: takes seconds
python tests/benchmarks/recordings.py --page     the page alone, from existing results
"""

import argparse
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
os.environ |= {f"{pool}_NUM_THREADS": "1" for pool in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
sys.path[:0] = [str(PROJECT / "workflow")]

import delineators
import matplotlib.pyplot as plt
import numpy as np
import page
import pandas as pd
import spoilt
from measuring import installed, machine
from rows import row, table

from ecgi.core.errors import InputError
from ecgi.data.ecg.choosing import Choice
from ecgi.data.preprocessing import prepare
from ecgi.physics.bsp import interpolate_in_time
from ecgi.physics.electrodes import referenced
from ecgi.reporting.figures.style import FULL_WIDTH, INPUT, OTHER, OUTPUT, STYLE, letter

SIZES = {
    "quick": {"hearts": 1, "beats": 4, "each": 2, "libraries": 1, "spacing": 6.0},
    "normal": {"hearts": 3, "beats": 12, "each": 40, "libraries": 2, "spacing": 4.0},
}
SEEDS = {"chosen on": 1, "confirmed on": 3}
RIGHT_MS = 10.0
OTHERS = ("global threshold", "NeuroKit2", "BioSPPy")
PACKAGES = ("numpy", "scipy", "neurokit2", "biosppy")
TITLE = "Delineation of recorded beats"
INTRODUCTION = (
    "`make bench` writes this page. Simulated beats of phantoms of varied size (paced at random sites, "
    "sinus-like, bundle branch blocks; conduction velocities with a relative SD of 0.35, so that QRS "
    "complexes last 60 to 260 ms) are recorded with the flaws of real recordings. The true onset is the"
    " earliest activation. Where no other range is given, there are 60 leads of 250, 1 kHz, an SNR of "
    "28 to 40 dB, and 200 to 400 ms before the onset.",
    "P wave: 0 to 0.2 mV from two atrial dipoles, PR interval of 80 to 220 ms, with atrial "
    "repolarisation in half of them. Wander: 0 to 0.2 mV at 0.05 to 0.7 Hz, and a drift of up to 0.3 "
    "mV/s. Hum: 0 to 0.1 mV at 50 or 60 Hz, with a third harmonic. Noise: an SNR of 10 to 40 dB. Spike:"
    " 0.2 to 10 mV, 3 to 60 ms before the onset. Rate and leads: 250 Hz to 10 kHz and 9 to 250 leads. "
    "Several: two to four of these together.",
    f"An onset is right within {RIGHT_MS:g} ms of the truth; warned of, if the preparation gives a warning "
    "other than on bad leads. Thresholds were chosen on the recordings of one seed and confirmed on those of "
    "another, with other hearts. The relative error of the QRS complex is that of the signals that "
    "are handed on to the fit, against those without flaws: that of beats with hum or wander, less that "
    "of beats with none, is what is left of them or distorted by their removal.",
)
LIBRARIES = (
    "Some of the same recordings. The global threshold is 2 % of the largest RMS over leads about a "
    "baseline of the first 5 ms. The libraries work lead by lead on several beats: each recording is "
    "repeated eight times, R peaks are given, and the median over the six leads of largest amplitude"
    " is taken; recordings in which they find none are left out."
)


def main():
    """Measure and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few recordings, as a test: takes seconds")
    parser.add_argument("--page", action="store_true", help="render the page alone")
    parser.add_argument("--output", type=Path, help="folder of the page; workflow/report by default")
    given = parser.parse_args()
    size = "quick" if given.quick else "normal"
    output = given.output or PROJECT / ("results/bench" if given.quick else "workflow/report")
    (output / "recordings").mkdir(parents=True, exist_ok=True)
    results = output / "recordings/onsets.csv"
    if not given.page:
        found = pd.concat([sweep(seed, **SIZES[size]).assign(part=part) for part, seed in SEEDS.items()])
        found.to_csv(results, index=False, float_format="%.4g")
    found = pd.read_csv(results)
    figures = table([entry for part in SEEDS for entry in summary(found[found["part"] == part], part)])
    others = table(compared(found))
    ends = table([entry for part in SEEDS for entry in of_ends(found[found["part"] == part], part)])
    print(
        figures.to_string(index=False), others.to_string(index=False), ends.to_string(index=False), sep="\n\n"
    )
    confirmed = found[found["part"] == "confirmed on"]
    for name, draw in (("errors", _errors), ("ranges", _ranges)):
        with plt.rc_context({**STYLE, "svg.fonttype": "none"}):
            figure = plt.figure(figsize=(FULL_WIDTH, 2.6 if name == "errors" else 4.2), layout="constrained")
            draw(figure, confirmed)
            figure.savefig(output / f"recordings/{name}.svg", metadata={"Date": None})
            plt.close(figure)
    blocks = [("heading", TITLE), *(("text", text) for text in INTRODUCTION)]
    blocks.append(("table", page.machine_table({**machine(PACKAGES), "size": size})))
    blocks += [("section", "Onset"), *_grids(figures)]
    blocks += [("text", f"![errors](recordings/{name}.svg)") for name in ("errors", "ranges")]
    blocks += [("section", "Other detectors"), ("text", LIBRARIES), *_grids(others)]
    blocks += [("section", "End of the QRS complex"), *_grids(ends)]
    (output / "recordings.md").write_text("\n\n".join(page.markdown(*block) for block in blocks) + "\n")


def _grids(figures):
    return [("table", page.grid(check, part)) for check, part in figures.groupby("check", sort=False)]


def sweep(seed, hearts, beats, each, libraries, spacing):
    """Find the onset in recordings of a seed.

    Parameters
    ----------
    seed, hearts, beats, each : int
        See `spoilt.bank` and `spoilt.cases`.
    libraries : int
        Recordings of each kind that are given to libraries too.
    spacing : float
        mm, of the phantoms.

    Returns
    -------
    pandas.DataFrame
        One row per recording: its kind and flaws, errors of the onset and the end in ms, and whether the
        onset was warned of.
    """
    bank = spoilt.bank(seed, hearts, beats, spacing)
    rows, counted = [], {}
    for number, (kind, flaws) in enumerate(spoilt.cases(seed, each)):
        rng = np.random.default_rng([seed, number])
        beat = bank[rng.integers(len(bank))]
        signals, times, clean = spoilt.recorded(beat, flaws, rng)
        entry = {
            "kind": kind,
            **vars(flaws),
            "width_ms": beat.end_ms,
            **found_in(signals, times, clean, flaws, beat),
        }
        counted[kind] = counted.get(kind, 0) + 1
        peak = flaws.before_ms + beat.end_ms / 2
        if np.isfinite(entry.get("error_ms", np.nan)):
            entry["global threshold"] = delineators.global_threshold(signals, times, peak) - flaws.before_ms
        for name, library in (("NeuroKit2", delineators.neurokit), ("BioSPPy", delineators.biosppy)):
            if counted[kind] <= libraries and installed(name.lower()):
                entry[name] = library(signals, times, peak) - flaws.before_ms
        rows.append(entry)
    return pd.DataFrame(rows)


def found_in(signals, times, clean, flaws, beat):
    """Errors of a recording's onset, end and QRS complex, and whether the onset is warned of."""
    names = [f"E{number}" for number in range(len(signals))]
    try:
        ready = prepare(signals, times, names, Choice(), 400, 1.0, "recording")
    except InputError as error:
        return {"warned": True, "refused": str(error)}
    onset, end = ready.onset, ready.qrs_end
    return {
        "error_ms": onset.at - flaws.before_ms,
        "low_ms": onset.low - flaws.before_ms,
        "high_ms": onset.high - flaws.before_ms,
        "warned": any(note.startswith("warning") and not note.endswith("not used") for note in ready.notes),
        "end_error_ms": end.at - flaws.before_ms - beat.end_ms,
        "end_low_ms": end.low - flaws.before_ms - beat.end_ms,
        "end_high_ms": end.high - flaws.before_ms - beat.end_ms,
        "distortion": _distortion(ready, clean, times, flaws, beat),
        "beats": len(ready.beats_ms),
        "bad_leads": int((~ready.good).sum()),
    }


def _distortion(ready, clean, times, flaws, beat):
    """Relative error of the QRS complex that is handed on, against the mean of the leads."""
    wanted = ready.onset.at + np.arange(ready.bsp.shape[1])
    within = (wanted >= flaws.before_ms) & (wanted <= flaws.before_ms + beat.end_ms)
    truth = referenced(interpolate_in_time(clean[ready.good], times, wanted[within]), axis=0)
    error = referenced(ready.bsp[ready.good][:, within], axis=0) - truth
    return np.sqrt(np.nansum(error**2) / np.nansum(truth**2))


def summary(found, part):
    """Rows of each kind of recording, and of all together."""
    rows = []
    for kind, some in [*found.groupby("kind", sort=False), ("all", found)]:
        size, warned = some["error_ms"].abs(), some["warned"].astype(bool)
        silent = size[~warned]
        check = f"onset, {part} seed {SEEDS[part]}"
        right = size <= RIGHT_MS
        rows += [
            row(check, "recordings", kind, len(some), ""),
            row(check, "median error", kind, size.median(), "ms", "≤ 3"),
            row(check, "95th percentile", kind, size.quantile(0.95), "ms"),
            row(check, "right or warned", kind, 100 * (right | warned).mean(), "%", "≥ 95"),
            row(check, "largest without warning", kind, silent.max() if len(silent) else 0.0, "ms", "≤ 20"),
            row(check, "warned of those right", kind, 100 * warned[right].mean(), "%", "≤ 5"),
            row(
                check,
                "truth within the interval",
                kind,
                100 * ((some["low_ms"] <= 0) & (some["high_ms"] >= 0)).mean(),
                "%",
            ),
            row(check, "relative error of the QRS complex", kind, 100 * some["distortion"].median(), "%"),
        ]
    return rows


def compared(found):
    """Rows of this detector beside others, on the recordings that all of them were given."""
    names = {
        "this workflow": "error_ms",
        **{name: name for name in ("global threshold", "NeuroKit2", "BioSPPy")},
    }
    rows = []
    present = [column for column in names.values() if column in found]
    given = found.dropna(subset=present[:2])
    if "NeuroKit2" in found:
        given = found[found["NeuroKit2"].notna() | found.get("BioSPPy", pd.Series(index=found.index)).notna()]
    for kind, some in [*given.groupby("kind", sort=False), ("all", given)]:
        for name, column in names.items():
            if column in some and some[column].notna().any():
                size = some[column].dropna().abs()
                check = f"onset by {name}"
                rows += [
                    row(check, "recordings", kind, len(size), ""),
                    row(check, "median error", kind, size.median(), "ms"),
                    row(check, "95th percentile", kind, size.quantile(0.95), "ms"),
                    row(check, "within 10 ms", kind, 100 * (size <= RIGHT_MS).mean(), "%"),
                ]
    return sorted(rows, key=lambda entry: list(names).index(entry["check"].removeprefix("onset by ")))


def of_ends(found, part):
    """Rows of the end of the QRS complex by its width."""
    rows, check = [], f"end, {part} seed {SEEDS[part]}"
    for low, high in ((0, 100), (100, 150), (150, 200), (200, 261)):
        some = found[(found["width_ms"] >= low) & (found["width_ms"] < high)].dropna(subset=["end_error_ms"])
        if some.empty:
            continue
        setting, error = f"{low} to {high} ms", some["end_error_ms"]
        within = (some["end_low_ms"] <= 0) & (some["end_high_ms"] >= 0)
        rows += [
            row(check, "recordings", setting, len(some), ""),
            row(check, "median error", setting, error.median(), "ms"),
            row(check, "median of absolute errors", setting, error.abs().median(), "ms"),
            row(check, "95th percentile of absolute errors", setting, error.abs().quantile(0.95), "ms"),
            row(check, "60 ms late or more", setting, 100 * (error >= 60).mean(), "%"),
            row(check, "truth within the interval", setting, 100 * within.mean(), "%"),
        ]
    return rows


def _errors(figure, found):
    """Cumulative shares of the error of the onset, by kind."""
    axes = figure.subplots(1, 2, sharey=True)
    for index, (axis, column) in enumerate(zip(axes, ("error_ms", "global threshold"), strict=True)):
        for kind, some in found.groupby("kind", sort=False):
            size = np.sort(some[column].dropna().abs().to_numpy())
            axis.plot(np.maximum(size, 0.1), np.arange(1, len(size) + 1) / len(size), lw=1, label=kind)
        axis.axvline(RIGHT_MS, color=OTHER, lw=0.8, ls=":")
        axis.set(xscale="log", xlabel="absolute error of the onset (ms)", ylim=(0, 1.02))
        letter(axis, index, ("this workflow", "global threshold")[index])
    axes[0].set_ylabel("share of recordings")
    axes[0].legend(frameon=False)


def _ranges(figure, found):
    """Error of the onset over the range of each flaw."""
    panels = (
        ("p_mv", "P wave", "P wave (mV)"),
        ("wander_mv", "wander", "wander (mV)"),
        ("hum_mv", "hum", "hum (mV)"),
        ("noise_db", "noise", "SNR (dB)"),
        ("spike_ms", "spike", "spike before the onset (ms)"),
        ("width_ms", "none", "QRS width (ms)"),
        ("rate_hz", "rate and leads", "rate (Hz)"),
        ("leads", "rate and leads", "leads"),
    )
    axes = figure.subplots(2, 4, sharey=True)
    for index, (axis, (column, kind, x_label)) in enumerate(zip(axes.ravel(), panels, strict=True)):
        some = found[found["kind"] == kind].dropna(subset=["error_ms"])
        for warned, colour in ((False, INPUT), (True, OUTPUT)):
            part = some[some["warned"].astype(bool) == warned]
            error = part["error_ms"].clip(-40, 40)
            axis.plot(
                part[column], error, ".", ms=3, color=colour, label="warned" if warned else "not warned"
            )
        axis.axhspan(-RIGHT_MS, RIGHT_MS, color="0.93", zorder=0)
        axis.set(xlabel=x_label, ylim=(-42, 42))
        if column in ("rate_hz", "leads"):
            axis.set_xscale("log")
        letter(axis, index, "")
    for axis in axes[:, 0]:
        axis.set_ylabel("error of the onset (ms)")
    axes[0, 0].legend(frameon=False)


if __name__ == "__main__":
    main()
