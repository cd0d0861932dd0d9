"""Silent faults: recordings spoilt by one or two mistakes, and whether a prediction from them warns.

python tests/benchmarks/spoilt_recordings.py --spoilt 200 --sound 100 --seed 1 --workers 2 --output spoilt.csv

Each recording goes the way of a user's: a file that is read, prepared, cross-examined, predicted from by
physics_search, and rated. A fault is silent if the map errs by more than 10 ms and nothing warns: no line
that begins with "warning", no refusal, and no fit that is called poor.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

for pool in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{pool}_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[2] / "workflow"), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import recorded as rec  # noqa: E402
import xarray as xr  # noqa: E402

from ecgi.core.errors import InputError  # noqa: E402
from ecgi.core.seeds import generator  # noqa: E402
from ecgi.data.recorded_beats import recorded_beat  # noqa: E402
from ecgi.evaluation.cross_examination import cross_examine  # noqa: E402
from ecgi.evaluation.goodness_of_fit import fit, late_map, missed_beat  # noqa: E402
from ecgi.inverse.prediction import predict_recording  # noqa: E402
from ecgi.inverse.search import PhysicsSearch  # noqa: E402
from ecgi.physics.electrodes import COORDINATES  # noqa: E402
from ecgi.physics.lead_field import lead_field  # noqa: E402

HEARTS, SPACING_MM = 10, 3.0
SEARCH = PhysicsSearch(sites=120, velocities=(0.4, 0.5, 0.62, 0.8))
WRONG_MS = 10.0
FAULTS = (
    "inverted",
    "lps",
    "x sign",
    "mirrored numbering",
    "reversed rings",
    "turned numbering",
    "electrodes in cm",
    "uV for mV",
    "leads inverted",
    "leads swapped",
    "leads off by one",
    "onset late",
    "onset early",
    "P wave",
    "hum",
    "wander",
    "course common to all leads",
    "torso scale",
)


def main():
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spoilt", type=int, default=200)
    parser.add_argument("--sound", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument("--output", type=Path, default=Path("spoilt.csv"))
    given = parser.parse_args()
    todo = [("sound", n) for n in range(given.sound)] + [("spoilt", n) for n in range(given.spoilt)]
    rows = []
    with ProcessPoolExecutor(given.workers) as pool:
        for row in pool.map(partial(tried, given.seed), *zip(*todo, strict=True)):
            rows.append(row)
            pd.DataFrame(rows).to_csv(given.output, index=False)
            print(*row.values(), sep=" | ", flush=True)
    summary(pd.DataFrame(rows))


def tried(seed, kind, number):
    """What became of one recording."""
    rng = generator(seed, f"{kind} recording", number)
    faults = [] if kind == "sound" else drawn(rng)
    start = time.perf_counter()
    found = outcome(subject_of(3000 + 100 * seed + number % HEARTS), faults, rng)
    seconds = time.perf_counter() - start
    return {"kind": kind, "number": number, "faults": "+".join(faults), **found, "seconds": seconds}


@cache
def subject_of(heart):
    """A heart with its electrodes, made once per process."""
    return rec.subject(heart, SPACING_MM, "mild")


def summary(table):
    """Print shares of silent faults and false alarms."""
    spoilt, sound = (table[table["kind"] == kind] for kind in ("spoilt", "sound"))
    if len(spoilt):
        wrong = spoilt["refused"] | (spoilt["error_ms"] > WRONG_MS)
        silent = (spoilt["error_ms"] > WRONG_MS) & ~spoilt["warned"]
        print(f"spoilt: {len(spoilt)}, wrong or refused {wrong.sum()}, silent {silent.sum()}")
    if len(sound):
        print(
            f"sound: {len(sound)}, warned {sound['warned'].sum()}, error {sound['error_ms'].median():.1f} ms"
        )


def drawn(rng):
    """One fault or two."""
    return sorted(rng.choice(FAULTS, rng.integers(1, 3), replace=False).tolist())


def outcome(subject, faults, rng):
    """Error of the map, and what was said."""
    beat = rec.beat(subject, rng)
    sizes = {
        "hum_uv": rng.uniform(25, 75) if "hum" in faults else 0.0,
        "wander_uv": rng.uniform(40, 150) if "wander" in faults else 8.0,
        "common_mv": 0.2 if "course common to all leads" in faults else 0.0,
        "p_wave_mv": rng.uniform(0.05, 0.2) if "P wave" in faults else 0.0,
    }
    signals = rec.whole_recording(beat.bsp, rng, **sizes)
    table, onset = subject.electrodes.copy(), None
    signals, places, onset, units = spoilt(signals, subject.places, faults, rng)
    table[COORDINATES] = places
    subject = subject._replace(electrodes=table)
    try:
        said, verdict, mean, readings = predicted(subject, signals, units, onset)
    except InputError as error:
        return {"error_ms": np.nan, "refused": True, "warned": True, "said": str(error)[:300], "verdict": ""}
    warned = bool(said) or verdict.startswith("poor")
    error = float(np.abs(mean - beat.times).mean())
    return {
        "error_ms": error,
        "refused": False,
        "warned": warned,
        "said": " / ".join(said)[:600],
        "verdict": verdict[:5],
        "as_read": readings[0].error,
        "as_read_at_onset": readings[0].error_at_onset,
        "shift_ms": readings[0].shift_ms,
        "best_other": min(reading.error for reading in readings[1:]),
    }


def spoilt(signals, places, faults, rng):
    """Signals, electrodes, onset and units with faults."""
    onset, units = None, "mV"
    grid = np.arange(len(places)).reshape(rec.RINGS, rec.COLUMNS)
    middle = places.mean(0)
    for fault in faults:
        if fault == "inverted":
            signals = -signals
        elif fault == "lps":
            places = places * [-1, -1, 1]
        elif fault == "x sign":
            places = places * [-1, 1, 1]
        elif fault == "mirrored numbering":
            signals = signals[grid[:, ::-1].ravel()]
        elif fault == "reversed rings":
            signals = signals[grid[::-1].ravel()]
        elif fault == "turned numbering":
            signals = signals[np.roll(grid, rec.COLUMNS // 2, 1).ravel()]
        elif fault == "electrodes in cm":
            places = places / 10
        elif fault == "uV for mV":
            units = "uV"
        elif fault == "leads inverted":
            some = rng.choice(len(signals), rng.integers(1, 7), replace=False)
            signals = signals.copy()
            signals[some] *= -1
        elif fault == "leads swapped":
            some = rng.choice(len(signals), 2 * rng.integers(1, 4), replace=False)
            signals = signals.copy()
            signals[some] = signals[some[::-1]]
        elif fault == "leads off by one":
            signals = np.roll(signals, 1, 0)
        elif fault == "onset late":
            onset = rec.PAUSE_MS + rng.uniform(15, 50)
        elif fault == "onset early":
            onset = rec.PAUSE_MS - rng.uniform(15, 100)
        elif fault == "torso scale":
            places = middle + (places - middle) * rng.choice([0.7, 0.8, 1.25, 1.4])
    return signals, places, onset, units


def predicted(subject, signals, units, onset):
    """Warnings, verdict, mean map and other readings of a prediction."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bsp.csv"
        frame = pd.DataFrame(np.round(signals.T, 6), columns=subject.electrodes["name"])
        frame.to_csv(path, index=False)
        settings = {
            "units": units,
            "sampling_hz": 1000 / rec.STEP_MS,
            "onset_ms": onset,
            "end_ms": None,
            "beat": "steepest",
        }
        wall = subject.heart.positions(subject.heart.wall)
        prepared = recorded_beat(path, subject.electrodes, wall, settings, rec.SAMPLING)
    attributes = {
        "onset_ms": prepared.onset.at,
        "onset_bounds_ms": prepared.onset[1:],
        "qrs_end_bounds_ms": prepared.qrs_end[1:],
    }
    until = prepared.qrs_end[2] - prepared.onset.at
    recording = xr.Dataset(
        {
            "bsp": (("electrode", "time"), prepared.bsp),
            "good": ("electrode", prepared.good),
            "electrode_position": (("electrode", "axis"), subject.places),
        },
        {
            "electrode": np.arange(len(subject.places)),
            "name": ("electrode", subject.electrodes["name"].tolist()),
            "time": rec.STEP_MS * np.arange(rec.SAMPLING["samples"]),
        },
        attributes,
    )
    field = lead_field(subject.heart.wall, subject.heart.affine, subject.places, 0.2, 0.2)
    leads = xr.Dataset({"lead_field": (("voxel", "electrode"), field)})
    found = predict_recording(
        SEARCH.make(), "subject", subject.heart, recording, leads, rec.CELL, rec.SAMPLING, "qrs", 8, 0
    )
    kept = found["kept"]
    examined = cross_examine(
        kept["bsp"].values,
        kept["time"].values,
        kept["name"].values.tolist(),
        subject.heart,
        kept["electrode_position"].values,
        rec.CELL,
        until,
    )
    mean = found["maps"].mean(0)
    goodness = fit(found["recorded"], found["simulated"], kept["time"].values, found["fitted_until_ms"])
    lines = [*examined.warnings, *late_map(mean), *goodness.remarks(kept["name"].values.tolist())]
    lines += missed_beat(goodness, examined.readings[0].error, True)
    said = [line for line in [*lines, *prepared.notes] if line.startswith("warning")]
    return said, goodness.verdict, mean, examined.readings


if __name__ == "__main__":
    main()
