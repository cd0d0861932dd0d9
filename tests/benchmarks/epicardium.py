"""Measure how well potentials on the epicardium of simulated beats are found.

python tests/benchmarks/epicardium.py                  four phantoms, four beats each; six minutes
python tests/benchmarks/epicardium.py --hearts 1 --beats 1

Beats of a single site in phantoms on voxels of 2 mm, in an elliptic torso with lungs and blood or in the hull
of the electrodes with blood, on finer surfaces, with noise of 30 dB. The true potentials are those of the
same dipoles and torso at the nodes of the heart's outer surface. Methods have voxels of 3 mm, and the hull of
the electrodes as the torso.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow"), str(PROJECT / "tests/unit")]

from inside import Inside
from torsos import AVERAGED, KNOWN_MM, SAMPLING, SIGMA, SNR_DB, SPREAD, TRUE_MM, single_site_beats

from ecgi.anatomy.interpolation import sample_wall
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.seeds import generator
from ecgi.evaluation.electrograms import potential_scores
from ecgi.inverse.base import Patient
from ecgi.inverse.epicardial import Epicardial, heart_surface
from ecgi.physics import electrodes, measurement
from ecgi.physics.bsp import average_in_time
from ecgi.physics.conductors_of_cases import conductor_of
from ecgi.physics.lead_field import lead_field_in
from ecgi.physics.simulation import bsp_solver

TORSOS = ("hull_and_blood", "lungs_and_blood")
METHODS = {
    **{f"tikhonov {order}": Epicardial(order=order) for order in range(3)},
    "tsvd": Epicardial(solver="tsvd", order=0),
    "greensite 2": Epicardial(solver="greensite"),
    "tikhonov 2, mfs": Epicardial(matrix="mfs"),
}


def main():
    """Measure, and print medians over beats."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=4)
    parser.add_argument("--beats", type=int, default=4)
    parser.add_argument("--first", type=int, default=700, help="seed of the first heart")
    given = parser.parse_args()
    tables = [
        measure(seed, given.beats, kind)
        for seed in range(given.first, given.first + given.hearts)
        for kind in TORSOS
    ]
    found = pd.concat(tables).groupby(["beats in", "method"], sort=False).median(numeric_only=True)
    print(found.drop(columns=["heart", "beat"]).to_string(float_format=lambda value: f"{value:.3g}"))


def measure(seed, beats, kind):
    """Scores of all methods on beats of a phantom in a torso, a row per beat."""
    true, known = (
        short_axis(make_phantom(seed, spacing, spread="adults"), spacing, True)[0]
        for spacing in (TRUE_MM, KNOWN_MM)
    )
    torso = electrodes.vary_torso(TorsoSettings().model_dump(), SPREAD, generator(seed, "place"))
    wall = known.positions(known.wall)
    places = electrodes.vest(wall, 8, 16, 35.0, torso)
    case, layout, cell = f"phantom{seed}", {"torso": torso}, ActionPotentialSettings().model_dump()
    told = conductor_of("hull", case, seed, known, places, layout, SIGMA)
    actual = conductor_of(kind, case, seed, true, places, layout, SIGMA, True)
    activation = single_site_beats(true, seed, beats)
    truth = sample_wall(true, activation, wall)

    def potentials_at(conductor, positions):
        field = lead_field_in(conductor, true.wall, true.affine, positions, SIGMA["sigma_i"])
        times, simulate = bsp_solver(true, field, cell, SAMPLING)
        parts = SAMPLING["samples"] // AVERAGED
        return average_in_time(times, parts), average_in_time(simulate(activation), parts)

    times, clean = potentials_at(actual, places)
    patient = Patient(
        case, known, places, times, None, cell, {**SAMPLING, "averaged": AVERAGED}, conductor=told
    )
    rows = []
    for name, method in METHODS.items():
        surface = heart_surface(patient, method.nodes, method.matrix)
        _, on_heart = potentials_at(Inside(actual), surface.shape.points)
        for beat in range(beats):
            noisy = measurement.add_noise(clean[beat], SNR_DB, generator(seed, "noise", beat))
            found = method.electrograms(noisy, patient, surface)
            kept = slice(found.smooth_mv.shape[1])
            expected = (on_heart[beat] - clean[beat].mean(0))[surface.over_muscle, kept]
            estimate = found.potentials_mv[surface.over_muscle, kept]
            scores = potential_scores(expected, estimate, np.ones((1, len(expected)), int))
            found_map = method.predict(noisy[None], patient, 1, 0)[0, 0]
            site = wall[found_map.argmin()] - wall[truth[beat].argmin()]
            rows.append(
                {
                    "heart": seed,
                    "beat": beat,
                    "beats in": kind,
                    "method": name,
                    **{key: float(value[0]) for key, value in scores.items()},
                    "rmse_mv": np.sqrt(np.mean((estimate - expected) ** 2)),
                    "mae_ms": np.abs(found_map - truth[beat]).mean(),
                    "cc": np.corrcoef(found_map, truth[beat])[0, 1],
                    "site_mm": np.linalg.norm(site),
                }
            )
    print(seed, kind, flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
