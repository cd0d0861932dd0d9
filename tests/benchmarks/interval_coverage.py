"""Coverage of nominal 90 % intervals of search and refinement, under flaws of the recording.

python tests/benchmarks/interval_coverage.py --hearts 4 --beats 6 --seed 1

Hearts are phantoms, on a finer grid than that of the prediction; sites, velocities and zones are random.
The refinement is given a proposer whose maps err by smooth random fields that its samples show. Until the
end of the QRS complex signals are fitted, and in the last conditions the beats are simulated in an elliptic
torso with lungs and blood, on finer surfaces than those of the conductor that methods are given.
"""

import argparse
import os
import sys
from pathlib import Path

for pool in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ.setdefault(f"{pool}_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[2] / "workflow"), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import recorded as rec  # noqa: E402

from ecgi.core.seeds import generator  # noqa: E402
from ecgi.evaluation.uncertainty import interval  # noqa: E402
from ecgi.inverse.fit_uncertainty import smooth_fields  # noqa: E402
from ecgi.inverse.refinement import Refinement  # noqa: E402
from ecgi.inverse.search import PhysicsSearch  # noqa: E402
from ecgi.physics.conductors_of_cases import conductor_of  # noqa: E402
from ecgi.physics.lead_field import lead_field_in  # noqa: E402

SAMPLES = 60
PROPOSED_MS = 8.0  # SD of the errors of the proposer
CONDITIONS = {
    "nominal": {},
    "hum": {"hum_uv": 50.0},
    "wander": {"wander_uv": 50.0},
    "electrodes 5 mm": {"error": 5.0},
    "electrodes 10 mm": {"error": 10.0},
    "torso, told it": {"told": "lungs_and_blood"},
    "torso, told hull and blood": {"told": "hull_and_blood"},
    "torso, told infinite": {"told": "infinite"},
}
CONDUCTIVITY = {"sigma_i": 0.2, "sigma_t": 0.2, "sigma_lungs": 0.04, "sigma_blood": 0.6}
AFTER_MS = 15.0  # the latest activation, that the QRS complex is taken to end


def main():
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=4)
    parser.add_argument("--beats", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spacing", type=float, default=3.0)
    parser.add_argument("--methods", nargs="*", default=["search", "refinement"])
    parser.add_argument("--conditions", nargs="*", default=list(CONDITIONS), choices=list(CONDITIONS))
    parser.add_argument("--output", type=Path, default=None)
    given = parser.parse_args()
    rows = []
    for heart in range(given.hearts):
        subject = rec.subject(5000 + 100 * given.seed + heart, given.spacing)
        rows += of_subject(subject, given, heart)
        print(table(rows), flush=True)
        if given.output:
            pd.DataFrame(rows).to_csv(given.output, index=False)


def table(rows):
    """Coverage, width and error by method and condition."""
    frame = pd.DataFrame(rows)
    order = frame.groupby(["method", "condition"], sort=False)
    return order[["coverage", "sd_ms", "error_ms"]].mean().round(2).to_string()


def of_subject(subject, given, heart):
    """Rows of all methods and conditions for one heart."""
    search = PhysicsSearch(sites=120, velocities=(0.4, 0.5, 0.62, 0.8))
    rows = []
    for name in given.conditions:
        flaws = dict(CONDITIONS[name])
        error, told = flaws.pop("error", 0.0), flaws.pop("told", None)
        field = told and field_of(subject, subject.true_heart, "lungs_and_blood", given.seed, finer=True)
        signals, truths = [], []
        for number in range(given.beats):
            rng = generator(given.seed, f"coverage {heart} {name}", number)
            beat = rec.beat(subject, rng, error, field)
            whole = rec.whole_recording(beat.bsp, rng, **{"noise_uv": 10.0, "wander_uv": 5.0, **flaws})
            whole = whole - np.median(whole[:, rec.PAUSE_MS - 20 : rec.PAUSE_MS], 1, keepdims=True)
            signals.append(whole[:, rec.PAUSE_MS :][:, : rec.SAMPLING["samples"]])
            truths.append(beat.times)
        known = told and field_of(subject, subject.heart, told, given.seed)
        patient = subject.patient(known, max(truth.max() for truth in truths) + AFTER_MS)
        if "search" in given.methods:
            maps = search.predict(np.stack(signals), patient, SAMPLES, 0)
            rows += scored("search", maps, truths, name)
        if "refinement" in given.methods:
            method = Refinement(proposer="known").make(proposer=Proposer(truths, subject, given.seed))
            maps = method.predict(np.stack(signals), patient, SAMPLES, 0)
            rows += scored("refinement", maps, truths, name)
    return rows


def field_of(subject, heart, kind, seed, finer=False):
    """Lead field of a subject's heart on one of its grids, in a conductor of a kind."""
    case = f"heart {subject.places.sum():.6f}"
    conductor = conductor_of(
        kind, case, seed, heart, subject.places, {"torso": subject.torso}, CONDUCTIVITY, finer
    )
    return lead_field_in(conductor, heart.wall, heart.affine, subject.places, CONDUCTIVITY["sigma_i"])


class Proposer:
    """A method whose maps err by smooth fields, and whose samples show it."""

    def __init__(self, truths, subject, seed):
        local = smooth_fields(subject.heart.positions(subject.heart.wall))
        rng = generator(seed, "proposer")
        self.maps = []
        for truth in truths:
            mean = truth + PROPOSED_MS * local(1, rng)
            self.maps.append(mean + PROPOSED_MS * local(SAMPLES, rng))
        self.maps = np.stack(self.maps, 1).astype(np.float32)

    def predict(self, bsp, patient, samples, seed):
        return self.maps


def scored(method, maps, truths, condition):
    """Coverage of 90 % intervals, mean SD and error of each beat."""
    rows = []
    for number, truth in enumerate(truths):
        own = np.sort(maps[:, number], 0)
        low, high = interval(own, 0.9)
        rows.append(
            {
                "method": method,
                "condition": condition,
                "coverage": 100 * float(np.mean((low <= truth) & (truth <= high))),
                "sd_ms": float(own.std(0, ddof=1).mean()),
                "error_ms": float(np.abs(own.mean(0) - truth).mean()),
            }
        )
    return rows


if __name__ == "__main__":
    main()
