"""Measure how far inverse methods are off when the conductor that they are given is not the true one.

python tests/benchmarks/torsos.py                      six phantoms, six beats each; half an hour on one core
python tests/benchmarks/torsos.py --hearts 1 --beats 2 --first 7
python tests/benchmarks/torsos.py --classical          rules for the weight of classical methods alone

Beats of a single site in phantoms, simulated in an elliptic torso with lungs and blood on voxels of 2 mm,
with noise of 30 dB; methods have voxels of 3 mm and one of several conductors.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow")]

from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.seeds import generator
from ecgi.evaluation.field_errors import field_errors
from ecgi.inverse.base import Patient
from ecgi.inverse.classical import Greensite, Tikhonov, TruncatedSvd
from ecgi.inverse.search import PhysicsSearch
from ecgi.physics import eikonal, electrodes, measurement
from ecgi.physics.bsp import average_in_time
from ecgi.physics.conductors_of_cases import conductor_of
from ecgi.physics.electrodes import referenced
from ecgi.physics.lead_field import lead_field_in
from ecgi.physics.simulation import bsp_solver

SIGMA = {"sigma_i": 0.2, "sigma_t": 0.2, "sigma_lungs": 0.04, "sigma_blood": 0.6}
SPREAD = {"left_mm": 10.0, "front_mm": 7.0, "up_mm": 10.0, "torso": 0.08}
CONDUCTORS = ("infinite", "hull_and_blood", "lungs_and_blood")
TRUE_MM, KNOWN_MM = 2.0, 3.0
SAMPLING = {"samples": 512, "time_step_ms": 1.0}
AVERAGED, SNR_DB = 4, 30.0
CLASSICAL = {
    f"{kind.__name__}, {choice}": kind(choice=choice)
    for kind in (Tikhonov, TruncatedSvd, Greensite)
    for choice in ("gcv", "l_curve", "creso", 1e-4, 1e-3, 1e-2)
}
SEARCH = {"physics_search": PhysicsSearch(sites=100, velocities=(0.55, 0.7), starts=2)}


def main():
    """Measure, and print medians over beats."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=6)
    parser.add_argument("--beats", type=int, default=6)
    parser.add_argument("--first", type=int, default=100, help="seed of the first heart")
    parser.add_argument("--classical", action="store_true", help="leave the search out")
    parser.add_argument("--output", type=Path, help="CSV of all beats")
    given = parser.parse_args()
    tables = []
    for seed in range(given.first, given.first + given.hearts):
        tables.append(measure(seed, given.beats, CLASSICAL if given.classical else CLASSICAL | SEARCH))
        whole = pd.concat(tables)
        if given.output:
            whole.to_csv(given.output, index=False)
    columns = ["rdm", "mae_ms", "cc", "site_mm", "build_s"]
    summary = whole.groupby(["known", "method"], sort=False)[columns].median()
    print(summary.to_string(float_format=lambda value: f"{value:.3g}"))


def measure(seed, beats, methods):
    """Errors of all methods for each conductor that they are given, a row per beat."""
    rows = []
    for known in given_conductors(seed, beats):
        truth, wall = known.truth, known.patient.anatomy.positions(known.patient.anatomy.wall)
        for method, settings in methods.items():
            maps = settings.make().predict(known.bsp, known.patient, 1, 0)[0]
            for beat in range(beats):
                site = wall[np.nanargmin(maps[beat])] - wall[truth[beat].argmin()]
                rows.append(
                    {
                        "heart": seed,
                        "beat": beat,
                        "known": known.kind,
                        "method": method,
                        "rdm": known.rdm[beat],
                        "mae_ms": np.nanmean(np.abs(maps[beat] - truth[beat])),
                        "cc": np.corrcoef(maps[beat], truth[beat])[0, 1],
                        "site_mm": np.linalg.norm(site),
                        "build_s": known.build_s,
                    }
                )
            print(seed, known.kind, method, f"{rows[-1]['mae_ms']:.1f} ms", flush=True)
    return pd.DataFrame(rows)


class Known(NamedTuple):
    """Beats of a heart as a method is given them.

    Attributes
    ----------
    kind : str
        Conductor that methods are given.
    patient : Patient
    bsp : numpy.ndarray, shape (beat, electrode, time)
        mV, from the true torso, with noise.
    truth : numpy.ndarray, shape (beat, voxel)
        Activation times, ms.
    rdm : numpy.ndarray, shape (beat,)
        Between BSP of the true torso and of the given conductor.
    build_s : float
        Time in which the conductor was made.
    """

    kind: str
    patient: Patient
    bsp: np.ndarray
    truth: np.ndarray
    rdm: np.ndarray
    build_s: float


def given_conductors(seed, beats, kinds=CONDUCTORS):
    """Beats of a phantom, once for each conductor that methods are given."""
    true, known = (
        short_axis(make_phantom(seed, spacing, spread="adults"), spacing, True)[0]
        for spacing in (TRUE_MM, KNOWN_MM)
    )
    torso = electrodes.vary_torso(TorsoSettings().model_dump(), SPREAD, generator(seed, "place"))
    layout = {"torso": torso}
    wall = known.positions(known.wall)
    places = electrodes.vest(wall, 8, 16, 35.0, torso)
    activation = single_site_beats(true, seed, beats)
    case = f"phantom{seed}"

    def field_of(anatomy, kind, finer=False):
        started = time.perf_counter()
        conductor = conductor_of(kind, case, seed, anatomy, places, layout, SIGMA, finer)
        taken = time.perf_counter() - started
        field = lead_field_in(conductor, anatomy.wall, anatomy.affine, places, SIGMA["sigma_i"])
        return referenced(field), taken

    cell = ActionPotentialSettings().model_dump()
    times, simulate = bsp_solver(true, field_of(true, "lungs_and_blood", True)[0], cell, SAMPLING)
    clean = average_in_time(simulate(activation), SAMPLING["samples"] // AVERAGED)
    noisy = np.stack(
        [measurement.add_noise(one, SNR_DB, generator(seed, "noise", beat)) for beat, one in enumerate(clean)]
    )
    truth = sample_wall(true, activation, wall)
    for kind in kinds:
        field, taken = field_of(known, kind)
        _, told = bsp_solver(known, field, cell, SAMPLING)
        as_told = average_in_time(told(truth), SAMPLING["samples"] // AVERAGED)
        patient = Patient(
            case,
            known,
            places,
            average_in_time(times, SAMPLING["samples"] // AVERAGED),
            lambda field=field: field,
            cell,
            {**SAMPLING, "averaged": AVERAGED},
        )
        differences = np.array([field_errors(*some).rdm for some in zip(clean, as_told, strict=True)])
        yield Known(kind, patient, noisy, truth, differences, taken)


def single_site_beats(anatomy, seed, count):
    """Activation times of beats of one site each."""
    rng = generator(seed, "sites")
    voxels = np.argwhere(anatomy.wall)
    domain = eikonal.conducting_domain(anatomy.wall, float(anatomy.spacing[0]))
    maps = []
    for _ in range(count):
        site, speed = voxels[rng.integers(len(voxels))], rng.uniform(0.5, 0.75)
        maps.append(
            eikonal.activation_times(domain, np.full(len(voxels), speed), [eikonal.Source(site, 4.0, 0.0)])
        )
    return np.stack(maps)


if __name__ == "__main__":
    main()
